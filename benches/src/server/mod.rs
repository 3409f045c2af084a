//! The servers that can be driven.

pub(crate) mod echo;
pub(crate) mod smpp34;
pub(crate) mod wirepath;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Messages that were handled. Its count is the id of the next one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handled(Arc<AtomicU64>);

impl Handled {
    /// One more; says which one it is.
    pub(crate) fn next(&self) -> u64 {
        self.add(1)
    }

    pub(crate) fn add(&self, messages: u64) -> u64 {
        self.0.fetch_add(messages, Ordering::Relaxed)
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
