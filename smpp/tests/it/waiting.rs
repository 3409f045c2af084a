//! Requests that wait for their turn hold up nothing but requests.

use std::{sync::Arc, time::Duration};

use wirepath_smpp::{
    BindKind, CommandId, DeliverSm, Session, State, Status, SubmitSm, SubmitSmResp,
    config::ThrottleAction, handlers, on_pdu, testing::Harness,
};

use crate::support::{RawPeer, Running, config, pdu, plain, soon, submit, until};

#[tokio::test(start_paused = true)]
async fn behind_a_paced_message_answers_are_seen_and_enquiries_answered() {
    let mut config = config();
    config.max_msg_per_sec = 1;
    config.throttle_action = ThrottleAction::Pace;
    let harness = Harness::new(plain()).config(config);
    let (io, _ended) = harness.connect_raw();
    let mut peer = RawPeer::over(io, Duration::from_secs(3_600));
    peer.bind_as("esme1", "secret").await;
    let session = harness.smpp().esme("esme1").unwrap();
    let sent =
        tokio::spawn(
            async move { session.deliver_sm(&DeliverSm::builder().build().unwrap()).await },
        );
    let deliver = peer.next().await.unwrap();
    let start = tokio::time::Instant::now();
    peer.send(&(1..=20).flat_map(submit).collect::<Vec<u8>>()).await;
    peer.submitted(1).await;
    peer.answer(&deliver, Status::ROK).await;
    assert!(sent.await.unwrap().is_ok());
    peer.expect_alive().await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    for sequence in 2..=20 {
        peer.submitted(sequence).await;
    }
    assert!(start.elapsed() >= Duration::from_secs(19));
}

/// Answers once the peer has answered it.
#[on_pdu("submit_sm")]
async fn asks_back(_pdu: SubmitSm, session: Session) -> Status {
    match session.deliver_sm(&DeliverSm::builder().build().unwrap()).await {
        Ok(_) => Status::ROK,
        Err(_) => Status::RSYSERR,
    }
}

#[tokio::test]
async fn a_handler_gets_the_answer_that_is_behind_more_requests_than_may_wait() {
    let mut config = config();
    config.max_in_flight = 1;
    let service = handlers![asks_back].with_state(Arc::new(()));
    let server = Running::start(&config, service).await;
    let mut peer = server.bound().await;
    peer.send(&(1..=5).flat_map(submit).collect::<Vec<u8>>()).await;
    for sequence in 1..=5 {
        let deliver = peer.next().await.unwrap();
        assert_eq!(deliver.command(), CommandId::DELIVER_SM);
        peer.answer(&deliver, Status::ROK).await;
        peer.expect(CommandId::SUBMIT_SM_RESP, Status::ROK, sequence).await;
    }
}

#[on_pdu("submit_sm")]
async fn wait(pdu: SubmitSm, State(gate): State<Arc<tokio::sync::Semaphore>>) -> SubmitSmResp {
    gate.acquire().await.expect("never closed").forget();
    pdu.accept("id")
}

#[tokio::test(start_paused = true)]
async fn a_request_that_came_in_two_pieces_may_wait_longer_than_the_rest_of_one_may() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let mut config = config();
    config.max_in_flight = 1;
    let harness = Harness::new(handlers![wait].with_state(Arc::new(gate.clone()))).config(config);
    let session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    let mut session = session;
    let second = submit(2);
    session.send_bytes([&submit(1)[..], &second[..20]].concat());
    tokio::time::sleep(Duration::from_secs(1)).await;
    session.send_bytes(second[20..].to_vec());
    tokio::time::sleep(Duration::from_secs(100)).await;
    gate.add_permits(2);
    for sequence in 1..=2 {
        let answer = session.next_answer().await.expect("the session lives").header();
        assert_eq!((answer.sequence, answer.status), (sequence, Status::ROK));
    }
}

#[tokio::test]
async fn what_is_held_back_is_bounded() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let mut config = config();
    config.max_in_flight = 1;
    let server = Running::start(&config, handlers![wait].with_state(Arc::new(gate.clone()))).await;
    let mut peer = server.bound().await;
    let session = server.smpp.esme("esme1").unwrap();
    peer.send(&submit(0)).await;
    // A megabyte of long messages: more than is held back, less than that and the sockets' buffers.
    let mut body = crate::support::submit_body(&[]);
    body.extend([0x04, 0x24, 0x40, 0x00]);
    body.extend([b'x'; 0x4000]);
    for sequence in 1..=64 {
        peer.send(&pdu(0x04, sequence, &body)).await;
    }
    let sent =
        tokio::spawn(
            async move { session.deliver_sm(&DeliverSm::builder().build().unwrap()).await },
        );
    let deliver = peer.next().await.unwrap();
    peer.answer(&deliver, Status::ROK).await;
    // Its answer is behind all of it, so it comes only when requests have gone ahead.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!sent.is_finished());
    gate.add_permits(100);
    for sequence in 0..=64 {
        peer.submitted(sequence).await;
    }
    assert!(soon(sent).await.unwrap().is_ok());
    until(|| gate.available_permits() == 35).await;
}

#[tokio::test(start_paused = true)]
async fn pdus_that_end_in_time_do_not_stall_a_paced_session_however_they_are_cut() {
    let mut config = config();
    config.max_msg_per_sec = 1;
    config.response_timer_ms = 1_000;
    let harness = Harness::new(plain()).config(config);
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    let stream: Vec<u8> = (1..=20).flat_map(submit).collect();
    let length = submit(1).len();
    session.send_bytes(stream[..10 * length + 8].to_vec());
    for sequence in 10..19 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        session.send_bytes(stream[sequence * length + 8..(sequence + 1) * length + 8].to_vec());
    }
    session.send_bytes(stream[19 * length + 8..].to_vec());
    for sequence in 1..=20 {
        let answer = session.next_answer().await.expect("the session lives").header();
        assert_eq!((answer.sequence, answer.status), (sequence, Status::ROK));
    }
}
