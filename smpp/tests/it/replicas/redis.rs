//! The same at a Redis server of the test's own.

use std::collections::HashSet;

use futures_util::future::join_all;
use wirepath_smpp::{BindKind, SendError};
use wirepath_test_support::RedisServer;

use super::{Replica, bodies, message};
use crate::support::{redis::store, soon};

#[tokio::test]
async fn replicas_at_a_redis_server_reach_each_others_esmes() {
    let server = RedisServer::start();
    let one = Replica::new(&store(&server).await).await;
    let two = Replica::new(&store(&server).await).await;
    let esme = two.bound(BindKind::Receiver).await;
    // The subscription is made in the background; until it is there, nobody serves.
    soon(async {
        while one.to_esme().deliver_sm(&message("hi")).await == Err(SendError::NotBound) {}
    })
    .await;
    let texts = ["a", "b", "c"];
    for text in texts {
        soon(one.to_esme().deliver_sm(&message(text))).await.unwrap();
    }
    assert_eq!(bodies(&esme), [&b"hi"[..], b"a", b"b", b"c"]);
    assert_eq!(two.to_esme().session().unwrap().counters().sent, 4);
}

#[tokio::test]
async fn of_many_replicas_at_a_redis_server_one_sends() {
    let server = RedisServer::start();
    let one = Replica::new(&store(&server).await).await;
    let (mut others, mut esmes) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let other = Replica::new(&store(&server).await).await;
        esmes.push(other.bound(BindKind::Receiver).await);
        others.push(other);
    }
    let esme = one.to_esme();
    soon(async { while esme.deliver_sm(&message("0")).await == Err(SendError::NotBound) {} }).await;
    let texts: Vec<_> = (1..=500).map(|n| n.to_string()).collect();
    let all = texts.iter().map(async |text| esme.deliver_sm(&message(text)).await);
    for outcome in soon(join_all(all)).await {
        outcome.unwrap();
    }
    let got: Vec<_> = esmes.iter().flat_map(bodies).collect();
    assert_eq!((got.len(), got.iter().collect::<HashSet<_>>().len()), (501, 501));
}

#[tokio::test]
async fn a_redis_server_that_is_gone_is_said_so_and_found_again() {
    let mut server = RedisServer::start();
    let one = Replica::new(&store(&server).await).await;
    let two = Replica::new(&store(&server).await).await;
    let esme = two.bound(BindKind::Transceiver).await;
    soon(async {
        while one.to_esme().deliver_sm(&message("before")).await == Err(SendError::NotBound) {}
    })
    .await;
    server.kill();
    let error = soon(one.to_esme().deliver_sm(&message("meanwhile"))).await.unwrap_err();
    assert_eq!(error, SendError::Unreachable);
    assert!(!error.may_have_arrived());
    server.restart();
    soon(async { while one.to_esme().deliver_sm(&message("after")).await.is_err() {} }).await;
    assert_eq!(bodies(&esme), [&b"before"[..], b"after"]);
}
