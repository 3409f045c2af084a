use wirepath_smpp::{Frame, on_pdu};

#[on_pdu]
async fn missing(_: Frame) {}

#[on_pdu(submit_sm)]
async fn unquoted(_: Frame) {}

#[on_pdu(0x00000004)]
async fn standard(_: Frame) {}

#[on_pdu(0x80010201)]
async fn response(_: Frame) {}

#[on_pdu("submit_sm_resp")]
async fn response_by_name(_: Frame) {}

#[on_pdu("bind_transceiver")]
async fn bind(_: Frame) {}

#[on_pdu("submit_sm", "data_sm")]
async fn two(_: Frame) {}

#[on_pdu(*)]
async fn star(_: Frame) {}

fn main() {}
