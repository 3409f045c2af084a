//! A store that lives as long as the process.

mod keys;

use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use self::keys::Keys;
use super::batch::{appended, validate_lane};
use super::bus::Hub;
use super::index::{Index, Wake};
use super::items::{Items, Meta};
use super::time::{Clock, duration_ms};
use super::wake::{Bells, wait_for};
use super::{
    Answer, Backend, Batch, Bus, Depth, Found, Guard, Item, ItemId, Kv, Lane, Op, Queue,
    StoreError, Subscription,
};

/// Items, and keys.
const MAX_COUNT: u64 = 10_000_000;
/// Octets of both.
const MAX_BYTES: u64 = 4 << 30;
/// Expired keys that one batch sweeps out, so that no batch pays for many.
const SWEEP: usize = 64;
/// What an item or a key takes beside its texts.
const OVERHEAD: u64 = 64;

/// The backend of [`Store::memory`](super::Store::memory).
#[derive(Debug)]
pub(super) struct Memory {
    held: Mutex<Held>,
    items: Arc<Items>,
    /// Shared with nobody; the type says that a waiting call holds no lock.
    bells: Arc<Bells>,
    hub: Hub,
    next_id: AtomicU64,
    clock: Clock,
}

#[derive(Debug, Default)]
struct Held {
    index: Index,
    keys: Keys,
}

impl Memory {
    pub(super) fn new() -> Self {
        let held = Held::default();
        Self {
            items: held.index.items(),
            held: Mutex::new(held),
            bells: Arc::default(),
            hub: Hub::default(),
            next_id: AtomicU64::new(1),
            clock: Clock::pausable(),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, batch: Batch) -> Result<bool, StoreError> {
        batch.validate()?;
        let now = self.clock.now_ms();
        let mut wakes = Vec::new();
        {
            let mut held = self.held();
            held.keys.sweep(now, SWEEP);
            if !batch.guards.iter().all(|guard| held.holds(guard, now)) {
                return Ok(false);
            }
            if batch.takes_room() {
                held.check_room(&batch)?;
            }
            for op in batch.ops {
                held.apply(op, now, &mut wakes);
            }
        }
        wakes.iter().for_each(|wake| self.bells.ring(wake));
        Ok(true)
    }

    /// What is due, leased. It is done in one poll, so that a call which is dropped has leased nothing.
    fn take(&self, lane: &Lane, max: usize) -> Vec<Item> {
        let now = self.clock.now_ms();
        let mut held = self.held();
        let mut leased = Vec::new();
        held.index.lease(lane, max, now, &mut leased);
        leased.into_iter().flatten().collect()
    }
}

impl Held {
    fn holds(&self, guard: &Guard, now: u64) -> bool {
        match guard {
            Guard::KeyPresent(key) => self.keys.get(key, now).is_some(),
            Guard::KeyAbsent(key) => self.keys.get(key, now).is_none(),
            Guard::ItemPresent(id) => self.index.contains(*id),
            Guard::ItemAbsent(id) => !self.index.contains(*id),
            Guard::ItemFree(id) => self.index.is_free(*id),
        }
    }

    /// Refuses what would go beyond the bounds, what it replaces not counted.
    fn check_room(&self, batch: &Batch) -> Result<(), StoreError> {
        let (mut octets, mut items, mut keys) = (0u64, 0u64, 0u64);
        for op in &batch.ops {
            match op {
                Op::Push(item) | Op::PushLeased(item) => {
                    octets = octets.saturating_add(item_octets(item));
                    items += u64::from(!self.index.contains(item.id));
                }
                Op::Put { key, value, .. } | Op::Append { key, value, .. } => {
                    octets = octets.saturating_add(key_octets(key, value));
                    keys += 1;
                }
                Op::Delete { .. } | Op::Remove(_) => {}
            }
        }
        let full = |what, limit, key| Err(StoreError::Full { what, limit, key });
        if self.index.len() as u64 + items > MAX_COUNT {
            return full("items", MAX_COUNT, "store.engine: embedded");
        }
        if self.keys.len() as u64 + keys > MAX_COUNT {
            return full("keys", MAX_COUNT, "store.engine: embedded");
        }
        let held = self.index.octets().saturating_add(self.keys.octets());
        if held.saturating_add(octets) > MAX_BYTES {
            return full("octets", MAX_BYTES, "store.engine: embedded");
        }
        Ok(())
    }

    fn apply(&mut self, op: Op, now: u64, wakes: &mut Vec<Wake>) {
        match op {
            Op::Put { key, value, ttl } => {
                let expires = ttl.map(|ttl| now.saturating_add(duration_ms(ttl)));
                self.keys.put(key, value, expires);
            }
            Op::Append { key, value, ttl } => {
                let expires = ttl.map(|ttl| now.saturating_add(duration_ms(ttl)));
                let value = appended(self.keys.get(&key, now), value);
                self.keys.put(key, value, expires);
            }
            Op::Delete { key } => self.keys.delete(&key),
            Op::Push(item) => self.push(item, false, now, wakes),
            Op::PushLeased(item) => self.push(item, true, now, wakes),
            Op::Remove(id) => drop(self.index.remove(id)),
        }
    }

    fn push(&mut self, item: Item, leased: bool, now: u64, wakes: &mut Vec<Wake>) {
        let octets = u32::try_from(item_octets(&item)).unwrap_or(u32::MAX);
        self.index.push(item.id, Meta::of(&item, octets), Some(item.body), leased);
        wakes.extend(self.index.settle(item.id, now, u64::MAX));
    }
}

fn item_octets(item: &Item) -> u64 {
    OVERHEAD + item.body.len() as u64
}

fn key_octets(key: &[u8], value: &[u8]) -> u64 {
    OVERHEAD + key.len() as u64 + value.len() as u64
}

impl Backend for Memory {
    fn commit(&self, batch: Batch) -> Answer<'static, bool> {
        Box::pin(ready(self.apply(batch)))
    }
}

impl Kv for Memory {
    fn get<'a>(&'a self, key: &'a [u8]) -> Answer<'a, Option<Bytes>> {
        let now = self.clock.now_ms();
        Box::pin(ready(Ok(self.held().keys.get(key, now).cloned())))
    }
}

impl Queue for Memory {
    fn reserve(&self, count: u64) -> Answer<'_, ItemId> {
        Box::pin(ready(
            super::queue::check_count(count)
                .map(|()| ItemId(self.next_id.fetch_add(count, Ordering::Relaxed))),
        ))
    }

    fn lease<'a>(&'a self, lane: &'a Lane, max: usize) -> Answer<'a, Vec<Item>> {
        Box::pin(async move {
            validate_lane(lane)?;
            if max == 0 {
                return Ok(Vec::new());
            }
            let bell = self.bells.of(lane);
            loop {
                let rung = bell.listen();
                let items = self.take(lane, max);
                let next = self.held().index.next(lane, self.clock.now_ms());
                if !items.is_empty() {
                    bell.pass_on(next);
                    return Ok(items);
                }
                wait_for(rung, next, self.clock).await;
            }
        })
    }

    fn release(&self, ids: &[ItemId]) {
        let now = self.clock.now_ms();
        let mut held = self.held();
        let wakes: Vec<_> = ids.iter().filter_map(|id| held.index.release(*id, now)).collect();
        drop(held);
        wakes.iter().for_each(|wake| self.bells.ring(wake));
    }

    fn get(&self, id: ItemId) -> Answer<'_, Option<Found>> {
        let found = self.items.find(id);
        let found = found.and_then(|(item, is_leased)| Some(Found { item: item.ok()?, is_leased }));
        Box::pin(ready(Ok(found)))
    }

    fn list<'a>(
        &'a self,
        lane: &'a Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Answer<'a, Vec<Item>> {
        let ids = self.held().index.list(lane, after, limit);
        let items = ids.into_iter().filter_map(|id| self.items.find(id)?.0.ok()).collect();
        Box::pin(ready(Ok(items)))
    }

    fn depths(&self) -> Answer<'_, Vec<Depth>> {
        Box::pin(ready(Ok(self.held().index.depths(self.clock.now_ms()))))
    }
}

impl Bus for Memory {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> Answer<'a, ()> {
        self.hub.publish(topic, &payload);
        Box::pin(ready(Ok(())))
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Answer<'a, Subscription> {
        Box::pin(ready(Ok(self.hub.subscribe(topic))))
    }
}
