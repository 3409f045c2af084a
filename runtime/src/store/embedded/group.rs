//! Batches that reach the disk together.

use std::collections::HashMap;

use bytes::Bytes;

use super::engine::{Table, Writes};
use super::state::{Shared, State};
use crate::store::batch::appended;
use crate::store::by_id::ById;
use crate::store::index::{Meta, Wake};
use crate::store::record::{
    Record, Totals, decode_value, encode, encode_item, encode_value, item_key,
};
use crate::store::time::duration_ms;
use crate::store::{Batch, Guard, Item, ItemId, Op, StoreError};

/// The key under which the totals stand in the table `meta`.
pub(super) const TOTALS: &[u8] = b"totals";

/// What a group of batches comes to. Later batches see what earlier ones do; memory is changed at once, and what was pushed can
/// be leased when it is durable.
#[derive(Default)]
pub(super) struct Group {
    pub(super) writes: Writes,
    /// The write of each item that is touched.
    items: ById<usize>,
    keys: HashMap<Bytes, Key>,
    pushed: Vec<ItemId>,
    totals_before: Totals,
}

/// A key that is touched.
#[derive(Default)]
struct Key {
    /// Octets that it takes now; 0 if it is not there.
    octets: u64,
    /// 0 for never.
    expires: u64,
    write: Option<usize>,
    /// What it holds now.
    value: Bytes,
    /// There was no record of it before this group.
    is_new: bool,
}

impl Key {
    fn is_live(&self, now: u64) -> bool {
        self.octets > 0 && (self.expires == 0 || now < self.expires)
    }
}

impl Group {
    pub(super) fn begin(&mut self, totals: Totals) {
        self.writes.clear();
        self.items.clear();
        self.keys.clear();
        self.pushed.clear();
        self.totals_before = totals;
    }

    /// Reads the keys that a batch is about, before anything is locked.
    pub(super) fn look_up(&mut self, shared: &Shared, batch: &Batch) -> Result<(), StoreError> {
        for guard in &batch.guards {
            if let Guard::KeyPresent(key) | Guard::KeyAbsent(key) = guard {
                self.look_up_key(shared, key)?;
            }
        }
        for op in &batch.ops {
            if let Op::Put { key, .. } | Op::Append { key, .. } | Op::Delete { key } = op {
                self.look_up_key(shared, key)?;
            }
        }
        Ok(())
    }

    fn look_up_key(&mut self, shared: &Shared, key: &Bytes) -> Result<(), StoreError> {
        if self.keys.contains_key(key) {
            return Ok(());
        }
        let record = shared.engine.get(Table::Keys, key);
        let mut found = Key::default();
        match record.map_err(|error| shared.read_error(error))? {
            None => found.is_new = true,
            Some(record) => {
                found.octets = key_octets(key, record.len());
                match decode_value(key, record) {
                    Ok((value, expires)) => (found.value, found.expires) = (value, expires),
                    // Damaged, it is not there. The sweep moves it out of the way, unless this batch writes another in its place.
                    Err(_) => found.expires = 1,
                }
            }
        }
        self.keys.insert(key.clone(), found);
        Ok(())
    }

    /// Applies a batch if its guards hold. Its keys have been looked up.
    pub(super) fn admit(
        &mut self,
        shared: &Shared,
        state: &mut State,
        batch: Batch,
        now: u64,
    ) -> Result<bool, StoreError> {
        if !batch.guards.iter().all(|guard| self.holds(state, guard, now)) {
            return Ok(false);
        }
        if batch.takes_room() {
            self.check_room(shared, state, &batch)?;
        }
        for op in batch.ops {
            let expiry =
                |ttl: Option<_>| ttl.map_or(0, |ttl| now.saturating_add(duration_ms(ttl)).max(1));
            match op {
                Op::Put { key, value, ttl } => self.put(state, key, value, expiry(ttl)),
                Op::Append { key, value, ttl } => {
                    let held = self.keys.get(&key).filter(|key| key.is_live(now));
                    let value = appended(held.map(|key| &key.value), value);
                    self.put(state, key, value, expiry(ttl));
                }
                Op::Delete { key } => self.delete(state, &key),
                Op::Push(item) => self.push(state, item, false),
                Op::PushLeased(item) => self.push(state, item, true),
                Op::Remove(id) => self.remove(state, id),
            }
        }
        Ok(true)
    }

    fn holds(&self, state: &State, guard: &Guard, now: u64) -> bool {
        let is_live = |key| self.keys.get(key).is_some_and(|key: &Key| key.is_live(now));
        match guard {
            Guard::KeyPresent(key) => is_live(key),
            Guard::KeyAbsent(key) => !is_live(key),
            Guard::ItemPresent(id) => state.index.meta(*id).is_some(),
            Guard::ItemAbsent(id) => state.index.meta(*id).is_none(),
            Guard::ItemFree(id) => state.index.is_free(*id),
        }
    }

    /// What replaces something of its size fits into a full store too: a message that is put off must not be lost for it.
    fn check_room(&self, shared: &Shared, state: &State, batch: &Batch) -> Result<(), StoreError> {
        let (mut octets, mut items) = (0i64, 0i64);
        for op in &batch.ops {
            let (added, removed) = match op {
                Op::Push(item) | Op::PushLeased(item) => {
                    let before = state.index.meta(item.id);
                    items += i64::from(before.is_none());
                    let size = item.body.len() + item.lane.as_str().len() + ITEM_OVERHEAD;
                    (size as u64, before.map_or(0, |meta| u64::from(meta.octets)))
                }
                Op::Remove(id) => {
                    let before = state.index.meta(*id);
                    items -= i64::from(before.is_some());
                    (0, before.map_or(0, |meta| u64::from(meta.octets)))
                }
                Op::Put { key, value, .. } => {
                    let size = key_octets(key, value.len() + VALUE_OVERHEAD);
                    (size, self.keys.get(key).map_or(0, |key| key.octets))
                }
                Op::Append { key, value, .. } => {
                    let is_there = self.keys.get(key).is_some_and(|key| key.octets > 0);
                    let more = if is_there { 0 } else { key.len() + VALUE_OVERHEAD };
                    ((value.len() + more) as u64, 0)
                }
                Op::Delete { key } => (0, self.keys.get(key).map_or(0, |key| key.octets)),
            };
            octets = octets.saturating_add_unsigned(added).saturating_sub_unsigned(removed);
        }
        let full = |what, limit, key| Err(StoreError::Full { what, limit, key });
        let options = &shared.options;
        let after = (state.index.len() as u64).saturating_add_signed(items);
        if items > 0 && after > options.max_items {
            return full("items", options.max_items, "store.max_items");
        }
        let held = state.index.octets().saturating_add(state.totals.key_octets);
        if octets > 0 && held.saturating_add_signed(octets) > options.max_bytes {
            return full("octets", options.max_bytes, "store.max_bytes");
        }
        Ok(())
    }

    fn put(&mut self, state: &mut State, key: Bytes, value: Bytes, expires: u64) {
        self.delete(state, &key);
        let Some(held) = self.keys.get_mut(&key) else { return }; // looked up before
        let is_new = held.is_new;
        let write = held.write.get_or_insert_with(|| self.writes.add(Table::Keys, &key, is_new));
        let len = self.writes.record(*write, |out| encode_value(&key, &value, expires, out));
        held.octets = key_octets(&key, len);
        (held.expires, held.value) = (expires, value);
        state.totals.keys += 1;
        state.totals.key_octets = state.totals.key_octets.saturating_add(held.octets);
    }

    pub(super) fn delete(&mut self, state: &mut State, key: &Bytes) {
        let Some(held) = self.keys.get_mut(key) else { return };
        if held.octets == 0 {
            return;
        }
        state.totals.keys = state.totals.keys.saturating_sub(1);
        state.totals.key_octets = state.totals.key_octets.saturating_sub(held.octets);
        held.octets = 0;
        let write = held.write.get_or_insert_with(|| self.writes.add(Table::Keys, key, false));
        self.writes.erase(*write);
    }

    /// Deletes a key whose record the sweep has just read, if it is not one that a batch of this group is about.
    pub(super) fn sweep(&mut self, state: &mut State, key: Bytes, len: usize) {
        let octets = key_octets(&key, len);
        let gone = Key { octets, expires: 1, ..Key::default() };
        self.keys.entry(key.clone()).or_insert(gone);
        self.delete(state, &key);
    }

    fn push(&mut self, state: &mut State, item: Item, leased: bool) {
        let id = item.id;
        let is_new = state.index.meta(id).is_none();
        let add = || self.writes.add(Table::Items, &item_key(id), is_new);
        let write = *self.items.entry(id).or_insert_with(add);
        let len = self.writes.record(write, |out| encode_item(&item, out));
        let octets = u32::try_from(len + 8).unwrap_or(u32::MAX);
        state.index.push(id, Meta::of(&item, octets), leased);
        state.bodies.insert(id, item.body);
        self.pushed.push(id);
    }

    fn remove(&mut self, state: &mut State, id: ItemId) {
        if state.index.remove(id).is_none() {
            return;
        }
        state.bodies.remove(id);
        let add = || self.writes.add(Table::Items, &item_key(id), false);
        let write = *self.items.entry(id).or_insert_with(add);
        self.writes.erase(write);
    }

    /// Adds the totals if they have changed.
    pub(super) fn finish(&mut self, totals: Totals) {
        if totals != self.totals_before {
            let write = self.writes.add(Table::Meta, TOTALS, false);
            self.writes.record(write, |out| encode(TOTALS, &Record::Totals(totals), out));
        }
    }

    /// All of it is on disk.
    pub(super) fn settle(&mut self, shared: &Shared, state: &mut State, wakes: &mut Vec<Wake>) {
        let now = shared.clock.now_ms();
        for id in self.pushed.drain(..) {
            // One wake a run of them will do: whoever is woken passes it on.
            let wake = state.index.settle(id, now).filter(|wake| wakes.last() != Some(wake));
            wakes.extend(wake);
            state.bodies.settle(id, shared.options.cache_bytes);
        }
    }
}

/// What a record takes beside its texts.
const ITEM_OVERHEAD: usize = 8 + 28;
const VALUE_OVERHEAD: usize = 14;

fn key_octets(key: &[u8], record: usize) -> u64 {
    (key.len() + record) as u64
}
