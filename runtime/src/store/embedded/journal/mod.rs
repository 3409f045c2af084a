//! A journal before the tables.
//!
//! ```text
//!   apply ──► journal file: one frame, one fsync ──► active layer
//!                                                        │ the file is full
//!   get ──► active, frozen, tables                       ▼
//!                            tables ◄── sorted ───── frozen layer ──► its file is removed
//! ```
//!
//! Most of what a spool writes is gone within seconds: a message is pushed, sent and removed. What ends while its file is the
//! active one costs two entries of a file that is written anyway, and never reaches the tables; only what stays is sorted into
//! them, a whole file's worth at a time.
//!
//! # After a crash
//!
//! Files are read again, oldest first, those that the tables have in full left out: a record of [`WATERMARK`] says up to which
//! that is. A write puts or deletes a whole record, so reading a file twice, or one that the tables have in part, changes nothing.
//!
//! # Bounds
//!
//! Two layers at most: while the frozen one goes into the tables the next file fills, and then the writer waits. Each is bounded
//! by the [octets](Limits::octets) of its file and by its [entries](Limits::entries). On disk there are three files at most: the
//! active one, that of the frozen layer, and a spare one that will be written over.

mod file;
mod frame;
mod layer;
mod recovery;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::thread::{self, JoinHandle};

use bytes::Bytes;

use self::file::JournalFile;
use self::layer::Layer;
use super::engine::{Engine, Table, Writes, refusal};
use crate::store::{Source, StoreError};

/// Where the number of the last file that the tables have in full stands, in the table `meta`.
pub(super) const WATERMARK: &[u8] = b"journal";

/// When a file is full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Octets of a file.
    pub(super) octets: u64,
    /// Records of it that are still of interest, and deletions: about 150 octets of memory each beside what they hold.
    pub(super) entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { octets: 64 << 20, entries: 200_000 }
    }
}

/// Tables with a journal before them.
pub(super) struct Journal {
    shared: Arc<Shared>,
    file: Mutex<JournalFile>,
    tabler: Option<JoinHandle<()>>,
}

struct Shared {
    limits: Limits,
    tables: Arc<dyn Engine>,
    layers: RwLock<Layers>,
    work: Mutex<Work>,
    /// There is work, or it is done.
    changed: Condvar,
    /// A file to write over.
    spare: Mutex<Option<PathBuf>>,
}

#[derive(Default)]
struct Layers {
    active: Layer,
    frozen: Option<Arc<Frozen>>,
}

/// A layer that goes into the tables, and the files that hold it.
struct Frozen {
    layer: Layer,
    files: Vec<(u64, PathBuf)>,
}

#[derive(Default)]
struct Work {
    is_pending: bool,
    is_closed: bool,
    failure: Option<Source>,
}

impl Journal {
    /// Reads the files of a folder again and goes on with a new one.
    ///
    /// # Errors
    ///
    /// If they cannot be read, or a file cannot be made.
    pub(super) fn open(
        folder: &Path,
        tables: Arc<dyn Engine>,
        limits: Limits,
    ) -> Result<Self, StoreError> {
        let unopened = |error: Source| refusal(folder, error);
        let found = recovery::recover(folder, &*tables).map_err(unopened)?;
        let next = found.last.saturating_add(1);
        let file = JournalFile::create(folder, next, found.spare)
            .map_err(|error| unopened(Arc::new(error)))?;
        let frozen = Frozen { layer: found.layer, files: found.files };
        let has_work = !frozen.files.is_empty();
        let layers = Layers { active: Layer::default(), frozen: has_work.then(|| frozen.into()) };
        let shared = Arc::new(Shared {
            limits,
            tables,
            layers: RwLock::new(layers),
            work: Mutex::new(Work { is_pending: has_work, ..Work::default() }),
            changed: Condvar::new(),
            spare: Mutex::new(None),
        });
        let of_thread = shared.clone();
        let tabler = thread::Builder::new()
            .name("wirepath-tables".to_owned())
            .spawn(move || tables::run(&of_thread))
            .map_err(|error| unopened(Arc::new(error)))?;
        Ok(Self { shared, file: Mutex::new(file), tabler: Some(tabler) })
    }

    /// Freezes the active layer and begins a new file. Waits for the layer before, if that is not in the tables yet.
    fn turn(&self, file: &mut JournalFile) -> Result<(), Source> {
        let mut work = self.shared.work();
        while work.is_pending && work.failure.is_none() {
            work = self.shared.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(failure) = &work.failure {
            return Err(failure.clone());
        }
        let spare = self.shared.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        let next = file.next(spare).map_err(|error| Arc::new(error) as Source)?;
        let full = std::mem::replace(file, next);
        let mut layers = self.shared.layers.write().unwrap_or_else(PoisonError::into_inner);
        let layer = std::mem::take(&mut layers.active);
        layers.frozen = Some(Arc::new(Frozen { layer, files: vec![full.name()] }));
        drop(layers);
        work.is_pending = true;
        drop(work);
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Engine for Journal {
    fn apply(&self, writes: &Writes) -> Result<(), Source> {
        let io = |error: std::io::Error| Arc::new(error) as Source;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = {
            let layers = self.shared.layers();
            let limits = &self.shared.limits;
            file.is_full(limits.octets) || layers.active.len() >= limits.entries
        };
        if is_full {
            self.turn(&mut file)?;
        }
        let mut octets = Vec::new();
        let spans = frame::encode(writes, file.next_frame(), &mut octets);
        file.append(&octets).map_err(io)?;
        let frame = Bytes::from(octets);
        let mut layers = self.shared.layers.write().unwrap_or_else(PoisonError::into_inner);
        for (span, is_new) in &spans {
            layers.active.write(&frame, span, *is_new);
        }
        Ok(())
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, Source> {
        let frozen = {
            let layers = self.shared.layers();
            if let Some(found) = layers.active.get(table, key) {
                return Ok(found);
            }
            layers.frozen.clone()
        };
        // Not in the tables yet, or just there: then they have it.
        match frozen.as_ref().and_then(|frozen| frozen.layer.get(table, key)) {
            Some(found) => Ok(found),
            None => self.shared.tables.get(table, key),
        }
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        each: &mut dyn FnMut(&[u8], Bytes) -> bool,
    ) -> Result<(), Source> {
        let layers = self.shared.layers();
        let below = layers.frozen.as_ref().map(|frozen| &frozen.layer);
        let mut above = layer::merge(&layers.active, below, table, from).peekable();
        let mut goes_on = true;
        self.shared.tables.scan(table, from, &mut |key, record| {
            while goes_on && let Some((above_key, found)) = above.next_if(|(above, _)| *above < key)
            {
                goes_on = found.is_none_or(|found| each(above_key, found.clone()));
            }
            if !goes_on {
                return false;
            }
            goes_on = match above.next_if(|(above, _)| *above == key) {
                Some((_, found)) => found.is_none_or(|found| each(key, found.clone())),
                None => each(key, record),
            };
            goes_on
        })?;
        while goes_on && let Some((key, found)) = above.next() {
            goes_on = found.is_none_or(|found| each(key, found.clone()));
        }
        Ok(())
    }
}

/// What is in the files and not in the tables is read from the files when it is opened again.
impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.work().is_closed = true;
        self.shared.changed.notify_all();
        if let Some(tabler) = self.tabler.take() {
            let _ = tabler.join();
        }
    }
}

impl Shared {
    fn layers(&self) -> RwLockReadGuard<'_, Layers> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
