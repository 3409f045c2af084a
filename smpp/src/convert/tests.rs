use bytes::BytesMut;

use super::ConvertError;
use crate::{
    Address, BuildError, CancelSm, DataSm, DeliverSm, Destination, MessageState, Npi, Pdu, QuerySm,
    QuerySmResp, ReplaceSm, ReplaceSmResp, SmppTime, Status, SubmitMulti, SubmitMultiResp,
    SubmitSm, SubmitSmResp, TlvList, Ton,
};

const FROM: Address<'_> = Address::alphanumeric("wirepath");
const TO: Address<'_> = Address::international("456");

fn octets(pdu: &impl Pdu) -> Vec<u8> {
    let mut out = BytesMut::new();
    pdu.encode(0, &mut out);
    out.to_vec()
}

/// There and back, and the same octets from either side.
macro_rules! both_ways {
    ($ours:expr, $theirs:ident, $ty:ident) => {{
        let ours: $ty = $ours;
        let theirs = smpp34::$theirs::try_from(&ours).unwrap();
        assert_eq!($ty::try_from(&theirs).as_ref(), Ok(&ours));
        assert_eq!(theirs.encode(), octets(&ours));
    }};
}

fn time() -> SmppTime {
    SmppTime::parse(b"240229120000004+").unwrap()
}

#[test]
fn requests() {
    let tlvs = || TlvList::new().user_message_reference(7).message_payload(b"\xFFbytes");
    let submit = SubmitSm::builder().service_type("CMT").source(FROM).destination(TO);
    let submit = submit.esm_class(3).protocol_id(1).priority_flag(2).registered_delivery(1);
    let submit = submit.replace_if_present_flag(1).data_coding(8).sm_default_msg_id(9);
    let submit = submit.schedule_delivery_time(time()).validity_period(time());
    both_ways!(submit.short_message(b"\0\xFF").tlvs(tlvs()).build().unwrap(), submit_sm, SubmitSm);

    let deliver = DeliverSm::builder().source(TO).destination(FROM).short_message("hi");
    both_ways!(deliver.tlvs(tlvs()).build().unwrap(), deliver_sm, DeliverSm);
    let data = DataSm::builder().source(FROM).destination(TO).data_coding(4);
    both_ways!(data.tlvs(tlvs()).build().unwrap(), data_sm, DataSm);
    let query = QuerySm::builder().message_id("id").source(FROM);
    both_ways!(query.build().unwrap(), query_sm, QuerySm);
    let cancel = CancelSm::builder().message_id("id").source(FROM).destination(TO);
    both_ways!(cancel.build().unwrap(), cancel_sm, CancelSm);
    let replace = ReplaceSm::builder().message_id("id").source(FROM).validity_period(time());
    both_ways!(replace.short_message("new").build().unwrap(), replace_sm, ReplaceSm);
    let recipients = [Destination::Sme(TO), Destination::List(b"friends")];
    let multi = SubmitMulti::builder().source(FROM).destinations(&recipients).tlvs(tlvs());
    both_ways!(multi.short_message("all").build().unwrap(), submit_sm_multi, SubmitMulti);
}

#[test]
fn responses() {
    let submit = SubmitSm::builder().build().unwrap();
    both_ways!(submit.accept("id"), submit_sm_resp, SubmitSmResp);
    both_ways!(submit.reject(Status::RTHROTTLED), submit_sm_resp, SubmitSmResp);
    let query = QuerySm::builder().message_id("id").build().unwrap();
    let report = query.report(MessageState::DELIVERED).final_date(time()).error_code(1);
    both_ways!(report, query_sm_resp, QuerySmResp);
    both_ways!(query.reject(Status::RQUERYFAIL), query_sm_resp, QuerySmResp);
    let multi = SubmitMulti::builder().build().unwrap();
    let taken = multi.accept("id").refuse(TO, Status::RINVDSTADR).unwrap();
    both_ways!(taken, submit_sm_multi_resp, SubmitMultiResp);
    both_ways!(multi.reject(Status::RSYSERR), submit_sm_multi_resp, SubmitMultiResp);
    both_ways!(ReplaceSmResp { status: Status::RREPLACEFAIL }, replace_sm_resp, ReplaceSmResp);
}

#[test]
fn nothing_is_lost_in_silence() {
    let latin1 = Address::new(Ton::ALPHANUMERIC, Npi::UNKNOWN, b"Caf\xE9");
    let pdu = SubmitSm::builder().source(latin1).build().unwrap();
    let error = smpp34::submit_sm::try_from(&pdu).unwrap_err();
    assert_eq!(error, ConvertError::NotUtf8 { field: "source_addr" });

    let pdu = QuerySm::builder().tlvs(TlvList::new().user_message_reference(1)).build().unwrap();
    let error = smpp34::query_sm::try_from(&pdu).unwrap_err();
    assert_eq!(error, ConvertError::NoPlace { field: "tlvs" });

    let mut pdu =
        QuerySm::builder().message_id("id").build().unwrap().report(MessageState::EXPIRED);
    pdu.status = Status::RSYSERR;
    assert!(smpp34::query_sm_resp::try_from(&pdu).is_err());

    let mut theirs = smpp34::query_sm::new(0, "7".repeat(65), 0, 0, String::new());
    assert!(matches!(QuerySm::try_from(&theirs), Err(BuildError::TooLong { .. })));
    theirs.message_id = "a\0b".into();
    assert!(matches!(QuerySm::try_from(&theirs), Err(BuildError::Nul { .. })));
    let mut theirs = smpp34::submit_sm::try_from(&SubmitSm::builder().build().unwrap()).unwrap();
    theirs.validity_period = "tomorrow".into();
    let error = BuildError::BadValue { field: "validity_period" };
    assert_eq!(SubmitSm::try_from(&theirs), Err(error));
}

#[test]
fn statuses() {
    assert_eq!(smpp34::SmppError::from(Status::RTHROTTLED), smpp34::SmppError::ESME_RTHROTTLED);
    assert_eq!(
        smpp34::SmppError::from(Status::from_code(0x450)),
        smpp34::SmppError::ESME_RUNKNOWNERR
    );
    assert_eq!(Status::from(smpp34::SmppError::ESME_RMSGQFUL), Status::RMSGQFUL);
}
