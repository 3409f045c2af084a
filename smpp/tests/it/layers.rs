//! tower layers around the handlers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;
use tower::{limit::ConcurrencyLimitLayer, timeout::TimeoutLayer};
use wirepath_smpp::{
    Bind, BindKind, State, Status, SubmitSm, SubmitSmResp, handlers, on_bind, on_pdu,
    testing::Harness,
};

use crate::support::{SUBMIT, pdu, submit, until};

#[derive(Clone)]
struct App {
    begun: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl App {
    fn new() -> Self {
        Self { begun: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }
}

#[on_bind]
async fn anyone(_bind: Bind) -> bool {
    true
}

#[on_pdu("submit_sm")]
async fn wait(pdu: SubmitSm, State(app): State<App>) -> SubmitSmResp {
    app.begun.fetch_add(1, Ordering::SeqCst);
    app.gate.acquire().await.expect("never closed").forget();
    pdu.accept(1)
}

fn message() -> SubmitSm {
    SubmitSm::builder().short_message("x").build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_timeout_answers_rsyserr_and_the_session_goes_on() {
    let app = App::new();
    let service = handlers![anyone, wait]
        .layer(TimeoutLayer::new(Duration::from_secs(3)))
        .with_state(Arc::new(app.clone()));
    let harness = Harness::new(service);
    let session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(session.submit_sm(&message()).await.status, Status::RSYSERR);
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    app.gate.add_permits(1);
    assert_eq!(session.submit_sm(&message()).await.status, Status::ROK);
}

#[tokio::test]
async fn a_concurrency_limit_holds_over_all_sessions() {
    let app = App::new();
    let service = handlers![anyone, wait]
        .layer(ConcurrencyLimitLayer::new(2))
        .with_state(Arc::new(app.clone()));
    let harness = Harness::new(service);
    let mut sessions = Vec::new();
    for _ in 0..3 {
        let session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
        sessions.push(session);
    }
    for session in &sessions {
        session.send_bytes([submit(1), submit(2)].concat());
    }
    until(|| app.begun() == 2).await;
    for done in 1..=6 {
        app.gate.add_permits(1);
        until(|| app.begun() == (done + 2).min(6)).await;
    }
    for session in &mut sessions {
        for _ in 0..2 {
            assert_eq!(session.next_answer().await.unwrap().header().status, Status::ROK);
        }
    }
}

#[tokio::test]
async fn a_malformed_pdu_keeps_no_permit_of_a_concurrency_limit() {
    let app = App::new();
    app.gate.add_permits(100);
    let service = handlers![anyone, wait]
        .layer(ConcurrencyLimitLayer::new(1))
        .with_state(Arc::new(app.clone()));
    let harness = Harness::new(service);
    let mut hostile = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    let victim = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    hostile.send_bytes(pdu(SUBMIT, 5, b"no"));
    assert_eq!(hostile.next_answer().await.unwrap().header().status, Status::RINVMSGLEN);
    let answered = crate::support::soon(victim.submit_sm(&message())).await;
    assert_eq!(answered.status, Status::ROK);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_waits_for_a_permit_counts_once_against_the_rate() {
    let app = App::new();
    let mut config = wirepath_smpp::config::ServerConfig::default();
    config.max_msg_per_sec = 4;
    config.throttle_action = wirepath_smpp::config::ThrottleAction::Reject;
    let service = handlers![anyone, wait]
        .layer(ConcurrencyLimitLayer::new(1))
        .with_state(Arc::new(app.clone()));
    let harness = Harness::new(service).config(config);
    let mut session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    session.send_bytes((0..4).flat_map(submit).collect::<Vec<u8>>());
    until(|| app.begun() == 1).await;
    // Each of these makes the engine look at the second message again.
    let engine = harness.smpp().esme("x").unwrap();
    let alert = wirepath_smpp::AlertNotification::builder().build().unwrap();
    for _ in 0..10 {
        engine.alert_notification(&alert).unwrap();
        session.next_pdu().await.unwrap();
    }
    app.gate.add_permits(4);
    for sequence in 0..4 {
        let answer = session.next_answer().await.unwrap().header();
        assert_eq!((answer.sequence, answer.status), (sequence, Status::ROK));
    }
}
