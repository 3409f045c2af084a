//! A connection that is lost at a bad moment.

use std::time::{Duration, Instant};

use wirepath_runtime::store::{Batch, Store};

use super::super::{LIMIT, item, lease_ids};
use super::Server;
use super::proxy::Proxy;

/// It is not the heartbeat that brings anything back.
const AGES: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn what_a_lease_took_whose_answer_was_lost_comes_back() {
    let server = Server::start();
    let proxy = Proxy::start(server.port()).await;
    let mut options = server.options();
    options.url = format!("redis://127.0.0.1:{}", proxy.port).as_str().into();
    options.replica_timeout = AGES;
    let (store, witness) = (server.open(options).await, server.open(server.options()).await);
    let id = store.reserve(1).await.unwrap();
    store.commit(Batch::new().push(item(id, "a"))).await.unwrap();
    proxy.swallow();
    let leasing = tokio::spawn({
        let store = store.clone();
        async move { store.lease(&"a".into(), 9).await }
    });
    let until = Instant::now() + LIMIT;
    while !witness.item(id).await.unwrap().unwrap().is_leased {
        assert!(Instant::now() < until, "it was not leased");
    }
    proxy.cut();
    let error = leasing.await.unwrap().unwrap_err();
    assert!(error.is_uncertain(), "{error:?}");
    assert_eq!(lease_ids(&witness, "a", 9).await, [id.0]);
}

#[tokio::test]
async fn what_was_released_while_nobody_was_there_comes_back_by_itself() {
    let server = Server::start();
    let proxy = Proxy::start(server.port()).await;
    let mut options = server.options();
    options.url = format!("redis://127.0.0.1:{}", proxy.port).as_str().into();
    options.replica_timeout = AGES;
    options.call_timeout = Duration::from_millis(500);
    let witness = server.open(server.options()).await;
    let store: Store = server.open(options).await;
    let id = store.reserve(1).await.unwrap();
    store.commit(Batch::new().push(item(id, "a"))).await.unwrap();
    assert_eq!(lease_ids(&store, "a", 9).await, [id.0]);
    proxy.refuse();
    store.release(&[id]);
    assert!(store.get(b"k").await.is_err());
    assert!(witness.item(id).await.unwrap().unwrap().is_leased);
    proxy.cut();
    // Nobody calls the store any more.
    assert_eq!(lease_ids(&witness, "a", 9).await, [id.0]);
}
