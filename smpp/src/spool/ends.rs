//! What became of messages, on its way to the disk.

use wirepath_runtime::store::{Batch, ItemId};

use super::{
    memory::{self, Memory},
    spool::Inner,
};

/// What became of one message.
pub(super) enum End {
    /// An SMSC has it, and nobody wants to hear of it: it is removed, and this is remembered.
    Gone(ItemId, Memory),
    /// Anything else, guarded by itself.
    Batch(Batch),
}

/// What became of messages at the same time: written in one step while all of the guards hold, which they nearly always do.
#[derive(Default)]
pub(super) struct Ends {
    gone: Vec<(ItemId, Memory)>,
    batches: Vec<Batch>,
}

impl Extend<End> for Ends {
    fn extend<I: IntoIterator<Item = End>>(&mut self, ends: I) {
        for end in ends {
            match end {
                End::Gone(id, memory) => self.gone.push((id, memory)),
                End::Batch(batch) => self.batches.push(batch),
            }
        }
    }
}

impl Ends {
    /// How many of them.
    pub(super) fn len(&self) -> usize {
        self.gone.len() + self.batches.len()
    }

    /// Writes all of them down, however often it takes. What is not there any more has ended otherwise.
    pub(super) async fn write(mut self, spool: &Inner) {
        let mut all = of_gone(&self.gone, spool);
        if self.gone.is_empty() && self.batches.len() == 1 {
            if let Some(only) = self.batches.pop() {
                spool.commit_surely(only).await;
            }
            return;
        }
        for batch in &self.batches {
            all = all.join(batch.clone());
        }
        if matches!(spool.store.commit(all).await, Ok(true)) {
            return;
        }
        // One of the guards does not hold, or there is no room for all, or it is not known whether they were written: each is to be
        // where it ends, whichever way it got there.
        for ended in self.gone {
            spool.commit_surely(of_gone(&[ended], spool)).await;
        }
        for batch in self.batches {
            spool.commit_surely(batch).await;
        }
    }
}

/// What removes messages that are there.
fn of_gone(gone: &[(ItemId, Memory)], spool: &Inner) -> Batch {
    let batch = gone.iter().fold(Batch::new(), |batch, (id, _)| batch.if_item(*id).remove(*id));
    match spool.config.remember() {
        Some(ttl) => memory::remember(batch, gone, ttl),
        None => batch,
    }
}
