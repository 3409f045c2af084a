//! A store whose bus loses payloads and brings them late, and whose server goes away.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use wirepath_runtime::store::{
    Answer, Backend, Batch, Bus, Depth, Found, Item, ItemId, Kv, Lane, Queue, Store, StoreError,
    Subscription,
};

/// What becomes of a payload.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It arrives.
    Arrives,
    /// It is gone.
    Lost,
    /// It arrives when [`Faults::bring`] says so.
    Late,
}

/// What is wrong with a store.
#[derive(Clone, Default)]
pub(super) struct Faults {
    /// Of payloads to topics that begin so, one after the other; the others arrive.
    fates: Arc<Mutex<VecDeque<(&'static str, Fate)>>>,
    late: Arc<Mutex<Vec<(String, Bytes)>>>,
    is_away: Arc<AtomicBool>,
}

impl Faults {
    /// What becomes of the next payloads to topics that begin so.
    pub(super) fn next(&self, topic: &'static str, fates: &[Fate]) {
        self.fates.lock().unwrap().extend(fates.iter().map(|fate| (topic, *fate)));
    }

    /// The server is gone, or back.
    pub(super) fn is_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    /// Brings what is late.
    pub(super) async fn bring(&self, store: &Store) {
        let late = std::mem::take(&mut *self.late.lock().unwrap());
        assert!(!late.is_empty(), "nothing is late");
        for (topic, payload) in late {
            store.publish(&topic, payload).await.unwrap();
        }
    }
}

/// A store with faults.
pub(super) fn lossy(store: Store, faults: Faults) -> Store {
    Store::new(Lossy { store, faults })
}

struct Lossy {
    store: Store,
    faults: Faults,
}

impl Lossy {
    fn fate(&self, topic: &str) -> Fate {
        let mut fates = self.faults.fates.lock().unwrap();
        match fates.iter().position(|(of, _)| topic.starts_with(of)) {
            Some(at) => fates.remove(at).unwrap().1,
            None => Fate::Arrives,
        }
    }

    fn away<T: Send + 'static>(&self) -> Option<Answer<'static, T>> {
        let is_away = self.faults.is_away.load(Ordering::Relaxed);
        is_away.then(|| Box::pin(std::future::ready(Err(StoreError::Closed))) as _)
    }
}

impl Backend for Lossy {
    fn commit(&self, batch: Batch) -> Answer<'static, bool> {
        self.away().unwrap_or_else(|| self.store.commit(batch))
    }
}

impl Bus for Lossy {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> Answer<'a, ()> {
        if let Some(away) = self.away() {
            return away;
        }
        match self.fate(topic) {
            Fate::Arrives => return self.store.publish(topic, payload),
            Fate::Lost => {}
            Fate::Late => self.faults.late.lock().unwrap().push((topic.to_owned(), payload)),
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Answer<'a, Subscription> {
        self.away().unwrap_or_else(|| self.store.subscribe(topic))
    }
}

impl Kv for Lossy {
    fn get<'a>(&'a self, key: &'a [u8]) -> Answer<'a, Option<Bytes>> {
        self.store.get(key)
    }
}

impl Queue for Lossy {
    fn reserve(&self, count: u64) -> Answer<'_, ItemId> {
        self.store.reserve(count)
    }

    fn lease<'a>(&'a self, lane: &'a Lane, max: usize) -> Answer<'a, Vec<Item>> {
        self.store.lease(lane, max)
    }

    fn release(&self, ids: &[ItemId]) {
        self.store.release(ids);
    }

    fn get(&self, id: ItemId) -> Answer<'_, Option<Found>> {
        self.store.item(id)
    }

    fn list<'a>(
        &'a self,
        lane: &'a Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Answer<'a, Vec<Item>> {
        self.store.list(lane, after, limit)
    }

    fn depths(&self) -> Answer<'_, Vec<Depth>> {
        self.store.depths()
    }
}
