//! Who waits where: the lanes, without a clock, a lock or a disk.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use bytes::Bytes;

use super::by_id::ById;
use super::time::{floor_ms, from_ms};
use super::{Depth, Item, ItemId, Lane};

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

    pub(super) fn item(&self, id: ItemId, body: Bytes) -> Item {
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

/// Whether someone has it. Beside that an item may be unsettled: written, and not yet durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Leased,
}

#[derive(Debug)]
struct Entry {
    meta: Meta,
    state: State,
    is_settled: bool,
}

/// The lanes of a store.
///
/// ```text
///   push ──► unsettled ──settle──► delayed ──due──► ready ──lease──► leased
///               │ push_leased                        ▲                 │
///               └──────────settle──► leased          └─────release─────┘
/// ```
///
/// A waiting item takes about 150 octets here, its lane's name (shared) and its body not counted.
#[derive(Debug, Default)]
pub(super) struct Index {
    items: ById<Entry>,
    lanes: HashMap<Lane, LaneIndex>,
    octets: u64,
}

#[derive(Debug, Default)]
struct LaneIndex {
    /// All of the lane, for listing.
    all: BTreeSet<ItemId>,
    ready: BTreeSet<(Reverse<u8>, ItemId)>,
    delayed: BTreeSet<(u64, ItemId)>,
    leased: u64,
    /// By when they were first pushed, the oldest on top. Those that have left stay in until they get there.
    oldest: BinaryHeap<Reverse<(u64, ItemId)>>,
}

/// Whom a change concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// One that waits: an item is ready.
    One(Lane),
    /// All that wait: the next item is due earlier than they think.
    All(Lane),
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Octets of all records.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    pub(super) fn meta(&self, id: ItemId) -> Option<&Meta> {
        self.items.get(&id).map(|entry| &entry.meta)
    }

    pub(super) fn is_leased(&self, id: ItemId) -> bool {
        self.items.get(&id).is_some_and(|entry| entry.state == State::Leased)
    }

    /// There, and nobody has it.
    pub(super) fn is_free(&self, id: ItemId) -> bool {
        self.items.get(&id).is_some_and(|entry| entry.state == State::Free)
    }

    /// Puts an item into its lane, in place of what has its number. Nobody can lease it before it is [settled](Self::settle).
    pub(super) fn push(&mut self, id: ItemId, mut meta: Meta, leased: bool) {
        self.remove(id);
        match self.lanes.get_key_value(&meta.lane) {
            Some((lane, _)) => meta.lane = lane.clone(), // one text for all of the lane
            None => drop(self.lanes.insert(meta.lane.clone(), LaneIndex::default())),
        }
        self.octets = self.octets.saturating_add(u64::from(meta.octets));
        if let Some(lane) = self.lanes.get_mut(&meta.lane) {
            lane.all.insert(id);
            lane.oldest.push(Reverse((meta.queued, id)));
            lane.leased += u64::from(leased);
        }
        let state = if leased { State::Leased } else { State::Free };
        self.items.insert(id, Entry { meta, state, is_settled: false });
    }

    /// What was pushed is durable: it can be leased.
    pub(super) fn settle(&mut self, id: ItemId, now: u64) -> Option<Wake> {
        let entry = self.items.get_mut(&id)?;
        entry.is_settled = true;
        self.line_up(id, now)
    }

    /// Takes an item out, whoever has it.
    pub(super) fn remove(&mut self, id: ItemId) -> Option<Meta> {
        let Entry { meta, state, .. } = self.items.remove(&id)?;
        self.octets = self.octets.saturating_sub(u64::from(meta.octets));
        if let Some(lane) = self.lanes.get_mut(&meta.lane) {
            lane.all.remove(&id);
            match state {
                State::Leased => lane.leased = lane.leased.saturating_sub(1),
                State::Free => lane.withdraw(id, &meta),
            }
            if lane.all.is_empty() {
                self.lanes.remove(&meta.lane);
            } else {
                lane.forget_old(&self.items, &meta.lane);
            }
        }
        Some(meta)
    }

    /// Leases up to `max` items that are due, and adds them to `leased`.
    pub(super) fn lease(&mut self, lane: &Lane, max: usize, now: u64, leased: &mut Vec<ItemId>) {
        let Some(lane) = self.lanes.get_mut(lane) else { return };
        lane.promote(&self.items, now);
        for _ in 0..max {
            let Some((_, id)) = lane.ready.pop_first() else { return };
            if let Some(entry) = self.items.get_mut(&id) {
                entry.state = State::Leased;
                lane.leased += 1;
                leased.push(id);
            }
        }
    }

    /// Gives a leased item back.
    pub(super) fn release(&mut self, id: ItemId, now: u64) -> Option<Wake> {
        let entry = self.items.get_mut(&id)?;
        if entry.state != State::Leased {
            return None;
        }
        entry.state = State::Free;
        let lane = self.lanes.get_mut(&entry.meta.lane)?;
        lane.leased = lane.leased.saturating_sub(1);
        self.line_up(id, now)
    }

    /// Whether there is something to lease in a lane; and if not, when there will be.
    pub(super) fn next(&self, lane: &Lane, now: u64) -> Next {
        let Some(lane) = self.lanes.get(lane) else { return Next::Nothing };
        match lane.delayed.first() {
            _ if !lane.ready.is_empty() => Next::Now,
            Some((due, _)) if *due <= now => Next::Now,
            Some((due, _)) => Next::At(*due),
            None => Next::Nothing,
        }
    }

    /// Up to `limit` numbers of a lane above `after`.
    pub(super) fn list(&self, lane: &Lane, after: Option<ItemId>, limit: usize) -> Vec<ItemId> {
        let Some(lane) = self.lanes.get(lane) else { return Vec::new() };
        let above = match after {
            None => lane.all.range(..),
            Some(after) => match after.0.checked_add(1) {
                Some(first) => lane.all.range(ItemId(first)..),
                None => return Vec::new(),
            },
        };
        above.take(limit).copied().collect()
    }

    /// How full the lanes are, by name. What is not settled counts as delayed.
    pub(super) fn depths(&mut self, now: u64) -> Vec<Depth> {
        let mut depths = Vec::with_capacity(self.lanes.len());
        for (name, lane) in &mut self.lanes {
            lane.promote(&self.items, now);
            let ready = lane.ready.len() as u64;
            let all = lane.all.len() as u64;
            depths.push(Depth {
                lane: name.clone(),
                ready,
                delayed: all.saturating_sub(ready).saturating_sub(lane.leased),
                leased: lane.leased,
                oldest: lane.oldest(&self.items, name).map(from_ms),
            });
        }
        depths.sort_unstable_by(|a, b| a.lane.cmp(&b.lane));
        depths
    }

    /// Puts a settled item that nobody has where it is found.
    fn line_up(&mut self, id: ItemId, now: u64) -> Option<Wake> {
        let entry = self.items.get(&id)?;
        if !entry.is_settled || entry.state == State::Leased {
            return None;
        }
        let lane = self.lanes.get_mut(&entry.meta.lane)?;
        if entry.meta.due <= now {
            lane.ready.insert((Reverse(entry.meta.priority), id));
            return Some(Wake::One(entry.meta.lane.clone()));
        }
        lane.delayed.insert((entry.meta.due, id));
        let is_next = lane.delayed.first().is_some_and(|(_, first)| *first == id);
        is_next.then(|| Wake::All(entry.meta.lane.clone()))
    }
}

/// When a lane has something to lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Now,
    /// Milliseconds since 1970.
    At(u64),
    Nothing,
}

impl LaneIndex {
    /// Moves what has become due.
    fn promote(&mut self, items: &ById<Entry>, now: u64) {
        while let Some((due, id)) = self.delayed.first().copied() {
            if due > now {
                return;
            }
            self.delayed.pop_first();
            if let Some(entry) = items.get(&id) {
                self.ready.insert((Reverse(entry.meta.priority), id));
            }
        }
    }

    fn withdraw(&mut self, id: ItemId, meta: &Meta) {
        if !self.ready.remove(&(Reverse(meta.priority), id)) {
            self.delayed.remove(&(meta.due, id));
        }
    }

    fn oldest(&mut self, items: &ById<Entry>, lane: &Lane) -> Option<u64> {
        while let Some(Reverse((queued, id))) = self.oldest.peek() {
            if is_of(items, lane, *queued, *id) {
                return Some(*queued);
            }
            self.oldest.pop();
        }
        None
    }

    /// Keeps those that have left from being more than those that are there.
    fn forget_old(&mut self, items: &ById<Entry>, lane: &Lane) {
        if self.oldest.len() > 2 * self.all.len() + 64 {
            self.oldest.retain(|Reverse((queued, id))| is_of(items, lane, *queued, *id));
            // One that left and came back is in twice.
            let mut left = std::mem::take(&mut self.oldest).into_vec();
            left.sort_unstable();
            left.dedup();
            self.oldest = left.into();
        }
    }
}

fn is_of(items: &ById<Entry>, lane: &Lane, queued: u64, id: ItemId) -> bool {
    items.get(&id).is_some_and(|entry| entry.meta.queued == queued && entry.meta.lane == *lane)
}

#[cfg(test)]
mod tests;
