//! What somebody else has written into the server.

use wirepath_runtime::store::{Batch, Store, StoreError};
use wirepath_test_support::{Book, Log};

use super::super::{item, lease_ids, nth};
use super::{Server, open};

fn damaged_key(error: &StoreError) -> &str {
    match error {
        StoreError::Damaged { key, .. } => key,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_item_that_is_damaged_is_named_and_harms_no_other() {
    let (store, server) = open().await;
    let log = Log::default();
    let _logging = log.listen();
    let first = store.reserve(2).await.unwrap();
    let sound = nth(first, 1);
    let field = format!("{:020}", first.0);
    let stored = |length: usize| "0000000000000003\u{1}a123456789abc"[..length].to_owned();
    let odd = ["", "x", "000000000000000x\u{1}a\u{1}23456789abcdef", "9999999999999999\u{7f}short"];
    let truncated = (0..30).map(stored);
    for value in odd.iter().map(|odd| (*odd).to_owned()).chain(truncated) {
        store.commit(Batch::new().push(item(first, "a")).push(item(sound, "a"))).await.unwrap();
        server.cli(&["HSET", "{wirepath}:items", &field, &value]);
        let _ = log.take();
        let error = store.item(first).await.unwrap_err();
        assert_eq!(damaged_key(&error), format!("{{wirepath}}:items {field}"), "{value:?}");
        assert!(log.take().contains(&field), "{value:?}");
        assert_eq!(store.list(&"a".into(), None, 9).await.unwrap().len(), 1, "{value:?}");
        assert_eq!(lease_ids(&store, "a", 9).await, [sound.0], "{value:?}");
        assert!(log.take().contains(&field), "{value:?}");
        store.depths().await.unwrap();
        // It is there, and can be taken out.
        let out = Batch::new().if_item(first).remove(first).remove(sound);
        assert!(store.commit(out).await.unwrap(), "{value:?}");
        assert_eq!(store.item(first).await.unwrap(), None, "{value:?}");
    }
}

#[tokio::test]
async fn an_item_whose_value_is_gone_is_passed_over() {
    let (store, server) = open().await;
    let first = store.reserve(2).await.unwrap();
    store.commit(Batch::new().push(item(first, "a")).push(item(nth(first, 1), "a"))).await.unwrap();
    server.cli(&["HDEL", "{wirepath}:items", &format!("{:020}", first.0)]);
    assert_eq!(lease_ids(&store, "a", 9).await, [first.0 + 1]);
    store.commit(Batch::new().remove(nth(first, 1))).await.unwrap();
    assert_eq!(store.depths().await.unwrap(), []);
}

#[tokio::test]
async fn a_key_of_another_kind_is_named_and_nothing_is_half_done() {
    let (store, server) = open().await;
    let log = Log::default();
    let _logging = log.listen();
    let id = store.reserve(1).await.unwrap();
    for key in ["items", "held", "out", "lanes", "replicas", "wait:a", "all:a", "leased:1"] {
        let key = format!("{{wirepath}}:{key}");
        server.cli(&["RENAME", &key, "aside"]);
        server.cli(&["SET", &key, "odd"]);
        let pushing = store.commit(Batch::new().put("k", "v", None).push_leased(item(id, "a")));
        // In the same script, and none of the trouble is its own.
        let other = store.commit(Batch::new().put("other", key.clone(), None));
        let error = pushing.await.unwrap_err();
        assert_eq!(damaged_key(&error), key);
        assert!(log.take().contains(&key), "{key}");
        assert_eq!(store.get(b"k").await.unwrap(), None, "{key}");
        match other.await {
            Ok(applied) => assert!(applied, "{key}"),
            Err(error) => assert_eq!(damaged_key(&error), key),
        }
        server.cli(&["DEL", &key]);
        server.cli(&["RENAME", "aside", &key]);
        assert!(store.commit(Batch::new().push_leased(item(id, "a"))).await.unwrap(), "{key}");
        store.commit(Batch::new().remove(id)).await.unwrap();
    }
    server.cli(&["LPUSH", "{wirepath}:k:l", "odd"]);
    assert_eq!(damaged_key(&store.get(b"l").await.unwrap_err()), "{wirepath}:k:l");
    assert!(log.take().contains("{wirepath}:k:l"));
    store.put("l", "v", None).await.unwrap();
    assert_eq!(store.get(b"l").await.unwrap().unwrap(), "v");
}

#[tokio::test]
async fn a_lane_that_is_damaged_keeps_no_other_waiting() {
    let (store, server) = open().await;
    let first = store.reserve(40).await.unwrap();
    server.cli(&["SET", "{wirepath}:wait:bad", "odd"]);
    let commits: Vec<_> = (0..40)
        .map(|n| {
            let lane = if n == 7 { "bad" } else { "good" };
            store.commit(Batch::new().push(item(nth(first, n), lane)))
        })
        .collect();
    for (n, commit) in commits.into_iter().enumerate() {
        match n {
            7 => assert_eq!(damaged_key(&commit.await.unwrap_err()), "{wirepath}:wait:bad"),
            _ => assert!(commit.await.unwrap(), "{n}"),
        }
    }
    assert!(store.lease(&"bad".into(), 1).await.is_err());
    assert_eq!(lease_ids(&store, "good", 99).await.len(), 39);
}

#[tokio::test]
async fn a_store_of_another_layout_is_not_read() {
    let server = Server::start();
    drop(server.open(server.options()).await);
    for (key, value) in [("layout", "1"), ("layout", "odd"), ("replica", "7")] {
        server.cli(&["DEL", "{wirepath}:layout"]);
        server.cli(&["SET", &format!("{{wirepath}}:{key}"), value]);
        let error = Store::redis(server.options()).await.unwrap_err();
        assert!(matches!(&error, StoreError::Invalid(_)), "{error:?}");
        assert!(error.to_string().contains("store.prefix"), "{error}");
    }
}

#[tokio::test]
async fn what_is_done_is_counted() {
    let book = &*Box::leak(Box::new(Book::default()));
    let _counting = metrics::set_default_local_recorder(book);
    let (store, server) = open().await;
    let before = book.read("wirepath_store_commits_total");
    for n in 0..5 {
        store.put("k", n.to_string(), None).await.unwrap();
    }
    assert!(!store.commit(Batch::new().if_no_key("k").delete("k")).await.unwrap());
    assert_eq!(book.read("wirepath_store_commits_total"), before + 6);
    assert_eq!(book.read("wirepath_store_commit_seconds"), before + 6);
    drop(server);
    // One that fails was answered too.
    assert!(store.put("k", "v", None).await.is_err());
    assert_eq!(book.read("wirepath_store_commits_total"), before + 7);
}
