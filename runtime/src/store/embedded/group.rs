//! Batches that reach the disk together.

use std::collections::HashMap;

use bytes::Bytes;

use super::engine::{Table, Writes};
use super::state::{Shared, State};
use super::values::Values;
use crate::store::by_id::ById;
use crate::store::index::Wake;
use crate::store::items::Meta;
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
    /// Those of them whose value is another now. Records are made when all is decided: a key that many batches append to is written
    /// once.
    changed: Vec<Bytes>,
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
    value: Value,
    /// Stands among those that are changed.
    is_changed: bool,
    /// There was no record of it before this group.
    is_new: bool,
}

/// What a key holds.
enum Value {
    /// As it came.
    Whole(Bytes),
    /// With what was appended, and room for more.
    Grown(Vec<u8>),
}

impl Default for Value {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl Value {
    fn octets(&self) -> &[u8] {
        match self {
            Self::Whole(octets) => octets,
            Self::Grown(octets) => octets,
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Whole(octets) => octets,
            Self::Grown(octets) => octets.into(),
        }
    }

    /// As [`Op::Append`] says: what would be too long begins anew.
    fn append(&mut self, more: Bytes) {
        let before = self.octets();
        if before.is_empty() || before.len() + more.len() > Batch::MAX_VALUE {
            *self = Self::Whole(more);
            return;
        }
        match self {
            Self::Grown(octets) => octets.extend_from_slice(&more),
            Self::Whole(octets) => {
                let mut grown = Vec::with_capacity(2 * (octets.len() + more.len()));
                grown.extend_from_slice(octets);
                grown.extend_from_slice(&more);
                *self = Self::Grown(grown);
            }
        }
    }
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
        self.changed.clear();
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
        if let Some((value, expires)) = shared.values.get(key) {
            let octets = key_octets(key, value.len() + VALUE_OVERHEAD);
            let held = Key { octets, expires, value: Value::Whole(value), ..Key::default() };
            self.keys.insert(key.clone(), held);
            return Ok(());
        }
        let record = shared.engine.get(Table::Keys, key);
        let mut found = Key::default();
        match record.map_err(|error| shared.read_error(error))? {
            None => found.is_new = true,
            Some(record) => {
                found.octets = key_octets(key, record.len());
                match decode_value(key, record) {
                    Ok((value, expires)) => {
                        (found.value, found.expires) = (Value::Whole(value), expires);
                    }
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
                Op::Put { key, value, ttl } => {
                    let put = |held: &mut Key| held.value = Value::Whole(value);
                    self.change(state, key, expiry(ttl), put);
                }
                Op::Append { key, value, ttl } => {
                    let append = |held: &mut Key| match held.is_live(now) {
                        true => held.value.append(value),
                        false => held.value = Value::Whole(value),
                    };
                    self.change(state, key, expiry(ttl), append);
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
            Guard::ItemPresent(id) => state.index.contains(*id),
            Guard::ItemAbsent(id) => !state.index.contains(*id),
            Guard::ItemFree(id) => state.index.is_free(*id),
        }
    }

    /// What replaces something of its size fits into a full store too: a message that is put off must not be lost for it. What it
    /// replaces is looked at only where there is no room for it beside.
    fn check_room(&self, shared: &Shared, state: &State, batch: &Batch) -> Result<(), StoreError> {
        let options = &shared.options;
        let held = state.index.octets().saturating_add(state.totals.key_octets);
        let most = batch.ops.iter().map(most_octets).fold(held, u64::saturating_add);
        let items = state.index.len() as u64 + batch.ops.len() as u64;
        if most <= options.max_bytes && items <= options.max_items {
            return Ok(());
        }
        let (mut octets, mut items) = (0i64, 0i64);
        for op in &batch.ops {
            let (added, removed) = match op {
                Op::Push(item) | Op::PushLeased(item) => {
                    let before = state.index.octets_of(item.id);
                    items += i64::from(before.is_none());
                    (item_octets(item), before.map_or(0, u64::from))
                }
                Op::Remove(id) => {
                    let before = state.index.octets_of(*id);
                    items -= i64::from(before.is_some());
                    (0, before.map_or(0, u64::from))
                }
                Op::Put { key, .. } => {
                    (most_octets(op), self.keys.get(key).map_or(0, |key| key.octets))
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
        let after = (state.index.len() as u64).saturating_add_signed(items);
        if items > 0 && after > options.max_items {
            return full("items", options.max_items, "store.max_items");
        }
        if octets > 0 && held.saturating_add_signed(octets) > options.max_bytes {
            return full("octets", options.max_bytes, "store.max_bytes");
        }
        Ok(())
    }

    /// Gives a key, which is there then, what `change` makes of it.
    fn change(
        &mut self,
        state: &mut State,
        key: Bytes,
        expires: u64,
        change: impl FnOnce(&mut Key),
    ) {
        let Some(held) = self.keys.get_mut(&key) else { return }; // looked up before
        change(held);
        held.expires = expires;
        let octets = key_octets(&key, held.value.octets().len() + VALUE_OVERHEAD);
        let totals = &mut state.totals;
        totals.keys += u64::from(held.octets == 0);
        totals.key_octets = totals.key_octets.saturating_sub(held.octets).saturating_add(octets);
        held.octets = octets;
        if !std::mem::replace(&mut held.is_changed, true) {
            self.changed.push(key);
        }
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
        let mut is_first = false;
        let add = || {
            is_first = true;
            self.writes.add(Table::Items, &item_key(id), false)
        };
        let write = *self.items.entry(id).or_insert_with(add);
        let len = self.writes.record(write, |out| encode_item(&item, out));
        let octets = u32::try_from(len + 8).unwrap_or(u32::MAX);
        let was_there = state.index.push(id, Meta::of(&item, octets), Some(item.body), leased);
        if is_first && !was_there {
            self.writes.is_new(write);
        }
        self.pushed.push(id);
    }

    fn remove(&mut self, state: &mut State, id: ItemId) {
        if state.index.remove(id).is_none() {
            return;
        }
        let add = || self.writes.add(Table::Items, &item_key(id), false);
        let write = *self.items.entry(id).or_insert_with(add);
        self.writes.erase(write);
    }

    /// Adds what keys hold now, and the totals if they have changed.
    pub(super) fn finish(&mut self, totals: Totals) {
        for key in self.changed.drain(..) {
            let Some(held) = self.keys.get_mut(&key).filter(|held| held.octets > 0) else {
                continue; // deleted again
            };
            let is_new = held.is_new;
            let add = || self.writes.add(Table::Keys, &key, is_new);
            let write = *held.write.get_or_insert_with(add);
            let (value, expires) = (held.value.octets(), held.expires);
            self.writes.record(write, |out| encode_value(&key, value, expires, out));
        }
        if totals != self.totals_before {
            let write = self.writes.add(Table::Meta, TOTALS, false);
            self.writes.record(write, |out| encode(TOTALS, &Record::Totals(totals), out));
        }
    }

    /// All of it is on disk.
    pub(super) fn settle(&mut self, shared: &Shared, state: &mut State, wakes: &mut Vec<Wake>) {
        let now = shared.clock.now_ms();
        for id in self.pushed.drain(..) {
            let wake = state.index.settle(id, now, shared.options.cache_bytes);
            // One wake a run of them will do: whoever is woken passes it on.
            wakes.extend(wake.filter(|wake| wakes.last() != Some(wake)));
        }
    }

    /// All of it is on disk: what keys hold is read from memory from now on.
    pub(super) fn remember(&mut self, values: &Values) {
        for (key, held) in self.keys.drain().filter(|(_, held)| held.write.is_some()) {
            match held.octets {
                0 => values.remove(&key),
                _ => values.insert(key, held.value.into_bytes(), held.expires),
            }
        }
    }
}

/// What a record takes beside its texts.
const ITEM_OVERHEAD: usize = 8 + 28;
const VALUE_OVERHEAD: usize = 14;

fn item_octets(item: &Item) -> u64 {
    (item.body.len() + item.lane.as_str().len() + ITEM_OVERHEAD) as u64
}

/// What a write may add at most.
fn most_octets(op: &Op) -> u64 {
    match op {
        Op::Push(item) | Op::PushLeased(item) => item_octets(item),
        Op::Put { key, value, .. } | Op::Append { key, value, .. } => {
            key_octets(key, value.len() + VALUE_OVERHEAD)
        }
        Op::Delete { .. } | Op::Remove(_) => 0,
    }
}

fn key_octets(key: &[u8], record: usize) -> u64 {
    (key.len() + record) as u64
}
