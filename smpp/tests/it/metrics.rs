//! What is counted, and under which labels.

use std::sync::Arc;

use wirepath_smpp::{
    BindKind, Binds, HandlerService, QuerySm, QuerySmResp, Status, SubmitSm, SubmitSmResp,
    config::{BindConfig, ThrottleAction},
    handlers, on_pdu,
    testing::{Harness, TestSession},
};
use wirepath_test_support::Book;

use crate::support::{Running, SUBMIT, config, pdu, plain, submit};

/// What is counted under one of our names, of which this is the rest.
fn read(book: &Book, name: &str) -> u64 {
    book.read(&format!("wirepath_smpp_{name}"))
}

#[on_pdu("submit_sm")]
async fn slow(pdu: SubmitSm) -> SubmitSmResp {
    tokio::task::yield_now().await;
    pdu.accept(1)
}

#[on_pdu("query_sm")]
async fn fails(_pdu: QuerySm) -> Result<QuerySmResp, Status> {
    Err(Status::RSYSERR)
}

#[tokio::test]
async fn pdus_are_counted_by_command_and_result() {
    let book = Book::default();
    let _guard = metrics::set_default_local_recorder(&book);
    let service = handlers![slow, fails].with_state(Arc::new(()));
    let harness = Harness::new(service).config(config());
    let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    let bound = read(&book, "binds{direction=inbound,state=bound}");
    assert!(f64::from_bits(bound) > 0.5);
    let message = SubmitSm::builder().short_message("x").build().unwrap();
    for _ in 0..3 {
        session.submit_sm(&message).await;
    }
    session.send_bytes(pdu(SUBMIT, 90, b"no"));
    session.next_answer().await.unwrap();
    let query = QuerySm::builder().message_id("1").build().unwrap();
    assert_eq!(session.query_sm(&query).await.status, Status::RSYSERR);
    session.enquire_link().await;
    assert!(harness.bind(BindKind::Transceiver, "esme1", "wrong").await.is_err());
    session.unbind().await;

    for (name, count) in [
        ("pdus_total{command=submit_sm,direction=inbound,result=ok}", 3),
        ("pdus_total{command=submit_sm,direction=inbound,result=refused}", 1),
        ("pdus_total{command=query_sm,direction=inbound,result=error}", 1),
        ("pdus_total{command=enquire_link,direction=inbound,result=ok}", 1),
        ("handler_errors_total{command=query_sm}", 1),
        ("handler_errors_total{command=submit_sm}", 0),
        // The one that waited, and not the one that was ready at once.
        ("handler_duration_seconds{command=submit_sm}", 3),
        ("handler_duration_seconds{command=query_sm}", 0),
        ("bind_requests_total{result=ESME_ROK}", 1),
        ("bind_requests_total{result=ESME_RINVPASWD}", 1),
    ] {
        assert_eq!(read(&book, name), count, "{name}: {book:?}");
    }
    let bound = read(&book, "binds{direction=inbound,state=bound}");
    assert!(f64::from_bits(bound).abs() < 0.5, "nobody is bound any more");
}

#[tokio::test(start_paused = true)]
async fn attempts_of_a_bind_are_counted() {
    let book = Book::default();
    let _guard = metrics::set_default_local_recorder(&book);
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let harness = Harness::new(plain());
    let binds = Binds::new(&harness.smpp(), plain());
    let mut bind = BindConfig::new("up", address.ip().to_string(), "us", "secret");
    bind.port = address.port();
    binds.keep(&bind).unwrap();
    while read(&book, "bind_reconnects_total{bind=up}") < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Binds under a rate of ten messages a second.
async fn limited(action: ThrottleAction) -> (Harness<impl HandlerService>, TestSession) {
    let mut config = config();
    config.max_msg_per_sec = 10;
    config.throttle_action = action;
    let harness = Harness::new(plain()).config(config);
    let session = harness.bind(BindKind::Transceiver, "esme1", "secret").await.unwrap();
    (harness, session)
}

#[tokio::test(start_paused = true)]
async fn messages_above_the_rate_are_counted_paced_or_rejected() {
    const THROTTLED: &str = "throttled_total{direction=inbound}";

    for action in [ThrottleAction::Pace, ThrottleAction::Reject] {
        let book = Book::default();
        let _guard = metrics::set_default_local_recorder(&book);
        let (_harness, mut session) = limited(action).await;
        // As many as the burst holds, and enquire_link, which no rate counts.
        let within = (0..10).flat_map(submit).chain(pdu(0x15, 10, b""));
        session.send_bytes(within.collect::<Vec<u8>>());
        for _ in 0..11 {
            session.next_answer().await.unwrap();
        }
        assert_eq!(read(&book, THROTTLED), 0, "{action}");
        session.send_bytes((11..18).flat_map(submit).collect::<Vec<u8>>());
        for _ in 0..7 {
            session.next_answer().await.unwrap();
        }
        assert_eq!(read(&book, THROTTLED), 7, "{action}: each message once");
    }
}

#[tokio::test]
async fn connections_above_the_bound_are_counted() {
    const REFUSED: &str = "connections_refused_total";

    let book = Book::default();
    let _guard = metrics::set_default_local_recorder(&book);
    let mut config = config();
    config.max_connections = 1;
    let server = Running::start(&config, plain()).await;
    let mut only = server.bound().await;
    assert_eq!(read(&book, REFUSED), 0);
    for refused in 1..=3 {
        server.connect().await.expect_end().await;
        assert_eq!(read(&book, REFUSED), refused);
    }
    only.expect_alive().await;
}
