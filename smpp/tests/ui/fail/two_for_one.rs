use wirepath_smpp::{SubmitMulti, handlers, on_pdu};

mod a {
    use super::*;

    #[on_pdu("submit_multi")]
    pub async fn relay(_: SubmitMulti) {}
}

#[on_pdu("submit_sm_multi")]
async fn relay(_: SubmitMulti) {}

fn main() {
    let _ = handlers![a::relay, relay].with_state(std::sync::Arc::new(()));
}
