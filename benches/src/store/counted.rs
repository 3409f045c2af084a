//! An engine whose fsyncs are counted.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use wirepath_runtime::store::{
    __engine::{Engine, Table, Writes},
    Source,
};

/// Counts the batches of another engine: each is one fsync.
pub(super) struct Counted {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) batches: Arc<AtomicU64>,
}

impl Engine for Counted {
    fn apply(&self, writes: &Writes) -> Result<(), Source> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.engine.apply(writes)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, Source> {
        self.engine.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        each: &mut dyn FnMut(&[u8], Bytes) -> bool,
    ) -> Result<(), Source> {
        self.engine.scan(table, from, each)
    }
}
