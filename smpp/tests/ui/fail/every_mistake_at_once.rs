use wirepath_smpp::{SubmitSm, handlers, on_bind, on_pdu, on_session};

#[on_pdu("submit", window = 3, crate = wirepath_smpp, crate = wirepath_smpp)]
unsafe extern "C" fn everything<T>(pdu: &SubmitSm, other: impl Sized) {
    let _ = (pdu, other);
}

#[on_bind("transceiver")]
async fn nothing() -> bool {
    true
}

#[on_session("closed")]
#[on_pdu]
const fn event(_: Session) -> bool {
    true
}

fn main() {
    let _ = handlers![everything, nothing, event, event].with_state(std::sync::Arc::new(()));
}
