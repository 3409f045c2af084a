//! Items in memory, by number.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::by_id::ById;
use super::time::{floor_ms, from_ms};
use super::{Item, ItemId, Lane};

const SHARDS: usize = 64;

/// What is known of items. In shards, each with a lock of its own that is held for one step: whoever looks an item up does not wait for
/// whoever decides about others.
#[derive(Debug)]
pub(super) struct Items {
    shards: Box<[Mutex<ById<Entry>>]>,
    /// What the bodies that are kept here cost.
    kept: AtomicU64,
}

/// An item.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) meta: Meta,
    /// `None` if it is on disk alone.
    body: Option<Bytes>,
    /// Where the index has its lane.
    pub(super) place: u32,
    /// Somebody has it.
    pub(super) is_leased: bool,
    /// It is durable; before, nobody can have it.
    pub(super) is_settled: bool,
}

/// What is known of an item without its body. Times in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) lane: Lane,
    pub(super) priority: u8,
    pub(super) due: u64,
    pub(super) queued: u64,
    pub(super) attempts: u32,
    /// Octets that its record takes.
    pub(super) octets: u32,
}

/// An item that is there, or its number if its body is on disk alone.
pub(super) type Looked = Result<Item, ItemId>;

impl Default for Items {
    fn default() -> Self {
        let shards = std::iter::repeat_with(Mutex::default).take(SHARDS).collect();
        Self { shards, kept: AtomicU64::new(0) }
    }
}

impl Items {
    /// Puts an item in place of the one that has its number, and gives that.
    pub(super) fn insert(&self, id: ItemId, entry: Entry) -> Option<Entry> {
        self.kept.fetch_add(entry.cost(), Ordering::Relaxed);
        let before = self.shard(id).insert(id, entry);
        self.left(before)
    }

    pub(super) fn remove(&self, id: ItemId) -> Option<Entry> {
        let entry = self.shard(id).remove(&id);
        self.left(entry)
    }

    /// Does something with an item, if it is there. What is done waits for nothing.
    pub(super) fn with<T>(&self, id: ItemId, with: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.shard(id).get_mut(&id).map(with)
    }

    /// An item, and whether somebody has it.
    pub(super) fn find(&self, id: ItemId) -> Option<(Looked, bool)> {
        self.with(id, |entry| (entry.look(id), entry.is_leased))
    }

    /// What the bodies that are kept cost, in octets.
    pub(super) fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// An item is durable: its body stays if all that are kept cost no more than `limit`.
    pub(super) fn keep(&self, entry: &mut Entry, limit: u64) {
        if self.kept() > limit {
            self.kept.fetch_sub(entry.cost(), Ordering::Relaxed);
            entry.body = None;
        }
    }

    fn left(&self, entry: Option<Entry>) -> Option<Entry> {
        let cost = entry.as_ref().map_or(0, Entry::cost);
        self.kept.fetch_sub(cost, Ordering::Relaxed);
        entry
    }

    fn shard(&self, id: ItemId) -> MutexGuard<'_, ById<Entry>> {
        // There is one for every remainder.
        let shard = &self.shards[(id.0 % SHARDS as u64) as usize];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    pub(super) fn new(meta: Meta, body: Option<Bytes>, place: u32, is_leased: bool) -> Self {
        Self { meta, body, place, is_leased, is_settled: false }
    }

    /// Durable, and nobody has it.
    pub(super) fn waits(&self) -> bool {
        self.is_settled && !self.is_leased
    }

    pub(super) fn look(&self, id: ItemId) -> Looked {
        self.body.as_ref().map(|body| self.meta.item(id, body.clone())).ok_or(id)
    }

    /// What its body costs in memory, in octets.
    fn cost(&self) -> u64 {
        self.body.as_ref().map_or(0, |body| body.len() as u64 + 64)
    }
}

impl Meta {
    pub(super) fn of(item: &Item, octets: u32) -> Self {
        Self {
            lane: item.lane.clone(),
            priority: item.priority,
            due: floor_ms(item.due),
            queued: floor_ms(item.queued),
            attempts: item.attempts,
            octets,
        }
    }

    fn item(&self, id: ItemId, body: Bytes) -> Item {
        Item {
            id,
            lane: self.lane.clone(),
            priority: self.priority,
            due: from_ms(self.due),
            queued: from_ms(self.queued),
            attempts: self.attempts,
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(body: &'static [u8]) -> Entry {
        let meta =
            Meta { lane: "a".into(), priority: 0, due: 0, queued: 0, attempts: 0, octets: 0 };
        Entry::new(meta, Some(Bytes::from_static(body)), 0, false)
    }

    #[test]
    fn what_is_kept_is_counted() {
        let items = Items::default();
        assert!(items.insert(ItemId(1), entry(b"123")).is_none());
        assert!(items.insert(ItemId(65), entry(b"1234")).is_none());
        assert_eq!(items.kept(), 67 + 68);
        assert!(items.insert(ItemId(1), entry(b"1")).is_some());
        assert_eq!(items.kept(), 65 + 68);
        items.with(ItemId(65), |entry| items.keep(entry, 65 + 68)).unwrap();
        assert_eq!(items.find(ItemId(65)).unwrap().0.unwrap().body, "1234");
        items.with(ItemId(65), |entry| items.keep(entry, 65 + 67)).unwrap();
        assert_eq!(items.find(ItemId(65)).unwrap().0, Err(ItemId(65)));
        assert_eq!(items.kept(), 65);
        assert!(items.remove(ItemId(1)).is_some() && items.remove(ItemId(65)).is_some());
        assert_eq!(items.kept(), 0);
        assert!(items.remove(ItemId(1)).is_none() && items.find(ItemId(1)).is_none());
    }
}
