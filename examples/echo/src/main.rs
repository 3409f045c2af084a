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
