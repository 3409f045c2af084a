use wirepath_smpp::{DataSmResp, Status, SubmitSm, handlers, on_pdu};

#[on_pdu("submit_sm")]
async fn relay(_: SubmitSm) -> Result<DataSmResp, Status> {
    Err(Status::RSYSERR)
}

fn main() {
    let _ = handlers![relay].with_state(std::sync::Arc::new(()));
}
