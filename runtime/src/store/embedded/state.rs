//! What readers and the writer share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, MutexGuard};

use super::EmbeddedOptions;
use super::engine::{Engine, Table};
use super::values::Values;
use crate::store::index::Index;
use crate::store::items::Items;
use crate::store::record::{Totals, decode_item, item_key};
use crate::store::time::Clock;
use crate::store::wake::Bells;
use crate::store::{Item, ItemId, Source, StoreError};

pub(super) struct Shared {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) options: EmbeddedOptions,
    pub(super) path: PathBuf,
    pub(super) bells: Bells,
    pub(super) clock: Clock,
    /// Those of the index, to be looked up without its lock.
    pub(super) items: Arc<Items>,
    pub(super) values: Values,
    /// Records that were moved out of the way.
    pub(super) damaged: AtomicU64,
    /// Held by the writer for a few batches at a time, and handed on then to whoever waits: sessions look things up all the time, and
    /// a lock that is free for a moment alone is the writer's again before they have it.
    state: Mutex<State>,
    failure: OnceLock<StoreError>,
}

pub(super) struct State {
    pub(super) index: Index,
    /// As they are on disk; the writer's.
    pub(super) totals: Totals,
    /// The next number to give.
    pub(super) next_id: u64,
    /// Numbers below are durably ours.
    pub(super) ceiling: u64,
}

impl Shared {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        path: PathBuf,
        options: EmbeddedOptions,
        state: State,
        damaged: u64,
    ) -> Self {
        Self {
            items: state.index.items(),
            values: Values::new(options.cache_bytes / 2),
            engine,
            options,
            path,
            bells: Bells::default(),
            clock: Clock::Wall,
            damaged: AtomicU64::new(damaged),
            state: Mutex::new(state),
            failure: OnceLock::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Whether the disk has failed. Then memory is ahead of it, and nothing that memory says can be relied on.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.failure.get().cloned().map_or(Ok(()), Err)
    }

    /// Takes nothing any more, and says so once.
    pub(super) fn fail(&self, source: Source) -> StoreError {
        let failure = self.failure.get_or_init(|| {
            tracing::error!(
                path = %self.path.display(),
                error = %source,
                "the store cannot write and takes nothing any more; mend the disk (space, quota, hardware) and restart: \
                 what was acknowledged is kept"
            );
            metrics::counter!("wirepath_store_failures_total").increment(1);
            StoreError::Disk { path: self.path.clone(), source }
        });
        self.bells.ring_all();
        failure.clone()
    }

    pub(super) fn count_damaged(&self, table: &str, key: &[u8], reason: &str) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        report_damaged(table, key, reason);
    }

    pub(super) fn read_error(&self, source: Source) -> StoreError {
        StoreError::Read { path: self.path.clone(), source }
    }

    /// An item from disk, as it is there. `None` if it has been removed meanwhile.
    pub(super) fn read_item(&self, id: ItemId) -> Result<Option<Item>, StoreError> {
        let record = self.engine.get(Table::Items, &item_key(id));
        let Some(record) = record.map_err(|error| self.read_error(error))? else {
            return Ok(None);
        };
        decode_item(id, record).map(Some).map_err(|damage| {
            self.count_damaged("items", &item_key(id), damage.0);
            StoreError::Damaged { key: format!("items/{id}"), reason: damage.0 }
        })
    }
}

pub(super) fn report_damaged(table: &str, key: &[u8], reason: &str) {
    let key = key.escape_ascii().to_string();
    tracing::error!(
        table,
        key,
        reason,
        "a stored record is damaged and was moved out of the way, into the table `meta`; check the disk, and look up in the \
         log of its time what it was"
    );
    metrics::counter!("wirepath_store_damaged_total").increment(1);
}
