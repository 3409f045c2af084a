//! Time, which is paused but in the tests of `session_init`, whose point is a socket.

use std::{sync::Arc, time::Duration};

use tokio::{io::DuplexStream, task::JoinHandle, time::Instant};
use wirepath_smpp::{
    BindKind, CommandId, HandlerService, Status, UnbindCause, handlers, testing::Harness,
};

use crate::support::{RawPeer, Running, bind_body, config, pdu, plain, soon, submit};

const HOURS: Duration = Duration::from_secs(100 * 3_600);

/// A peer over no socket, and what becomes of its session.
struct Paused {
    peer: RawPeer<DuplexStream>,
    engine: JoinHandle<UnbindCause>,
    start: Instant,
}

impl Paused {
    fn connect(harness: &Harness<impl HandlerService>) -> Self {
        let (stream, engine) = harness.connect_raw();
        Self { peer: RawPeer::over(stream, HOURS), engine, start: Instant::now() }
    }

    async fn bound(harness: &Harness<impl HandlerService>, kind: BindKind) -> Self {
        let mut this = Self::connect(harness);
        this.peer.bind(kind, "esme1", "secret", Status::ROK).await;
        this
    }

    /// Waits for the end; says why, and how many seconds it took from the connection.
    async fn end(mut self) -> (UnbindCause, u64) {
        self.peer.expect_end().await;
        let seconds = self.start.elapsed().as_secs();
        (self.engine.await.unwrap(), seconds)
    }
}

fn harness() -> Harness<impl HandlerService> {
    Harness::new(plain()).config(config())
}

#[tokio::test]
async fn no_bind_within_session_init_closes_a_socket() {
    let mut config = config();
    config.session_init_timer_ms = 60;
    let server = Running::start(&config, plain()).await;
    let mut silent = server.connect().await;
    let mut asking = server.connect().await;
    asking.expect_alive().await;
    silent.expect_end().await;
    asking.expect_end().await;
}

#[tokio::test(start_paused = true)]
async fn session_init_covers_the_whole_bind_not_each_read() {
    let mut paused = Paused::connect(&harness());
    let bind = pdu(9, 1, &bind_body("esme1", "secret", 0x34));
    let (last, first) = bind.split_last().unwrap();
    for octet in first {
        paused.peer.send(&[*octet]).await;
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    let _ = last;
    assert_eq!(paused.end().await, (UnbindCause::TimedOut, 5));
}

#[tokio::test(start_paused = true)]
async fn asking_whether_it_is_there_does_not_prolong_session_init() {
    let mut paused = Paused::connect(&harness());
    for _ in 0..4 {
        paused.peer.expect_alive().await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(paused.end().await, (UnbindCause::TimedOut, 5));
}

#[tokio::test(start_paused = true)]
async fn the_peer_is_asked_in_every_kind_of_bind() {
    let harness = harness();
    for kind in BindKind::ALL {
        let mut paused = Paused::bound(&harness, kind).await;
        for round in 1..=3 {
            let question = paused.peer.next().await.unwrap();
            assert_eq!(question.command(), CommandId::ENQUIRE_LINK);
            assert_eq!(paused.start.elapsed().as_secs(), round * 30, "{kind}");
            paused.peer.answer(&question, Status::ROK).await;
        }
        paused.peer.send(&pdu(6, 9, b"")).await;
        paused.peer.expect(CommandId::UNBIND_RESP, Status::ROK, 9).await;
        assert_eq!(paused.end().await.0, UnbindCause::Peer);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_enquire_link_closes_after_the_response_timer() {
    let mut paused = Paused::bound(&harness(), BindKind::Receiver).await;
    assert_eq!(paused.peer.next().await.unwrap().command(), CommandId::ENQUIRE_LINK);
    assert_eq!(paused.end().await, (UnbindCause::TimedOut, 60));
}

#[tokio::test(start_paused = true)]
async fn any_octet_is_an_answer_to_enquire_link() {
    let mut paused = Paused::bound(&harness(), BindKind::Transceiver).await;
    paused.peer.next().await.unwrap();
    paused.peer.send(&submit(2)).await;
    paused.peer.submitted(2).await;
    let again = paused.peer.next().await.unwrap();
    assert_eq!(again.command(), CommandId::ENQUIRE_LINK);
    assert_eq!(paused.start.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_pdu_stalled_half_way_closes_after_the_response_timer() {
    let mut config = config();
    config.enquire_link_timer_ms = 0;
    let harness = Harness::new(plain()).config(config);
    for cut in [1, 4, 15, 16, 20] {
        let mut paused = Paused::bound(&harness, BindKind::Transceiver).await;
        paused.peer.send(&[submit(2), submit(3)[..cut].to_vec()].concat()).await;
        paused.peer.submitted(2).await;
        assert_eq!(paused.end().await, (UnbindCause::TimedOut, 30));
    }
}

#[tokio::test(start_paused = true)]
async fn octets_one_by_one_do_not_keep_a_stalled_pdu_alive() {
    let mut paused = Paused::bound(&harness(), BindKind::Transceiver).await;
    for octet in &submit(2)[..31] {
        paused.peer.send(&[*octet]).await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(paused.end().await.0, UnbindCause::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn inactivity_closes() {
    let mut config = config();
    config.enquire_link_timer_ms = 0;
    config.inactivity_timer_ms = 90_000;
    let harness = Harness::new(plain()).config(config);
    let paused = Paused::bound(&harness, BindKind::Transceiver).await;
    assert_eq!(paused.end().await, (UnbindCause::TimedOut, 90));
}

/// Inactivity is silence, not want of messages.
#[tokio::test(start_paused = true)]
async fn answers_to_enquire_link_keep_a_session_without_messages() {
    let mut config = config();
    config.enquire_link_timer_ms = 30_000;
    config.inactivity_timer_ms = 40_000;
    let harness = Harness::new(plain()).config(config);
    let mut paused = Paused::bound(&harness, BindKind::Transceiver).await;
    for _ in 0..10 {
        let asked = paused.peer.next().await.unwrap();
        assert_eq!(asked.command(), CommandId::ENQUIRE_LINK);
        paused.peer.answer(&asked, Status::ROK).await;
    }
    assert_eq!(paused.start.elapsed().as_secs(), 300);
    // Silent from here on: asked after 30 s, and gone before its answer would be due.
    assert_eq!(paused.peer.next().await.unwrap().command(), CommandId::ENQUIRE_LINK);
    assert_eq!(paused.end().await, (UnbindCause::TimedOut, 340));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_is_closed_after_the_response_timer() {
    let harness = Harness::new(handlers![].with_state(Arc::new(()))).config(config());
    let mut paused = Paused::bound(&harness, BindKind::Transceiver).await;
    // More answers than the way back holds, and never a look at them.
    let burst = pdu(0x15, 7, b"").repeat(2_000);
    let flooding = async {
        use tokio::io::AsyncWriteExt;
        while paused.peer.io.write_all(&burst).await.is_ok() {}
    };
    flooding.await;
    assert_eq!(paused.engine.await.unwrap(), UnbindCause::TimedOut);
    let seconds = paused.start.elapsed().as_secs();
    assert!((30..=62).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn an_unbind_of_ours_that_is_not_answered_closes_after_the_response_timer() {
    let harness = harness();
    let mut paused = Paused::bound(&harness, BindKind::Transceiver).await;
    let session = harness.smpp().esme("esme1").unwrap();
    let unbinding = tokio::spawn(async move { session.unbind().await });
    assert_eq!(paused.peer.next().await.unwrap().command(), CommandId::UNBIND);
    // What crossed it is still served.
    paused.peer.send(&submit(2)).await;
    paused.peer.submitted(2).await;
    assert_eq!(paused.end().await, (UnbindCause::Local, 30));
    assert_eq!(soon(unbinding).await.unwrap(), UnbindCause::Local);
}
