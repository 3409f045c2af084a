//! Who waits where: the lanes, without a clock or a disk.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use super::items::{Entry, Items, Looked, Meta};
use super::time::from_ms;
use super::{Depth, ItemId, Lane};

/// The lanes of a store.
///
/// ```text
///   push ──► unsettled ──settle──► delayed ──due──► ready ──lease──► leased
///               │ push_leased                        ▲                 │
///               └──────────settle──► leased          └─────release─────┘
/// ```
///
/// A waiting item takes about 200 octets here, its lane's name (shared) and its body not counted.
#[derive(Debug, Default)]
pub(super) struct Index {
    items: Arc<Items>,
    count: usize,
    octets: u64,
    /// Each with a name in `places`, or free.
    lanes: Vec<LaneIndex>,
    places: HashMap<Lane, u32>,
    /// Places of lanes that have gone.
    free: Vec<u32>,
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
    /// The items, for those who look one up.
    pub(super) fn items(&self) -> Arc<Items> {
        Arc::clone(&self.items)
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Octets of all records.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// Octets of the record of an item, if it is there.
    pub(super) fn octets_of(&self, id: ItemId) -> Option<u32> {
        self.items.with(id, |entry| entry.meta.octets)
    }

    pub(super) fn contains(&self, id: ItemId) -> bool {
        self.octets_of(id).is_some()
    }

    /// There, and nobody has it.
    pub(super) fn is_free(&self, id: ItemId) -> bool {
        self.items.with(id, |entry| !entry.is_leased).unwrap_or(false)
    }

    /// Puts an item into its lane, in place of what has its number, and says whether there was such. Nobody can lease it before it
    /// is [settled](Self::settle).
    pub(super) fn push(
        &mut self,
        id: ItemId,
        mut meta: Meta,
        body: Option<Bytes>,
        leased: bool,
    ) -> bool {
        let place = match self.places.get_key_value(&meta.lane) {
            Some((lane, place)) => {
                meta.lane = lane.clone(); // one text for all of the lane
                *place
            }
            None => self.add_lane(meta.lane.clone()),
        };
        let (queued, octets) = (meta.queued, meta.octets);
        let before = self.items.insert(id, Entry::new(meta, body, place, leased));
        self.count += 1;
        self.octets = self.octets.saturating_add(u64::from(octets));
        // One that stays in its lane is not taken out of it first.
        let in_lane = before.as_ref().filter(|before| before.place == place);
        let is_back = in_lane.is_some();
        if let Some(lane) = self.lanes.get_mut(place as usize) {
            if !is_back {
                lane.all.insert(id);
            }
            if in_lane.is_none_or(|before| before.meta.queued != queued) {
                lane.oldest.push(Reverse((queued, id)));
            }
            lane.leased += u64::from(leased);
        }
        if let Some(before) = &before {
            self.leave(id, before, is_back);
        }
        before.is_some()
    }

    fn add_lane(&mut self, name: Lane) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.lanes.push(LaneIndex::default());
            // There are no more lanes than items.
            (self.lanes.len() - 1) as u32
        });
        self.places.insert(name, place);
        place
    }

    /// What was pushed is durable: it can be leased. Bodies that cost more than `limit` together do not stay in memory.
    pub(super) fn settle(&mut self, id: ItemId, now: u64, limit: u64) -> Option<Wake> {
        let items = &self.items;
        let waits = items.with(id, |entry| {
            entry.is_settled = true;
            items.keep(entry, limit);
            entry.waits().then(|| Waits::of(entry))
        });
        self.line_up(id, waits??, now)
    }

    /// Takes an item out, whoever has it.
    pub(super) fn remove(&mut self, id: ItemId) -> Option<Meta> {
        let entry = self.items.remove(id)?;
        self.leave(id, &entry, false);
        Some(entry.meta)
    }

    /// An item has left, or was replaced by one that `is_back` in the same lane.
    fn leave(&mut self, id: ItemId, entry: &Entry, is_back: bool) {
        self.count = self.count.saturating_sub(1);
        self.octets = self.octets.saturating_sub(u64::from(entry.meta.octets));
        let Some(lane) = self.lanes.get_mut(entry.place as usize) else { return };
        if !is_back {
            lane.all.remove(&id);
        }
        match entry.is_leased {
            true => lane.leased = lane.leased.saturating_sub(1),
            false => lane.withdraw(id, &entry.meta),
        }
        if lane.all.is_empty() {
            *lane = LaneIndex::default();
            self.places.remove(&entry.meta.lane);
            self.free.push(entry.place);
        } else {
            lane.forget_old(&self.items, entry.place);
        }
    }

    /// Leases up to `max` items that are due, and adds them to `leased`.
    pub(super) fn lease(&mut self, lane: &Lane, max: usize, now: u64, leased: &mut Vec<Looked>) {
        let Some(lane) = lane_of(&self.places, &mut self.lanes, lane) else { return };
        lane.promote(&self.items, now);
        for _ in 0..max {
            let Some((_, id)) = lane.ready.pop_first() else { return };
            let lease = |entry: &mut Entry| {
                entry.is_leased = true;
                entry.look(id)
            };
            if let Some(item) = self.items.with(id, lease) {
                lane.leased += 1;
                leased.push(item);
            }
        }
    }

    /// Gives a leased item back.
    pub(super) fn release(&mut self, id: ItemId, now: u64) -> Option<Wake> {
        let release = |entry: &mut Entry| {
            let was_leased = std::mem::replace(&mut entry.is_leased, false);
            was_leased.then(|| (entry.is_settled, Waits::of(entry)))
        };
        let (is_settled, waits) = self.items.with(id, release)??;
        let lane = self.lanes.get_mut(waits.place as usize)?;
        lane.leased = lane.leased.saturating_sub(1);
        if is_settled { self.line_up(id, waits, now) } else { None }
    }

    /// Whether there is something to lease in a lane; and if not, when there will be.
    pub(super) fn next(&self, lane: &Lane, now: u64) -> Next {
        let Some(lane) = self.lane(lane) else { return Next::Nothing };
        match lane.delayed.first() {
            _ if !lane.ready.is_empty() => Next::Now,
            Some((due, _)) if *due <= now => Next::Now,
            Some((due, _)) => Next::At(*due),
            None => Next::Nothing,
        }
    }

    /// Up to `limit` numbers of a lane above `after`.
    pub(super) fn list(&self, lane: &Lane, after: Option<ItemId>, limit: usize) -> Vec<ItemId> {
        let Some(lane) = self.lane(lane) else { return Vec::new() };
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
        let mut depths = Vec::with_capacity(self.places.len());
        for (name, place) in &self.places {
            let Some(lane) = self.lanes.get_mut(*place as usize) else { continue };
            lane.promote(&self.items, now);
            let ready = lane.ready.len() as u64;
            let all = lane.all.len() as u64;
            depths.push(Depth {
                lane: name.clone(),
                ready,
                delayed: all.saturating_sub(ready).saturating_sub(lane.leased),
                leased: lane.leased,
                oldest: lane.oldest(&self.items, *place).map(from_ms),
            });
        }
        depths.sort_unstable_by(|a, b| a.lane.cmp(&b.lane));
        depths
    }

    fn lane(&self, name: &Lane) -> Option<&LaneIndex> {
        self.lanes.get(*self.places.get(name)? as usize)
    }

    /// Puts an item that waits where it is found.
    fn line_up(&mut self, id: ItemId, waits: Waits, now: u64) -> Option<Wake> {
        let lane = self.lanes.get_mut(waits.place as usize)?;
        if waits.due <= now {
            lane.ready.insert((Reverse(waits.priority), id));
            return Some(Wake::One(waits.lane));
        }
        lane.delayed.insert((waits.due, id));
        let is_next = lane.delayed.first().is_some_and(|(_, first)| *first == id);
        is_next.then_some(Wake::All(waits.lane))
    }
}

/// What lining an item up needs to know of it.
struct Waits {
    lane: Lane,
    place: u32,
    due: u64,
    priority: u8,
}

impl Waits {
    fn of(entry: &Entry) -> Self {
        let Meta { lane, due, priority, .. } = &entry.meta;
        Self { lane: lane.clone(), place: entry.place, due: *due, priority: *priority }
    }
}

fn lane_of<'a>(
    places: &HashMap<Lane, u32>,
    lanes: &'a mut [LaneIndex],
    name: &Lane,
) -> Option<&'a mut LaneIndex> {
    lanes.get_mut(*places.get(name)? as usize)
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
    fn promote(&mut self, items: &Items, now: u64) {
        while let Some((due, id)) = self.delayed.first().copied() {
            if due > now {
                return;
            }
            self.delayed.pop_first();
            if let Some(priority) = items.with(id, |entry| entry.meta.priority) {
                self.ready.insert((Reverse(priority), id));
            }
        }
    }

    fn withdraw(&mut self, id: ItemId, meta: &Meta) {
        if !self.ready.remove(&(Reverse(meta.priority), id)) {
            self.delayed.remove(&(meta.due, id));
        }
    }

    fn oldest(&mut self, items: &Items, place: u32) -> Option<u64> {
        while let Some(Reverse((queued, id))) = self.oldest.peek() {
            if is_of(items, place, *queued, *id) {
                return Some(*queued);
            }
            self.oldest.pop();
        }
        None
    }

    /// Keeps those that have left from being more than those that are there.
    fn forget_old(&mut self, items: &Items, place: u32) {
        if self.oldest.len() > 2 * self.all.len() + 64 {
            self.oldest.retain(|Reverse((queued, id))| is_of(items, place, *queued, *id));
            // One that left and came back is in twice.
            let mut left = std::mem::take(&mut self.oldest).into_vec();
            left.sort_unstable();
            left.dedup();
            self.oldest = left.into();
        }
    }
}

fn is_of(items: &Items, place: u32, queued: u64, id: ItemId) -> bool {
    let is_it = |entry: &mut Entry| entry.meta.queued == queued && entry.place == place;
    items.with(id, is_it).unwrap_or(false)
}

#[cfg(test)]
mod tests;
