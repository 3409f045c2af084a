//! The engine: fjall, a log-structured merge tree. It was faster than redb on the spool's own pattern; see the benches.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use fjall::{Database, Error, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::EmbeddedOptions;
use super::engine::{Engine, Sorted, Table, Writes, refusal};
use crate::store::{Source, StoreError};

/// What is read again when a store opens: more of it makes opening slower, less of it makes the engine sort its tables more often.
const JOURNAL_BYTES: u64 = 128 << 20;

/// Three keyspaces of one database, which share one journal: a batch over them is one write and one fsync.
pub(super) struct Fjall {
    database: Database,
    items: Keyspace,
    keys: Keyspace,
    meta: Keyspace,
}

/// Opens the engine, and makes the folder if it is not there.
///
/// # Errors
///
/// If another process has it open, or it cannot be read or written.
pub fn open(path: &Path, options: &EmbeddedOptions) -> Result<Arc<dyn Engine>, StoreError> {
    let open = || -> Result<Fjall, Error> {
        let database = Database::builder(path)
            .cache_size(options.block_cache_bytes)
            .max_journaling_size(JOURNAL_BYTES)
            .worker_threads(1) // compaction alone: what is ingested needs no flush
            .open()?;
        let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default);
        let (items, keys, meta) = (keyspace("items")?, keyspace("keys")?, keyspace("meta")?);
        Ok(Fjall { database, items, keys, meta })
    };
    match open() {
        Ok(engine) => Ok(Arc::new(engine)),
        Err(Error::Locked) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(Error::Io(error)) => Err(refusal(path, Arc::new(error))),
        Err(error) => Err(refusal(path, Arc::new(error))),
    }
}

impl Fjall {
    fn table(&self, table: Table) -> &Keyspace {
        match table {
            Table::Items => &self.items,
            Table::Keys => &self.keys,
            Table::Meta => &self.meta,
        }
    }
}

impl Engine for Fjall {
    /// The batch goes to the journal, and `commit` calls `fdatasync` on that before it touches what readers see. That is enough
    /// to find the octets again: it leaves out times only.
    fn apply(&self, writes: &Writes) -> Result<(), Source> {
        let batch = fjall::OwnedWriteBatch::with_capacity(self.database.clone(), writes.len());
        let mut batch = batch.durability(Some(PersistMode::SyncData));
        for write in writes.iter() {
            match write.record {
                Some(record) => batch.insert(self.table(write.table), write.key, record),
                None => batch.remove(self.table(write.table), write.key),
            }
        }
        batch.commit().map_err(source)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, Source> {
        let record = self.table(table).get(key).map_err(source)?;
        Ok(record.map(|record| Bytes::copy_from_slice(&record)))
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        each: &mut dyn FnMut(&[u8], Bytes) -> bool,
    ) -> Result<(), Source> {
        for record in self.table(table).range(from..) {
            let (key, record) = record.into_inner().map_err(source)?;
            if !each(&key, Bytes::copy_from_slice(&record)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// As sorted tables, past the engine's own journal.
    fn ingest(&self, table: Table, sorted: &mut Sorted<'_>) -> Result<(), Source> {
        let Some(first) = sorted.next() else { return Ok(()) };
        let mut ingestion = self.table(table).start_ingestion().map_err(source)?;
        for (key, record) in std::iter::once(first).chain(sorted) {
            match record {
                Some(record) => ingestion.write(key, &record[..]),
                None => ingestion.write_tombstone(key),
            }
            .map_err(source)?;
        }
        ingestion.finish().map_err(source)
    }
}

fn source(error: Error) -> Source {
    match error {
        Error::Io(error) => Arc::new(error), // it says which one; the engine's text repeats its debug form
        error => Arc::new(error),
    }
}
