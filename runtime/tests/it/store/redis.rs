//! The backend in Redis, at a server of the test's own.

mod damage;
mod lost;
mod proxy;
mod tls;

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use wirepath_runtime::store::{Batch, RedisOptions, Store, StoreError};
use wirepath_test_support::{RedisServer, free_port};

use super::{conformance, item, lease, lease_ids, nth};

/// A server of the test's own.
struct Server(RedisServer);

impl Server {
    /// One that every test may write to as fast as it can: none of them takes its machine's power away.
    fn start() -> Self {
        Self(RedisServer::with(|| vec!["--appendfsync".to_owned(), "everysec".to_owned()]))
    }

    fn options(&self) -> RedisOptions {
        RedisOptions::new(self.url().as_str())
    }

    async fn open(&self, options: RedisOptions) -> Store {
        Store::redis(options).await.unwrap()
    }
}

impl Deref for Server {
    type Target = RedisServer;

    fn deref(&self) -> &RedisServer {
        &self.0
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut RedisServer {
        &mut self.0
    }
}

async fn open() -> (Store, Server) {
    let server = Server::start();
    (server.open(server.options()).await, server)
}

conformance!(open);

fn prefix() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test]
async fn replicas_share_lanes_and_numbers_and_topics() {
    let server = Server::start();
    let (one, two) = (server.open(server.options()).await, server.open(server.options()).await);
    let first = one.reserve(10).await.unwrap();
    assert!(two.reserve(1).await.unwrap().0 >= first.0 + 10);
    let waiting = tokio::spawn({
        let two = two.clone();
        async move { lease_ids(&two, "a", 9).await }
    });
    let mut topic = two.subscribe("t").await.unwrap();
    one.commit(Batch::new().push(item(first, "a"))).await.unwrap();
    assert_eq!(waiting.await.unwrap(), [first.0]);
    // Only who has leased it gives it back.
    one.release(&[first]);
    one.commit(Batch::new().delete("behind")).await.unwrap();
    assert!(one.item(first).await.unwrap().unwrap().is_leased);
    two.release(&[first]);
    assert_eq!(lease_ids(&one, "a", 9).await, [first.0]);
    one.publish("t", "hello".into()).await.unwrap();
    assert_eq!(topic.next().await.unwrap(), "hello");
    // Stores of another prefix see nothing of it.
    let mut options = server.options();
    options.prefix = prefix();
    assert_eq!(server.open(options).await.depths().await.unwrap(), []);
}

#[tokio::test]
async fn what_a_dead_replica_has_leased_goes_to_others() {
    let server = Server::start();
    let mut options = server.options();
    options.replica_timeout = Duration::from_millis(600);
    let survivor = server.open(options.clone()).await;
    let first = survivor.reserve(3).await.unwrap();
    let batch = (0..3).fold(Batch::new(), |batch, n| batch.push(item(nth(first, n), "a")));
    survivor.commit(batch).await.unwrap();
    // It dies with its runtime: no goodbye, and no heartbeat any more.
    let dead = tokio::runtime::Runtime::new().unwrap();
    let opened = options.clone();
    let leased = dead.spawn(async move {
        let store = Store::redis(opened).await.unwrap();
        let ids = lease_ids(&store, "a", 2).await;
        std::mem::forget(store);
        ids
    });
    assert_eq!(leased.await.unwrap(), [first.0, first.0 + 1]);
    assert_eq!(lease_ids(&survivor, "a", 9).await, [first.0 + 2]);
    dead.shutdown_background();
    let mut back = lease_ids(&survivor, "a", 9).await;
    while back.len() < 2 {
        back.extend(lease_ids(&survivor, "a", 9).await);
    }
    assert_eq!(back, [first.0, first.0 + 1]);
    // What the living has leased stays its own.
    assert!(survivor.item(nth(first, 2)).await.unwrap().unwrap().is_leased);
}

#[tokio::test]
async fn who_leaves_gives_back_at_once() {
    let server = Server::start();
    let (one, two) = (server.open(server.options()).await, server.open(server.options()).await);
    let id = one.reserve(1).await.unwrap();
    one.commit(Batch::new().push(item(id, "a"))).await.unwrap();
    assert_eq!(lease_ids(&one, "a", 9).await, [id.0]);
    drop(one);
    assert_eq!(lease_ids(&two, "a", 9).await, [id.0]);
}

#[tokio::test]
async fn a_lost_server_fails_calls_in_time_and_is_found_again() {
    let mut server = Server::start();
    server.cli(&["config", "set", "appendfsync", "always"]);
    let mut options = server.options();
    options.call_timeout = Duration::from_millis(500);
    options.replica_timeout = Duration::from_millis(900);
    let store = server.open(options).await;
    let id = store.reserve(1).await.unwrap();
    store.commit(Batch::new().push(item(id, "a")).put("k", "v", None)).await.unwrap();
    server.kill();
    let begin = Instant::now();
    let error = store.commit(Batch::new().put("l", "v", None)).await.unwrap_err();
    let said = matches!(&error, StoreError::Uncertain { .. } | StoreError::Unavailable { .. });
    assert!(said, "{error:?}");
    assert!(store.get(b"k").await.is_err());
    assert!(begin.elapsed() < Duration::from_secs(5));
    server.restart();
    let until = Instant::now() + super::LIMIT;
    // The scripts are gone there too, and are loaded again.
    while store.commit(Batch::new().put("l", "v", None)).await.is_err() {
        assert!(Instant::now() < until);
    }
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "v");
    assert_eq!(lease(&store, "a", 9).await[0].id, id);
}

#[tokio::test]
async fn a_full_server_says_so() {
    let (store, server) = open().await;
    let id = store.reserve(1).await.unwrap();
    store.commit(Batch::new().push(item(id, "a"))).await.unwrap();
    server.cli(&["config", "set", "maxmemory", "1"]);
    let error = store.put("k", "v", None).await.unwrap_err();
    assert!(error.is_full(), "{error:?}");
    server.cli(&["config", "set", "maxmemory", "0"]);
    store.put("k", "v", None).await.unwrap();
}

#[tokio::test]
async fn a_bad_address_is_not_repeated() {
    let refused = Store::redis(RedisOptions::new("reddis://user:hunter2@host")).await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    assert!(refused.to_string().contains("expected `redis://"));
    let nobody = format!("redis://:hunter2@127.0.0.1:{}", free_port());
    let mut options = RedisOptions::new(nobody.as_str());
    options.call_timeout = Duration::from_millis(300);
    let refused = Store::redis(options.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable { .. }));
    assert!(!format!("{refused} {refused:?} {options:?}").contains("hunter2"));
    options.prefix = "{x}".to_owned();
    assert!(matches!(Store::redis(options).await, Err(StoreError::Invalid(_))));
}

#[tokio::test]
async fn batches_of_one_script_see_those_before_them() {
    let (store, _server) = open().await;
    store.put("0", "", None).await.unwrap();
    let first = store.reserve(600).await.unwrap();
    let step = |n: u64| {
        let batch = Batch::new().if_key(n.to_string()).delete(n.to_string());
        let batch = batch.put((n + 1).to_string(), "", None).if_no_key((n + 1).to_string());
        let id = nth(first, n / 2);
        match n % 2 {
            0 => batch.if_no_item(id).push(item(id, "a")),
            _ => batch.if_free(id).push_leased(item(id, "b")),
        }
    };
    let steps: Vec<_> =
        (0..600).flat_map(|n| [step(n), step(n)]).map(|step| store.commit(step)).collect();
    for (n, step) in steps.into_iter().enumerate() {
        assert_eq!(step.await.unwrap(), n % 2 == 0, "{n}");
    }
    assert!(store.get(b"600").await.unwrap().is_some());
    let depths = store.depths().await.unwrap();
    assert_eq!((depths.len(), depths[0].leased, depths[0].ready), (1, 300, 0));
}

#[tokio::test]
async fn what_a_dropped_call_has_leased_is_for_the_next_or_for_others() {
    let server = Server::start();
    let (one, two) = (server.open(server.options()).await, server.open(server.options()).await);
    let id = one.reserve(1).await.unwrap();
    one.commit(Batch::new().push(item(id, "a"))).await.unwrap();
    for taker in [&one, &two] {
        let lane = "a".into();
        let mut call = one.lease(&lane, 9);
        let polled = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        assert!(polled.is_pending());
        drop(call);
        assert_eq!(lease_ids(taker, "a", 9).await, [id.0]);
        taker.release(&[id]);
        taker.commit(Batch::new().delete("behind")).await.unwrap();
    }
}

#[tokio::test]
async fn a_full_server_still_removes() {
    let (store, server) = open().await;
    let first = store.reserve(2).await.unwrap();
    let batch = Batch::new().put("k", "v", None).push(item(first, "a"));
    store.commit(batch.push(item(nth(first, 1), "a"))).await.unwrap();
    server.cli(&["config", "set", "maxmemory", "1"]);
    // In one script, and in it behind what a full server allows.
    let removed = store.commit(Batch::new().remove(first).delete("k"));
    let refused = store.commit(Batch::new().remove(nth(first, 1)).put("l", "v", None));
    let not_held = store.commit(Batch::new().if_key("nowhere").put("l", "v", None));
    assert!(removed.await.unwrap());
    assert!(refused.await.unwrap_err().is_full());
    assert!(!not_held.await.unwrap());
    // Leases come and go all the same.
    assert_eq!(lease_ids(&store, "a", 9).await, [first.0 + 1]);
    store.release(&[nth(first, 1)]);
    assert_eq!(lease_ids(&store, "a", 9).await, [first.0 + 1]);
    server.cli(&["config", "set", "maxmemory", "0"]);
    assert_eq!(store.get(b"l").await.unwrap(), None);
}
