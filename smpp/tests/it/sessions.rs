//! The handles: what this side sends, and what becomes of it.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use wirepath_smpp::{
    AlertNotification, Bind, BindKind, Client, CommandId, DataSm, DeliverSm, EsmClass, Frame,
    MessageState, Role, SendError, Session, Status, TlvList, handlers, on_bind,
};

use crate::support::{Peer, Running, config, plain, soon, submit, until};

fn deliver(text: &str) -> DeliverSm {
    DeliverSm::builder().source("1").destination("2").short_message(text).build().unwrap()
}

/// Reads until a `deliver_sm` comes; answers it.
async fn take_deliver(peer: &mut Peer) -> Frame {
    let frame = peer.next().await.unwrap();
    assert_eq!(frame.command(), CommandId::DELIVER_SM);
    peer.answer(&frame, Status::ROK).await;
    frame
}

#[tokio::test]
async fn deliver_data_and_alert_go_to_the_peer() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let alert = AlertNotification::builder().source("1").esme("2").build().unwrap();
    session.alert_notification(&alert).unwrap();
    let sending = tokio::spawn(async move {
        let delivered = session.deliver_sm(&deliver("hello")).await;
        let data = session.data_sm(&DataSm::builder().build().unwrap()).await;
        (delivered, data, session.counters().sent)
    });
    assert_eq!(peer.next().await.unwrap().command(), CommandId::ALERT_NOTIFICATION);
    let frame = take_deliver(&mut peer).await;
    assert!(frame.body().ends_with(b"hello"));
    let data = peer.next().await.unwrap();
    assert_eq!(data.command(), CommandId::DATA_SM);
    assert_ne!(data.header().sequence, frame.header().sequence);
    peer.answer(&data, Status::RX_T_APPN).await;
    let (delivered, data, sent) = soon(sending).await.unwrap();
    assert!(delivered.is_ok());
    assert_eq!(data.unwrap_err(), SendError::Rejected(Status::RX_T_APPN));
    assert_eq!(sent, 3);
}

#[tokio::test]
async fn the_window_is_enforced() {
    let mut config = config();
    config.esmes[0].window_size = Some(3);
    let server = Running::start(&config, plain()).await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let senders: Vec<_> = (0..10)
        .map(|n| {
            let session = session.clone();
            tokio::spawn(async move { session.deliver_sm(&deliver(&n.to_string())).await })
        })
        .collect();
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(peer.next().await.unwrap());
    }
    // An exchange from end to end, and nothing of the other seven before it.
    peer.expect_alive().await;
    for _ in 3..10 {
        peer.answer(&open.remove(0), Status::ROK).await;
        open.push(peer.next().await.unwrap());
        peer.expect_alive().await;
    }
    for frame in &open {
        peer.answer(frame, Status::ROK).await;
    }
    for sender in senders {
        soon(sender).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn answers_may_come_in_any_order_and_each_finds_its_request() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let senders: Vec<_> = (0..20)
        .map(|n| {
            let session = session.clone();
            tokio::spawn(async move { (n, session.deliver_sm(&deliver(&n.to_string())).await) })
        })
        .collect();
    let mut frames = Vec::new();
    for _ in 0..20 {
        frames.push(peer.next().await.unwrap());
    }
    for frame in frames.iter().rev() {
        // Those with an even text are taken.
        let is_even = frame.body().last().unwrap() % 2 == 0;
        peer.answer(frame, if is_even { Status::ROK } else { Status::RX_R_APPN }).await;
    }
    for sender in senders {
        let (n, answer) = soon(sender).await.unwrap();
        assert_eq!(answer.is_ok(), n % 2 == 0, "{n}");
    }
}

#[tokio::test]
async fn a_disconnect_resolves_every_request_once_and_says_which_may_have_arrived() {
    let mut config = config();
    config.window_size = 4;
    let server = Running::start(&config, plain()).await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let senders: Vec<_> = (0..10)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.deliver_sm(&deliver("x")).await })
        })
        .collect();
    for _ in 0..4 {
        peer.next().await.unwrap();
    }
    drop(peer);
    let mut arrived = 0;
    for sender in senders {
        let error = soon(sender).await.unwrap().unwrap_err();
        assert!(matches!(error, SendError::SessionLost { .. }), "{error:?}");
        arrived += usize::from(error.may_have_arrived());
    }
    assert_eq!(arrived, 4, "the window's worth was sent, the others never were");
    assert!(!session.is_bound());
    let late = session.deliver_sm(&deliver("x")).await.unwrap_err();
    assert!(!late.may_have_arrived());
    assert!(session.alert_notification(&AlertNotification::builder().build().unwrap()).is_err());
    assert!(server.smpp.session(session.id()).is_none());
}

#[tokio::test]
async fn nothing_is_sent_once_the_session_is_being_unbound() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let unbinding = tokio::spawn({
        let session = session.clone();
        async move { session.unbind().await }
    });
    let unbind = peer.next().await.unwrap();
    assert_eq!(session.deliver_sm(&deliver("x")).await.unwrap_err(), SendError::NotBound);
    assert!(server.smpp.esme("esme1").is_none(), "it is not picked any more");
    peer.answer(&unbind, Status::ROK).await;
    soon(unbinding).await.unwrap();
    peer.expect_end().await;
}

#[tokio::test]
async fn esme_picks_each_session_that_receives_in_turn() {
    let server = Running::plain().await;
    let mut peers = Vec::new();
    for kind in [BindKind::Receiver, BindKind::Transmitter, BindKind::Transceiver] {
        let mut peer = server.connect().await;
        peer.bind(kind, "esme1", "secret", Status::ROK).await;
        peers.push(peer);
    }
    let picks: Vec<_> = (0..6).map(|_| server.smpp.esme("esme1").unwrap().id()).collect();
    assert_eq!(picks.iter().collect::<HashSet<_>>().len(), 2);
    assert!(picks.windows(2).all(|pair| pair[0] != pair[1]), "{picks:?}");
    assert!(server.smpp.esme("nobody").is_none());
    drop(peers);
    until(|| server.smpp.esme("esme1").is_none()).await;
}

#[tokio::test]
async fn a_generic_nack_is_a_rejection() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let sending = tokio::spawn(async move { session.deliver_sm(&deliver("x")).await });
    let sequence = peer.next().await.unwrap().header().sequence;
    let mut nack = crate::support::pdu(0x8000_0000, sequence, b"");
    nack[11] = 3;
    peer.send(&nack).await;
    let error = soon(sending).await.unwrap().unwrap_err();
    assert_eq!(error, SendError::Rejected(Status::RINVCMDID));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_times_out_and_gives_its_place_back() {
    use wirepath_smpp::testing::Harness;

    let mut config = config();
    config.window_size = 1;
    config.enquire_link_timer_ms = 0;
    let harness = Harness::new(plain()).config(config);
    let peer = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    peer.answer_with(|_| None);
    let session = harness.smpp().esme("esme1").unwrap();
    let start = tokio::time::Instant::now();
    let error = session.deliver_sm(&deliver("x")).await.unwrap_err();
    assert_eq!(error, SendError::TimedOut);
    assert!(error.may_have_arrived());
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    peer.answer_status(Status::ROK);
    session.deliver_sm(&deliver("y")).await.unwrap();
    assert_eq!(peer.sent_as::<DeliverSm>().len(), 2);
}

#[tokio::test]
async fn a_send_that_is_given_up_in_the_queue_sends_nothing() {
    let mut config = config();
    config.window_size = 1;
    let server = Running::start(&config, plain()).await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let first = tokio::spawn({
        let session = session.clone();
        async move { session.deliver_sm(&deliver("first")).await }
    });
    let frame = peer.next().await.unwrap();
    {
        let second = deliver("second");
        let mut waiting = std::pin::pin!(session.deliver_sm(&second));
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    }
    peer.answer(&frame, Status::ROK).await;
    soon(first).await.unwrap().unwrap();
    let third = tokio::spawn(async move { session.deliver_sm(&deliver("third")).await });
    assert!(take_deliver(&mut peer).await.body().ends_with(b"third"));
    soon(third).await.unwrap().unwrap();
}

/// Fills the way to a peer that does not read, then some.
#[tokio::test]
async fn alerts_to_a_peer_that_never_reads_are_refused_at_some_point() {
    let server = Running::plain().await;
    let peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let alert = AlertNotification::builder().source("1").esme("2").build().unwrap();
    let filling = async {
        loop {
            match session.alert_notification(&alert) {
                Ok(()) => {}
                Err(error) => return error,
            }
            // The session's task has its turn, and takes what it may.
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(soon(filling).await, SendError::Busy);
    assert!(session.is_bound());
    drop(peer);
}

#[tokio::test]
async fn a_handler_that_waits_for_its_own_peer_does_not_hold_its_answer_up() {
    use std::sync::Arc;
    use wirepath_smpp::{Session, SubmitSm, SubmitSmResp, handlers, on_pdu};

    /// Delivers before it answers.
    #[on_pdu("submit_sm")]
    async fn echo(pdu: SubmitSm, session: Session) -> Result<SubmitSmResp, Status> {
        session.deliver_sm(&deliver("echo")).await?;
        Ok(pdu.accept(1))
    }

    let mut config = config();
    config.max_in_flight = 1;
    let server = Running::start(&config, handlers![echo].with_state(Arc::new(()))).await;
    let mut peer = server.bound().await;
    for sequence in 0..3 {
        peer.send(&submit(sequence)).await;
        take_deliver(&mut peer).await;
        peer.submitted(sequence).await;
    }
}

/// By data_sm, the text of a receipt is in message_payload (SMPP 3.4 §4.7.1).
#[tokio::test]
async fn a_receipt_by_data_sm_reaches_the_inbox_as_one() {
    let server = Running::plain().await;
    let client = Client::new(server.address.to_string(), "esme1", "secret");
    let (_session, mut inbox) = soon(client.connect()).await.unwrap();
    let tlvs = TlvList::new().message_payload(b"id:0C0FFEE stat:UNDELIV err:012");
    let receipt = DataSm::builder().esm_class(EsmClass::RECEIPT).tlvs(tlvs).build().unwrap();
    soon(server.smpp.esme("esme1").unwrap().data_sm(&receipt)).await.unwrap();
    let pdu = soon(inbox.next()).await.unwrap();
    let receipt = pdu.receipt().unwrap();
    assert_eq!(receipt.id(), Some(&b"0C0FFEE"[..]));
    assert_eq!(receipt.state(), Some(MessageState::UNDELIVERABLE));
    assert_eq!(receipt.err(), Some(&b"012"[..]));
}

/// Lets in who comes while the session says nothing yet of its bind.
#[on_bind]
async fn early(bind: Bind, session: Session) -> bool {
    bind.peer() == session.peer() && session.kind().is_none() && session.bound_at().is_none()
}

#[tokio::test]
async fn a_session_says_where_its_peer_is_since_when_and_which_side_this_is() {
    let server = Running::start(&config(), handlers![early].with_state(Arc::new(()))).await;
    let before = SystemTime::now();
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    assert_eq!(session.peer(), peer.io.local_addr().unwrap());
    assert_eq!(session.role(), Role::Smsc);
    let since = session.bound_at().unwrap();
    assert!((before..=SystemTime::now()).contains(&since), "{since:?}");

    let client = Client::new(server.address.to_string(), "esme2", "secret");
    let (ours, _inbox) = soon(client.connect()).await.unwrap();
    assert_eq!((ours.peer(), ours.role()), (server.address, Role::Esme));
    let later = ours.bound_at().unwrap();
    assert!((since..=SystemTime::now()).contains(&later), "{later:?}");

    // What the session was stays to be asked when it is over.
    peer.expect_alive().await;
    drop(peer);
    soon(session.wait_ended()).await;
    assert_eq!(session.bound_at(), Some(since));
}
