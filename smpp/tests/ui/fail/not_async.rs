use wirepath_smpp::{SubmitSm, handlers, on_pdu};

#[on_pdu("submit_sm")]
fn relay(_: SubmitSm) {}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
