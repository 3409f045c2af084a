//! What the store asks of a storage engine. Not part of the API: it is public so that the benches can compare engines.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::EmbeddedOptions;
pub use super::fjall::open as fjall;
use super::journal::{Journal, Limits};
use crate::store::{Source, StoreError};

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Items, by their number in eight octets, big-endian.
    Items,
    /// Values, by their key.
    Keys,
    /// What the store counts, and records that are damaged.
    Meta,
}

/// A storage engine: ordered tables of octets.
///
/// One thread writes; any may read.
pub trait Engine: Send + Sync + 'static {
    /// Applies all of a batch or nothing, and returns when it is on disk: after the fsync.
    ///
    /// # Errors
    ///
    /// If it cannot write. Whether the batch is there is not known then.
    fn apply(&self, batch: &Writes) -> Result<(), Source>;

    /// A record.
    ///
    /// # Errors
    ///
    /// If it cannot read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, Source>;

    /// Shows records in the order of their keys, those from `from` on, until `each` says `false`.
    ///
    /// # Errors
    ///
    /// If it cannot read.
    fn scan(
        &self,
        table: Table,
        from: &[u8],
        each: &mut dyn FnMut(&[u8], Bytes) -> bool,
    ) -> Result<(), Source>;

    /// Takes many writes of one table, in the order of their keys, and returns when they are on disk. Not in one step: after a
    /// crash there may be a part of them.
    ///
    /// # Errors
    ///
    /// If it cannot write.
    fn ingest(&self, table: Table, sorted: &mut Sorted<'_>) -> Result<(), Source> {
        let mut writes = Writes::default();
        for (key, record) in sorted {
            match record {
                Some(record) => writes.put(table, key, record),
                None => writes.delete(table, key),
            }
            if writes.octets.len() >= INGESTED_AT_ONCE {
                self.apply(&writes)?;
                writes.clear();
            }
        }
        if writes.is_empty() { Ok(()) } else { self.apply(&writes) }
    }
}

/// Writes of one table in the order of their keys: the key, and the record or `None` to delete it.
pub type Sorted<'a> = dyn Iterator<Item = (&'a [u8], Option<&'a Bytes>)> + 'a;

/// Octets of one step, where an engine has no better way.
const INGESTED_AT_ONCE: usize = 4 << 20;

/// The engine of a store: a journal, and tables behind it.
///
/// # Errors
///
/// If another process has it open, or it cannot be read or written.
pub fn open(path: &Path, options: &EmbeddedOptions) -> Result<Arc<dyn Engine>, StoreError> {
    let tables = super::fjall::open(&path.join("tables"), options)?;
    let journal = path.join("journal");
    std::fs::create_dir_all(&journal).map_err(|error| refusal(path, Arc::new(error)))?;
    Ok(Arc::new(Journal::open(&journal, tables, Limits::default())?))
}

/// Records to write and to delete, each key once. The octets are in one buffer.
#[derive(Debug, Default)]
pub struct Writes {
    octets: Vec<u8>,
    writes: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    table: Table,
    key: Range<usize>,
    record: Option<Range<usize>>,
    is_new: bool,
}

/// One of [`Writes`].
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    /// Where the record stands.
    pub table: Table,
    /// Its key.
    pub key: &'a [u8],
    /// The record; `None` to delete it.
    pub record: Option<&'a [u8]>,
    /// There was none of this key before.
    pub is_new: bool,
}

impl Writes {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Write<'_>> {
        let octets = |range: &Range<usize>| self.octets.get(range.clone()).unwrap_or_default();
        self.writes.iter().map(move |slot| Write {
            table: slot.table,
            key: octets(&slot.key),
            record: slot.record.as_ref().map(octets),
            is_new: slot.is_new,
        })
    }

    /// A write without a record yet, to be filled in by its place. `is_new` says that there is none of this key.
    pub(super) fn add(&mut self, table: Table, key: &[u8], is_new: bool) -> usize {
        let key = self.keep(key);
        self.writes.push(Slot { table, key, record: None, is_new });
        self.writes.len() - 1
    }

    /// There is no record of this key yet.
    pub(super) fn is_new(&mut self, write: usize) {
        if let Some(write) = self.writes.get_mut(write) {
            write.is_new = true;
        }
    }

    /// Fills in the record of a write, in place of the one that it had, and gives its length.
    pub(super) fn record(
        &mut self,
        write: usize,
        encode: impl FnOnce(&mut Vec<u8>) -> usize,
    ) -> usize {
        let start = self.octets.len();
        let len = encode(&mut self.octets);
        if let Some(write) = self.writes.get_mut(write) {
            write.record = Some(start..start + len);
        }
        len
    }

    /// Makes a write one that deletes.
    pub(super) fn erase(&mut self, write: usize) {
        if let Some(write) = self.writes.get_mut(write) {
            write.record = None;
        }
    }

    /// Writes a record.
    pub fn put(&mut self, table: Table, key: &[u8], record: &[u8]) {
        let key = self.keep(key);
        let record = Some(self.keep(record));
        self.writes.push(Slot { table, key, record, is_new: false });
    }

    /// Deletes a record.
    pub fn delete(&mut self, table: Table, key: &[u8]) {
        let key = self.keep(key);
        self.writes.push(Slot { table, key, record: None, is_new: false });
    }

    pub(super) fn clear(&mut self) {
        self.octets.clear();
        self.octets.shrink_to(4 << 20); // one large batch is not paid for ever
        self.writes.clear();
    }

    fn keep(&mut self, octets: &[u8]) -> Range<usize> {
        let start = self.octets.len();
        self.octets.extend_from_slice(octets);
        start..self.octets.len()
    }
}

/// Why an engine could not be opened, in words that help.
pub(super) fn refusal(path: &Path, source: Source) -> StoreError {
    let path: PathBuf = path.to_owned();
    let io =
        std::iter::successors(Some(&*source as &dyn std::error::Error), |error| error.source())
            .find_map(|error| error.downcast_ref::<std::io::Error>());
    let hint = match io.map(std::io::Error::kind) {
        Some(std::io::ErrorKind::PermissionDenied) => {
            "this user may not write there; change the owner of the folder or `store.path`"
        }
        Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) => {
            "the disk is full; free space, or move the folder and change `store.path`"
        }
        Some(std::io::ErrorKind::NotADirectory | std::io::ErrorKind::AlreadyExists) => {
            "there is a file in the place of the folder; change `store.path`"
        }
        _ => "look at the error below; the folder is left as it is",
    };
    StoreError::Open { path, hint: hint.to_owned(), source }
}
