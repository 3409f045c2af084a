use wirepath_smpp::{Outbind, handlers, on_pdu};

#[on_pdu("outbind")]
async fn asked(_: Outbind) {}

fn main() {
    let _ = handlers![asked].with_state(std::sync::Arc::new(()));
}
