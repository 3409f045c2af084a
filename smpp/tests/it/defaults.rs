//! What a request gets that no handler is for, and which handler one gets to.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use wirepath_smpp::{
    Bind, BindKind, BindReply, CancelSm, Client, CommandId, DataSm, DeliverSm, Frame, MessageState,
    Npi, QuerySm, RawResponse, RequestPdu, State, Status, SubmitSm, Ton, handlers, on_bind, on_pdu,
    testing::Harness,
};

use crate::support::{Running, config, pdu, soon, submit};

#[tokio::test]
async fn a_bind_is_refused_where_nobody_decides() {
    let mut open = config();
    open.esmes.clear();
    let server = Running::start(&open, handlers![].with_state(Arc::new(()))).await;
    let mut peer = server.connect().await;
    peer.bind(BindKind::Transceiver, "esme1", "secret", Status::RBINDFAIL).await;
    peer.expect_end().await;
}

#[tokio::test]
async fn each_command_has_its_default() {
    let server = Running::start(&config(), handlers![].with_state(Arc::new(()))).await;
    let mut peer = server.bound().await;
    let multi = b"\0\x01\x01100\0\x01\x01\x01\x01200\0\0\0\0\0\0\0\0\0\0\x02hi";
    let rows: [(u32, &[u8], Status); 5] = [
        (0x21, multi, Status::RSYSERR),
        (0x103, b"\0\x01\x01100\0\x01\x01200\0\0\0\0", Status::RSYSERR),
        (0x08, b"\0id\0\x01\x01100\0\x01\x01200\0", Status::RCANCELFAIL),
        (0x03, b"id\0\x01\x01100\0", Status::RQUERYFAIL),
        (0x07, b"id\0\x01\x01100\0\0\0\0\0\x02hi", Status::RREPLACEFAIL),
    ];
    for (command, body, status) in rows {
        peer.send(&pdu(command, 3, body)).await;
        peer.expect(CommandId::new(command).response(), status, 3).await;
    }
    peer.send(&submit(4)).await;
    peer.submitted(4).await;
    peer.expect_alive().await;
}

#[tokio::test]
async fn what_an_smsc_sends_has_defaults_on_our_own_binds() {
    use wirepath_smpp::AlertNotification;

    let server = Running::plain().await;
    let client = Client::new(server.address.to_string(), "esme1", "secret");
    let _session = client.connect_with(handlers![].with_state(Arc::new(()))).await.unwrap();
    let peer = server.smpp.esme("esme1").unwrap();
    let alert = AlertNotification::builder().source("100").esme("200").build().unwrap();
    peer.alert_notification(&alert).unwrap();
    let deliver = DeliverSm::builder().short_message("hi").build().unwrap();
    soon(peer.deliver_sm(&deliver)).await.unwrap();
    let data = DataSm::builder().build().unwrap();
    assert_eq!(
        soon(peer.data_sm(&data)).await.unwrap_err(),
        wirepath_smpp::SendError::Rejected(Status::RSYSERR)
    );
}

#[on_bind]
async fn overrule(bind: Bind) -> BindReply {
    match bind.system_id() {
        "guest" => bind.accept().system_id("lobby").unwrap(),
        "esme1" if bind.system_type() == "banned" => bind.reject(Status::RALYBND, "banned"),
        _ => bind.by_policy(),
    }
}

#[tokio::test]
async fn on_bind_overrules_the_policy_both_ways() {
    let harness = Harness::new(handlers![overrule].with_state(Arc::new(()))).config(config());
    assert!(harness.bind(BindKind::Transmitter, "guest", "").await.is_ok());
    assert!(harness.bind(BindKind::Receiver, "esme1", "secret").await.is_ok());
    let wrong = harness.bind(BindKind::Receiver, "esme1", "wrong").await;
    assert_eq!(wrong.err(), Some(Status::RINVPASWD));
    let banned = wirepath_smpp::BindRequest::builder()
        .system_id("esme1")
        .password("secret")
        .system_type("banned")
        .build(BindKind::Transceiver)
        .unwrap();
    assert_eq!(harness.bind_with(&banned).await.err(), Some(Status::RALYBND));
}

/// What a bind said: system_type, interface_version, TON, NPI and digits of address_range, and its kind.
type Said = (String, u8, Ton, Npi, Vec<u8>, BindKind);

#[on_bind]
async fn listen(bind: Bind, State(said): State<Arc<Mutex<Vec<Said>>>>) -> BindReply {
    let range = bind.address_range();
    said.lock().unwrap().push((
        bind.system_type().to_owned(),
        bind.interface_version(),
        range.ton,
        range.npi,
        range.digits.to_vec(),
        bind.kind(),
    ));
    bind.accept()
}

#[tokio::test]
async fn a_bind_handler_sees_system_type_version_and_address_range() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let service = handlers![listen].with_state(Arc::new(Arc::clone(&said)));
    let server = Running::start(&config(), service).await;
    let rows: [(u32, &[u8], Said); 3] = [
        (
            9,
            b"esme1\0secret\0VMA\0\x34\x01\x08^3161\0",
            ("VMA".into(), 0x34, Ton(1), Npi(8), b"^3161".into(), BindKind::Transceiver),
        ),
        (
            2,
            b"esme1\0secret\0\0\x50\0\0\0",
            (String::new(), 0x50, Ton(0), Npi(0), Vec::new(), BindKind::Transmitter),
        ),
        // No text: it reads as none, and its octets are in the PDU.
        (
            1,
            b"esme1\0secret\0\xFF\xFE\0\x33\0\0\xFF\0",
            (String::new(), 0x33, Ton(0), Npi(0), b"\xFF".into(), BindKind::Receiver),
        ),
    ];
    for (command, body, expected) in rows {
        let mut peer = server.connect().await;
        peer.send(&pdu(command, 1, body)).await;
        peer.expect(CommandId::new(command).response(), Status::ROK, 1).await;
        assert_eq!(said.lock().unwrap().pop(), Some(expected));
    }
}

#[on_bind]
async fn anyone(_bind: Bind) -> bool {
    true
}

#[on_pdu("*")]
async fn rest(pdu: RequestPdu) -> Status {
    match pdu.command() {
        CommandId::QUERY_SM => Status::RINVMSGID,
        _ => Status::RTHROTTLED,
    }
}

#[on_pdu("cancel_sm")]
async fn cancel(pdu: CancelSm) -> wirepath_smpp::CancelSmResp {
    pdu.accept()
}

#[on_pdu(0x0001_0201)]
async fn vendor(frame: Frame) -> RawResponse {
    let body = Bytes::copy_from_slice(frame.body());
    RawResponse::new(frame.command(), Status::ROK, body)
}

use wirepath_smpp::Pdu;

#[tokio::test]
async fn the_star_takes_what_no_other_handler_does() {
    let service = handlers![anyone, rest, cancel, vendor].with_state(Arc::new(()));
    let harness = Harness::new(service);
    let mut session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    let query = QuerySm::builder().message_id("1").build().unwrap();
    assert_eq!(session.query_sm(&query).await.status, Status::RINVMSGID);
    let message = SubmitSm::builder().short_message("x").build().unwrap();
    assert_eq!(session.submit_sm(&message).await.status, Status::RTHROTTLED);
    let cancelled = CancelSm::builder().message_id("1").build().unwrap();
    assert_eq!(session.cancel_sm(&cancelled).await.status, Status::ROK);
    // Not those that the engine answers by itself.
    assert_eq!(session.enquire_link().await, Status::ROK);
    // A vendor's command: its own handler, and for others the star.
    session.send_bytes(pdu(0x0001_0201, 90, b"ping"));
    let answer = session.next_answer().await.unwrap();
    assert_eq!(answer.header().command.get(), 0x8001_0201);
    assert_eq!(answer.body(), b"ping");
    session.send_bytes(pdu(0x0001_0202, 91, b"ping"));
    assert_eq!(session.next_answer().await.unwrap().header().status, Status::RTHROTTLED);
    session.unbind().await;
}

#[on_pdu("*")]
async fn nothing_to_say(_pdu: RequestPdu) {}

#[on_pdu("*")]
async fn no(_pdu: RequestPdu) -> Status {
    Status::RSYSERR
}

/// SMPP 3.4 §4.4.2, §4.5.2, §4.7.2, §4.8.2; SMPP 5.0 §4.4.1.2, §4.6.1.3. Peers read past the header of a success.
#[tokio::test]
async fn a_bare_status_of_success_has_the_mandatory_body_and_an_error_none() {
    let bodies: [(u32, &[u8], &[u8]); 9] = [
        (0x04, b"\0\x01\x01100\0\x01\x01200\0\0\0\0\0\0\0\0\0\0\x02hi", b"\0"),
        (0x21, b"\0\x01\x01100\0\x01\x01\x01\x01200\0\0\0\0\0\0\0\0\0\0\x02hi", b"\0\0"),
        (0x103, b"\0\x01\x01100\0\x01\x01200\0\0\0\0", b"\0"),
        (0x03, b"id\0\x01\x01100\0", b"\0\0\0\0"),
        (0x111, b"\0\x01\x01100\0\0\0\0\0\0\0\0", b"\0"),
        (0x112, b"id\0\x01\x01100\0", b"\0"),
        // These have no body in any case.
        (0x07, b"id\0\x01\x01100\0\0\0\0\0\x02hi", b""),
        (0x08, b"\0id\0\x01\x01100\0\x01\x01200\0", b""),
        (0x113, b"\0id\0\x01\x01100\0", b""),
    ];
    let willing = Harness::new(handlers![anyone, nothing_to_say].with_state(Arc::new(())));
    let mut yes = willing.bind(BindKind::Transceiver, "x", "").await.unwrap();
    let refusing = Harness::new(handlers![anyone, no].with_state(Arc::new(())));
    let mut refused = refusing.bind(BindKind::Transceiver, "x", "").await.unwrap();
    for (command, body, answered) in bodies {
        yes.send_bytes(pdu(command, 9, body));
        let answer = yes.next_answer().await.unwrap();
        assert_eq!(answer.header().status, Status::ROK, "{command:#x}");
        assert_eq!(answer.body(), answered, "{command:#x}");
        refused.send_bytes(pdu(command, 9, body));
        let answer = refused.next_answer().await.unwrap();
        assert_eq!(answer.header().status, Status::RSYSERR, "{command:#x}");
        assert_eq!(answer.body(), b"", "{command:#x}");
    }
}

#[tokio::test]
async fn no_handler_sees_a_vendors_command_before_the_bind() {
    let harness = Harness::new(handlers![anyone, rest, vendor].with_state(Arc::new(())));
    let mut stranger = harness.connect();
    for command in [0x0001_0201, 0x0001_0202] {
        stranger.send_bytes(pdu(command, 9, b"ping"));
        let answer = stranger.next_answer().await.unwrap().header();
        assert_eq!((answer.command, answer.status), (CommandId::GENERIC_NACK, Status::RINVCMDID));
    }
}

#[on_pdu("query_sm")]
async fn state(pdu: QuerySm) -> wirepath_smpp::QuerySmResp {
    pdu.report(MessageState::DELIVERED).error_code(3)
}

#[on_pdu("data_sm")]
async fn data(pdu: DataSm) -> wirepath_smpp::DataSmResp {
    pdu.accept("7").tlv(wirepath_smpp::Tag(0x1400), b"own")
}

#[tokio::test]
async fn replies_carry_what_they_were_given() {
    let harness = Harness::new(handlers![anyone, state, data].with_state(Arc::new(())));
    let session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    let query = QuerySm::builder().message_id("1").build().unwrap();
    let report = session.query_sm(&query).await;
    assert_eq!((report.message_state, report.error_code), (MessageState::DELIVERED, 3));
    assert_eq!(report.message_id.as_bytes(), b"1");
    let answer = session.data_sm(&DataSm::builder().build().unwrap()).await;
    assert_eq!(answer.tlvs.as_tlvs().get(wirepath_smpp::Tag(0x1400)), Some(&b"own"[..]));
}
