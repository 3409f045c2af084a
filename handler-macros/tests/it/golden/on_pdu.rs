/// Sends a message on.
#[on_pdu("submit_sm")]
#[cfg(feature = "relay")]
pub(crate) async fn relay(
    mut pdu: SubmitSm,
    smpp: Smpp,
    State(esmes): State<Esmes>,
) -> Result<SubmitSmResp, Status> {
    Ok(pdu.accept("1"))
}

#[on_pdu("alert_notification")]
async fn alert(_: AlertNotification) {}

#[on_pdu(66_049, crate = crate::smpp)]
async fn r#type(frame: Frame) {}

#[on_pdu("*")]
pub async fn rest(pdu: RequestPdu) -> impl Into<Status> {
    Status::RINVCMDID
}
