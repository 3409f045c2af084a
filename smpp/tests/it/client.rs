//! The other side: connecting, the inbox, many requests from one task.

use std::{collections::HashSet, time::Duration};

use tokio::net::TcpListener;
use wirepath_smpp::{
    BindKind, Client, CommandId, ConnectError, DeliverSm, RequestPdu, SendError, Status, SubmitSm,
    Timers, UnbindCause,
};

use crate::support::{PATIENCE, Peer, RawPeer, Running, config, pdu, plain, soon};

fn message(text: &str) -> SubmitSm {
    SubmitSm::builder().source("1").destination("2").short_message(text).build().unwrap()
}

/// A scripted SMSC, and the client that is about to bind to it.
async fn scripted() -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, Client::new(address, "esme1", "secret"))
}

async fn accept(listener: &TcpListener) -> Peer {
    let (io, _) = soon(listener.accept()).await.unwrap();
    RawPeer::over(io, PATIENCE)
}

#[tokio::test]
async fn a_client_binds_sends_receives_and_unbinds() {
    let server = Running::plain().await;
    for kind in BindKind::ALL {
        let client = Client::new(server.address.to_string(), "esme1", "secret").kind(kind);
        let (session, mut inbox) = soon(client.connect()).await.unwrap();
        assert_eq!(session.kind(), Some(kind));
        assert_eq!(session.system_id().as_bytes(), b"wirepath");
        if kind.can_transmit() {
            let answer = soon(session.submit_sm(&message("hi"))).await.unwrap();
            assert_eq!(answer.message_id.as_bytes(), b"id");
        } else {
            let error = session.submit_sm(&message("hi")).await.unwrap_err();
            assert_eq!(error, SendError::NotAllowed { command: CommandId::SUBMIT_SM, kind });
        }
        if kind.can_receive() {
            let pdu = DeliverSm::builder().short_message("mo").build().unwrap();
            soon(server.smpp.esme("esme1").unwrap().deliver_sm(&pdu)).await.unwrap();
            let Some(RequestPdu::DeliverSm(got)) = soon(inbox.next()).await else {
                panic!("no deliver_sm")
            };
            assert_eq!(got.body(), b"mo");
        }
        soon(session.enquire_link()).await.unwrap();
        assert_eq!(soon(session.unbind()).await, UnbindCause::Local);
        assert!(soon(inbox.next()).await.is_none());
    }
}

#[tokio::test]
async fn a_refused_bind_says_why() {
    let server = Running::plain().await;
    let client = Client::new(server.address.to_string(), "esme1", "wrong");
    let error = soon(client.connect()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused(Status::RINVPASWD)), "{error}");
}

#[tokio::test]
async fn nobody_there_is_an_error_of_the_connection() {
    let (listener, client) = scripted().await;
    drop(listener);
    assert!(matches!(soon(client.connect()).await.unwrap_err(), ConnectError::Io { .. }));
}

#[tokio::test]
async fn a_connection_lost_before_the_answer_is_an_error_of_the_connection() {
    let (listener, client) = scripted().await;
    let connecting = tokio::spawn(client.connect());
    accept(&listener).await.next().await.unwrap();
    let error = soon(connecting).await.unwrap().unwrap_err();
    assert!(matches!(error, ConnectError::Io { .. }), "{error}");
}

#[tokio::test]
async fn a_bind_that_is_not_answered_times_out() {
    let (listener, client) = scripted().await;
    let timers = Timers { session_init: Some(Duration::from_millis(50)), ..Timers::default() };
    let error = soon(client.timers(timers).connect()).await.unwrap_err();
    assert!(matches!(error, ConnectError::TimedOut), "{error}");
    drop(listener);
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_is_said_so() {
    let (listener, client) = scripted().await;
    let connecting = tokio::spawn(client.connect());
    let mut peer = accept(&listener).await;
    peer.send(b"SSH-2.0-OpenSSH\r\n").await;
    let error = soon(connecting).await.unwrap().unwrap_err();
    assert!(matches!(error, ConnectError::Stream(_)), "{error}");
}

/// Under lenient rules, which a client's are.
#[tokio::test]
async fn ids_that_are_too_long_are_cut_and_lose_neither_bind_nor_answer() {
    let (listener, client) = scripted().await;
    let connecting = tokio::spawn(client.connect());
    let mut peer = accept(&listener).await;
    let bind = peer.next().await.unwrap().header().sequence;
    peer.send(&pdu(0x8000_0009, bind, b"an SMSC with a long name\0\x02\x10\0\x01\x34")).await;
    let (session, _inbox) = soon(connecting).await.unwrap().unwrap();
    assert_eq!(session.system_id().as_bytes(), b"an SMSC with a ");

    let id = "0123456789".repeat(7);
    let sending = tokio::spawn(async move { session.submit_sm(&message("hi")).await });
    let submit = peer.next().await.unwrap().header().sequence;
    peer.send(&pdu(0x8000_0004, submit, &[id.as_bytes(), b"\0"].concat())).await;
    let answer = soon(sending).await.unwrap().unwrap();
    assert_eq!(answer.message_id.as_bytes(), &id.as_bytes()[..64]);
}

#[tokio::test]
async fn a_field_that_fits_no_bind_is_an_error_before_anything_is_sent() {
    let (_listener, client) = scripted().await;
    let error = soon(client.system_type("much too long a type").connect()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Build(_)), "{error}");
}

#[tokio::test]
async fn what_comes_behind_the_binds_answer_is_in_the_inbox() {
    let (listener, client) = scripted().await;
    let connecting = tokio::spawn(client.connect());
    let mut peer = accept(&listener).await;
    let bind = peer.next().await.unwrap();
    assert_eq!(bind.command(), CommandId::BIND_TRANSCEIVER);
    let mut octets = bytes::BytesMut::new();
    wirepath_smpp::Header::put_alone(
        CommandId::BIND_TRANSCEIVER_RESP,
        Status::ROK,
        bind.header().sequence,
        &mut octets,
    );
    let deliver = DeliverSm::builder().short_message("early").build().unwrap();
    wirepath_smpp::Pdu::encode(&deliver, 5, &mut octets);
    peer.send(&octets).await;
    let (_session, mut inbox) = soon(connecting).await.unwrap().unwrap();
    assert!(matches!(soon(inbox.next()).await, Some(RequestPdu::DeliverSm(_))));
    let answer = peer.expect(CommandId::DELIVER_SM_RESP, Status::ROK, 5).await;
    // SMPP 3.4 §4.6.2: message_id is unused, and there.
    assert_eq!(answer.body(), b"\0");
}

#[tokio::test]
async fn an_inbox_that_is_full_holds_its_answers_back_and_a_dropped_one_refuses() {
    use wirepath_smpp::Inbox;

    let mut config = config();
    config.window_size = Inbox::CAPACITY + 10;
    let server = Running::start(&config, plain()).await;
    let client = Client::new(server.address.to_string(), "esme1", "secret");
    let (_session, mut inbox) = soon(client.connect()).await.unwrap();
    let peer = server.smpp.esme("esme1").unwrap();
    let pdu = DeliverSm::builder().short_message("mo").build().unwrap();
    let mut pipeline = peer.pipeline::<DeliverSm>();
    for tag in 0..Inbox::CAPACITY as u64 + 1 {
        assert!(pipeline.try_send(&pdu, tag).unwrap());
    }
    for _ in 0..Inbox::CAPACITY {
        soon(pipeline.next()).await.unwrap().1.unwrap();
    }
    // The client answers enquire_link, and still not the last message.
    soon(peer.enquire_link()).await.unwrap();
    assert!(pipeline.try_next().is_none());
    assert!(inbox.try_next().is_some());
    soon(pipeline.next()).await.unwrap().1.unwrap();

    drop(inbox);
    let refused = soon(peer.deliver_sm(&pdu)).await.unwrap_err();
    assert_eq!(refused, SendError::Rejected(Status::RX_T_APPN));
}

#[tokio::test]
async fn a_pipeline_keeps_a_window_in_flight_and_collects_every_answer_once() {
    let server = Running::plain().await;
    let client = Client::new(server.address.to_string(), "esme1", "secret").window(16);
    let (session, _inbox) = soon(client.connect()).await.unwrap();
    let mut pipeline = session.pipeline();
    let mut seen = HashSet::new();
    let pdu = message("hi");
    for tag in 0..1_000 {
        soon(pipeline.send(&pdu, tag)).await.unwrap();
        while let Some((tag, answer)) = pipeline.try_next() {
            assert_eq!(answer.unwrap().message_id.as_bytes(), b"id");
            assert!(seen.insert(tag));
        }
    }
    while let Some((tag, answer)) = soon(pipeline.next()).await {
        answer.unwrap();
        assert!(seen.insert(tag));
    }
    assert_eq!(seen.len(), 1_000);
    assert_eq!(pipeline.outstanding(), 0);
}

#[tokio::test]
async fn a_pipeline_on_a_lost_session_ends_with_each_request_resolved() {
    let (listener, client) = scripted().await;
    let connecting = tokio::spawn(client.window(4).connect());
    let mut peer = accept(&listener).await;
    let bind = peer.next().await.unwrap();
    peer.answer(&bind, Status::ROK).await;
    let (session, _inbox) = soon(connecting).await.unwrap().unwrap();
    let mut pipeline = session.pipeline();
    for tag in 0..4 {
        assert!(pipeline.try_send(&message("x"), tag).unwrap());
    }
    assert!(!pipeline.try_send(&message("x"), 4).unwrap(), "the window is full");
    peer.next().await.unwrap();
    drop(peer);
    let mut tags = Vec::new();
    while let Some((tag, answer)) = soon(pipeline.next()).await {
        assert_eq!(answer.unwrap_err(), SendError::SessionLost { sent: true });
        tags.push(tag);
    }
    tags.sort_unstable();
    assert_eq!(tags, [0, 1, 2, 3]);
    assert!(soon(pipeline.send(&message("x"), 9)).await.is_err());
    assert_eq!(soon(session.wait_ended()).await, UnbindCause::Disconnected);
}
