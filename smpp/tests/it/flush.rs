//! `Session::flush`: what has been written, and what waits for it.

use std::{sync::Arc, time::Duration};

use tokio::{io::DuplexStream, time::timeout};
use wirepath_smpp::{
    BindKind, CommandId, DeliverSm, HandlerService, Session, Smpp, Status, SubmitSm, SubmitSmResp,
    Tag, TlvList, UnbindCause, handlers, on_pdu, testing::Harness,
};

use crate::support::{RawPeer, config, submit, until};

const HOURS: Duration = Duration::from_secs(100 * 3_600);
const MOMENT: Duration = Duration::from_secs(1);

/// Answers at such length that two answers are more than can be on their way to a peer that does not read.
fn long(pdu: &SubmitSm) -> SubmitSmResp {
    let mut answer = pdu.accept("x");
    answer.tlvs = TlvList::new().with(Tag(0x1400), &[7; 40_000]);
    answer
}

#[on_pdu("submit_sm")]
async fn take(pdu: SubmitSm) -> SubmitSmResp {
    long(&pdu)
}

/// Tells the ESME's receiver as soon as the answer is out, from a task that may well run before it is.
#[on_pdu("submit_sm")]
async fn take_and_tell(pdu: SubmitSm, session: Session, smpp: Smpp) -> SubmitSmResp {
    tokio::spawn(async move {
        session.flush().await.unwrap();
        let told = DeliverSm::builder().short_message("taken").build().unwrap();
        smpp.esme("esme1").unwrap().deliver_sm(&told).await.unwrap();
    });
    // The task has its turn while the answer is not even encoded.
    long(&pdu)
}

/// A transmitter that reads only when it is told to.
async fn transmitter(harness: &Harness<impl HandlerService>) -> RawPeer<DuplexStream> {
    let (stream, _engine) = harness.connect_raw();
    let mut peer = RawPeer::over(stream, HOURS);
    peer.bind(BindKind::Transmitter, "esme1", "secret", Status::ROK).await;
    peer
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_a_peer_that_does_not_read_and_no_longer() {
    let harness = Harness::new(handlers![take].with_state(Arc::new(()))).config(config());
    let mut peer = transmitter(&harness).await;
    let session = harness.smpp().sessions().remove(0);
    assert_eq!(timeout(MOMENT, session.flush()).await, Ok(Ok(())), "there is nothing to write");
    peer.send(&[submit(2), submit(3)].concat()).await;
    until(|| session.counters().received == 2).await;
    assert!(timeout(MOMENT, session.flush()).await.is_err(), "half of the answers is not out");
    peer.submitted(2).await;
    // What is still on its way has room there.
    assert_eq!(timeout(MOMENT, session.flush()).await, Ok(Ok(())));
    peer.submitted(3).await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_flush_does_not_overtake_the_answer_on_another_session() {
    let harness = Harness::new(handlers![take_and_tell].with_state(Arc::new(()))).config(config());
    let mut receiver = harness.bind(BindKind::Receiver, "esme1", "secret").await.unwrap();
    let mut peer = transmitter(&harness).await;
    peer.send(&submit(2)).await;
    assert!(timeout(MOMENT, receiver.next_pdu()).await.is_ok(), "its answer is out at once");
    peer.send(&submit(3)).await;
    assert!(timeout(MOMENT, receiver.next_pdu()).await.is_err(), "its answer is not out yet");
    peer.submitted(2).await;
    assert!(timeout(MOMENT, receiver.next_pdu()).await.is_ok());
    peer.submitted(3).await;
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_queued_are_flushed_too() {
    let harness = Harness::new(handlers![take].with_state(Arc::new(()))).config(config());
    let (stream, _engine) = harness.connect_raw();
    let mut peer = RawPeer::over(stream, HOURS);
    peer.bind(BindKind::Receiver, "esme1", "secret", Status::ROK).await;
    let session = harness.smpp().esme("esme1").unwrap();
    let tlvs = TlvList::new().message_payload(&[7; 40_000]);
    let pdu = DeliverSm::builder().tlvs(tlvs).build().unwrap();
    let mut pipeline = session.pipeline();
    for tag in 0..2 {
        assert!(pipeline.try_send(&pdu, tag).unwrap());
    }
    assert!(timeout(MOMENT, session.flush()).await.is_err());
    assert_eq!(peer.next().await.unwrap().command(), CommandId::DELIVER_SM);
    assert_eq!(timeout(MOMENT, session.flush()).await, Ok(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_cannot_be_ends_with_the_session() {
    let harness = Harness::new(handlers![take].with_state(Arc::new(()))).config(config());
    let mut peer = transmitter(&harness).await;
    let session = harness.smpp().sessions().remove(0);
    peer.send(&[submit(2), submit(3)].concat()).await;
    until(|| session.counters().received == 2).await;
    // It is closed for reading nothing, after the response timer.
    assert_eq!(session.flush().await, Err(UnbindCause::TimedOut));
    assert_eq!(session.flush().await, Err(UnbindCause::TimedOut), "at once, when it is over");
}
