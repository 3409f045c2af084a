//! The state of the SMSC.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use wirepath::smpp::{ReceiptForm, SessionId, Smpp};

use crate::{message::Notice, messages::Messages, outbox::Outbox};

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
    ///
    /// No receipt leaves before the answer to its message. On the session that the message came on, what is queued while
    /// a handler runs is behind its answer. For another session it is not posted until the answer has been written; the
    /// tasks that wait for that are no more than the messages that are held.
    pub(crate) async fn deliver(self: Arc<Self>, smpp: Smpp) {
        let mut notices = Vec::new();
        let mut elsewhere: HashMap<Option<SessionId>, Vec<Notice>> = HashMap::new();
        loop {
            self.messages.next(&mut notices).await;
            for notice in notices.drain(..) {
                if let Err(notice) = self.outbox.post_back(notice) {
                    elsewhere.entry(notice.message.session).or_default().push(notice);
                }
            }
            for (from, notices) in elsewhere.drain() {
                tokio::spawn(Arc::clone(&self).deliver_elsewhere(from, notices, smpp.clone()));
            }
        }
    }

    /// Posts what goes to another session than the messages came on.
    async fn deliver_elsewhere(
        self: Arc<Self>,
        from: Option<SessionId>,
        notices: Vec<Notice>,
        smpp: Smpp,
    ) {
        if let Some(session) = from.and_then(|id| smpp.session(id)) {
            // If it ends first its answers are lost, and overtaken by nothing.
            let _ = session.flush().await;
        }
        for notice in notices {
            self.outbox.post(notice, 0, &smpp);
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
