//! Parts of messages from an SMSC, put together on their way to the ESME.

use std::time::Duration;

use wirepath_runtime::store::{EmbeddedOptions, Lane, Store};
use wirepath_smpp::{
    DeliverSm, EsmClass, Smpp,
    config::{ReassemblyConfig, SpoolConfig},
    spool::{Spool, Stored},
};
use wirepath_test_support::RedisServer;

use super::{
    is_empty,
    relay::{Gateway, Smsc, bind, by},
};
use crate::support::{PATIENCE, redis, soon};

/// A part of message `reference` from a handset.
fn part(source: &str, reference: u8, total: u8, sequence: u8, text: &str) -> DeliverSm {
    let header = [5, 0, 3, reference, total, sequence];
    DeliverSm::builder()
        .source(source)
        .destination("1001")
        .esm_class(EsmClass::UDHI)
        .short_message(&[&header[..], text.as_bytes()].concat())
        .build()
        .unwrap()
}

fn settings(change: impl FnOnce(&mut ReassemblyConfig)) -> ReassemblyConfig {
    let mut settings = ReassemblyConfig::default();
    change(&mut settings);
    settings
}

async fn pair(store: Store) -> (Smsc, Gateway) {
    let smsc = Smsc::start().await;
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::gathering(store, &[up], &settings(|_| {})).await;
    gateway.bound("up").await;
    (smsc, gateway)
}

/// A folder that another store has just had open.
async fn open(folder: &tempfile::TempDir) -> Store {
    let began = std::time::Instant::now();
    loop {
        match Store::open(folder.path(), EmbeddedOptions::default()) {
            Ok(store) => return store,
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn parts_in_any_order_are_one_message() {
    let (smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let texts = ["a".repeat(150), "b".repeat(150), "c".to_owned()];
    for sequence in [3, 1, 1, 2] {
        assert!(esme.inbox.try_next().is_none());
        let text = &texts[usize::from(sequence) - 1];
        smsc.sends(&part("31612345678", 7, 3, sequence, text)).await.unwrap();
    }
    let whole = esme.next().await;
    assert_eq!(whole.text(), texts.concat());
    assert_eq!((whole.esm_class(), whole.short_message()), (0, &[][..]));
    assert_eq!(whole.source().digits, b"31612345678");
    // What has no parts goes its way as ever.
    let short = DeliverSm::builder().source("1").destination("100").short_message("hi");
    smsc.sends(&short.build().unwrap()).await.unwrap();
    assert_eq!(esme.next().await.body(), b"hi");
    is_empty(&gateway).await;
}

#[tokio::test]
async fn parts_that_come_together_are_one_message() {
    let (smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let pdus: Vec<_> = (1..=20).map(|sequence| part("1", 7, 20, sequence, "x")).collect();
    let sent = futures_util::future::join_all(pdus.iter().map(|pdu| smsc.sends(pdu))).await;
    assert_eq!(sent, vec![Ok(()); 20]);
    assert_eq!(esme.next().await.text(), "x".repeat(20));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn what_was_answered_is_completed_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (smsc, gateway) = pair(open(&folder).await).await;
    smsc.sends(&part("1", 7, 3, 1, "one ")).await.unwrap();
    smsc.sends(&part("1", 7, 3, 3, "three")).await.unwrap();
    drop(smsc);
    gateway.end().await;

    let (smsc, gateway) = pair(open(&folder).await).await;
    let mut esme = gateway.esme().await;
    // One whose answer was lost comes once more.
    smsc.sends(&part("1", 7, 3, 3, "three")).await.unwrap();
    smsc.sends(&part("1", 7, 3, 2, "two ")).await.unwrap();
    assert_eq!(esme.next().await.text(), "one two three");
    is_empty(&gateway).await;
}

#[tokio::test]
async fn two_replicas_put_one_message_together() {
    let server = RedisServer::start();
    let smsc = Smsc::start().await;
    let mut gateways = Vec::new();
    for _ in 0..2 {
        let up = bind("up", smsc.running.address);
        let gateway =
            Gateway::gathering(redis::store(&server).await, &[up], &settings(|_| {})).await;
        gateway.bound("up").await;
        gateways.push(gateway);
    }
    let mut esme = gateways[0].esme().await;
    // The SMSC sends to each of them in turn.
    let pdus: Vec<_> = (1..=6).map(|sequence| part("1", 7, 6, sequence, "ab")).collect();
    for pdu in &pdus[..4] {
        smsc.sends(pdu).await.unwrap();
    }
    let (fifth, sixth) = tokio::join!(smsc.sends(&pdus[4]), smsc.sends(&pdus[5]));
    assert_eq!((fifth, sixth), (Ok(()), Ok(())));
    assert_eq!(esme.next().await.text(), "ab".repeat(6));
    is_empty(&gateways[1]).await;
    for gateway in &gateways {
        assert!(gateway.spool.totals().accepted > 0, "only one of them had parts");
    }
}

/// A spool without sessions.
async fn alone(store: Store, reassembly: &ReassemblyConfig) -> Spool {
    let smpp = Smpp::default();
    smpp.set_routing(&by(&["up"]));
    smpp.set_reassembly(reassembly);
    Spool::start(store, smpp, SpoolConfig::default()).await.unwrap()
}

/// What waits for the ESME.
async fn waiting(spool: &Spool) -> Vec<DeliverSm> {
    let all = spool.list(&Lane::from("in:esme1"), None, 100).await.unwrap();
    all.into_iter().map(|Stored { record, .. }| record.unwrap().deliver_sm().unwrap()).collect()
}

async fn depth(spool: &Spool, lane: &str) -> u64 {
    let depths = spool.depths().await.unwrap();
    let depth = depths.iter().find(|depth| depth.lane.as_str() == lane);
    depth.map_or(0, |depth| depth.ready + depth.delayed + depth.leased)
}

#[tokio::test(start_paused = true)]
async fn what_waits_too_long_goes_on_as_it_came() {
    let spool = alone(Store::memory(), &settings(|it| it.timeout_ms = 60_000)).await;
    let (first, second) = (part("1", 7, 3, 1, "one"), part("1", 7, 3, 2, "two"));
    spool.deliver(&first).await.unwrap();
    tokio::time::sleep(Duration::from_secs(30)).await;
    spool.deliver(&second).await.unwrap();
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!((depth(&spool, "parts").await, waiting(&spool).await.len()), (2, 0));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(depth(&spool, "parts").await, 0);
    let bodies: Vec<_> = waiting(&spool).await.iter().map(|pdu| pdu.body().to_vec()).collect();
    assert_eq!(bodies, [first.body(), second.body()]);
    // The last one comes too late, and has its own time.
    spool.deliver(&part("1", 7, 3, 3, "three")).await.unwrap();
    assert_eq!((depth(&spool, "parts").await, waiting(&spool).await.len()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_whole_message_that_comes_once_more_is_not_delivered_again() {
    let store = Store::memory();
    let spool = alone(store.clone(), &settings(|_| {})).await;
    let parts = [part("1", 7, 2, 1, "one "), part("1", 7, 2, 2, "two")];
    for pdu in &parts {
        spool.deliver(pdu).await.unwrap();
    }
    spool.close();
    // The process is gone before its answer was sent: the SMSC sends the part again.
    let spool = alone(store, &settings(|_| {})).await;
    spool.deliver(&parts[1]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert_eq!((depth(&spool, "parts").await, waiting(&spool).await.len()), (0, 1));
    // The whole message again is another message.
    for pdu in &parts {
        spool.deliver(pdu).await.unwrap();
    }
    let texts: Vec<_> = waiting(&spool).await.iter().map(|pdu| pdu.text().into_owned()).collect();
    assert_eq!(texts, ["one two", "one two"]);
}

#[tokio::test]
async fn another_message_under_a_reference_stands_on_its_own() {
    let spool = alone(Store::memory(), &settings(|_| {})).await;
    spool.deliver(&part("1", 7, 2, 1, "old")).await.unwrap();
    spool.deliver(&part("1", 7, 2, 1, "new ")).await.unwrap();
    spool.deliver(&part("1", 7, 2, 2, "one")).await.unwrap();
    let texts: Vec<_> = waiting(&spool).await.iter().map(|pdu| pdu.text().into_owned()).collect();
    assert_eq!(texts, ["old", "new one"]);
    assert_eq!(depth(&spool, "parts").await, 0);
}

#[tokio::test]
async fn a_flood_pushes_out_nobody_else() {
    let config = settings(|it| (it.max_bytes, it.max_bytes_per_source) = (8_000, 4_096));
    let store = Store::memory();
    let spool = alone(store.clone(), &config).await;
    spool.deliver(&part("44", 7, 2, 1, "quiet ")).await.unwrap();
    for reference in 0..50 {
        spool.deliver(&part("1", reference, 2, 1, "flood")).await.unwrap();
    }
    let kept = depth(&spool, "parts").await;
    assert!((2..=5).contains(&kept), "{kept} parts take more than 4,096 octets");
    assert_eq!(waiting(&spool).await.len() as u64, 51 - kept, "none is lost");
    // What was there before a restart counts too.
    spool.close();
    let spool = alone(store, &config).await;
    for reference in 50..60 {
        spool.deliver(&part("1", reference, 2, 1, "flood")).await.unwrap();
    }
    assert_eq!(depth(&spool, "parts").await, kept);
    spool.deliver(&part("44", 7, 2, 2, "one")).await.unwrap();
    assert!(waiting(&spool).await.iter().any(|pdu| pdu.text() == "quiet one"));
}

#[tokio::test]
async fn without_reassembly_parts_go_on_as_they_came() {
    let (smsc, gateway) = super::pair(Store::memory()).await;
    let mut esme = soon(gateway.esme()).await;
    let pdu = part("1", 7, 2, 1, "one");
    smsc.sends(&pdu).await.unwrap();
    assert_eq!(esme.next().await.body(), pdu.body());
}
