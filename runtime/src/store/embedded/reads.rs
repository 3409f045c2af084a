//! What is read of a store on disk.

use std::sync::Arc;

use bytes::Bytes;

use super::Embedded;
use super::engine::Table;
use super::state::{Shared, State};
use crate::store::batch::validate_lane;
use crate::store::items::Looked;
use crate::store::queue::check_count;
use crate::store::record::decode_value;
use crate::store::wake::wait_for;
use crate::store::{
    Answer, Bus, Depth, Found, Item, ItemId, Kv, Lane, Queue, StoreError, Subscription,
};

/// Numbers that are made durable at a time, so that few calls wait for the disk. Up to so many are left out at a restart.
const BLOCK: u64 = 1 << 20;

impl Kv for Embedded {
    /// Reads at the call: from memory if the key was written lately; a few blocks of the disk at most, as the engine has filters in
    /// memory.
    fn get<'a>(&'a self, key: &'a [u8]) -> Answer<'a, Option<Bytes>> {
        Box::pin(async move {
            let shared = &*self.shared;
            shared.check()?;
            let live = |(value, expires)| {
                let is_live = expires == 0 || shared.clock.now_ms() < expires;
                is_live.then_some(value)
            };
            if let Some(held) = shared.values.get(key) {
                return Ok(live(held));
            }
            let record = shared.engine.get(Table::Keys, key);
            let Some(record) = record.map_err(|error| shared.read_error(error))? else {
                return Ok(None);
            };
            match decode_value(key, record) {
                Ok(held) => Ok(live(held)),
                Err(damage) => {
                    let key = format!("keys/{}", key.escape_ascii());
                    Err(StoreError::Damaged { key, reason: damage.0 })
                }
            }
        })
    }
}

impl Queue for Embedded {
    fn reserve(&self, count: u64) -> Answer<'_, ItemId> {
        Box::pin(async move {
            check_count(count)?;
            loop {
                self.shared.check()?;
                let raised = {
                    let mut state = self.shared.state();
                    let first = state.next_id;
                    let end = first.saturating_add(count);
                    if end <= state.ceiling {
                        state.next_id = end;
                        return Ok(ItemId(first));
                    }
                    end.saturating_add(BLOCK)
                };
                self.inbox.clone().raise(raised).await?;
            }
        })
    }

    fn lease<'a>(&'a self, lane: &'a Lane, max: usize) -> Answer<'a, Vec<Item>> {
        Box::pin(async move {
            validate_lane(lane)?;
            if max == 0 {
                return Ok(Vec::new());
            }
            let shared = &self.shared;
            let bell = shared.bells.of(lane);
            loop {
                let rung = bell.listen();
                shared.check()?;
                let (taken, next) = {
                    let mut state = shared.state();
                    let now = shared.clock.now_ms();
                    let taken = Taken::lease(shared, &mut state, lane, max, now);
                    (taken, state.index.next(lane, now))
                };
                if taken.is_empty() {
                    wait_for(rung, next, shared.clock).await;
                    continue;
                }
                bell.pass_on(next);
                drop(rung);
                let items = taken.read().await?;
                if !items.is_empty() {
                    return Ok(items);
                }
            }
        })
    }

    fn release(&self, ids: &[ItemId]) {
        self.shared.release(ids);
    }

    fn get(&self, id: ItemId) -> Answer<'_, Option<Found>> {
        Box::pin(async move {
            self.shared.check()?;
            let Some((found, is_leased)) = self.shared.items.find(id) else { return Ok(None) };
            let item = match found {
                Ok(item) => Some(item),
                Err(id) => self.shared.read_item(id)?,
            };
            Ok(item.map(|item| Found { item, is_leased }))
        })
    }

    fn list<'a>(
        &'a self,
        lane: &'a Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Answer<'a, Vec<Item>> {
        Box::pin(async move {
            self.shared.check()?;
            let ids = self.shared.state().index.list(lane, after, limit);
            let found = ids.into_iter().filter_map(|id| Some(self.shared.items.find(id)?.0));
            let found = found.collect();
            read_all(self.shared.clone(), found).await
        })
    }

    fn depths(&self) -> Answer<'_, Vec<Depth>> {
        let now = self.shared.clock.now_ms();
        let depths = self.shared.check().map(|()| self.shared.state().index.depths(now));
        Box::pin(async { depths })
    }
}

impl Bus for Embedded {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> Answer<'a, ()> {
        self.hub.publish(topic, &payload);
        Box::pin(async { Ok(()) })
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Answer<'a, Subscription> {
        let subscription = self.hub.subscribe(topic);
        Box::pin(async { Ok(subscription) })
    }
}

impl Shared {
    fn release(&self, ids: &[ItemId]) {
        let now = self.clock.now_ms();
        let mut state = self.state();
        let wakes: Vec<_> = ids.iter().filter_map(|id| state.index.release(*id, now)).collect();
        drop(state);
        wakes.iter().for_each(|wake| self.bells.ring(wake));
    }
}

/// Items that were leased. Dropped before they are read, they go back.
struct Taken<'a> {
    shared: &'a Arc<Shared>,
    found: Vec<Looked>,
    ids: Vec<ItemId>,
}

impl<'a> Taken<'a> {
    fn lease(
        shared: &'a Arc<Shared>,
        state: &mut State,
        lane: &Lane,
        max: usize,
        now: u64,
    ) -> Self {
        let mut found = Vec::new();
        state.index.lease(lane, max, now, &mut found);
        let number = |item: &Looked| item.as_ref().map_or_else(|id| *id, |item| item.id);
        let ids = found.iter().map(number).collect();
        Self { shared, found, ids }
    }

    fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    async fn read(mut self) -> Result<Vec<Item>, StoreError> {
        let found = std::mem::take(&mut self.found);
        let items = read_all(self.shared.clone(), found).await?;
        // Those that somebody has removed meanwhile, and damaged ones, are not among them.
        self.ids.clear();
        Ok(items)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.ids.is_empty() {
            self.shared.release(&self.ids);
        }
    }
}

/// The items, those that memory does not hold read from disk, on a thread that may block. Damaged ones are left out: they have
/// been reported.
async fn read_all(shared: Arc<Shared>, found: Vec<Looked>) -> Result<Vec<Item>, StoreError> {
    if found.iter().all(Result::is_ok) {
        return Ok(found.into_iter().flatten().collect());
    }
    let read = move || {
        let read = |found: Looked| match found {
            Ok(item) => Some(Ok(item)),
            Err(id) => match shared.read_item(id) {
                Err(StoreError::Damaged { .. }) => None,
                other => other.transpose(),
            },
        };
        found.into_iter().filter_map(read).collect()
    };
    tokio::task::spawn_blocking(read).await.map_err(|_| StoreError::Closed)?
}
