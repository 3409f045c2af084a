use wirepath_smpp::{SubmitSm, SubmitSmResp, handlers, on_pdu};

#[on_pdu("submit_sm")]
async fn relay(pdu: SubmitSm) -> Result<SubmitSmResp, std::io::Error> {
    Ok(pdu.accept("1"))
}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
