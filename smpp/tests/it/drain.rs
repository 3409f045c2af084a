//! The end: of a listener, and of sessions with handlers still at work.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Semaphore;
use wirepath_runtime::shutdown::Drained;
use wirepath_smpp::{
    Bind, BindKind, Client, CommandId, FromRef, Session, State, Status, SubmitSm, SubmitSmResp,
    UnbindCause, handlers, on_bind, on_pdu, on_session, testing::Harness,
};

use crate::support::{Running, config, pdu, plain, soon, submit, until};

#[derive(Clone)]
struct App {
    begun: Arc<AtomicUsize>,
    done: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
    log: Arc<Mutex<Vec<String>>>,
}

impl App {
    fn new() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self { begun: Arc::default(), done: Arc::default(), gate, log: Arc::default() }
    }
}

impl FromRef<App> for Arc<Mutex<Vec<String>>> {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.log)
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
    app.done.fetch_add(1, Ordering::SeqCst);
    pdu.accept(1)
}

#[on_session("bound")]
async fn bound(session: Session, State(log): State<Arc<Mutex<Vec<String>>>>) {
    log.lock().unwrap().push(format!("bound {:?}", session.kind().unwrap()));
}

#[on_session("unbound")]
async fn unbound(session: Session, cause: UnbindCause, State(log): State<Arc<Mutex<Vec<String>>>>) {
    assert!(!session.is_bound());
    log.lock().unwrap().push(format!("unbound: {cause}"));
}

#[tokio::test]
async fn a_drain_finishes_what_is_in_flight_then_unbinds_and_closes() {
    let app = App::new();
    let server = Running::start(&config(), handlers![wait].with_state(Arc::new(app.clone()))).await;
    let mut peer = server.bound().await;
    peer.send(&[submit(1), submit(2)].concat()).await;
    until(|| app.begun.load(Ordering::SeqCst) == 2).await;
    let address = server.address;
    server.stop();
    // Closed to others while the session finishes.
    soon(async { while tokio::net::TcpStream::connect(address).await.is_ok() {} }).await;
    app.gate.add_permits(2);
    peer.submitted(1).await;
    peer.submitted(2).await;
    let unbind = peer.next().await.unwrap();
    assert_eq!(unbind.command(), CommandId::UNBIND);
    peer.answer(&unbind, Status::ROK).await;
    peer.expect_end().await;
    drop(peer);
    assert_eq!(server.drained().await, Drained::Clean);
}

#[tokio::test]
async fn a_session_that_is_never_idle_is_drained_all_the_same() {
    let app = App::new();
    let server = Running::start(&config(), handlers![wait].with_state(Arc::new(app.clone()))).await;
    let mut peer = server.bound().await;
    peer.send(&submit(1)).await;
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    server.stop();
    until(|| server.smpp.session(server.smpp.sessions()[0].id()).is_some()).await;
    let session = server.smpp.sessions().remove(0);
    let refused = SubmitSm::builder().build().unwrap();
    assert!(session.submit_sm(&refused).await.is_err());
    // The load goes on, and there would always be another handler at work.
    peer.send(&(2..50).flat_map(submit).collect::<Vec<u8>>()).await;
    app.gate.add_permits(1);
    peer.submitted(1).await;
    let unbind = peer.next().await.unwrap();
    assert_eq!(unbind.command(), CommandId::UNBIND, "before any of the others");
    peer.answer(&unbind, Status::ROK).await;
    app.gate.add_permits(100);
    while peer.next().await.is_some() {}
    drop(peer);
    assert_eq!(server.drained().await, Drained::Clean);
}

#[tokio::test]
async fn a_drain_ends_at_its_deadline() {
    let app = App::new();
    let mut config = config();
    config.drain_timeout_ms = 50;
    let server = Running::start(&config, handlers![wait].with_state(Arc::new(app.clone()))).await;
    let mut peer = server.bound().await;
    peer.send(&submit(1)).await;
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    let smpp = server.smpp.clone();
    assert_eq!(server.drained().await, Drained::Deadline { left: 1 });
    assert!(smpp.sessions().is_empty(), "they have said goodbye when it returns");
    // At half of it the peer is told, whatever the handlers do.
    let unbind = peer.next().await.unwrap();
    assert_eq!(unbind.command(), CommandId::UNBIND);
    peer.expect_end().await;
}

#[tokio::test]
async fn connections_that_are_not_bound_do_not_hold_a_drain_up() {
    let mut config = config();
    config.proxy_protocol = true;
    let shaking_hands = Running::start(&config, plain()).await;
    let mut peer = shaking_hands.connect().await;
    peer.send(b"PROXY TCP4 ").await;
    assert_eq!(shaking_hands.drained().await, Drained::Clean);
    peer.expect_end().await;

    let open = Running::plain().await;
    let mut peer = open.connect().await;
    peer.expect_alive().await;
    open.stop();
    peer.expect_end().await;
    drop(peer);
    assert_eq!(open.drained().await, Drained::Clean);
}

#[tokio::test]
async fn handlers_hear_of_the_beginning_and_of_the_end_with_its_cause() {
    let app = App::new();
    let service = handlers![anyone, wait, bound, unbound].with_state(Arc::new(app.clone()));
    let harness = Harness::new(service);

    let mut session = harness.bind(BindKind::Receiver, "a", "").await.unwrap();
    assert_eq!(session.unbind().await, UnbindCause::Peer);
    let mut session = harness.bind(BindKind::Transmitter, "b", "").await.unwrap();
    session.disconnect();
    assert_eq!(session.ended().await, UnbindCause::Disconnected);
    let mut session = harness.bind(BindKind::Transceiver, "c", "").await.unwrap();
    harness.smpp().esme("c").unwrap().unbind().await;
    assert_eq!(session.ended().await, UnbindCause::Local);
    let mut session = harness.bind(BindKind::Transceiver, "d", "").await.unwrap();
    harness.smpp().esme("d").unwrap().close();
    assert_eq!(session.ended().await, UnbindCause::Closed);
    let mut session = harness.bind(BindKind::Transceiver, "e", "").await.unwrap();
    session.send_bytes(&[0; 16][..]);
    assert_eq!(session.ended().await, UnbindCause::ProtocolError);

    let expected = [
        "bound Receiver",
        "unbound: unbound by the peer",
        "bound Transmitter",
        "unbound: the connection closed",
        "bound Transceiver",
        "unbound: unbound by this side",
        "bound Transceiver",
        "unbound: closed by this side",
        "bound Transceiver",
        "unbound: the peer sent what is no SMPP",
    ];
    assert_eq!(*app.log.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_bind_that_is_refused_has_neither_beginning_nor_end() {
    let app = App::new();
    let harness = Harness::new(handlers![bound, unbound].with_state(Arc::new(app.clone())));
    assert!(harness.bind(BindKind::Receiver, "a", "").await.is_err());
    let mut open = harness.connect();
    open.disconnect();
    open.ended().await;
    assert!(app.log.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_handler_that_has_begun_finishes_though_the_peer_has_gone() {
    let app = App::new();
    let mut config = config();
    config.esmes[0].max_binds = 1;
    let service = handlers![wait, unbound].with_state(Arc::new(app.clone()));
    let harness = Harness::new(service).config(config);
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    session.send_bytes(submit(1));
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    session.disconnect();
    until(|| harness.smpp().sessions().is_empty()).await;
    // Its place is free at once, not when its last handler is done.
    let again = harness.bind(BindKind::Transceiver, "esme1", "secret").await;
    assert!(again.is_ok());
    assert!(app.log.lock().unwrap().is_empty());
    app.gate.add_permits(1);
    assert_eq!(session.ended().await, UnbindCause::Disconnected);
    assert_eq!(app.done.load(Ordering::SeqCst), 1);
    assert_eq!(*app.log.lock().unwrap(), ["unbound: the connection closed"]);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_told_even_if_a_handler_never_finishes() {
    let app = App::new();
    let service = handlers![anyone, wait, unbound].with_state(Arc::new(app.clone()));
    let harness = Harness::new(service);
    let mut session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    session.send_bytes(submit(1));
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    session.disconnect();
    session.ended().await;
    assert_eq!(app.done.load(Ordering::SeqCst), 0);
    assert_eq!(*app.log.lock().unwrap(), ["unbound: the connection closed"]);
}

#[tokio::test]
async fn the_peers_unbind_is_answered_after_what_it_asked_before() {
    let app = App::new();
    let server = Running::start(&config(), handlers![wait].with_state(Arc::new(app.clone()))).await;
    let mut peer = server.bound().await;
    peer.send(&[submit(1), pdu(6, 2, b""), submit(3)].concat()).await;
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    app.gate.add_permits(10);
    peer.submitted(1).await;
    peer.expect(CommandId::UNBIND_RESP, Status::ROK, 2).await;
    peer.expect_end().await;
    assert_eq!(app.begun.load(Ordering::SeqCst), 1, "what came behind the unbind is not handled");
}

/// Waits for its own end.
#[on_pdu("submit_sm")]
async fn unbinds(_pdu: SubmitSm, session: Session) {
    session.unbind().await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_waits_for_the_end_of_its_own_session_does_not_keep_it() {
    let harness = Harness::new(handlers![anyone_at_all, unbinds].with_state(Arc::new(())));
    let mut session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    let start = tokio::time::Instant::now();
    session.send_bytes(submit(1));
    assert_eq!(session.ended().await, UnbindCause::Local);
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[on_bind]
async fn anyone_at_all(_bind: Bind) -> bool {
    true
}

#[tokio::test(start_paused = true)]
async fn a_peers_unbind_is_answered_though_a_handler_never_finishes() {
    let app = App::new();
    let service = handlers![anyone, wait].with_state(Arc::new(app.clone()));
    let harness = Harness::new(service);
    let mut session = harness.bind(BindKind::Transceiver, "x", "").await.unwrap();
    let start = tokio::time::Instant::now();
    session.send_bytes([submit(1), pdu(6, 2, b"")].concat());
    let answer = session.next_answer().await.unwrap();
    assert_eq!(answer.command(), CommandId::UNBIND_RESP);
    assert_eq!(start.elapsed().as_secs(), 30);
    assert_eq!(session.ended().await, UnbindCause::Peer);
}

#[on_pdu("submit_sm")]
async fn panics(_pdu: SubmitSm) {
    panic!("a handler's own mistake");
}

/// Panics at its second poll.
#[on_pdu("data_sm")]
async fn panics_later(_pdu: wirepath_smpp::DataSm) {
    tokio::task::yield_now().await;
    panic!("a handler's own mistake");
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_and_costs_nobody_else_anything() {
    let app = App::new();
    let service = handlers![panics, panics_later, wait_for_query].with_state(Arc::new(app.clone()));
    let server = Running::start(&config(), service).await;
    let mut peer = server.bound().await;
    peer.send(&pdu(0x03, 5, b"1\0\0\0\0")).await;
    until(|| app.begun.load(Ordering::SeqCst) == 1).await;
    peer.send(&submit(7)).await;
    peer.expect(CommandId::SUBMIT_SM_RESP, Status::RSYSERR, 7).await;
    peer.send(&pdu(0x103, 8, &[0; 10])).await;
    peer.expect(CommandId::DATA_SM_RESP, Status::RSYSERR, 8).await;
    peer.expect_alive().await;
    app.gate.add_permits(1);
    peer.expect(CommandId::QUERY_SM_RESP, Status::RQUERYFAIL, 5).await;
}

#[on_pdu("query_sm")]
async fn wait_for_query(_pdu: wirepath_smpp::QuerySm, State(app): State<App>) -> Status {
    app.begun.fetch_add(1, Ordering::SeqCst);
    app.gate.acquire().await.unwrap().forget();
    Status::RQUERYFAIL
}

#[on_session("bound")]
async fn panics_when_bound(_session: Session) {
    panic!("a handler's own mistake");
}

#[tokio::test]
async fn a_handler_that_panics_when_told_of_a_bind_ends_its_own_session_and_no_other() {
    let server = Running::plain().await;
    let client = || Client::new(server.address.to_string(), "esme1", "secret");
    let (other, _inbox) = client().connect().await.unwrap();
    let service = handlers![panics_when_bound].with_state(Arc::new(()));
    let session = client().connect_with(service).await.unwrap();
    assert_eq!(soon(session.wait_ended()).await, UnbindCause::Disconnected);
    soon(other.enquire_link()).await.unwrap();
}

#[on_bind]
async fn panics_at_a_bind(_bind: Bind) -> bool {
    panic!("a handler's own mistake");
}

#[tokio::test]
async fn a_bind_whose_handler_panics_is_refused_with_rsyserr() {
    let service = handlers![panics_at_a_bind].with_state(Arc::new(()));
    let server = Running::start(&config(), service).await;
    let mut peer = server.connect().await;
    peer.bind(BindKind::Transceiver, "esme1", "secret", Status::RSYSERR).await;
    peer.expect_end().await;
}
