//! Too much: of connections, of requests, of output that nobody takes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{io::AsyncWriteExt, sync::Semaphore};
use wirepath_smpp::{FromRef, State, Status, SubmitSm, SubmitSmResp, TlvList, handlers, on_pdu};

use crate::support::{Peer, Running, config, plain, soon, submit, until};

/// What the handlers of these tests look at.
#[derive(Clone)]
struct App {
    /// Requests that a handler has begun on.
    seen: Arc<AtomicUsize>,
    /// A permit lets one handler finish.
    gate: Arc<Semaphore>,
}

impl App {
    fn new() -> Self {
        Self { seen: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }

    fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

/// The number of requests seen.
#[derive(Clone)]
struct Seen(Arc<AtomicUsize>);

impl FromRef<App> for Seen {
    fn from_ref(app: &App) -> Self {
        Self(Arc::clone(&app.seen))
    }
}

/// Ready at once.
#[on_pdu("submit_sm")]
async fn count(pdu: SubmitSm, State(seen): State<Seen>) -> SubmitSmResp {
    let id = seen.0.fetch_add(1, Ordering::SeqCst) as u64;
    pdu.accept(id)
}

/// Waits for its permit.
#[on_pdu("submit_sm")]
async fn wait(pdu: SubmitSm, State(app): State<App>) -> SubmitSmResp {
    let id = app.seen.fetch_add(1, Ordering::SeqCst) as u64;
    app.gate.acquire().await.expect("never closed").forget();
    pdu.accept(id)
}

#[tokio::test]
async fn a_connection_above_max_connections_is_refused_at_once() {
    let mut config = config();
    config.max_connections = 2;
    let server = Running::start(&config, plain()).await;
    let mut first = server.bound().await;
    let mut idle = server.connect().await;
    idle.expect_alive().await;
    for _ in 0..3 {
        server.connect().await.expect_end().await;
    }
    first.expect_alive().await;
    drop(idle);
    // The place is free as soon as the session is over.
    soon(async {
        loop {
            let mut peer = server.connect().await;
            peer.send(&crate::support::pdu(0x15, 1, b"")).await;
            if peer.next().await.is_some() {
                break;
            }
        }
    })
    .await;
}

/// Writes requests until the engine takes no more for a while.
async fn flood(peer: &mut Peer, limit: u32) -> u32 {
    let mut written = 0;
    while written < limit {
        let batch: Vec<u8> = (0..100).flat_map(|n| submit(written + n)).collect();
        let writing = peer.io.write_all(&batch);
        if tokio::time::timeout(Duration::from_secs(2), writing).await.is_err() {
            break;
        }
        written += 100;
    }
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_never_reads_is_held_back_and_others_do_not_notice() {
    let app = App::new();
    let mut config = config();
    config.output_high_water_bytes = 16 * 1024;
    let service = handlers![count].with_state(Arc::new(app.clone()));
    let server = Running::start(&config, service).await;
    let mut deaf = server.bound().await;
    let written = flood(&mut deaf, 2_000_000).await;
    assert!(written < 2_000_000, "reading never stopped");
    let mut other = server.bound().await;
    let mut serve = async || {
        for sequence in 0..1_000 {
            other.send(&submit(sequence)).await;
            other.submitted(sequence).await;
        }
    };
    // Once for the engine to come to the end of what it had read, on a slow machine too.
    serve().await;
    let seen = app.seen();
    serve().await;
    // Not one more of the deaf one's was handled meanwhile; its answers wait in 16 KiB and the kernel's buffers.
    assert_eq!(app.seen(), seen + 1_000);
    assert!(seen < written as usize, "what was not answered was not taken on either");
}

#[tokio::test]
async fn handlers_that_wait_are_bounded_by_max_in_flight() {
    let app = App::new();
    let mut config = config();
    config.max_in_flight = 4;
    let service = handlers![wait].with_state(Arc::new(app.clone()));
    let server = Running::start(&config, service).await;
    let mut peer = server.bound().await;
    peer.send(&(0..10).flat_map(submit).collect::<Vec<u8>>()).await;
    until(|| app.seen() == 4).await;
    // The engine has had every chance to begin a fifth: another session is served from end to end.
    server.bound().await.expect_alive().await;
    assert_eq!(app.seen(), 4);
    app.gate.add_permits(1);
    until(|| app.seen() == 5).await;
    app.gate.add_permits(100);
    let mut answered = Vec::new();
    for _ in 0..10 {
        answered.push(peer.next().await.unwrap().header().sequence);
    }
    answered.sort_unstable();
    assert_eq!(answered, (0..10).collect::<Vec<u32>>());
}

/// The first message waits; the others are ready at once.
#[on_pdu("submit_sm")]
async fn first_waits(pdu: SubmitSm, State(app): State<App>) -> SubmitSmResp {
    if pdu.body() == b"1." {
        app.gate.acquire().await.expect("never closed").forget();
    }
    pdu.accept("x")
}

#[tokio::test]
async fn answers_may_leave_out_of_order() {
    use crate::support::{SUBMIT, pdu, submit_body};

    let app = App::new();
    let service = handlers![first_waits].with_state(Arc::new(app.clone()));
    let server = Running::start(&config(), service).await;
    let mut peer = server.bound().await;
    let slow = pdu(SUBMIT, 1, &submit_body(&[(17, b"1.")]));
    peer.send(&[slow, submit(2), submit(3)].concat()).await;
    peer.submitted(2).await;
    peer.submitted(3).await;
    app.gate.add_permits(1);
    peer.submitted(1).await;
}

/// Answers with as many octets as the high-water mark is high.
#[on_pdu("submit_sm")]
async fn verbose(pdu: SubmitSm) -> SubmitSmResp {
    let mut answer = pdu.accept("x");
    answer.tlvs = TlvList::new().with(wirepath_smpp::Tag(0x1400), &[7; 4_096]);
    answer
}

#[tokio::test]
async fn frames_that_are_buffered_are_served_once_the_output_has_drained() {
    let mut config = config();
    // Each answer reaches it: after each, the engine stops, writes, and has to go on by itself.
    config.output_high_water_bytes = 1;
    let server = Running::start(&config, handlers![verbose].with_state(Arc::new(()))).await;
    let mut peer = server.bound().await;
    // All of it is in the engine's buffer before the first answer is read: nothing more will arrive to wake it.
    peer.send(&(0..100).flat_map(submit).collect::<Vec<u8>>()).await;
    for sequence in 0..100 {
        let answer = peer.next().await.unwrap();
        assert_eq!((answer.header().sequence, answer.header().status), (sequence, Status::ROK));
        assert_eq!(answer.header().length as usize, 16 + 2 + 4 + 4_096);
    }
}

#[tokio::test]
async fn the_peer_is_answered_while_all_places_for_handlers_are_taken() {
    let app = App::new();
    let mut config = config();
    config.max_in_flight = 1;
    let service = handlers![wait].with_state(Arc::new(app.clone()));
    let server = Running::start(&config, service).await;
    let mut peer = server.bound().await;
    peer.send(&submit(1)).await;
    until(|| app.seen() == 1).await;
    peer.expect_alive().await;
    app.gate.add_permits(1);
    peer.submitted(1).await;
}
