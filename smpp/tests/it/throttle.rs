//! `max_msg_per_sec`, with paused time.

use std::time::Duration;

use tokio::time::Instant;
use wirepath_smpp::{BindKind, HandlerService, Status, config::ThrottleAction, testing::Harness};

use crate::support::{config, pdu, plain, submit};

fn limited(rate: u32, action: ThrottleAction) -> Harness<impl HandlerService> {
    let mut config = config();
    config.max_msg_per_sec = rate;
    config.throttle_action = action;
    Harness::new(plain()).config(config)
}

#[tokio::test(start_paused = true)]
async fn paced_messages_are_served_at_the_rate_and_all_of_them() {
    let harness = limited(10, ThrottleAction::Pace);
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    let start = Instant::now();
    session.send_bytes((0..40).flat_map(submit).collect::<Vec<u8>>());
    for sequence in 0..40 {
        let answer = session.next_answer().await.unwrap().header();
        assert_eq!((answer.sequence, answer.status), (sequence, Status::ROK));
    }
    // A burst of one second's worth, then ten a second.
    let took = start.elapsed();
    assert!((2_900..=3_100).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn messages_above_the_rate_are_rejected_with_rthrottled() {
    let harness = limited(10, ThrottleAction::Reject);
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    for round in 0..3 {
        session.send_bytes((0..15).flat_map(submit).collect::<Vec<u8>>());
        for sequence in 0..15 {
            let answer = session.next_answer().await.unwrap().header();
            let expected = if sequence < 10 { Status::ROK } else { Status::RTHROTTLED };
            assert_eq!((answer.sequence, answer.status), (sequence, expected), "{round}");
        }
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_messages_count() {
    let harness = limited(1, ThrottleAction::Reject);
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    session.send_bytes(pdu(0x15, 1, b"").repeat(50));
    for _ in 0..50 {
        assert_eq!(session.next_answer().await.unwrap().header().status, Status::ROK);
    }
    session.send_bytes(submit(2));
    assert_eq!(session.next_answer().await.unwrap().header().status, Status::ROK);
}

#[tokio::test(start_paused = true)]
async fn an_esme_may_have_a_rate_of_its_own() {
    let mut config = config();
    config.max_msg_per_sec = 1_000;
    config.esmes[0].max_msg_per_sec = Some(2);
    config.esmes[0].throttle_action = Some(ThrottleAction::Reject);
    let harness = Harness::new(plain()).config(config);
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    session.send_bytes((0..3).flat_map(submit).collect::<Vec<u8>>());
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(session.next_answer().await.unwrap().header().status);
    }
    assert_eq!(statuses, [Status::ROK, Status::ROK, Status::RTHROTTLED]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_paced_for_long_is_not_taken_for_dead() {
    let mut config = config();
    config.max_msg_per_sec = 1;
    config.inactivity_timer_ms = 40_000;
    let harness = Harness::new(plain()).config(config);
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    let start = Instant::now();
    session.send_bytes((0..200).flat_map(submit).collect::<Vec<u8>>());
    for _ in 0..200 {
        session.next_answer().await.unwrap();
    }
    assert!(start.elapsed() >= Duration::from_secs(198));
}

/// The time of the pace comes while the output is what holds the session back.
#[tokio::test(start_paused = true)]
async fn a_pace_that_is_over_does_not_spin_a_session_whose_peer_does_not_read() {
    use wirepath_smpp::UnbindCause;

    let mut config = config();
    config.max_msg_per_sec = 1;
    config.output_high_water_bytes = 1_024;
    config.enquire_link_timer_ms = 0;
    config.window_size = 1_000;
    config.response_timer_ms = 3_600_000;
    config.inactivity_timer_ms = 0;
    let harness = Harness::new(plain()).config(config);
    let (stream, engine) = harness.connect_raw();
    let mut peer = crate::support::RawPeer::over(stream, Duration::from_secs(3_600_000));
    peer.bind(BindKind::Transceiver, "esme1", "secret", Status::ROK).await;
    peer.send(&[submit(1), submit(2), submit(3)].concat()).await;
    peer.submitted(1).await;
    let session = harness.smpp().esme("esme1").unwrap();
    let long = wirepath_smpp::DeliverSm::builder().short_message(&[b'x'; 250][..]).build().unwrap();
    let mut pipeline = session.pipeline();
    for tag in 0..600 {
        assert!(pipeline.try_send(&long, tag).unwrap());
    }
    // Two hours pass only if nobody keeps the clock busy.
    assert_eq!(engine.await.unwrap(), UnbindCause::TimedOut);
    drop(peer);
}
