//! The rules, one by one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use wirepath_runtime::store::{
    Batch, Depth, Found, Item, ItemId, Lane, Store, StoreError, Subscription,
};

use super::{item, lease, lease_ids, nth};

/// To the millisecond, as records keep it.
fn now() -> SystemTime {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    UNIX_EPOCH + Duration::from_millis(ms as u64)
}

pub(super) async fn all_of_a_batch_or_nothing(store: Store) {
    let id = store.reserve(2).await.unwrap();
    store.commit(Batch::new().push(item(id, "a")).put("k", "1", None)).await.unwrap();
    let refused = Batch::new()
        .if_no_key("k")
        .put("k", "2", None)
        .put("l", "2", None)
        .remove(id)
        .push(item(nth(id, 1), "a"));
    assert!(!store.commit(refused.clone()).await.unwrap());
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "1");
    assert_eq!(store.get(b"l").await.unwrap(), None);
    assert!(store.item(id).await.unwrap().is_some());
    assert!(store.item(nth(id, 1)).await.unwrap().is_none());
    store.delete("k").await.unwrap();
    assert!(store.commit(refused).await.unwrap());
    assert_eq!(store.get(b"l").await.unwrap().unwrap(), "2");
    assert_eq!(lease_ids(&store, "a", 9).await, [id.0 + 1]);
}

pub(super) async fn every_guard(store: Store) {
    let id = store.reserve(2).await.unwrap();
    let (there, gone) = (id, nth(id, 1));
    store.commit(Batch::new().push(item(there, "a")).put("there", "", None)).await.unwrap();
    let holds = async |batch: Batch| store.commit(batch).await.unwrap();
    assert!(holds(Batch::new().if_key("there")).await);
    assert!(!holds(Batch::new().if_key("gone")).await);
    assert!(holds(Batch::new().if_no_key("gone")).await);
    assert!(!holds(Batch::new().if_no_key("there")).await);
    assert!(holds(Batch::new().if_item(there)).await);
    assert!(!holds(Batch::new().if_item(gone)).await);
    assert!(holds(Batch::new().if_no_item(gone)).await);
    assert!(!holds(Batch::new().if_no_item(there)).await);
    assert!(holds(Batch::new().if_free(there)).await);
    assert!(!holds(Batch::new().if_free(gone)).await);
    lease(&store, "a", 1).await;
    assert!(!holds(Batch::new().if_free(there)).await);
    assert!(holds(Batch::new().if_item(there)).await);
    // Guards look at what was before all writes.
    assert!(!holds(Batch::new().put("new", "", None).if_key("new")).await);
    assert_eq!(store.get(b"new").await.unwrap(), None);
}

pub(super) async fn writes_apply_in_their_order(store: Store) {
    let id = store.reserve(1).await.unwrap();
    let batch = Batch::new()
        .put("k", "1", None)
        .delete("k")
        .put("k", "2", None)
        .push(item(id, "a"))
        .remove(id)
        .push(item(id, "b"));
    assert!(store.commit(batch).await.unwrap());
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "2");
    assert_eq!(lease_ids(&store, "b", 9).await, [id.0]);
    assert!(store.list(&"a".into(), None, 9).await.unwrap().is_empty());
    store
        .commit(Batch::new().push(item(id, "a")).remove(id).put("k", "3", None).delete("k"))
        .await
        .unwrap();
    assert!(store.item(id).await.unwrap().is_none());
    assert_eq!(store.get(b"k").await.unwrap(), None);
}

pub(super) async fn by_priority_then_by_number(store: Store) {
    let first = store.reserve(40).await.unwrap();
    let mut batch = Batch::new();
    for n in (0..40).rev() {
        batch = batch.push(Item { priority: (n % 4) as u8, ..item(nth(first, n), "a") });
    }
    store.commit(batch).await.unwrap();
    let mut expected: Vec<u64> = (0..40).collect();
    expected.sort_by_key(|n| (3 - n % 4, *n));
    let mut leased = Vec::new();
    while leased.len() < 40 {
        let ids = lease_ids(&store, "a", 7).await;
        assert!(ids.len() <= 7);
        leased.extend(ids.into_iter().map(|id| id - first.0));
    }
    assert_eq!(leased, expected);
}

pub(super) async fn pushed_again_it_moves_and_its_lease_ends(store: Store) {
    let id = store.reserve(1).await.unwrap();
    let pushed = Item {
        priority: 2,
        due: now(),
        queued: now() - Duration::from_secs(5),
        attempts: 3,
        ..item(id, "a")
    };
    store.commit(Batch::new().push(pushed.clone())).await.unwrap();
    assert_eq!(lease(&store, "a", 1).await, std::slice::from_ref(&pushed));
    let moved = Item { lane: "b".into(), body: "new".into(), attempts: 4, ..pushed };
    store.commit(Batch::new().push(moved.clone())).await.unwrap();
    assert_eq!(
        store.item(id).await.unwrap(),
        Some(Found { item: moved.clone(), is_leased: false })
    );
    assert_eq!(lease(&store, "b", 1).await, std::slice::from_ref(&moved));
    assert!(store.list(&"a".into(), None, 9).await.unwrap().is_empty());
    // In its own lane too.
    store.commit(Batch::new().push(moved.clone())).await.unwrap();
    assert_eq!(lease(&store, "b", 1).await, [moved]);
    store.commit(Batch::new().remove(id)).await.unwrap();
    assert_eq!(store.item(id).await.unwrap(), None);
    assert_eq!(store.depths().await.unwrap(), []);
}

pub(super) async fn pushed_leased_it_is_hidden(store: Store) {
    let id = store.reserve(2).await.unwrap();
    let other = nth(id, 1);
    store.commit(Batch::new().push_leased(item(id, "a")).push(item(other, "a"))).await.unwrap();
    assert!(store.item(id).await.unwrap().unwrap().is_leased);
    assert!(!store.commit(Batch::new().if_free(id)).await.unwrap());
    assert_eq!(lease_ids(&store, "a", 9).await, [other.0]);
    store.release(&[id]);
    assert_eq!(lease_ids(&store, "a", 9).await, [id.0]);
    // The lease of another is taken over.
    store.commit(Batch::new().push_leased(item(id, "b"))).await.unwrap();
    assert!(store.item(id).await.unwrap().unwrap().is_leased);
    store.commit(Batch::new().push(item(id, "b"))).await.unwrap();
    assert_eq!(lease_ids(&store, "b", 9).await, [id.0]);
}

pub(super) async fn released_it_comes_back(store: Store) {
    let id = store.reserve(2).await.unwrap();
    let both = Batch::new().push(item(id, "a")).push(item(nth(id, 1), "a"));
    store.commit(both).await.unwrap();
    assert_eq!(lease_ids(&store, "a", 1).await, [id.0]);
    store.release(&[nth(id, 1), nth(id, 7)]); // not leased, not there
    store.release(&[id]);
    let mut ids = lease_ids(&store, "a", 9).await;
    while ids.len() < 2 {
        ids.extend(lease_ids(&store, "a", 9).await); // a release need not be there at once
    }
    ids.sort_unstable();
    assert_eq!(ids, [id.0, id.0 + 1]);
}

/// A release need not be there at once, and the lease that is taken meanwhile is not its business.
pub(super) async fn a_late_release_ends_no_lease(store: Store) {
    for _ in 0..200 {
        let id = store.reserve(1).await.unwrap();
        store.commit(Batch::new().push(item(id, "a"))).await.unwrap();
        store.release(&[id]); // not leased
        assert_eq!(lease_ids(&store, "a", 9).await, [id.0]);
        store.commit(Batch::new().delete("behind")).await.unwrap();
        assert!(store.item(id).await.unwrap().unwrap().is_leased);
    }
}

pub(super) async fn a_delayed_item_waits_until_it_is_due(store: Store) {
    let id = store.reserve(2).await.unwrap();
    let due = now() + Duration::from_millis(300);
    let later = Item { due, priority: 3, ..item(id, "a") };
    store.commit(Batch::new().push(later).push(item(nth(id, 1), "a"))).await.unwrap();
    assert_eq!(lease_ids(&store, "a", 9).await, [id.0 + 1]);
    let depths = store.depths().await.unwrap();
    assert_eq!((depths[0].ready, depths[0].delayed, depths[0].leased), (0, 1, 1));
    assert_eq!(lease_ids(&store, "a", 9).await, [id.0]);
    assert!(SystemTime::now() >= due);
}

pub(super) async fn an_earlier_item_wakes_who_waits(store: Store) {
    let id = store.reserve(2).await.unwrap();
    let far = Item { due: now() + Duration::from_secs(3_600), ..item(id, "a") };
    store.commit(Batch::new().push(far)).await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { lease_ids(&store, "a", 9).await }
    });
    tokio::task::yield_now().await;
    let near = Item { due: now() + Duration::from_millis(100), ..item(nth(id, 1), "a") };
    store.commit(Batch::new().push(near)).await.unwrap();
    assert_eq!(waiting.await.unwrap(), [id.0 + 1]);
}

pub(super) async fn keys_are_set_and_deleted(store: Store) {
    assert_eq!(store.get(b"k").await.unwrap(), None);
    store.put("k", "1", None).await.unwrap();
    store.put("k", "2", Some(Duration::from_secs(60))).await.unwrap();
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "2");
    assert!(!store.put_new("k", "3", None).await.unwrap());
    assert!(store.put_new(vec![0, 255, b'\r', b'\n'], vec![0, 1, 254], None).await.unwrap());
    assert_eq!(store.get(&[0, 255, b'\r', b'\n']).await.unwrap().unwrap(), &[0, 1, 254][..]);
    assert_eq!(store.take("k").await.unwrap().unwrap(), "2");
    assert_eq!(store.take("k").await.unwrap(), None);
    store.delete("k").await.unwrap();
    store.put("empty", "", None).await.unwrap();
    assert_eq!(store.get(b"empty").await.unwrap().unwrap(), "");
}

pub(super) async fn keys_grow(store: Store) {
    let append = |value: &'static str, ttl| Batch::new().append("k", value, ttl);
    let held = async || store.get(b"k").await.unwrap();
    store.commit(append("one", None).append("k", ", two", None)).await.unwrap();
    assert_eq!(held().await.unwrap(), "one, two");
    store.commit(append(", three", Some(Duration::from_secs(60)))).await.unwrap();
    assert_eq!(held().await.unwrap(), "one, two, three");
    store.commit(Batch::new().delete("k").append("k", "new", None)).await.unwrap();
    assert_eq!(held().await.unwrap(), "new");
    assert!(!store.commit(append("er", None).if_no_key("k")).await.unwrap());
    store.commit(append("er", Some(Duration::ZERO))).await.unwrap();
    assert_eq!(held().await, None);
    // Beyond the bound it begins anew.
    let half = Bytes::from(vec![b'x'; Batch::MAX_VALUE / 2]);
    for expected in [half.len(), 2 * half.len(), half.len()] {
        store.commit(Batch::new().append("k", half.clone(), None)).await.unwrap();
        assert_eq!(held().await.unwrap().len(), expected);
    }
}

pub(super) async fn keys_expire(store: Store) {
    let ttl = Duration::from_millis(200);
    let put =
        Batch::new().put("k", "1", Some(ttl)).put("for ever", "2", None).put("l", "3", Some(ttl));
    store.commit(put).await.unwrap();
    assert!(store.get(b"k").await.unwrap().is_some());
    // Set again, it lives as it was set last.
    store.put("l", "4", None).await.unwrap();
    // An item that is due when they have gone, for a clock.
    let id = store.reserve(1).await.unwrap();
    let clock = Item { due: now() + ttl * 2, ..item(id, "a") };
    store.commit(Batch::new().push(clock)).await.unwrap();
    lease(&store, "a", 1).await;
    assert_eq!(store.get(b"k").await.unwrap(), None);
    assert_eq!(store.get(b"l").await.unwrap().unwrap(), "4");
    assert_eq!(store.get(b"for ever").await.unwrap().unwrap(), "2");
    assert!(!store.commit(Batch::new().if_key("k")).await.unwrap());
    assert!(store.put_new("k", "5", None).await.unwrap());
}

pub(super) async fn numbers_are_given_once(store: Store) {
    let first = store.reserve(3).await.unwrap();
    assert!(first.0 > 0);
    assert!(store.reserve(1).await.unwrap().0 >= first.0 + 3);
    let many = store.reserve(3_000_000).await.unwrap();
    assert!(store.reserve(1).await.unwrap().0 >= many.0 + 3_000_000);
    for count in [0, u64::MAX] {
        assert!(matches!(store.reserve(count).await, Err(StoreError::Invalid(_))));
    }
}

pub(super) async fn lookups(store: Store) {
    let first = store.reserve(10).await.unwrap();
    let mut batch = Batch::new();
    for n in 0..10 {
        let due = now() + Duration::from_secs(3_600 * (n % 2));
        batch = batch.push(Item { due, priority: (n % 3) as u8, ..item(nth(first, n), "a") });
    }
    store.commit(batch).await.unwrap();
    lease(&store, "a", 2).await;
    let lane = Lane::from("a");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(&lane, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        assert!(page.len() <= 3);
        seen.extend(page.into_iter().map(|item| (item.id.0 - first.0, item.body)));
    }
    let expected: Vec<_> =
        (0..10).map(|n| (n, Bytes::from(format!("body of {}", first.0 + n)))).collect();
    assert_eq!(seen, expected);
    assert!(store.list(&lane, Some(ItemId(u64::MAX)), 3).await.unwrap().is_empty());
    assert!(store.list(&"b".into(), None, 3).await.unwrap().is_empty());
    assert!(store.lease(&lane, 0).await.unwrap().is_empty());
}

pub(super) async fn how_full_lanes_are(store: Store) {
    let first = store.reserve(5).await.unwrap();
    let old = now() - Duration::from_secs(100);
    let batch = Batch::new()
        .push(item(first, "b"))
        .push(Item { queued: old, ..item(nth(first, 1), "a") })
        .push(item(nth(first, 2), "a"))
        .push(Item { due: now() + Duration::from_secs(60), ..item(nth(first, 3), "a") });
    store.commit(batch).await.unwrap();
    assert_eq!(lease_ids(&store, "a", 1).await, [first.0 + 1]);
    let depths = store.depths().await.unwrap();
    assert_eq!(depths.len(), 2);
    let expected = Depth { lane: "a".into(), ready: 1, delayed: 1, leased: 1, oldest: Some(old) };
    assert_eq!(depths[0], expected);
    assert_eq!((depths[1].lane.as_str(), depths[1].ready), ("b", 1));
    store.commit(Batch::new().remove(nth(first, 1)).remove(first)).await.unwrap();
    let depths = store.depths().await.unwrap();
    assert_eq!((depths.len(), depths[0].leased), (1, 0));
    assert!(depths[0].oldest.unwrap() > old);
}

pub(super) async fn what_is_out_of_bounds_is_refused(store: Store) {
    let long = Lane::from("x".repeat(Lane::MAX + 1));
    let refused =
        store.commit(Batch::new().put("k", "v", None).push(item(ItemId(1), long.as_str())));
    assert!(matches!(refused.await, Err(StoreError::Invalid(_))));
    assert!(matches!(store.lease(&long, 1).await, Err(StoreError::Invalid(_))));
    assert_eq!(store.get(b"k").await.unwrap(), None);
}

pub(super) async fn the_bus(store: Store) {
    store.publish("t", "nobody listens".into()).await.unwrap();
    let mut one = store.subscribe("t").await.unwrap();
    let mut two = store.subscribe("t").await.unwrap();
    let mut other = store.subscribe("other").await.unwrap();
    store.publish("t", "first".into()).await.unwrap();
    store.publish("t", "second".into()).await.unwrap();
    store.publish("other", vec![0, 255].into()).await.unwrap();
    for subscription in [&mut one, &mut two] {
        assert_eq!(subscription.next().await.unwrap(), "first");
        assert_eq!(subscription.next().await.unwrap(), "second");
    }
    assert_eq!(other.next().await.unwrap(), &[0, 255][..]);
    drop(one);
    for n in 0..=Subscription::CAPACITY {
        store.publish("t", n.to_string().into()).await.unwrap();
    }
    for n in 0..Subscription::CAPACITY {
        assert_eq!(two.next().await.unwrap(), n.to_string());
    }
    // At a server, what does not fit may come after room was made: missed, or there.
    store.publish("other", "end".into()).await.unwrap();
    assert_eq!(other.next().await.unwrap(), "end");
    assert!(two.missed() <= 1);
}

pub(super) async fn handed_over_when_called(store: Store) {
    drop(store.commit(Batch::new().put("k", "1", None)));
    let later = store.commit(Batch::new().if_key("k").put("k", "2", None));
    store.commit(Batch::new().put("l", "", None)).await.unwrap();
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "2");
    assert!(later.await.unwrap());
}

pub(super) async fn each_by_itself(store: Store) {
    let id = store.reserve(1).await.unwrap();
    let batches = vec![
        Batch::new().put("a", "1", None),
        Batch::new().if_no_key("a").push(item(id, "lane")),
        Batch::new().put("", "no key", None),
        Batch::new().if_key("a").append("a", "2", None),
    ];
    let (told, heard) = tokio::sync::oneshot::channel();
    store.commit_each(batches, |outcomes| told.send(outcomes).unwrap());
    let outcomes = heard.await.unwrap();
    assert!(
        matches!(outcomes[..], [Ok(true), Ok(false), Err(StoreError::Invalid(_)), Ok(true)]),
        "{outcomes:?}"
    );
    assert_eq!(store.get(b"a").await.unwrap().unwrap(), "12");
    assert!(store.item(id).await.unwrap().is_none());
}
