//! `query_sm`, `cancel_sm`, `replace_sm`.

use wirepath_runtime::store::Store;
use wirepath_smpp::{CancelSm, MessageState, QuerySm, ReplaceSm, SendError, Status, SubmitSm};

use super::relay::{Esme, FIRST_ID, Gateway, Smsc, bind, by, message};
use crate::support::soon;

/// A gateway whose SMSC is down, and its ESME.
async fn waiting() -> (Gateway, Esme) {
    let nobody = bind("up", "127.0.0.1:1".parse().unwrap());
    let gateway = Gateway::start(Store::memory(), &[nobody], &by(&["up"])).await;
    let esme = gateway.esme().await;
    (gateway, esme)
}

fn query(id: &str) -> QuerySm {
    QuerySm::builder().message_id(id).source("SHOP").build().unwrap()
}

fn cancel(id: &str) -> CancelSm {
    CancelSm::builder().message_id(id).source("SHOP").build().unwrap()
}

async fn state(esme: &Esme, id: &str) -> MessageState {
    soon(esme.session.query_sm(&query(id))).await.unwrap().message_state
}

#[tokio::test]
async fn a_query_is_answered_on_the_way_and_after_the_end() {
    let smsc = Smsc::start().await;
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(Store::memory(), &[up], &by(&["up"])).await;
    gateway.bound("up").await;
    let mut esme = gateway.esme().await;
    let id = esme.submit(&message(1)).await.unwrap();
    assert_eq!(state(&esme, &id).await, MessageState::ENROUTE);
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap();
    esme.receipt().await;
    let answer = soon(esme.session.query_sm(&query(&id))).await.unwrap();
    assert_eq!(answer.message_state, MessageState::DELIVERED);
    assert!(answer.final_date.is_some());
    let others = QuerySm::builder().message_id(&id).source("SHIP").build().unwrap();
    for unknown in [query("4711000"), query("x"), others] {
        let error = soon(esme.session.query_sm(&unknown)).await.unwrap_err();
        assert_eq!(error, SendError::Rejected(Status::RQUERYFAIL));
    }
}

#[tokio::test]
async fn a_message_that_waits_can_be_cancelled_once() {
    let (gateway, mut esme) = waiting().await;
    let id = esme.submit(&message(1)).await.unwrap();
    soon(esme.session.cancel_sm(&cancel(&id))).await.unwrap();
    assert_eq!(esme.receipt().await, (id.clone(), MessageState::DELETED, "000".to_owned()));
    let error = soon(esme.session.cancel_sm(&cancel(&id))).await.unwrap_err();
    assert_eq!(error, SendError::Rejected(Status::RCANCELFAIL));
    assert_eq!(state(&esme, &id).await, MessageState::DELETED);
    drop(gateway);
}

#[tokio::test]
async fn all_between_two_addresses_can_be_cancelled() {
    let (gateway, esme) = waiting().await;
    for _ in 0..3 {
        esme.submit(&message(0)).await.unwrap();
    }
    let other = message(0).to_builder().destination("4711").build().unwrap();
    let other = esme.submit(&other).await.unwrap();
    let message = message(0);
    let all = CancelSm::builder().source(message.source()).destination(message.destination());
    soon(esme.session.cancel_sm(&all.build().unwrap())).await.unwrap();
    let depths = gateway.spool.depths().await.unwrap();
    assert_eq!(depths.iter().map(|depth| depth.ready + depth.leased).sum::<u64>(), 1);
    assert_eq!(state(&esme, &other).await, MessageState::ENROUTE);
}

#[tokio::test]
async fn a_message_that_waits_can_be_replaced() {
    let mut smsc = Smsc::start().await;
    let store = Store::memory();
    let (gateway, esme) = {
        let nobody = bind("up", "127.0.0.1:1".parse().unwrap());
        let gateway = Gateway::start(store.clone(), &[nobody], &by(&["up"])).await;
        let esme = gateway.esme().await;
        (gateway, esme)
    };
    let id = esme.submit(&message(0)).await.unwrap();
    let replace =
        ReplaceSm::builder().message_id(&id).source("SHOP").short_message("new").build().unwrap();
    soon(esme.session.replace_sm(&replace)).await.unwrap();
    gateway.spool.close();
    drop((gateway, esme));
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(store, &[up], &by(&["up"])).await;
    assert_eq!(smsc.got().await.body(), b"new");
    let esme = gateway.esme().await;
    let error = soon(esme.session.replace_sm(&replace)).await.unwrap_err();
    assert_eq!(error, SendError::Rejected(Status::RREPLACEFAIL));
}

#[tokio::test]
async fn a_message_may_stand_in_for_one_that_waits() {
    let (gateway, mut esme) = waiting().await;
    let first = esme.submit(&message(1)).await.unwrap();
    let again: SubmitSm = message(1).to_builder().replace_if_present_flag(1).build().unwrap();
    let second = esme.submit(&again).await.unwrap();
    assert_eq!(esme.receipt().await, (first, MessageState::DELETED, "000".to_owned()));
    assert_eq!(state(&esme, &second).await, MessageState::ENROUTE);
    drop(gateway);
}
