/// The command is known, the function is none for it.
#[on_pdu("submit_sm")]
fn relay(pdu: &SubmitSm) -> Status {
    Status::ROK
}

/// The command is not known.
#[on_pdu("sumbit_sm")]
#[on_bind]
pub async fn relay_too(pdu: SubmitSm) {}
