//! The thread that brings frozen layers into the tables.

use std::sync::{Arc, PoisonError};

use super::file;
use super::layer::merge;
use super::{Frozen, Shared, WATERMARK};
use crate::store::Source;
use crate::store::embedded::engine::Table;

/// Works until the journal is closed. A layer that it has begun with is finished first.
pub(super) fn run(shared: &Shared) {
    let _gone = Departure { shared };
    loop {
        let mut work = shared.work();
        while !work.is_pending && !work.is_closed {
            work = shared.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        if work.is_closed {
            return;
        }
        drop(work);
        let frozen = shared.layers().frozen.clone();
        let outcome = frozen.map_or(Ok(()), |frozen| bring(shared, &frozen));
        let mut work = shared.work();
        work.is_pending = false;
        if let Err(error) = outcome {
            tracing::error!(%error, "the store's journal cannot be brought into its tables; mend the disk (space, quota, hardware)");
            work.failure = Some(error);
        }
        let is_over = work.failure.is_some();
        drop(work);
        shared.changed.notify_all();
        if is_over {
            return;
        }
    }
}

fn bring(shared: &Shared, frozen: &Arc<Frozen>) -> Result<(), Source> {
    for table in [Table::Items, Table::Keys, Table::Meta] {
        shared.tables.ingest(table, &mut merge(&frozen.layer, None, table, &[]))?;
    }
    // From here on the files are not read again.
    let number = frozen.files.iter().map(|(number, _)| *number).max().unwrap_or(0).to_be_bytes();
    let record = bytes::Bytes::copy_from_slice(&number);
    shared.tables.ingest(Table::Meta, &mut std::iter::once((WATERMARK, Some(&record))))?;
    shared.layers.write().unwrap_or_else(PoisonError::into_inner).frozen = None;
    for (_, path) in &frozen.files {
        let spare = || shared.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let has_one = spare().is_some();
        // It takes a while, and nobody else makes one.
        let outcome = match has_one {
            false => file::retire(path, shared.limits.octets).map(|path| *spare() = Some(path)),
            true => std::fs::remove_file(path),
        };
        if let Err(error) = outcome {
            tracing::warn!(path = %path.display(), %error, "cannot remove a file of the store's journal that is not needed any more");
        }
    }
    Ok(())
}

/// If the thread ends by a panic, of the engine too, nobody waits for it: the next turn of the files fails.
struct Departure<'a> {
    shared: &'a Shared,
}

impl Drop for Departure<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut work = self.shared.work();
        work.is_pending = false;
        work.failure = Some(Arc::new(std::io::Error::other(
            "the thread that brings the journal into the tables has panicked; the log says where: report it, and restart: the \
             files of the journal hold what is not in the tables",
        )));
        drop(work);
        self.shared.changed.notify_all();
    }
}
