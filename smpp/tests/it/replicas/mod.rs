//! Engines that share a store: what one of them has for an ESME that is bound at another.

mod lossy;
mod redis;

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use tokio::time::Instant;
use wirepath_runtime::store::Store;
use wirepath_smpp::{
    AlertNotification, BindKind, BindRequest, DataSm, DeliverSm, Downstream, RequestPdu, Route,
    SendError, Smpp, Status, SubmitSm, Tag, TlvList,
    config::{ServerConfig, Step},
    routing::Query,
    testing::{Harness, TestSession},
};

use self::lossy::{Fate, Faults, lossy};
use crate::support::{config, plain};

/// How long nobody is waited for.
const NOBODY: Duration = Duration::from_secs(1);
/// `response_timer_ms`.
const TIMER: Duration = Duration::from_secs(30);

fn message(text: &str) -> DeliverSm {
    DeliverSm::builder().source("1").destination("2").short_message(text).build().unwrap()
}

/// An engine, in process.
struct Replica {
    smpp: Smpp,
    connect: Box<dyn Fn() -> TestSession>,
}

impl Replica {
    async fn new(store: &Store) -> Self {
        let alone = Self::alone(config());
        alone.smpp.share(store).await.unwrap();
        alone
    }

    fn alone(mut config: ServerConfig) -> Self {
        config.enquire_link_timer_ms = 0;
        let harness = Harness::new(plain()).config(config);
        Self { smpp: harness.smpp(), connect: Box::new(move || harness.connect()) }
    }

    async fn bound(&self, kind: BindKind) -> TestSession {
        self.bound_as(kind, 0x34).await
    }

    async fn bound_as(&self, kind: BindKind, version: u8) -> TestSession {
        let session = (self.connect)();
        let bind = BindRequest::builder()
            .system_id("esme1")
            .password("secret")
            .interface_version(version)
            .build(kind)
            .unwrap();
        assert_eq!(session.request(&bind).await.status, Status::ROK);
        session
    }

    fn to_esme(&self) -> Downstream {
        self.smpp.downstream("esme1")
    }
}

/// One that asks, and one where the ESME is bound.
async fn pair(store: &Store) -> (Replica, Replica, TestSession) {
    let (one, two) = (Replica::new(store).await, Replica::new(store).await);
    let esme = two.bound(BindKind::Receiver).await;
    (one, two, esme)
}

fn bodies(esme: &TestSession) -> Vec<Vec<u8>> {
    esme.sent_as::<DeliverSm>().iter().map(|pdu| pdu.body().to_vec()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_for_an_esme_reaches_it_where_it_is_bound() {
    let (one, two, esme) = pair(&Store::memory()).await;
    let start = Instant::now();
    one.to_esme().deliver_sm(&message("hi")).await.unwrap();
    let alert = AlertNotification::builder().source("1").esme("2").build().unwrap();
    one.to_esme().alert_notification(&alert).await.unwrap();
    esme.answer_status(Status::RX_T_APPN);
    let data = DataSm::builder().destination("2").build().unwrap();
    let refused = one.to_esme().data_sm(&data).await.unwrap_err();
    assert_eq!(refused, SendError::Rejected(Status::RX_T_APPN));
    let sent = esme.sent();
    assert!(matches!(
        &sent[..],
        [RequestPdu::DeliverSm(_), RequestPdu::AlertNotification(_), RequestPdu::DataSm(_)]
    ));
    assert_eq!(bodies(&esme), [b"hi"]);
    assert_eq!(start.elapsed(), Duration::ZERO, "nobody was waited for");
    // It went over a session of the engine's, and was counted there.
    assert_eq!(two.to_esme().session().unwrap().counters().sent, 3);
    assert!(one.to_esme().session().is_none() && one.smpp.sessions().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_long_text_reaches_another_replica_in_its_parts() {
    let (one, _two, esme) = pair(&Store::memory()).await;
    let text = "0123456789".repeat(40);
    let sent = one.to_esme().send_text(text.as_str()).from("1").to("2").send().await.unwrap();
    assert_eq!(sent.parts.len(), 3);
    let parts: Vec<_> =
        esme.sent_as::<DeliverSm>().iter().map(|pdu| pdu.text().into_owned()).collect();
    assert_eq!(parts.concat(), text);
    let nobody = one.smpp.downstream("nobody").send_text("hi").to("2").send().await.unwrap_err();
    assert!(!nobody.may_have_arrived());
}

#[tokio::test(start_paused = true)]
async fn own_sessions_come_first() {
    let (one, _two, there) = pair(&Store::memory()).await;
    let here = one.bound(BindKind::Transceiver).await;
    for _ in 0..5 {
        one.to_esme().deliver_sm(&message("hi")).await.unwrap();
    }
    assert_eq!((bodies(&here).len(), bodies(&there).len()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn of_many_that_could_one_sends() {
    let store = Store::memory();
    let one = Replica::new(&store).await;
    let (mut others, mut esmes) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let other = Replica::new(&store).await;
        esmes.push(other.bound(BindKind::Receiver).await);
        esmes.push(other.bound(BindKind::Transceiver).await);
        others.push(other);
    }
    let esme = one.to_esme();
    let texts: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    let sent = join_all(texts.iter().map(async |text| esme.deliver_sm(&message(text)).await)).await;
    assert!(sent.iter().all(Result::is_ok));
    let got: Vec<_> = esmes.iter().flat_map(bodies).collect();
    assert_eq!(got.len(), 100);
    assert_eq!(got.iter().collect::<HashSet<_>>().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn an_esme_that_is_bound_nowhere_is_not_within_a_second() {
    let (one, two, _esme) = pair(&Store::memory()).await;
    // Another one, and one that only sends.
    two.bound(BindKind::Transmitter).await;
    for replica in [&one, &two] {
        let start = Instant::now();
        let error = replica.smpp.downstream("other").deliver_sm(&message("hi")).await.unwrap_err();
        assert_eq!(error, SendError::NotBound);
        assert_eq!(start.elapsed(), NOBODY);
    }
    let start = Instant::now();
    let alone = Replica::alone(config());
    assert_eq!(alone.to_esme().deliver_sm(&message("hi")).await, Err(SendError::NotBound));
    let too_long = one.smpp.downstream("longer than fifteen");
    assert_eq!(too_long.deliver_sm(&message("hi")).await, Err(SendError::NotBound));
    assert_eq!(start.elapsed(), Duration::ZERO, "there is nobody to ask");
}

#[tokio::test(start_paused = true)]
async fn who_unbinds_is_served_no_more_and_who_binds_again_is() {
    let (one, two, mut esme) = pair(&Store::memory()).await;
    one.to_esme().deliver_sm(&message("a")).await.unwrap();
    esme.unbind().await;
    assert_eq!(one.to_esme().deliver_sm(&message("b")).await, Err(SendError::NotBound));
    let esme = two.bound(BindKind::Receiver).await;
    one.to_esme().deliver_sm(&message("c")).await.unwrap();
    esme.disconnect();
    while two.to_esme().session().is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(one.to_esme().deliver_sm(&message("d")).await, Err(SendError::NotBound));
    assert_eq!(bodies(&esme), [b"c"]);
}

#[tokio::test(start_paused = true)]
async fn sessions_that_were_there_before_are_served() {
    let store = Store::memory();
    let (one, two) = (Replica::new(&store).await, Replica::alone(config()));
    let esme = two.bound(BindKind::Receiver).await;
    assert_eq!(one.to_esme().deliver_sm(&message("a")).await, Err(SendError::NotBound));
    two.smpp.share(&store).await.unwrap();
    one.to_esme().deliver_sm(&message("b")).await.unwrap();
    // Another store in its place.
    two.smpp.share(&Store::memory()).await.unwrap();
    assert_eq!(one.to_esme().deliver_sm(&message("c")).await, Err(SendError::NotBound));
    assert_eq!(bodies(&esme), [b"b"]);
}

#[tokio::test(start_paused = true)]
async fn an_esme_that_does_not_answer_may_have_it() {
    let (one, _two, esme) = pair(&Store::memory()).await;
    esme.keep_silent();
    let start = Instant::now();
    let error = one.to_esme().deliver_sm(&message("hi")).await.unwrap_err();
    assert_eq!(error, SendError::TimedOut);
    assert!(error.may_have_arrived());
    assert_eq!(start.elapsed(), TIMER);
    assert_eq!(bodies(&esme), [b"hi"]);
}

#[tokio::test(start_paused = true)]
async fn an_esme_that_is_lost_may_have_it() {
    let (one, _two, esme) = pair(&Store::memory()).await;
    esme.keep_silent();
    let to_esme = one.to_esme();
    let sending = tokio::spawn(async move { to_esme.deliver_sm(&message("hi")).await });
    while esme.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    esme.disconnect();
    let error = sending.await.unwrap().unwrap_err();
    assert_eq!(error, SendError::SessionLost { sent: true });
}

#[tokio::test(start_paused = true)]
async fn a_place_in_the_window_there_is_waited_for_as_long_as_an_answer() {
    let store = Store::memory();
    let mut hasty = config();
    hasty.response_timer_ms = 5_000;
    let one = Replica::alone(hasty);
    one.smpp.share(&store).await.unwrap();
    let mut narrow = config();
    narrow.window_size = 1;
    let two = Replica::alone(narrow);
    two.smpp.share(&store).await.unwrap();
    let esme = two.bound(BindKind::Receiver).await;
    esme.answer_with(|_| None);
    let start = Instant::now();
    let (first, to_esme) = (one.to_esme(), one.to_esme());
    let first = tokio::spawn(async move {
        let outcome = first.deliver_sm(&message("first")).await;
        (outcome, start.elapsed())
    });
    while esme.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    let error = to_esme.deliver_sm(&message("second")).await.unwrap_err();
    assert_eq!(error, SendError::Busy);
    assert!(!error.may_have_arrived());
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    let (error, after) = first.await.unwrap();
    assert_eq!((error, after), (Err(SendError::TimedOut), NOBODY + Duration::from_secs(5)));
    assert_eq!(bodies(&esme), [b"first"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_lost_is_asked_again_and_sent_once() {
    let faults = Faults::default();
    let store = lossy(Store::memory(), faults.clone());
    let (one, _two, esme) = pair(&store).await;
    faults.next("esme:", &[Fate::Lost]);
    one.to_esme().deliver_sm(&message("a")).await.unwrap();
    faults.next("esme:", &[Fate::Lost, Fate::Lost]);
    let error = one.to_esme().deliver_sm(&message("b")).await.unwrap_err();
    assert_eq!(error, SendError::NotBound);
    assert_eq!(bodies(&esme), [b"a"]);
    // The first one arrives behind the second.
    faults.next("esme:", &[Fate::Late]);
    one.to_esme().deliver_sm(&message("c")).await.unwrap();
    faults.bring(&store).await;
    one.to_esme().deliver_sm(&message("d")).await.unwrap();
    assert_eq!(bodies(&esme), [b"a", b"c", b"d"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_said_not_to_be_sent_is_not_sent_however_late_it_comes() {
    let faults = Faults::default();
    let store = lossy(Store::memory(), faults.clone());
    let (one, _two, esme) = pair(&store).await;
    for late in [Duration::ZERO, Duration::from_secs(120)] {
        faults.next("esme:", &[Fate::Late, Fate::Late]);
        let error = one.to_esme().deliver_sm(&message("late")).await.unwrap_err();
        assert_eq!(error, SendError::NotBound);
        tokio::time::advance(late).await;
        faults.bring(&store).await;
        one.to_esme().deliver_sm(&message("next")).await.unwrap();
    }
    assert_eq!(bodies(&esme), [b"next", b"next"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_none_and_it_may_have_arrived() {
    let faults = Faults::default();
    let store = lossy(Store::memory(), faults.clone());
    let (one, _two, esme) = pair(&store).await;
    faults.next("replica:", &[Fate::Late]);
    let start = Instant::now();
    let error = one.to_esme().deliver_sm(&message("hi")).await.unwrap_err();
    assert_eq!(error, SendError::TimedOut);
    assert!(error.may_have_arrived());
    assert_eq!(start.elapsed(), NOBODY + TIMER);
    assert_eq!(bodies(&esme), [b"hi"]);
    // Nobody waits for it any more.
    faults.bring(&store).await;
    one.to_esme().deliver_sm(&message("next")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_said_so() {
    let faults = Faults::default();
    let store = lossy(Store::memory(), faults.clone());
    let (one, two) = (Replica::new(&store).await, Replica::new(&store).await);
    faults.is_away(true);
    let esme = two.bound(BindKind::Receiver).await;
    let error = one.to_esme().deliver_sm(&message("a")).await.unwrap_err();
    assert_eq!(error, SendError::Unreachable);
    assert!(!error.may_have_arrived());
    two.to_esme().deliver_sm(&message("here")).await.unwrap();
    assert!(one.smpp.share(&store).await.is_err());
    // Who could not listen tries again.
    faults.is_away(false);
    tokio::time::sleep(Duration::from_secs(10)).await;
    one.to_esme().deliver_sm(&message("b")).await.unwrap();
    assert_eq!(bodies(&esme), [&b"here"[..], b"b"]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_others_is_bounded() {
    let one = Replica::new(&Store::memory()).await;
    let esme = one.to_esme();
    let all = (0..1_100).map(async |_| esme.deliver_sm(&message("hi")).await.unwrap_err());
    let errors = join_all(all).await;
    let busy = errors.iter().filter(|error| **error == SendError::Busy).count();
    let nobody = errors.iter().filter(|error| **error == SendError::NotBound).count();
    assert_eq!((busy, nobody), (76, 1_024));
    // Dropped, they wait no longer.
    let dropped: Vec<_> = (0..1_024)
        .map(async |_| tokio::time::timeout(NOBODY / 4, esme.deliver_sm(&message("hi"))).await)
        .collect();
    assert!(join_all(dropped).await.iter().all(Result::is_err));
    assert_eq!(esme.deliver_sm(&message("hi")).await, Err(SendError::NotBound));
}

#[tokio::test(start_paused = true)]
async fn what_is_served_at_a_time_is_bounded() {
    let store = Store::memory();
    let two = Replica::new(&store).await;
    let esme = two.bound(BindKind::Receiver).await;
    esme.answer_with(|_| None);
    let (first, second) = (Replica::new(&store).await, Replica::new(&store).await);
    let (to_first, to_second) = (first.to_esme(), second.to_esme());
    // 64 of them in the window of the session, the others in front of it.
    let many = (0..1_024).map(async |_| to_first.deliver_sm(&message("many")).await);
    let (_, one_more) = tokio::join!(join_all(many), async {
        while esme.sent().len() < 64 {
            tokio::task::yield_now().await;
        }
        to_second.deliver_sm(&message("more")).await
    });
    assert_eq!(one_more, Err(SendError::Busy));
}

#[tokio::test(start_paused = true)]
async fn what_another_replica_may_not_send_is_refused_here() {
    let store = Store::memory();
    let (one, two) = (Replica::new(&store).await, Replica::new(&store).await);
    let esme = two.bound_as(BindKind::Receiver, 0x33).await;
    let payload =
        |octets: usize| TlvList::new().with(Tag::MESSAGE_PAYLOAD, vec![b'x'; octets].as_slice());
    let long = DeliverSm::builder().destination("2").tlvs(payload(300)).build().unwrap();
    let error = one.to_esme().deliver_sm(&long).await.unwrap_err();
    assert!(matches!(error, SendError::NeedsNewer { .. }), "{error}");
    let submit = SubmitSm::builder().destination("2").build().unwrap();
    let error = one.to_esme().request(&submit).await.unwrap_err();
    assert!(matches!(error, SendError::NotAllowed { .. }), "{error}");
    let huge = payload(65_535).with(Tag(0x1401), vec![0; 65_535].as_slice());
    let huge = DataSm::builder().destination("2").tlvs(huge).build().unwrap();
    let error = one.to_esme().data_sm(&huge).await.unwrap_err();
    assert!(matches!(error, SendError::Build(_)), "{error}");
    assert!(esme.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_steps_of_a_route_reach_other_replicas() {
    let (one, _two, esme) = pair(&Store::memory()).await;
    let route = Route::esme("nobody").then(Step::Esme("esme1".to_owned()));
    let routed = one.smpp.send_along(message("hi"), &route).await.unwrap();
    assert_eq!(routed.step, Step::Esme("esme1".to_owned()));
    assert_eq!(bodies(&esme), [b"hi"]);
    let mut routing = wirepath_smpp::config::RoutingConfig::default();
    routing.default_chain = vec![Step::Esme("esme1".to_owned())];
    one.smpp.set_routing(&routing);
    let explained = one.smpp.explain(&Query::new("2")).to_string();
    assert!(explained.contains("esme:esme1: not bound here"), "{explained}");
}
