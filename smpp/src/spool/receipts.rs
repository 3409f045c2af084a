//! Receipts that SMSCs send, and the messages that they are for.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::time::Instant;
use wirepath_runtime::{
    seldom::Seldom,
    store::{Batch, Found, Item, ItemId, StoreError},
};

use super::{
    correlation,
    parts::{self, Parts},
    record::{ErrorCode, Record, Stage},
    settle::{self, Verdict},
    spool::{Inner, refused},
};
use crate::protocol::{
    MessageId, MessageState, Receipt, Status, long, message_id_form::MessageIdForm,
};

/// How often a message that is not known yet is looked for, if nobody says that one was written down: another replica may have.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What became of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is for a message of the spool's, which has ended with it, had ended before, or goes on.
    Ours,
    /// No message has this id, nor got it while this was held.
    Unknown,
}

/// What a receipt says.
#[derive(Clone, Copy, Debug)]
struct End {
    state: MessageState,
    err: ErrorCode,
}

impl End {
    fn verdict(self, at: SystemTime) -> Verdict {
        Verdict { state: self.state, err: self.err, at }
    }
}

/// What follows of a receipt for the message that it is for.
enum Ended {
    /// It had ended before, or is not there.
    Before,
    /// It ends by this batch, which stores about so many octets.
    Whole(Batch, usize),
    /// One of its parts ends.
    Part(Box<Parted>),
}

/// A message that went out in several parts.
struct Parted {
    item: Item,
    record: Record,
    changes: u32,
    parts: long::Verdict,
}

/// Whoever deletes the key ends the message: this receipt, its double, or the end of the wait for it.
fn guarded(item: &Item, key: &Bytes) -> Batch {
    Batch::new().if_key(key.clone()).if_item(item.id).delete(key.clone())
}

impl Inner {
    /// Takes a receipt that came on a bind. What it says is durable when this returns.
    ///
    /// One whose message is not known is held for a while: it may have overtaken its `submit_sm_resp`.
    pub(super) async fn receipt(
        self: &Arc<Self>,
        bind: &str,
        form: MessageIdForm,
        receipt: &Receipt<'_>,
    ) -> Result<Taken, Status> {
        let Some(id) = receipt.id().and_then(|id| MessageId::new(id).ok()) else {
            return Ok(Taken::Unknown);
        };
        let state = receipt.state().unwrap_or(MessageState::UNKNOWN);
        let end = End { state, err: ErrorCode::new(receipt.err().unwrap_or_default()) };
        self.end(correlation::key(bind, form.normal(id)), end).await
    }

    /// Nothing large is held here while something is waited for: it is in a box for every receipt, and small boxes cost much less.
    async fn end(self: &Arc<Self>, key: Bytes, end: End) -> Result<Taken, Status> {
        let Some((item, part)) = self.correlate(&key).await? else { return Ok(Taken::Unknown) };
        if !end.state.is_final() {
            return Ok(Taken::Ours);
        }
        // It comes again.
        let failed = |error| refused(&error, Status::RX_T_APPN);
        loop {
            let found = self.store.item(item).await.map_err(failed)?;
            match self.next(found, &key, end) {
                Ended::Before => {
                    // What ended it may be in memory alone as yet: this is answered when what was written before is on disk.
                    let before = Batch::new().if_key(key.clone());
                    self.write(before, 0, None).await.map_err(failed)?;
                    return Ok(Taken::Ours);
                }
                Ended::Whole(batch, octets) => {
                    // Not applied, it had ended.
                    self.write(batch, octets, None).await.map_err(failed)?;
                    return Ok(Taken::Ours);
                }
                Ended::Part(message) => {
                    // Of receipts for several parts of one message that come at the same time, each goes on from what the one
                    // before wrote.
                    if Box::pin(self.take_part(*message, part, &key, end)).await.map_err(failed)? {
                        return Ok(Taken::Ours);
                    }
                }
            }
        }
    }

    /// What follows for a message that was found.
    fn next(&self, found: Option<Found>, key: &Bytes, end: End) -> Ended {
        let Some(Found { item, .. }) = found else { return Ended::Before };
        let Ok(record) = Record::decode(item.body.clone()) else { return Ended::Before };
        if record.stage != Stage::Sent {
            return Ended::Before;
        }
        if let Parts::Waiting(changes, parts) = Parts::of(&record) {
            return Ended::Part(Box::new(Parted { item, record, changes, parts }));
        }
        let (octets, verdict) = (item.body.len(), end.verdict(SystemTime::now()));
        let batch = settle::settle(guarded(&item, key), &item, record, verdict, &self.config);
        Ended::Whole(batch, octets)
    }

    /// Takes the end of a part of a message; false if something else changed the message meanwhile.
    async fn take_part(
        &self,
        message: Parted,
        part: u8,
        key: &Bytes,
        end: End,
    ) -> Result<bool, StoreError> {
        let Parted { item, mut record, changes, mut parts } = message;
        if self.store.get(key).await?.is_none() {
            return Ok(true);
        }
        let now = SystemTime::now();
        let change = parts::change_key(item.id, changes);
        let batch = guarded(&item, key).if_key(change.clone()).delete(change);
        let err = end.err.given();
        let batch = match parts.receipt(part, end.state, err) {
            Some(report) => {
                record.parts = Parts::ended(&report).encode();
                let verdict = Verdict::new(report.state, report.err(), now);
                settle::settle(batch, &item, record, verdict, &self.config)
            }
            None => {
                let changes = changes.wrapping_add(1);
                let ttl = correlation::lifetime(item.due, now);
                record.parts = Parts::Waiting(changes, parts).encode();
                let change = parts::change_key(item.id, changes);
                let item = Item { body: record.encode(), ..item };
                batch.put(change, Bytes::new(), Some(ttl)).push(item)
            }
        };
        self.store.commit(batch).await
    }

    /// The message that an id stands for, waited for if need be.
    pub(super) async fn correlate(&self, key: &[u8]) -> Result<Option<(ItemId, u8)>, Status> {
        match self.correlated(key).await? {
            Some(id) => Ok(Some(id)),
            // Rare, and large: in a box, so that the others are small.
            None => Box::pin(self.wait_for(key)).await,
        }
    }

    async fn wait_for(&self, key: &[u8]) -> Result<Option<(ItemId, u8)>, Status> {
        let Ok(_held) = self.orphans.try_acquire() else {
            static TOO_MANY: Seldom = Seldom::new();
            if let Some(times) = TOO_MANY.times() {
                tracing::warn!(
                    times,
                    "too many receipts are held whose messages are not known; one is refused with ESME_RX_T_APPN, to come again"
                );
            }
            return Err(Status::RX_T_APPN);
        };
        let until = Instant::now() + self.config.orphan_hold();
        loop {
            let written = self.correlated.notified();
            tokio::pin!(written);
            written.as_mut().enable();
            if let Some(id) = self.correlated(key).await? {
                return Ok(Some(id));
            }
            let now = Instant::now();
            if now >= until {
                return Ok(None);
            }
            let _ = tokio::time::timeout_at(until.min(now + LOOK_AGAIN), written).await;
        }
    }

    async fn correlated(&self, key: &[u8]) -> Result<Option<(ItemId, u8)>, Status> {
        let failed = |error| refused(&error, Status::RX_T_APPN);
        let value = self.store.get(key).await.map_err(failed)?;
        Ok(value.and_then(|value| correlation::read(&value)))
    }
}
