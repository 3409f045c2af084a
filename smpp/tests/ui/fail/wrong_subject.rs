use wirepath_smpp::{DeliverSm, handlers, on_pdu};

#[on_pdu("submit_sm")]
async fn relay(_: DeliverSm) {}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
