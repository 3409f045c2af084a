//! What the store asks of a storage engine. Not part of the API: it is public so that the benches can compare engines.

use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub use super::fjall::open as fjall;
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
}

/// Records to write and to delete, each key once. The octets are in one buffer.
#[derive(Debug, Default)]
pub struct Writes {
    octets: Vec<u8>,
    writes: Vec<Write>,
}

#[derive(Debug)]
struct Write {
    table: Table,
    key: Range<usize>,
    record: Option<Range<usize>>,
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

    /// The records: table, key, and the record or `None` to delete it.
    pub fn iter(&self) -> impl Iterator<Item = (Table, &[u8], Option<&[u8]>)> {
        let octets = |range: &Range<usize>| self.octets.get(range.clone()).unwrap_or_default();
        self.writes
            .iter()
            .map(move |write| (write.table, octets(&write.key), write.record.as_ref().map(octets)))
    }

    /// A write without a record yet, to be filled in by its place.
    pub(super) fn add(&mut self, table: Table, key: &[u8]) -> usize {
        let key = self.keep(key);
        self.writes.push(Write { table, key, record: None });
        self.writes.len() - 1
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
        self.writes.push(Write { table, key, record });
    }

    /// Deletes a record.
    pub fn delete(&mut self, table: Table, key: &[u8]) {
        let key = self.keep(key);
        self.writes.push(Write { table, key, record: None });
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
