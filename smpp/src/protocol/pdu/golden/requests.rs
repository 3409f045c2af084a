use super::{
    super::{
        AlertNotification, BindKind, BindRequest, BroadcastSm, CancelBroadcastSm, CancelSm, DataSm,
        DeliverSm, Destination, Destinations, EnquireLink, Outbind, QueryBroadcastSm, QuerySm,
        ReplaceSm, SubmitMulti, SubmitSm, Unbind,
    },
    request, vectors,
};
use crate::protocol::{Address, Argument, MessageState, Npi, SmppTime, Tag, TlvList, Ton};

const SOURCE: Address<'_> = Address::international("123");
const DESTINATION: Address<'_> = Address::international("456");

fn time(text: &str) -> SmppTime {
    SmppTime::parse(text.as_bytes()).unwrap()
}

#[test]
fn bind_transmitter() {
    let pdu = BindRequest::builder()
        .system_id("SMPP3TEST")
        .password("secret08")
        .system_type("SUBMIT1")
        .interface_version(0x34)
        .addr_ton(1)
        .addr_npi(1)
        .build(BindKind::Transmitter)
        .unwrap();
    assert_eq!(pdu.kind(), BindKind::Transmitter);
    assert_eq!(pdu.system_id(), b"SMPP3TEST");
    assert_eq!(pdu.password(), b"secret08");
    assert_eq!(pdu.system_type(), b"SUBMIT1");
    assert_eq!(pdu.interface_version(), 0x34);
    assert_eq!(pdu.range(), Address::new(Ton::INTERNATIONAL, Npi::ISDN, b""));
    request(vectors::BIND_TRANSMITTER, pdu, &[]);
}

#[test]
fn bind_receiver() {
    let pdu = BindRequest::builder()
        .system_id("rx")
        .system_type("VMS")
        .interface_version(0x33)
        .addr_ton(2)
        .addr_npi(8)
        .address_range("^3161")
        .build(BindKind::Receiver)
        .unwrap();
    assert_eq!(pdu.kind(), BindKind::Receiver);
    assert_eq!(pdu.password(), b"");
    assert_eq!(pdu.range(), Address::new(Ton::NATIONAL, Npi::NATIONAL, b"^3161"));
    request(vectors::BIND_RECEIVER, pdu, &[]);
}

#[test]
fn bind_transceiver() {
    let pdu = BindRequest::builder()
        .system_id("abcdefghijklmno")
        .password("12345678")
        .system_type("SystemType..")
        .interface_version(0x34)
        .addr_ton(1)
        .addr_npi(1)
        .address_range("0123456789012345678901234567890123456789")
        .build(BindKind::Transceiver)
        .unwrap();
    assert_eq!(pdu.kind(), BindKind::Transceiver);
    assert_eq!(pdu.address_range().len(), 40);
    request(vectors::BIND_TRANSCEIVER, pdu, &[]);
}

#[test]
fn outbind() {
    let pdu = Outbind::builder().system_id("SMSC").password("pw").build().unwrap();
    assert_eq!((pdu.system_id(), pdu.password()), (&b"SMSC"[..], &b"pw"[..]));
    request(vectors::OUTBIND, pdu, &[]);
}

#[test]
fn header_alone() {
    request(vectors::UNBIND, Unbind, &[]);
    request(vectors::ENQUIRE_LINK, EnquireLink, &[]);
}

#[test]
fn submit_sm() {
    let pdu = SubmitSm::builder()
        .service_type("CMT")
        .source(Address::alphanumeric("wirepath"))
        .destination(Address::international("31612345678"))
        .esm_class(3)
        .protocol_id(0x40)
        .priority_flag(2)
        .schedule_delivery_time(time("240229120000004+"))
        .validity_period(time("000001000000000R"))
        .registered_delivery(1)
        .replace_if_present_flag(1)
        .data_coding(8)
        .sm_default_msg_id(7)
        .short_message(b"\0H\0i")
        .tlvs(TlvList::new().user_message_reference(0xBEEF).with(Tag(0x1401), b"abc"))
        .build()
        .unwrap();
    assert_eq!(pdu.service_type(), b"CMT");
    assert_eq!(pdu.source(), Address::alphanumeric("wirepath"));
    assert_eq!(pdu.destination(), Address::international("31612345678"));
    assert_eq!((pdu.esm_class(), pdu.protocol_id(), pdu.priority_flag()), (3, 0x40, 2));
    assert_eq!(pdu.schedule_delivery_time(), Some(time("240229120000004+")));
    assert_eq!(pdu.validity_period(), Some(time("000001000000000R")));
    assert_eq!((pdu.registered_delivery(), pdu.replace_if_present_flag()), (1, 1));
    assert_eq!((pdu.data_coding(), pdu.sm_default_msg_id()), (8, 7));
    assert_eq!(pdu.body(), b"\0H\0i");
    assert_eq!(pdu.tlvs().user_message_reference(), Some(0xBEEF));
    assert_eq!(pdu.tlvs().get(Tag(0x1401)), Some(&b"abc"[..]));
    assert_eq!(pdu.to_builder().build().unwrap(), pdu);
    request(vectors::SUBMIT_SM, pdu, &[0x68 - 13, 0x68 - 7]);
}

#[test]
fn submit_sm_empty() {
    request(vectors::SUBMIT_SM_EMPTY, SubmitSm::builder().build().unwrap(), &[]);
}

#[test]
fn submit_sm_with_a_header() {
    let pdu = SubmitSm::builder()
        .destination(Address::international("1"))
        .esm_class(0x40)
        .short_message(b"\x05\x00\x03\xCC\x02\x01AB")
        .build()
        .unwrap();
    assert_eq!(pdu.udh(), Some(&b"\x05\x00\x03\xCC\x02\x01"[..]));
    assert_eq!(pdu.user_data(), b"AB");
    request(vectors::SUBMIT_SM_UDH, pdu, &[]);
}

#[test]
fn deliver_sm() {
    let pdu = DeliverSm::builder()
        .source(Address::international("31612345678"))
        .destination(Address::new(Ton::NETWORK_SPECIFIC, Npi::UNKNOWN, b"8888"))
        .esm_class(4)
        .short_message("id:7 stat:DELIVRD")
        .tlvs(
            TlvList::new()
                .receipted_message_id(b"7")
                .message_state(MessageState::DELIVERED)
                .network_error_code(&[3, 0, 1]),
        )
        .build()
        .unwrap();
    assert!(pdu.is_receipt());
    assert_eq!(pdu.destination().digits, b"8888");
    assert_eq!(pdu.body(), b"id:7 stat:DELIVRD");
    assert_eq!(pdu.tlvs().receipted_message_id(), Some(&b"7"[..]));
    assert_eq!(pdu.tlvs().message_state(), Some(MessageState::DELIVERED));
    assert_eq!(pdu.tlvs().network_error_code(), Some(&[3, 0, 1][..]));
    request(vectors::DELIVER_SM, pdu, &[0x53 - 18, 0x53 - 12, 0x53 - 7]);
}

#[test]
fn data_sm() {
    let pdu = DataSm::builder()
        .service_type("WAP")
        .source(SOURCE)
        .destination(DESTINATION)
        .registered_delivery(0x11)
        .data_coding(0xF5)
        .tlvs(
            TlvList::new()
                .message_payload(b"\xDE\xAD\xBE\xEF")
                .more_messages_to_send(1)
                .alert_on_message_delivery(),
        )
        .build()
        .unwrap();
    assert_eq!(pdu.body(), b"\xDE\xAD\xBE\xEF");
    assert_eq!((pdu.esm_class(), pdu.registered_delivery(), pdu.data_coding()), (0, 0x11, 0xF5));
    assert_eq!(pdu.tlvs().more_messages_to_send(), Some(1));
    assert!(pdu.tlvs().alert_on_message_delivery());
    request(vectors::DATA_SM, pdu, &[0x34 - 17, 0x34 - 9, 0x34 - 4]);
}

#[test]
fn query_sm() {
    let pdu = QuerySm::builder().message_id("170").source(SOURCE).build().unwrap();
    assert_eq!((pdu.message_id(), pdu.source()), (&b"170"[..], SOURCE));
    request(vectors::QUERY_SM, pdu, &[]);
}

#[test]
fn cancel_sm() {
    let pdu = CancelSm::builder()
        .message_id("170")
        .source(SOURCE)
        .destination(DESTINATION)
        .build()
        .unwrap();
    assert_eq!((pdu.service_type(), pdu.message_id()), (&b""[..], &b"170"[..]));
    assert_eq!((pdu.source(), pdu.destination()), (SOURCE, DESTINATION));
    request(vectors::CANCEL_SM, pdu, &[]);
}

#[test]
fn replace_sm() {
    let pdu = ReplaceSm::builder()
        .message_id("170")
        .source(SOURCE)
        .validity_period(time("000001000000000R"))
        .registered_delivery(1)
        .short_message("new!")
        .build()
        .unwrap();
    assert_eq!(pdu.schedule_delivery_time(), None);
    assert_eq!(pdu.validity_period(), Some(time("000001000000000R")));
    assert_eq!((pdu.registered_delivery(), pdu.sm_default_msg_id()), (1, 0));
    assert_eq!(pdu.short_message(), b"new!");
    request(vectors::REPLACE_SM, pdu, &[]);
}

#[test]
fn submit_multi() {
    let recipients = [Destination::Sme(DESTINATION), Destination::List(b"friends")];
    let pdu = SubmitMulti::builder()
        .source(SOURCE)
        .destinations(&recipients)
        .priority_flag(1)
        .data_coding(3)
        .short_message(b"\xE9n")
        .tlvs(TlvList::new().destination_port(9200))
        .build()
        .unwrap();
    assert_eq!(pdu.destinations().len(), 2);
    assert!(pdu.destinations().iter().eq(recipients));
    assert_eq!(pdu.destinations(), Argument::<Destinations<'_>>::into_value(&recipients));
    assert_eq!(pdu.body(), b"\xE9n");
    assert_eq!(pdu.tlvs().destination_port(), Some(9200));
    assert_eq!(pdu.to_builder().build().unwrap(), pdu);
    request(vectors::SUBMIT_MULTI, pdu, &[0x3A - 6]);
}

#[test]
fn alert_notification() {
    let pdu = AlertNotification::builder()
        .source(SOURCE)
        .esme("ES")
        .tlvs(TlvList::new().ms_availability_status(0))
        .build()
        .unwrap();
    assert_eq!((pdu.source(), pdu.esme()), (SOURCE, Address::from("ES")));
    assert_eq!(pdu.tlvs().ms_availability_status(), Some(0));
    request(vectors::ALERT_NOTIFICATION, pdu, &[0x20 - 5]);
}

#[test]
fn broadcast_sm() {
    let pdu = BroadcastSm::builder()
        .service_type("CBS")
        .source(SOURCE)
        .priority_flag(1)
        .tlvs(
            TlvList::new()
                .broadcast_area_identifier(b"\0NL")
                .broadcast_content_type(&[0, 0, 1])
                .broadcast_rep_num(3)
                .broadcast_frequency_interval(&[9, 0, 5]),
        )
        .build()
        .unwrap();
    assert_eq!((pdu.service_type(), pdu.message_id()), (&b"CBS"[..], &b""[..]));
    assert_eq!(pdu.priority_flag(), 1);
    assert_eq!(pdu.tlvs().get_all(Tag::BROADCAST_AREA_IDENTIFIER).count(), 1);
    assert_eq!(pdu.tlvs().broadcast_rep_num(), Some(3));
    request(vectors::BROADCAST_SM, pdu, &[0x3C - 27, 0x3C - 20, 0x3C - 13, 0x3C - 7]);
}

#[test]
fn query_broadcast_sm() {
    let pdu = QueryBroadcastSm::builder()
        .message_id("42")
        .source(SOURCE)
        .tlvs(TlvList::new().user_message_reference(7))
        .build()
        .unwrap();
    assert_eq!(pdu.message_id(), b"42");
    request(vectors::QUERY_BROADCAST_SM, pdu, &[0x1F - 6]);
}

#[test]
fn cancel_broadcast_sm() {
    let pdu = CancelBroadcastSm::builder().message_id("42").source(SOURCE).build().unwrap();
    assert_eq!((pdu.message_id(), pdu.source()), (&b"42"[..], SOURCE));
    request(vectors::CANCEL_BROADCAST_SM, pdu, &[]);
}
