//! Receipts that SMSCs send, and the messages that they are for.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::time::Instant;
use wirepath_runtime::store::{Batch, Item, ItemId};

use super::{
    correlation,
    parts::{self, Parts},
    record::{Record, Stage},
    seldom::Seldom,
    settle::{self, Verdict},
    spool::{Inner, refused},
};
use crate::protocol::{MessageId, MessageState, Receipt, Status, message_id_form::MessageIdForm};

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
        let key = correlation::key(bind, form.normal(id));
        let Some((item, part)) = self.correlate(&key).await? else { return Ok(Taken::Unknown) };
        let state = receipt.state().unwrap_or(MessageState::UNKNOWN);
        if !state.is_final() {
            return Ok(Taken::Ours);
        }
        let err = receipt.err().unwrap_or_default();
        // Of receipts for several parts of one message that come at the same time, each goes on from what the one before wrote.
        while !self.take(item, part, &key, state, err).await? {}
        Ok(Taken::Ours)
    }

    /// Takes the end of a message, or of a part of it; false if something else changed the message meanwhile.
    async fn take(
        self: &Arc<Self>,
        item: ItemId,
        part: u8,
        key: &Bytes,
        state: MessageState,
        err: &[u8],
    ) -> Result<bool, Status> {
        // It comes again.
        let failed = |error| refused(&error, Status::RX_T_APPN);
        let Some(found) = self.store.item(item).await.map_err(failed)? else {
            return Ok(true);
        };
        let Ok(mut record) = Record::decode(found.item.body.clone()) else { return Ok(true) };
        if record.stage != Stage::Sent {
            return Ok(true);
        }
        let (now, octets) = (SystemTime::now(), found.item.body.len());
        // Whoever deletes the key ends the message: this receipt, its double, or the end of the wait for it.
        let batch = Batch::new().if_key(key.clone()).if_item(item).delete(key.clone());
        let Parts::Waiting(changes, mut parts) = Parts::of(&record) else {
            let verdict = Verdict::new(state, err, now);
            let batch = settle::settle(batch, &found.item, record, verdict, &self.config);
            // Not applied, it had ended.
            return self.write(batch, octets, None).await.map(|_| true).map_err(failed);
        };
        if self.store.get(key).await.map_err(failed)?.is_none() {
            return Ok(true);
        }
        let change = parts::change_key(item, changes);
        let batch = batch.if_key(change.clone()).delete(change);
        let batch = match parts.receipt(part, state, err) {
            Some(report) => {
                record.parts = Parts::ended(&report).encode();
                let verdict = Verdict::new(report.state, report.err(), now);
                settle::settle(batch, &found.item, record, verdict, &self.config)
            }
            None => {
                let changes = changes.wrapping_add(1);
                let ttl = correlation::lifetime(found.item.due, now);
                record.parts = Parts::Waiting(changes, parts).encode();
                let item = Item { body: record.encode(), ..found.item };
                let change = parts::change_key(item.id, changes);
                batch.put(change, Bytes::new(), Some(ttl)).push(item)
            }
        };
        self.store.commit(batch).await.map_err(failed)
    }

    /// The message that an id stands for, waited for if need be.
    async fn correlate(&self, key: &[u8]) -> Result<Option<(ItemId, u8)>, Status> {
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
