use wirepath_smpp::{SubmitSm, on_pdu};

#[on_pdu("submit_sm")]
struct Relay {
    pdu: SubmitSm,
}

fn main() {
    let _ = |relay: Relay| relay.pdu;
}
