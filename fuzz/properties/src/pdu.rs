//! A PDU reads back: decode, look at everything, encode, decode.

use std::fmt::Debug;

use bytes::{Bytes, BytesMut};
use wirepath_smpp::{
    BindResp, CommandId, DecodeError, Frame, Header, Pdu, RequestPdu, ResponsePdu, Rules, Status,
    Tlvs, protocol::udh::Udh,
};

/// Both sets of rules.
pub const BOTH: [Rules; 2] = [Rules::Strict, Rules::Lenient];

/// The PDU's octets under this sequence number.
#[must_use]
pub fn encoded(pdu: &impl Pdu, sequence: u32) -> Bytes {
    let mut out = BytesMut::new();
    pdu.encode(sequence, &mut out);
    out.freeze()
}

/// Asks of one frame everything that is asked of PDUs, as a request and as a response, strictly and not.
///
/// # Panics
///
/// If it does not hold.
pub fn reads_back(frame: &Frame) {
    for rules in BOTH {
        match RequestPdu::decode(frame.clone(), rules) {
            Ok(pdu) => {
                request(&pdu, rules);
                round(frame, &pdu, rules);
            }
            Err(error) => refused(frame, error, !frame.command().is_response()),
        }
        match ResponsePdu::decode(frame.clone(), rules) {
            Ok(pdu) => {
                response(&pdu);
                round(frame, &pdu, rules);
            }
            Err(error) => refused(frame, error, frame.command().is_response()),
        }
    }
    let strict = RequestPdu::decode(frame.clone(), Rules::Strict);
    if let Ok(strict) = strict {
        assert_eq!(RequestPdu::decode(frame.clone(), Rules::Lenient), Ok(strict));
    }
    if let Ok(strict) = ResponsePdu::decode(frame.clone(), Rules::Strict) {
        assert_eq!(ResponsePdu::decode(frame.clone(), Rules::Lenient), Ok(strict));
    }
}

fn refused(frame: &Frame, error: DecodeError, is_its_set: bool) {
    assert_eq!(error == DecodeError::WrongCommand, !is_its_set, "{frame:?}: {error}");
    assert!(!error.status().is_ok());
    assert!(!error.to_string().is_empty());
}

/// Decode, encode, decode: the value stays, and so do the octets, unless a named exception says what becomes of them.
fn round<P: Pdu + PartialEq + Debug>(frame: &Frame, pdu: &P, rules: Rules) {
    let sequence = frame.header().sequence;
    let octets = encoded(pdu, sequence);
    assert_eq!(pdu.command(), frame.command());
    let whole = Frame::from_bytes(octets.clone());
    let again = whole.unwrap_or_else(|| panic!("command_length is wrong: {octets:?} of {pdu:?}"));
    if times_were_lost(frame, rules) {
        return;
    }
    let decoded = P::decode(again, rules);
    assert_eq!(decoded.as_ref(), Ok(pdu), "encoded as {octets:?}");
    assert_eq!(decoded.map(|decoded| encoded(&decoded, sequence)), Ok(octets.clone()));
    if !is_made_canonical(frame) {
        assert_eq!(&octets, frame.as_bytes(), "{pdu:?}");
    }
}

/// The lenient rules take a `final_date` that is none; the answer then has none, so it is written without one.
fn times_were_lost(frame: &Frame, rules: Rules) -> bool {
    rules == Rules::Lenient
        && frame.command() == CommandId::QUERY_SM_RESP
        && ResponsePdu::decode(frame.clone(), Rules::Strict).is_err()
}

/// Octets that decode but are not written that way.
#[must_use]
pub fn is_made_canonical(frame: &Frame) -> bool {
    is_request_with_a_status(frame)
        || has_a_body_that_the_command_has_not(frame)
        || leaves_out_the_body_of_a_success(frame)
        || has_empty_fields_in_a_failure(frame)
        || is_cut(frame)
}

/// The lenient rules take an answer whose id, or whose sender's name, is longer than there is room for, and keep its beginning.
#[must_use]
pub fn is_cut(frame: &Frame) -> bool {
    matches!(
        ResponsePdu::decode(frame.clone(), Rules::Strict),
        Err(DecodeError::TooLong { field: "message_id" | "system_id", .. })
    )
}

/// SMPP 3.4 §3.2: the status of a request is unused and zero. Vendors' requests are passed on as they are.
fn is_request_with_a_status(frame: &Frame) -> bool {
    let header = frame.header();
    !header.command.is_response() && header.command.name().is_some() && !header.status.is_ok()
}

/// PDUs that are a header alone may come with TLVs from peers of 5.0; they are passed over.
fn has_a_body_that_the_command_has_not(frame: &Frame) -> bool {
    is_bare(frame.command()) && !frame.body().is_empty()
}

fn is_bare(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::ENQUIRE_LINK
            | CommandId::ENQUIRE_LINK_RESP
            | CommandId::UNBIND
            | CommandId::UNBIND_RESP
            | CommandId::GENERIC_NACK
            | CommandId::CANCEL_SM_RESP
            | CommandId::REPLACE_SM_RESP
            | CommandId::CANCEL_BROADCAST_SM_RESP
    )
}

/// A standard response that has fields of its own.
fn is_response_with_fields(frame: &Frame) -> bool {
    let command = frame.command();
    command.is_response() && command.name().is_some() && !is_bare(command)
}

/// Some peers answer `ESME_ROK` with a header alone; it is written with its empty fields.
fn leaves_out_the_body_of_a_success(frame: &Frame) -> bool {
    is_response_with_fields(frame) && frame.header().status.is_ok() && frame.body().is_empty()
}

/// Some peers send the empty fields of an answer that failed; they are left out (SMPP 3.4 §4.4.2).
fn has_empty_fields_in_a_failure(frame: &Frame) -> bool {
    let body = frame.body();
    is_response_with_fields(frame)
        && !frame.header().status.is_ok()
        && !body.is_empty()
        && body.iter().all(|octet| *octet == 0)
}

/// Reads every TLV in every way.
fn tlvs(tlvs: Tlvs<'_>) {
    let mut length = 0;
    for tlv in tlvs {
        length += 4 + tlv.value.len();
        assert_eq!(tlvs.get_all(tlv.tag).next(), tlvs.get(tlv.tag));
        assert!(!format!("{tlv:?}").is_empty());
    }
    assert_eq!(length, tlvs.as_bytes().len(), "the TLVs end where the PDU ends");
    macro_rules! read {
        ($($name:ident)*) => {{ $(let _ = tlvs.$name();)* }};
    }
    read!(
        dest_addr_subunit source_addr_subunit dest_network_type source_network_type dest_bearer_type
        source_bearer_type dest_telematics_id source_telematics_id qos_time_to_live payload_type
        additional_status_info_text receipted_message_id ms_msg_wait_facilities privacy_indicator
        source_subaddress dest_subaddress user_message_reference user_response_code language_indicator
        source_port destination_port sar_msg_ref_num sar_total_segments sar_segment_seqnum
        sc_interface_version display_time ms_validity dpf_result set_dpf ms_availability_status
        network_error_code message_payload delivery_failure_reason more_messages_to_send callback_num
        callback_num_pres_ind callback_num_atag number_of_messages sms_signal alert_on_message_delivery
        its_reply_type its_session_info ussd_service_op broadcast_area_identifier broadcast_area_success
        broadcast_content_type broadcast_frequency_interval broadcast_rep_num message_state
    );
}

/// Reads every field through its accessor, by way of a builder; under the strict rules the builder makes the same PDU.
macro_rules! rebuilt {
    ($pdu:expr, $rules:expr $(, $kind:expr)?) => {{
        let pdu = $pdu;
        tlvs(pdu.tlvs());
        let built = pdu.to_builder().build($($kind)?);
        if $rules == Rules::Strict {
            assert_eq!(built.as_ref(), Ok(pdu));
        }
    }};
}

macro_rules! message {
    ($pdu:expr) => {{
        let pdu = $pdu;
        let body = pdu.body();
        match pdu.udh() {
            Some(udh) => {
                assert_eq!([udh, pdu.user_data()].concat(), body);
                if let Some((udh, _)) = Udh::parse(body) {
                    let _ = (udh.concatenation(), udh.ports(), udh.is_well_formed());
                    let _ = udh.elements().count();
                }
            }
            None => assert_eq!(pdu.user_data(), body),
        }
        let _ = pdu.is_receipt();
    }};
}

fn request(pdu: &RequestPdu, rules: Rules) {
    let shown = format!("{pdu:?}");
    match pdu {
        RequestPdu::SubmitSm(pdu) => {
            message!(pdu);
            rebuilt!(pdu, rules);
        }
        RequestPdu::DeliverSm(pdu) => {
            message!(pdu);
            rebuilt!(pdu, rules);
        }
        RequestPdu::DataSm(pdu) => {
            message!(pdu);
            rebuilt!(pdu, rules);
        }
        RequestPdu::SubmitMulti(pdu) => {
            let _ = pdu.body();
            assert_eq!(pdu.destinations().iter().count(), pdu.destinations().len());
            rebuilt!(pdu, rules);
        }
        RequestPdu::Bind(bind) => {
            rebuilt!(bind, rules, bind.kind());
            let _ = bind.range();
            // Whatever the password is, the PDU prints the same.
            if let Ok(other) = bind.to_builder().password("********").build(bind.kind()) {
                assert_eq!(shown, format!("{:?}", RequestPdu::Bind(other)));
            }
            assert!(!format!("{:?}", bind.to_builder()).contains("password"));
        }
        RequestPdu::Outbind(outbind) => {
            rebuilt!(outbind, rules);
            if let Ok(other) = outbind.to_builder().password("********").build() {
                assert_eq!(shown, format!("{:?}", RequestPdu::Outbind(other)));
            }
        }
        RequestPdu::QuerySm(pdu) => rebuilt!(pdu, rules),
        RequestPdu::CancelSm(pdu) => rebuilt!(pdu, rules),
        RequestPdu::ReplaceSm(pdu) => rebuilt!(pdu, rules),
        RequestPdu::AlertNotification(pdu) => rebuilt!(pdu, rules),
        RequestPdu::BroadcastSm(pdu) => rebuilt!(pdu, rules),
        RequestPdu::QueryBroadcastSm(pdu) => rebuilt!(pdu, rules),
        RequestPdu::CancelBroadcastSm(pdu) => rebuilt!(pdu, rules),
        _ => {}
    }
    answered(pdu);
    match pdu.clone().into_frame() {
        Some(frame) => assert_eq!(frame.command(), pdu.command()),
        None => assert!(matches!(pdu, RequestPdu::EnquireLink(_) | RequestPdu::Unbind(_))),
    }
}

/// Whatever came, the answers that its handler could give are PDUs that read back.
fn answered(pdu: &RequestPdu) {
    let reads_back = |octets: Bytes| {
        let frame = Frame::from_bytes(octets).unwrap_or_else(|| panic!("no PDU for {pdu:?}"));
        let answer = ResponsePdu::decode(frame, Rules::Strict);
        assert_eq!(answer.map(|answer| answer.command()), Ok(pdu.command().response()));
    };
    match pdu {
        RequestPdu::SubmitSm(pdu) => {
            reads_back(encoded(&pdu.accept(u64::MAX), 1));
            reads_back(encoded(&pdu.reject(Status::RTHROTTLED), 1));
        }
        RequestPdu::DeliverSm(pdu) => reads_back(encoded(&pdu.accept(), 1)),
        RequestPdu::DataSm(pdu) => reads_back(encoded(&pdu.accept("id"), 1)),
        RequestPdu::SubmitMulti(pdu) => reads_back(encoded(&pdu.accept("id"), 1)),
        RequestPdu::QuerySm(pdu) => {
            reads_back(encoded(&pdu.report(wirepath_smpp::MessageState::DELIVERED), 1))
        }
        RequestPdu::Bind(pdu) => {
            let system_id = wirepath_smpp::SystemId::new(b"SMSC").unwrap_or_default();
            reads_back(encoded(&BindResp::accept(pdu, system_id), 1));
        }
        _ => {}
    }
}

fn response(pdu: &ResponsePdu) {
    let list = match pdu {
        ResponsePdu::SubmitSm(pdu) => &pdu.tlvs,
        ResponsePdu::DeliverSm(pdu) => &pdu.tlvs,
        ResponsePdu::DataSm(pdu) => &pdu.tlvs,
        ResponsePdu::QuerySm(pdu) => &pdu.tlvs,
        ResponsePdu::Bind(pdu) => &pdu.tlvs,
        ResponsePdu::BroadcastSm(pdu) => &pdu.tlvs,
        ResponsePdu::QueryBroadcastSm(pdu) => &pdu.tlvs,
        ResponsePdu::SubmitMulti(pdu) => {
            assert_eq!(pdu.unsuccess.iter().count(), pdu.unsuccess.len());
            &pdu.tlvs
        }
        _ => return,
    };
    tlvs(list.as_tlvs());
    assert!(!format!("{pdu:?}").is_empty());
    let header = Header::peek(&encoded(pdu, 7));
    assert_eq!(header.map(|header| header.sequence), Some(7));
}
