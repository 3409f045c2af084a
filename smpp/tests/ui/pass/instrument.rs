//! Other attributes of the same function, above and below.

use wirepath_smpp::{DataSm, Status, SubmitSm, handlers, on_pdu};

#[on_pdu("submit_sm")]
#[tracing::instrument(skip_all, err(Debug))]
async fn below(_pdu: SubmitSm) -> Result<(), Status> {
    Err(Status::RSYSERR)
}

#[tracing::instrument(skip_all, fields(source = ?pdu.source()))]
#[on_pdu("data_sm")]
async fn above(pdu: DataSm) -> Status {
    Status::RSYSERR
}

fn main() {
    let _ = handlers![below, above].with_state(std::sync::Arc::new(()));
}
