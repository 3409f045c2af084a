use super::{
    super::{
        BindKind, BindRequest, BindResp, BroadcastSmResp, CancelBroadcastSmResp, CancelSmResp,
        DataSmResp, DeliverSmResp, EnquireLinkResp, GenericNack, QueryBroadcastSm,
        QueryBroadcastSmResp, QuerySm, QuerySmResp, ReplaceSmResp, Response, SubmitMultiResp,
        SubmitSmResp, UnbindResp, Unsuccess,
    },
    response, vectors,
};
use crate::protocol::{
    Address, CommandId, MessageId, MessageState, SmppTime, Status, SystemId, Tag, TlvList,
};

/// Behind the header: every response may leave its body out.
const BARE: usize = 16;

fn id(text: &str) -> MessageId {
    MessageId::new(text.as_bytes()).unwrap()
}

#[test]
fn bind_responses() {
    let smsc = SystemId::new(b"SMSC").unwrap();
    let request = BindRequest::builder().interface_version(0x34).build(BindKind::Transmitter);
    let accepted = BindResp::accept(&request.unwrap(), smsc);
    assert_eq!(accepted.tlvs.as_tlvs().sc_interface_version(), Some(0x34));
    response(vectors::BIND_TRANSMITTER_RESP, accepted, &[BARE, 0x1A - 5]);

    let refused = BindResp::reject(BindKind::Receiver, Status::RINVPASWD);
    response(vectors::BIND_RECEIVER_RESP, refused, &[]);

    let request = BindRequest::builder().interface_version(0x33).build(BindKind::Transceiver);
    let accepted = BindResp::accept(&request.unwrap(), smsc);
    assert!(accepted.tlvs.is_empty(), "an old peer knows no TLVs");
    response(vectors::BIND_TRANSCEIVER_RESP, accepted, &[BARE]);
}

#[test]
fn a_refused_bind_may_say_its_version() {
    let tlvs = TlvList::new().sc_interface_version(0x34);
    let refused = BindResp { tlvs, ..BindResp::reject(BindKind::Receiver, Status::RINVSYSID) };
    let wire = hex_literal::hex!("00000016 80000001 0000000F 00000001 00 0210 0001 34");
    response(&wire, refused, &[BARE, BARE + 1]);
}

#[test]
fn header_alone() {
    response(vectors::UNBIND_RESP, UnbindResp::default(), &[]);
    response(vectors::ENQUIRE_LINK_RESP, EnquireLinkResp::default(), &[]);
    response(vectors::REPLACE_SM_RESP, ReplaceSmResp::default(), &[]);
    response(vectors::CANCEL_BROADCAST_SM_RESP, CancelBroadcastSmResp::default(), &[]);
    response(
        vectors::CANCEL_SM_RESP,
        CancelSmResp::of_status(CommandId::CANCEL_SM, Status::RCANCELFAIL),
        &[],
    );
    response(
        vectors::GENERIC_NACK,
        GenericNack::of_status(CommandId::new(0x77), Status::RINVCMDID),
        &[],
    );
}

#[test]
fn submit_sm_resp() {
    let accepted = SubmitSmResp { message_id: id("00C0FFEE"), ..SubmitSmResp::default() };
    response(vectors::SUBMIT_SM_RESP, accepted, &[BARE]);
    let refused = SubmitSmResp { status: Status::RTHROTTLED, ..SubmitSmResp::default() };
    response(vectors::SUBMIT_SM_RESP_THROTTLED, refused, &[]);
}

#[test]
fn deliver_sm_resp() {
    response(vectors::DELIVER_SM_RESP, DeliverSmResp::default(), &[BARE]);
}

#[test]
fn data_sm_resp() {
    let pdu =
        DataSmResp { status: Status::RDELIVERYFAILURE, message_id: id("77"), tlvs: TlvList::new() };
    let pdu =
        pdu.tlv(Tag::DELIVERY_FAILURE_REASON, &[1]).tlv(Tag::ADDITIONAL_STATUS_INFO_TEXT, b"no\0");
    assert_eq!(pdu.tlvs.as_tlvs().delivery_failure_reason(), Some(1));
    assert_eq!(pdu.tlvs.as_tlvs().additional_status_info_text(), Some(&b"no"[..]));
    response(vectors::DATA_SM_RESP, pdu, &[BARE, 0x1F - 12, 0x1F - 7]);
}

#[test]
fn query_sm_resp() {
    let query = QuerySm::builder().message_id("170").build().unwrap();
    let done = query
        .report(MessageState::UNDELIVERABLE)
        .final_date(SmppTime::parse(b"240229120000000+").unwrap())
        .error_code(42);
    response(vectors::QUERY_SM_RESP, done, &[BARE]);
    response(vectors::QUERY_SM_RESP_ENROUTE, query.report(MessageState::ENROUTE), &[BARE]);
    let refused = query.reject(Status::RQUERYFAIL);
    assert_eq!(refused, QuerySmResp { status: Status::RQUERYFAIL, ..QuerySmResp::default() });
}

#[test]
fn submit_multi_resp() {
    let pdu = SubmitMultiResp { message_id: id("99"), ..SubmitMultiResp::default() };
    let address = Address::international("456");
    let pdu = pdu.refuse(address, Status::RINVDSTADR).unwrap();
    assert_eq!(pdu.unsuccess.len(), 1);
    let refused = Unsuccess { address, status: Status::RINVDSTADR };
    assert!(pdu.unsuccess.iter().eq([refused]));
    response(vectors::SUBMIT_MULTI_RESP, pdu, &[BARE]);
}

#[test]
fn broadcast_responses() {
    let taken = BroadcastSmResp { message_id: id("42"), ..BroadcastSmResp::default() };
    response(vectors::BROADCAST_SM_RESP, taken.clone(), &[BARE]);
    let in_part = taken
        .tlv(Tag::BROADCAST_ERROR_STATUS, &Status::RBCASTFAIL.code().to_be_bytes())
        .tlv(Tag::BROADCAST_AREA_IDENTIFIER, b"\0NL");
    let vector = vectors::BROADCAST_SM_RESP_FAILED_AREA;
    response(vector, in_part, &[BARE, 0x22 - 15, 0x22 - 7]);

    let tlvs = TlvList::new()
        .message_state(MessageState::DELIVERED)
        .broadcast_area_identifier(b"\0NL")
        .broadcast_area_success(100);
    let report =
        QueryBroadcastSmResp { message_id: id("42"), tlvs, ..QueryBroadcastSmResp::default() };
    assert_eq!(report.tlvs.as_tlvs().broadcast_area_success(), Some(100));
    let query = QueryBroadcastSm::builder().message_id("42").build().unwrap();
    let one_by_one = query
        .report(TlvList::new().message_state(MessageState::DELIVERED))
        .tlv(Tag::BROADCAST_AREA_IDENTIFIER, b"\0NL")
        .tlv(Tag::BROADCAST_AREA_SUCCESS, &[100]);
    assert_eq!(one_by_one, report);
    response(vectors::QUERY_BROADCAST_SM_RESP, report, &[BARE, 0x24 - 17, 0x24 - 12, 0x24 - 5]);
}
