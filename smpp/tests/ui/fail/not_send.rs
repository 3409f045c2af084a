use std::rc::Rc;

use wirepath_smpp::{SubmitSm, handlers, on_pdu};

#[on_pdu("submit_sm")]
async fn relay(_: SubmitSm) {
    let count = Rc::new(1);
    other().await;
    drop(count);
}

async fn other() {}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
