#![deny(dead_code)]

use wirepath_smpp::{DeliverSm, SubmitSm, handlers, on_pdu};

#[on_pdu("submit_sm")]
async fn relay(_: SubmitSm) {}

#[on_pdu("deliver_sm")]
async fn forgotten(_: DeliverSm) {}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
