//! The backend on disk.

use std::path::Path;

use tempfile::TempDir;
use wirepath_runtime::store::{
    __engine::{Engine, Table, Writes},
    Batch, EmbeddedOptions, ItemId, Lane, Source, Store, StoreError,
};

use super::{conformance, item, lease, lease_ids, nth};

async fn open() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open_at(folder.path()), folder)
}

fn open_at(path: &Path) -> Store {
    Store::open(path, EmbeddedOptions::default()).unwrap()
}

conformance!(open);

/// As the rules, with bodies on disk alone.
mod without_cache {
    use super::*;

    async fn open() -> (Store, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Store::open(folder.path(), options(|options| options.cache_bytes = 0)).unwrap(), folder)
    }

    conformance!(open);
}

fn options(change: impl FnOnce(&mut EmbeddedOptions)) -> EmbeddedOptions {
    let mut options = EmbeddedOptions::default();
    change(&mut options);
    options
}

#[tokio::test]
async fn opened_again_it_holds_what_it_held_and_all_leases_are_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_at(folder.path());
    let first = store.reserve(5).await.unwrap();
    for n in 0..5 {
        store.commit(Batch::new().push(item(nth(first, n), "a"))).await.unwrap();
    }
    store.put("k", "v", None).await.unwrap();
    let leased = lease(&store, "a", 3).await;
    store.commit(Batch::new().remove(leased[0].id)).await.unwrap();
    drop(store);
    let store = open_at(folder.path());
    let again = lease(&store, "a", 9).await;
    assert_eq!(again.iter().map(|item| item.id.0 - first.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(again[..2], leased[1..]);
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "v");
    assert!(store.reserve(1).await.unwrap().0 >= first.0 + 5);
}

#[tokio::test]
async fn numbers_are_given_once_over_restarts_and_handles() {
    let folder = tempfile::tempdir().unwrap();
    let mut end = 0;
    for _ in 0..3 {
        let store = open_at(folder.path());
        for store in [store.clone(), store] {
            let first = store.reserve(700_000).await.unwrap().0;
            assert!(first >= end);
            end = first + 700_000;
        }
    }
}

#[tokio::test]
async fn what_was_handed_over_is_written_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_at(folder.path());
    for n in 1..=100 {
        drop(store.commit(Batch::new().push(item(ItemId(n), "a"))));
    }
    drop(store);
    let listed = open_at(folder.path()).list(&"a".into(), None, 999).await.unwrap().len();
    assert_eq!(listed, 100);
}

#[tokio::test]
async fn a_second_process_is_told_what_to_do() {
    let (_store, folder) = open().await;
    let error = Store::open(folder.path(), EmbeddedOptions::default()).unwrap_err();
    assert!(matches!(&error, StoreError::Locked { .. }));
    assert!(error.to_string().contains("in use by another process; stop that one"));
}

#[tokio::test]
async fn a_file_in_the_place_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, "").unwrap();
    let error = Store::open(&path, EmbeddedOptions::default()).unwrap_err().to_string();
    assert!(error.contains("there is a file in the place of the folder"), "{error}");
}

#[tokio::test]
async fn a_full_store_says_so_and_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options(|options| options.max_items = 3)).unwrap();
    let first = store.reserve(9).await.unwrap();
    for n in 0..3 {
        store.commit(Batch::new().push(item(nth(first, n), "a"))).await.unwrap();
    }
    let error = store.commit(Batch::new().push(item(nth(first, 3), "a"))).await.unwrap_err();
    assert!(error.is_full());
    assert_eq!(
        error.to_string(),
        "the store is full: it holds its limit of 3 items; let its lanes drain, or raise `store.max_items`"
    );
    // What moves takes no room, and what is removed gives some.
    assert!(store.commit(Batch::new().push(item(first, "b"))).await.unwrap());
    let swap = Batch::new().remove(first).push(item(nth(first, 3), "a"));
    assert!(store.commit(swap).await.unwrap());
    assert!(store.commit(Batch::new().remove(nth(first, 1))).await.unwrap());
    assert!(store.commit(Batch::new().push(item(nth(first, 4), "a"))).await.unwrap());
}

#[tokio::test]
async fn octets_are_bounded_too_and_counted_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let small = || options(|options| options.max_bytes = 2_000);
    let store = Store::open(folder.path(), small()).unwrap();
    store.put("k", vec![0; 900], None).await.unwrap();
    store.commit(Batch::new().push(super::Item::new(ItemId(1), "a", vec![0; 900]))).await.unwrap();
    drop(store);
    let store = Store::open(folder.path(), small()).unwrap();
    assert!(store.put("l", vec![0; 200], None).await.unwrap_err().is_full());
    store.put("k", vec![0; 800], None).await.unwrap(); // less than before
    store.delete("k").await.unwrap();
    store.put("l", vec![0; 200], None).await.unwrap();
    assert!(store.put("m", vec![0; 1_000], None).await.unwrap_err().is_full());
}

#[tokio::test]
async fn what_has_expired_makes_room_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), options(|options| options.max_bytes = 2_000)).unwrap();
    let ttl = Some(std::time::Duration::from_millis(1));
    store.put("k", vec![0; 900], ttl).await.unwrap();
    store.put("l", vec![0; 900], ttl).await.unwrap();
    let put_until_there_is_room = async {
        while let Err(error) = store.put("m", vec![0; 1_800], None).await {
            assert!(error.is_full(), "{error:?}");
        }
    };
    tokio::time::timeout(super::LIMIT, put_until_there_is_room).await.unwrap();
    assert_eq!(store.get(b"l").await.unwrap(), None);
}

/// Changes what stands on disk behind the store's back.
fn damage(path: &Path, change: impl FnOnce(&dyn Engine, &mut Writes)) {
    let mut writes = Writes::default();
    let engine =
        wirepath_runtime::store::__engine::open(path, &EmbeddedOptions::default()).unwrap();
    change(&*engine, &mut writes);
    engine.apply(&writes).unwrap();
}

#[tokio::test]
async fn damaged_records_are_moved_away_and_the_others_open() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_at(folder.path());
    let first = store.reserve(3).await.unwrap();
    for n in 0..3 {
        store.commit(Batch::new().push(item(nth(first, n), "a"))).await.unwrap();
    }
    store.put("k", "v", None).await.unwrap();
    drop(store);
    let key = nth(first, 1).0.to_be_bytes();
    damage(folder.path(), |engine, writes| {
        let record = engine.get(Table::Items, &key).unwrap().unwrap();
        writes.put(Table::Items, &key, &record[..record.len() - 1]);
        writes.put(Table::Items, b"no number", b"?");
        writes.put(Table::Keys, b"k", b"?");
        writes.put(Table::Meta, b"totals", b"?");
    });
    let store = open_at(folder.path());
    assert_eq!(lease_ids(&store, "a", 9).await, [first.0, first.0 + 2]);
    let error = store.get(b"k").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the stored record keys/k is damaged: it is shorter than a header"
    );
    assert!(store.put_new("k", "new", None).await.unwrap(), "it counts as absent");
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "new");
    assert!(
        store.reserve(1).await.unwrap().0 > first.0 + 2,
        "a number may be left out, not given twice"
    );
    drop(store);
    damage(folder.path(), |engine, _| {
        let mut moved = Vec::new();
        let mut each = |key: &[u8], _| {
            moved.push(key.escape_ascii().to_string());
            true
        };
        engine.scan(Table::Meta, b"damaged/", &mut each).unwrap();
        moved.retain(|key| key.starts_with("damaged/"));
        assert_eq!(moved.len(), 3, "{moved:?}");
    });
}

/// An engine whose disk is full.
struct Full(std::sync::Arc<dyn Engine>, std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Engine for Full {
    fn apply(&self, writes: &Writes) -> Result<(), Source> {
        if self.1.load(std::sync::atomic::Ordering::SeqCst) {
            let error = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(std::sync::Arc::new(error));
        }
        self.0.apply(writes)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<bytes::Bytes>, Source> {
        self.0.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        each: &mut dyn FnMut(&[u8], bytes::Bytes) -> bool,
    ) -> Result<(), Source> {
        self.0.scan(table, from, each)
    }
}

#[tokio::test]
async fn a_disk_that_fails_is_an_error_and_nothing_is_acknowledged_after_it() {
    use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};

    let folder = tempfile::tempdir().unwrap();
    let is_full = Arc::new(AtomicBool::new(false));
    let engine_full = is_full.clone();
    let store = Store::__open_with(folder.path(), EmbeddedOptions::default(), |path, options| {
        Ok(Arc::new(Full(wirepath_runtime::store::__engine::open(path, options)?, engine_full)))
    })
    .unwrap();
    store.commit(Batch::new().push(item(ItemId(1), "a"))).await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.lease(&Lane::from("empty"), 1).await }
    });
    is_full.store(true, Ordering::SeqCst);
    let error = store.commit(Batch::new().push(item(ItemId(2), "a"))).await.unwrap_err();
    assert!(error.is_uncertain());
    assert!(error.to_string().contains("mend the disk (space, quota, hardware) and restart"));
    assert!(matches!(waiting.await.unwrap(), Err(StoreError::Disk { .. })));
    is_full.store(false, Ordering::SeqCst);
    assert!(store.commit(Batch::new().put("k", "v", None)).await.is_err());
    assert!(store.item(ItemId(2)).await.is_err());
    drop(store);
    assert_eq!(lease_ids(&open_at(folder.path()), "a", 9).await, [1]);
}

/// Whoever is called holds the store, and nobody else does any more.
#[tokio::test]
async fn a_store_may_go_with_what_it_has_called() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_at(folder.path());
    let held = store.clone();
    let (alone, is_alone) = std::sync::mpsc::channel();
    let (told, heard) = tokio::sync::oneshot::channel();
    store.commit_each(vec![Batch::new().put("k", "v", None)], move |outcomes| {
        is_alone.recv().unwrap();
        drop(held);
        told.send(outcomes).unwrap();
    });
    drop(store);
    alone.send(()).unwrap();
    assert!(matches!(heard.await.unwrap()[..], [Ok(true)]));
    // The thread that was called from ends after that.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let store = loop {
        match Store::open(folder.path(), EmbeddedOptions::default()) {
            Ok(store) => break store,
            Err(error) => assert!(std::time::Instant::now() < deadline, "{error}"),
        }
        std::thread::yield_now();
    };
    assert_eq!(store.get(b"k").await.unwrap().unwrap(), "v");
}

/// What one fsync covers is one record, whoever wrote what of it.
#[tokio::test]
async fn a_key_that_grows_and_goes_in_one_group_counts_once() {
    let (store, _folder) = open().await;
    let append = |n: u32| Batch::new().append("block", format!("{n},"), None);
    let batches = (0..100).map(append).chain([
        Batch::new().put("gone", "1", None),
        Batch::new().delete("gone"),
        Batch::new().delete("again").put("again", "2", None),
    ]);
    let (told, heard) = tokio::sync::oneshot::channel();
    store.commit_each(batches.collect(), |outcomes| told.send(outcomes).unwrap());
    assert!(heard.await.unwrap().into_iter().all(|outcome| outcome.unwrap()));
    let expected: String = (0..100).map(|n| format!("{n},")).collect();
    assert_eq!(store.get(b"block").await.unwrap().unwrap(), expected);
    assert_eq!(store.get(b"gone").await.unwrap(), None);
    assert_eq!(store.get(b"again").await.unwrap().unwrap(), "2");
}
