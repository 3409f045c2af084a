//! A store on disk, in this process.
//!
//! ```text
//!   commit ──► inbox ──► writer: guards, memory, one batch, one fsync ──► answers
//!                          │                     │
//!   lease, get ◄── items and values in memory      engine ◄── what memory does not hold
//! ```
//!
//! Which item waits where is in memory: about 200 octets an item. Bodies and values are kept up to a budget. Leases are in memory too, so
//! a crash gives all of them back.

pub mod engine;
mod fjall;
mod folder;
mod group;
mod inbox;
mod journal;
mod load;
mod options;
mod reads;
mod state;
mod values;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

pub use self::options::EmbeddedOptions;
use self::{
    engine::{Engine, refusal},
    inbox::Inbox,
    state::Shared,
    writer::Writer,
};
use super::backend::WhenDone;
use super::bus::Hub;
use super::{Answer, Backend, Batch, StoreError};

/// The backend of [`Store::open`](super::Store::open).
pub(super) struct Embedded {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    hub: Hub,
    writer: Option<JoinHandle<()>>,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Embedded {
    pub(super) fn open(path: &Path, options: EmbeddedOptions) -> Result<Self, StoreError> {
        Self::open_with(path, options, engine::open)
    }

    pub(super) fn open_with(
        path: &Path,
        options: EmbeddedOptions,
        open: impl FnOnce(&Path, &EmbeddedOptions) -> Result<Arc<dyn Engine>, StoreError>,
    ) -> Result<Self, StoreError> {
        let unopened = |error| refusal(path, Arc::new(error));
        folder::make(path).map_err(unopened)?;
        let engine = open(path, &options)?;
        let (state, damaged) = load::load(&engine, path, &options)?;
        let shared = Arc::new(Shared::new(engine, path.to_owned(), options, state, damaged));
        let inbox = Arc::new(Inbox::new());
        let writer = Writer::new(shared.clone(), inbox.clone());
        let thread = thread::Builder::new().name("wirepath-store".to_owned());
        let writer = thread.spawn(move || writer.run()).map_err(unopened)?;
        Ok(Self { shared, inbox, hub: Hub::default(), writer: Some(writer) })
    }
}

impl Backend for Embedded {
    fn commit(&self, batch: Batch) -> Answer<'static, bool> {
        match batch.validate() {
            Ok(()) => self.inbox.clone().submit(batch),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn commit_each(&self, batches: Vec<Batch>, done: WhenDone) {
        self.inbox.submit_each(batches, done);
    }
}

/// What was handed over is written, and another may open the store when this returns; unless it is the writer itself that drops it, with
/// the last of what it has called. Then that is so when the writer ends.
impl Drop for Embedded {
    fn drop(&mut self) {
        self.inbox.close();
        if let Some(writer) = self.writer.take()
            && writer.thread().id() != thread::current().id()
        {
            let _ = writer.join();
        }
    }
}
