//! The rules that many callers at once must not break.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tokio::task::JoinSet;
use wirepath_runtime::store::{Batch, ItemId, Lane, Store};

use super::{LIMIT, item, lease_ids, nth};

const ITEMS: u64 = 300;

pub(super) async fn a_push_wakes_who_waits(store: Store) {
    let first = store.reserve(20).await.unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        waiting.spawn(async move { lease_ids(&store, "a", 1).await });
    }
    tokio::task::yield_now().await;
    for n in 0..20 {
        store.commit(Batch::new().push(item(nth(first, n), "a"))).await.unwrap();
    }
    let mut leased: Vec<u64> = waiting.join_all().await.into_iter().flatten().collect();
    leased.sort_unstable();
    assert_eq!(leased, (first.0..first.0 + 20).collect::<Vec<_>>());
}

pub(super) async fn leased_to_one_at_a_time(store: Store) {
    let first = store.reserve(ITEMS).await.unwrap();
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let mut tasks = JoinSet::new();
    for task in 0..8u64 {
        let (store, seen) = (store.clone(), seen.clone());
        tasks.spawn(async move {
            for n in (0..ITEMS).filter(|n| n % 8 == task) {
                store.commit(Batch::new().push(item(nth(first, n), "a"))).await.unwrap();
            }
            let lane = Lane::from("a");
            while seen.lock().unwrap().len() < ITEMS as usize {
                // The last ones may have gone to others: nothing comes then.
                let lease = tokio::time::timeout(LIMIT / 20, store.lease(&lane, 5)).await;
                let Ok(items) = lease else { continue };
                for item in items.unwrap() {
                    assert!(seen.lock().unwrap().insert(item.id), "{} twice", item.id);
                    assert!(
                        store.commit(Batch::new().if_item(item.id).remove(item.id)).await.unwrap()
                    );
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(store.depths().await.unwrap(), []);
}

pub(super) async fn one_takes_a_key(store: Store) {
    for round in 0..20 {
        store.put("k", "v", None).await.unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let store = store.clone();
            tasks.spawn(async move { store.take("k").await.unwrap().is_some() });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1, "round {round}");
    }
}

pub(super) async fn dropped_calls_lose_nothing(store: Store) {
    let first = store.reserve(ITEMS).await.unwrap();
    let ids: Vec<ItemId> = (0..ITEMS).map(|n| nth(first, n)).collect();
    let pusher = tokio::spawn({
        let (store, ids) = (store.clone(), ids.clone());
        async move {
            for id in ids {
                store.commit(Batch::new().push(item(id, "a"))).await.unwrap();
            }
        }
    });
    let lane = Lane::from("a");
    let mut leased = BTreeSet::new();
    let mut patience = 1;
    while leased.len() < ITEMS as usize {
        // Polled some times, then dropped; with more patience every time, so that it ends.
        let mut lease = store.lease(&lane, 3);
        let mut polls = patience % 50;
        patience += 1;
        let given_up = std::future::poll_fn(|context| match lease.as_mut().poll(context) {
            Poll::Ready(items) => Poll::Ready(Some(items.unwrap())),
            Poll::Pending if polls == 0 => Poll::Ready(None),
            Poll::Pending => {
                polls -= 1;
                Poll::Pending
            }
        });
        let items = tokio::time::timeout(LIMIT / 200, given_up).await.ok().flatten();
        for item in items.unwrap_or_default() {
            assert!(leased.insert(item.id), "{} twice", item.id);
        }
    }
    pusher.await.unwrap();
    assert!(ids.iter().all(|id| leased.contains(id)));
}

pub(super) async fn numbers_never_overlap(store: Store) {
    let mut tasks = JoinSet::new();
    for count in 1..=8u64 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut ranges = Vec::new();
            for _ in 0..50 {
                ranges.push((store.reserve(count).await.unwrap().0, count));
            }
            ranges
        });
    }
    let mut ranges: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    ranges.sort_unstable();
    assert!(ranges.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
}
