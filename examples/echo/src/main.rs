//! The hello world: an SMSC on port 2775 that lets everyone in and takes every message.

use std::sync::atomic::{AtomicU64, Ordering};

use wirepath::smpp::{Bind, BindReply, SubmitSm, SubmitSmResp, on_bind, on_pdu};
use wirepath::{App, handlers};

static TAKEN: AtomicU64 = AtomicU64::new(0);

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

#[on_pdu("submit_sm")]
async fn take(pdu: SubmitSm) -> SubmitSmResp {
    println!("to {}: {}", pdu.destination(), pdu.body().escape_ascii());
    pdu.accept(TAKEN.fetch_add(1, Ordering::Relaxed) + 1)
}

#[tokio::main]
async fn main() -> Result<(), wirepath::Error> {
    println!("an SMSC on port 2775: bind as whom you like; Ctrl-C ends it");
    App::new().smpp(handlers![welcome, take]).run().await
}

#[cfg(test)]
mod tests {
    use wirepath::smpp::{BindKind, testing::Harness};

    use super::*;

    #[tokio::test]
    async fn messages_are_taken_under_ids_of_their_own() {
        let harness = Harness::new(handlers![welcome, take].with_state(().into()));
        let session = harness.bind(BindKind::Transmitter, "anyone", "").await.expect("all may");
        let message = SubmitSm::builder().short_message("hello").build().expect("it fits");
        let first = session.submit_sm(&message).await.message_id;
        let second = session.submit_sm(&message).await.message_id;
        assert_ne!(first, second);
    }
}
