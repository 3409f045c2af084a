//! The last moments of a session: what crossed an `unbind`, what was asked before the peer closed its side.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use wirepath_smpp::{
    CommandId, DeliverSm, SendError, State, Status, SubmitSm, SubmitSmResp, UnbindCause, handlers,
    on_pdu, testing::Harness,
};

use crate::support::{Running, config, pdu, plain, soon, submit, until};

/// Opened by the test; a handler waits for it.
#[derive(Clone)]
struct Gate(Arc<tokio::sync::Semaphore>);

impl Gate {
    fn new() -> Self {
        Self(Arc::new(tokio::sync::Semaphore::new(0)))
    }

    fn open(&self) {
        self.0.add_permits(1_000);
    }
}

#[on_pdu("submit_sm")]
async fn wait(pdu: SubmitSm, State(gate): State<Gate>) -> SubmitSmResp {
    gate.0.acquire().await.expect("never closed").forget();
    pdu.accept("id")
}

#[tokio::test]
async fn what_crosses_our_unbind_is_answered_before_the_end() {
    let gate = Gate::new();
    let service = handlers![wait].with_state(Arc::new(gate.clone()));
    let server = Running::start(&config(), service).await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let ending = tokio::spawn(async move { session.unbind().await });
    let unbind = peer.next().await.unwrap();
    assert_eq!(unbind.command(), CommandId::UNBIND);
    peer.send(&submit(7)).await;
    peer.answer(&unbind, Status::ROK).await;
    peer.expect_alive().await;
    gate.open();
    peer.submitted(7).await;
    peer.expect_end().await;
    assert_eq!(soon(ending).await.unwrap(), UnbindCause::Local);
}

#[tokio::test]
async fn two_who_unbind_send_one_unbind_and_both_wait_for_its_answer() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let sessions = [(); 2].map(|()| server.smpp.esme("esme1").unwrap());
    let ending = sessions.map(|session| tokio::spawn(async move { session.unbind().await }));
    let unbind = peer.next().await.unwrap();
    assert_eq!(unbind.command(), CommandId::UNBIND);
    server.stop();
    peer.expect_alive().await;
    peer.answer(&unbind, Status::ROK).await;
    peer.expect_end().await;
    for ending in ending {
        assert_eq!(soon(ending).await.unwrap(), UnbindCause::Local);
    }
}

#[tokio::test]
async fn our_unbind_waits_for_the_answers_to_our_requests() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    let sender = session.clone();
    let sent =
        tokio::spawn(
            async move { sender.deliver_sm(&DeliverSm::builder().build().unwrap()).await },
        );
    let deliver = peer.next().await.unwrap();
    assert_eq!(deliver.command(), CommandId::DELIVER_SM);
    let ending = tokio::spawn(async move { session.unbind().await });
    until(|| server.smpp.esme("esme1").is_none()).await;
    peer.expect_alive().await;
    peer.answer(&deliver, Status::ROK).await;
    assert!(soon(sent).await.unwrap().is_ok());
    let unbind = peer.next().await.unwrap();
    assert_eq!(unbind.command(), CommandId::UNBIND);
    peer.answer(&unbind, Status::ROK).await;
    assert_eq!(soon(ending).await.unwrap(), UnbindCause::Local);
}

#[tokio::test]
async fn a_peer_that_closes_its_side_still_gets_its_answers() {
    let gate = Gate::new();
    let mut config = config();
    config.esmes[0].max_binds = 1;
    let service = handlers![wait].with_state(Arc::new(gate.clone()));
    let server = Running::start(&config, service).await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    peer.send(&[submit(1), submit(2)].concat()).await;
    peer.io.shutdown().await.unwrap();
    assert_eq!(soon(session.wait_ended()).await, UnbindCause::Disconnected);
    let lost = session.deliver_sm(&DeliverSm::builder().build().unwrap()).await;
    assert_eq!(lost.unwrap_err(), SendError::SessionLost { sent: false });
    // Its place is free at once, and nobody finds it.
    assert!(server.smpp.esme("esme1").is_none());
    drop(server.bound().await);
    gate.open();
    peer.submitted(1).await;
    peer.submitted(2).await;
    peer.expect_end().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_a_timer_ended_is_not_kept_by_what_its_handlers_say_later() {
    let mut config = config();
    config.output_high_water_bytes = 1_024;
    let harness = Harness::new(handlers![echoes].with_state(Arc::new(()))).config(config);
    let (io, ended) = harness.connect_raw();
    let mut peer = crate::support::RawPeer::over(io, std::time::Duration::from_secs(3_600));
    peer.bind_as("esme1", "secret").await;
    // Handlers wait for the answer to what they have sent, and the peer reads none of it.
    for sequence in 0..2_000 {
        let message = submit(sequence);
        let sending = peer.send(&message);
        if tokio::time::timeout(std::time::Duration::from_secs(1), sending).await.is_err() {
            break;
        }
    }
    assert_eq!(soon_paused(ended).await, UnbindCause::TimedOut);
}

async fn soon_paused(ended: tokio::task::JoinHandle<UnbindCause>) -> UnbindCause {
    tokio::time::timeout(std::time::Duration::from_secs(600), ended).await.unwrap().unwrap()
}

#[on_pdu("submit_sm")]
async fn echoes(_pdu: SubmitSm, session: wirepath_smpp::Session) -> Status {
    let deliver = DeliverSm::builder().short_message(&[b'x'; 200]).build().unwrap();
    match session.deliver_sm(&deliver).await {
        Ok(_) => Status::ROK,
        Err(_) => Status::RDELIVERYFAILURE,
    }
}

#[tokio::test]
async fn strangers_may_not_send_long_pdus() {
    let server = Running::start(&config(), plain()).await;
    let mut peer = server.connect().await;
    peer.send(&crate::support::header(1_025, 0x09, 3)).await;
    peer.expect(CommandId::GENERIC_NACK, Status::RINVCMDLEN, 3).await;
    peer.expect_end().await;
    let mut peer = server.bound().await;
    let mut body = crate::support::submit_body(&[]);
    body.extend([0x04, 0x24, 0x04, 0x00]);
    body.extend([b'x'; 0x400]);
    peer.send(&pdu(0x04, 4, &body)).await;
    peer.submitted(4).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closed_its_side_behind_a_handler_that_hangs_does_not_stay() {
    let gate = Gate::new();
    let mut config = config();
    config.max_in_flight = 1;
    let harness = Harness::new(handlers![wait].with_state(Arc::new(gate.clone()))).config(config);
    let (io, ended) = harness.connect_raw();
    let mut peer = crate::support::RawPeer::over(io, std::time::Duration::from_secs(3_600));
    peer.bind_as("esme1", "secret").await;
    peer.send(&(1..=3).flat_map(submit).collect::<Vec<u8>>()).await;
    peer.io.shutdown().await.unwrap();
    assert_eq!(soon_paused(ended).await, UnbindCause::Disconnected);
}

#[tokio::test]
async fn a_drain_ends_sessions_whose_peer_has_closed_its_side() {
    let mut config = config();
    config.max_msg_per_sec = 1;
    config.drain_timeout_ms = 100;
    let server = Running::start(&config, plain()).await;
    let mut peer = server.bound().await;
    peer.send(&(1..=50).flat_map(submit).collect::<Vec<u8>>()).await;
    peer.submitted(1).await;
    peer.io.shutdown().await.unwrap();
    until(|| server.smpp.esme("esme1").is_none()).await;
    // At half of the time it gives up what it would take a minute to serve.
    assert_eq!(server.drained().await, wirepath_runtime::shutdown::Drained::Clean);
    peer.expect_end().await;
}

#[tokio::test]
async fn what_waits_behind_our_unbind_is_served_if_the_peer_closes_its_side() {
    let gate = Gate::new();
    let service = handlers![wait].with_state(Arc::new(gate.clone()));
    let server = Running::start(&config(), service).await;
    let mut peer = server.bound().await;
    peer.send(&submit(1)).await;
    peer.expect_alive().await;
    let session = server.smpp.esme("esme1").unwrap();
    let ending = tokio::spawn(async move { session.unbind().await });
    until(|| server.smpp.esme("esme1").is_none()).await;
    peer.send(&submit(2)).await;
    peer.io.shutdown().await.unwrap();
    assert_eq!(soon(ending).await.unwrap(), UnbindCause::Disconnected);
    gate.open();
    peer.submitted(1).await;
    peer.submitted(2).await;
    peer.expect_end().await;
}
