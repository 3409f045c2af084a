//! `submit_multi`: one message for many.

use std::collections::BTreeMap;

use wirepath_runtime::store::Store;
use wirepath_smpp::{
    Address, CancelSm, Destination, MessageState, QuerySm, SendError, Status, SubmitMulti,
    SubmitMultiResp,
    config::{RoutingConfig, Rule, Step},
};

use super::{
    is_empty,
    relay::{Esme, Gateway, Smsc, bind, by, message},
};
use crate::support::soon;

fn multi(destinations: &[Destination<'_>]) -> SubmitMulti {
    SubmitMulti::builder()
        .source("SHOP")
        .destinations(destinations)
        .registered_delivery(1)
        .short_message("hi all")
        .build()
        .unwrap()
}

fn to(digits: &str) -> Destination<'_> {
    Destination::Sme(Address::international(digits))
}

async fn submit(esme: &Esme, pdu: &SubmitMulti) -> Result<SubmitMultiResp, Status> {
    match soon(esme.session.submit_multi(pdu)).await {
        Ok(answer) => Ok(answer),
        Err(SendError::Rejected(status)) => Err(status),
        Err(error) => panic!("{error}"),
    }
}

async fn state(esme: &Esme, id: &str) -> Result<MessageState, SendError> {
    let query = QuerySm::builder().message_id(id).source("SHOP").build().unwrap();
    soon(esme.session.query_sm(&query)).await.map(|answer| answer.message_state)
}

/// Only what begins with 31 has a way.
fn dutch() -> RoutingConfig {
    let mut routing = RoutingConfig::default();
    let mut rule = Rule::new("31");
    rule.chain = vec![Step::Bind("up".to_owned())];
    routing.rules = vec![rule];
    routing
}

/// A gateway whose SMSC is down, and its ESME.
async fn waiting(store: Store) -> (Gateway, Esme) {
    let nobody = bind("up", "127.0.0.1:1".parse().unwrap());
    let gateway = Gateway::start(store, &[nobody], &dutch()).await;
    let esme = gateway.esme().await;
    (gateway, esme)
}

#[tokio::test]
async fn each_recipient_has_a_message_and_a_receipt_and_all_have_one_number() {
    let mut smsc = Smsc::start().await;
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(Store::memory(), &[up], &dutch()).await;
    gateway.bound("up").await;
    let mut esme = gateway.esme().await;
    let list = Destination::List(b"friends");
    let pdu = multi(&[to("31612345678"), list, to("4477"), to("31612345679")]);
    let answer = submit(&esme, &pdu).await.unwrap();
    let id = answer.message_id.as_str().unwrap().to_owned();
    let refused: Vec<_> =
        answer.unsuccess.iter().map(|it| (it.address.digits, it.status)).collect();
    assert_eq!(refused, [(&b"friends"[..], Status::RINVDLNAME), (b"4477", Status::RINVDSTADR)]);

    let mut expected = BTreeMap::new();
    let ends = [("FF", MessageState::DELIVERED), ("100", MessageState::UNDELIVERABLE)];
    for (_, state) in ends {
        let sent = smsc.got().await;
        assert_eq!((sent.source().digits, sent.body()), (&b"SHOP"[..], &b"hi all"[..]));
        expected.insert(sent.destination().digits.to_vec(), state);
    }
    assert_eq!(expected.len(), 2);
    assert_eq!(state(&esme, &id).await, Ok(MessageState::ENROUTE));
    let mut told = BTreeMap::new();
    for (answered, state) in ends {
        smsc.tells(answered, state).await.unwrap();
        let pdu = esme.next().await;
        let receipt = pdu.receipt().unwrap();
        assert_eq!(receipt.id(), Some(id.as_bytes()));
        told.insert(pdu.source().digits.to_vec(), receipt.state().unwrap());
    }
    assert_eq!(told, expected);
    is_empty(&gateway).await;
    // The first that did not arrive is what is said of all.
    assert_eq!(state(&esme, &id).await, Ok(MessageState::UNDELIVERABLE));
    assert_eq!(gateway.spool.totals().accepted, 2);
}

#[tokio::test]
async fn what_nobody_gets_is_refused() {
    let (gateway, esme) = waiting(Store::memory()).await;
    let list = Destination::List(b"friends");
    for (destinations, status) in [
        (vec![list, list], Status::RINVDLNAME),
        (vec![to("44"), to("45")], Status::RINVDSTADR),
        (vec![list, to("44")], Status::RSUBMITFAIL),
        (vec![to("31"); 255], Status::RINVNUMDESTS),
    ] {
        assert_eq!(submit(&esme, &multi(&destinations)).await, Err(status));
    }
    is_empty(&gateway).await;
    let all = submit(&esme, &multi(&[to("31"); 254])).await.unwrap();
    assert!(all.unsuccess.is_empty());
    let depths = gateway.spool.depths().await.unwrap();
    assert_eq!(depths.iter().map(|depth| depth.ready).sum::<u64>(), 254);
}

#[tokio::test]
async fn one_of_them_or_all_can_be_cancelled() {
    let (_gateway, mut esme) = waiting(Store::memory()).await;
    let pdu = multi(&[to("311"), to("312"), to("313")]);
    let id = submit(&esme, &pdu).await.unwrap().message_id;
    let id = id.as_str().unwrap();
    // Another number, and none of these.
    let single = message(1).to_builder().destination("313").build().unwrap();
    let single = esme.submit(&single).await.unwrap();
    let cancel = |to: &str| {
        let pdu = CancelSm::builder().message_id(id).source("SHOP");
        pdu.destination(Address::international(to)).build().unwrap()
    };
    soon(esme.session.cancel_sm(&cancel("312"))).await.unwrap();
    let receipt = esme.next().await;
    assert_eq!(receipt.source().digits, b"312");
    assert_eq!(receipt.receipt().unwrap().state(), Some(MessageState::DELETED));
    let again = soon(esme.session.cancel_sm(&cancel("312"))).await;
    assert_eq!(again, Err(SendError::Rejected(Status::RCANCELFAIL)));
    assert_eq!(state(&esme, id).await, Ok(MessageState::ENROUTE));
    soon(esme.session.cancel_sm(&cancel(""))).await.unwrap();
    for _ in 0..2 {
        assert_eq!(esme.receipt().await.0, id);
    }
    assert_eq!(state(&esme, id).await, Ok(MessageState::DELETED));
    assert_eq!(state(&esme, &single).await, Ok(MessageState::ENROUTE));
}

#[tokio::test]
async fn a_restart_loses_none_of_them_nor_their_number() {
    let store = Store::memory();
    let (gateway, esme) = waiting(store.clone()).await;
    let pdu = multi(&[to("311"), to("312")]);
    let id = submit(&esme, &pdu).await.unwrap().message_id;
    drop(esme);
    gateway.end().await;
    let mut smsc = Smsc::start().await;
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(store, &[up], &by(&["up"])).await;
    for _ in 0..2 {
        smsc.got().await;
    }
    let mut esme = gateway.esme().await;
    smsc.tells("FF", MessageState::DELIVERED).await.unwrap();
    assert_eq!(esme.receipt().await.0, id.as_str().unwrap());
}
