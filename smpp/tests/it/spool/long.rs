//! Messages that go out in parts, and are one to their sender.

use wirepath_runtime::store::Store;
use wirepath_smpp::{
    MessageState, Status, SubmitSm, TlvList,
    config::{Split, SpoolConfig},
    long::Policy,
};

use super::{
    is_empty, pair,
    relay::{Gateway, Next, Smsc, bind, by, message, quick},
};

/// 400 characters: three parts.
fn long() -> (String, SubmitSm) {
    let text: String = ('a'..='z').cycle().take(400).collect();
    let tlvs = TlvList::new().message_payload(text.as_bytes());
    (text, message(1).to_builder().short_message("").tlvs(tlvs).build().unwrap())
}

#[tokio::test]
async fn a_long_message_goes_out_in_parts_and_has_one_receipt() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let (text, pdu) = long();
    let id = esme.submit(&pdu).await.unwrap();
    let mut joined = String::new();
    for number in 1..=3 {
        let part = smsc.got().await;
        assert_eq!(part.udh().unwrap()[4..], [3, number]);
        joined.push_str(&part.text());
    }
    assert_eq!(joined, text);
    for answered in ["101", "FF", "100"] {
        assert!(esme.inbox.try_next().is_none());
        smsc.tells(answered, MessageState::DELIVERED).await.unwrap();
    }
    let receipt = esme.next().await;
    let receipt = receipt.receipt().unwrap();
    assert_eq!(receipt.id(), Some(id.as_bytes()));
    assert_eq!((receipt.sub(), receipt.dlvrd()), (Some(&b"003"[..]), Some(&b"003"[..])));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn receipts_that_come_together_are_all_counted() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let id = esme.submit(&long().1).await.unwrap();
    for _ in 0..3 {
        smsc.got().await;
    }
    let tell = |answered| smsc.tells(answered, MessageState::DELIVERED);
    let (one, two, three) = tokio::join!(tell("FF"), tell("100"), tell("101"));
    assert_eq!((one, two, three), (Ok(()), Ok(()), Ok(())));
    assert_eq!(esme.receipt().await, (id, MessageState::DELIVERED, "042".to_owned()));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn what_has_gone_out_does_not_go_again() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let esme = gateway.esme().await;
    smsc.will([Next::Take, Next::Refuse(Status::RSYSERR)]);
    esme.submit(&long().1).await.unwrap();
    let mut numbers = Vec::new();
    for _ in 0..4 {
        numbers.push(smsc.got().await.udh().unwrap()[5]);
    }
    assert_eq!(numbers, [1, 2, 2, 3]);
}

#[tokio::test]
async fn the_first_part_that_fails_decides_if_the_policy_says_so() {
    let mut smsc = Smsc::start().await;
    let mut config: SpoolConfig = quick();
    config.long_receipts = Policy::All;
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start_with(Store::memory(), &[up], &by(&["up"]), config).await;
    gateway.bound("up").await;
    let mut esme = gateway.esme().await;
    let id = esme.submit(&long().1).await.unwrap();
    for _ in 0..3 {
        smsc.got().await;
    }
    smsc.tells("100", MessageState::UNDELIVERABLE).await.unwrap();
    assert_eq!(esme.receipt().await, (id, MessageState::UNDELIVERABLE, "042".to_owned()));
    // The others are still known, and say nothing more.
    smsc.tells("FF", MessageState::DELIVERED).await.unwrap();
    assert!(esme.inbox.try_next().is_none());
}

#[tokio::test]
async fn a_bind_whose_smsc_splits_gets_it_whole() {
    let mut smsc = Smsc::start().await;
    let mut up = bind("up", smsc.running.address);
    up.text.split = Split::Payload;
    let gateway = Gateway::start(Store::memory(), &[up], &by(&["up"])).await;
    let esme = gateway.esme().await;
    let (text, pdu) = long();
    esme.submit(&pdu).await.unwrap();
    assert_eq!(smsc.got().await.text(), text);
}
