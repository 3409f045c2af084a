//! What went through since the start.

use std::sync::atomic::{AtomicU64, Ordering};

/// What went through a spool since this process started it; a copy made at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Messages that were taken: of ESMEs, and of SMSCs.
    pub accepted: u64,
    /// Messages that an SMSC has taken.
    pub sent: u64,
    /// Receipts that an ESME has taken.
    pub receipts: u64,
}

/// Counts it.
#[derive(Debug, Default)]
pub(super) struct Counting {
    pub(super) accepted: Count,
    pub(super) sent: Count,
    pub(super) receipts: Count,
}

impl Counting {
    pub(super) fn totals(&self) -> Totals {
        Totals {
            accepted: self.accepted.get(),
            sent: self.sent.get(),
            receipts: self.receipts.get(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn one(&self) {
        self.some(1);
    }

    pub(super) fn some(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
