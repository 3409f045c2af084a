//! The state of the SMSC.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use wirepath::smpp::{ReceiptForm, Smpp};

use crate::{messages::Messages, outbox::Outbox};

/// Everything that handlers and tasks share.
#[derive(Debug)]
pub(crate) struct Smsc {
    pub(crate) messages: Messages,
    pub(crate) outbox: Outbox,
    pub(crate) receipt_form: ReceiptForm,
    pub(crate) counters: Counters,
}

impl Smsc {
    pub(crate) fn new(delay: Duration, max_messages: usize, receipt_form: ReceiptForm) -> Self {
        Self {
            messages: Messages::new(delay, max_messages),
            outbox: Outbox::default(),
            receipt_form,
            counters: Counters::default(),
        }
    }

    /// Carries messages to their final state, and posts the receipts. Does not end.
    pub(crate) async fn deliver(self: Arc<Self>, smpp: Smpp) {
        let mut notices = Vec::new();
        loop {
            self.messages.next(&mut notices).await;
            for notice in notices.drain(..) {
                self.outbox.post(notice, 0, &smpp);
            }
        }
    }
}

/// A count that only grows.
#[derive(Debug, Default, Clone)]
pub(crate) struct Count(Arc<AtomicU64>);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happened so far.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Messages taken.
    pub(crate) taken: Count,
    /// Messages refused for want of room.
    pub(crate) refused: Count,
    /// Messages that a fault was injected into.
    pub(crate) injected: Count,
    /// Receipts that an ESME has taken.
    pub(crate) receipts: Count,
    /// Receipts that an ESME has refused or not answered.
    pub(crate) receipts_failed: Count,
    /// Mobile-originated messages made.
    pub(crate) mo: Count,
}
