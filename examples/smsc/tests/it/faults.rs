//! Faults on demand.

use std::time::{Duration, Instant};

use wirepath::smpp::{BindKind, Client, SendError, Status, protocol::Timers};

use crate::{bind, message, support::Smsc};

#[tokio::test]
async fn throttled_and_failed_in_turn() {
    let smsc = Smsc::start(&["--throttle-every", "2", "--fail-every", "3", "ESME_RSUBMITFAIL"]);
    let (session, _inbox) = bind(&smsc, BindKind::Transceiver).await;
    let pdu = message(0).build().unwrap();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(match session.submit_sm(&pdu).await {
            Ok(_) => Status::ROK,
            Err(SendError::Rejected(status)) => status,
            Err(other) => panic!("{other}"),
        });
    }
    let (ok, throttled, failed) = (Status::ROK, Status::RTHROTTLED, Status::RSUBMITFAIL);
    assert_eq!(statuses, [ok, throttled, failed, throttled, ok, throttled]);
}

#[tokio::test]
async fn a_dropped_message_has_no_answer_and_leaves_nothing_behind() {
    let smsc = Smsc::start(&["--drop-every", "2"]);
    let timers = Timers { response: Some(Duration::from_millis(1_500)), ..Timers::default() };
    let client = Client::new(smsc.address(), "esme1", "secret").timers(timers);
    let (session, _inbox) = client.connect().await.unwrap();
    let pdu = message(0).build().unwrap();
    assert!(session.submit_sm(&pdu).await.is_ok());
    assert_eq!(session.submit_sm(&pdu).await.unwrap_err(), SendError::TimedOut);
    assert!(session.submit_sm(&pdu).await.is_ok());
    // A handler that were still parked would hold the answer to the unbind up.
    let began = Instant::now();
    session.unbind().await;
    assert!(began.elapsed() < Duration::from_millis(1_200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn latency_delays_each_answer_but_not_one_behind_the_other() {
    let smsc = Smsc::start(&["--latency", "200"]);
    let (session, _inbox) = bind(&smsc, BindKind::Transceiver).await;
    let pdu = message(0).build().unwrap();
    let began = Instant::now();
    let mut pipeline = session.pipeline();
    for tag in 0..20 {
        pipeline.send(&pdu, tag).await.unwrap();
    }
    while let Some((_, answer)) = pipeline.next().await {
        answer.unwrap();
    }
    let elapsed = began.elapsed();
    assert!((200..1_500).contains(&elapsed.as_millis()), "{elapsed:?}");
}
