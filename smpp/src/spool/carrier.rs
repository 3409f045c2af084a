//! The task that sends what waits for a chain of binds.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    stream::{FuturesUnordered, StreamExt},
};
use wirepath_runtime::{
    shutdown::ShutdownSignal,
    store::{Batch, Item, Lane},
};

use super::{
    correlation,
    handover::hand_over,
    lane,
    outcome::{Failed, Failover, Next},
    parts::{self, Parts},
    record::{Record, RecordError, Stage},
    settle::{self, Verdict},
    spool::{Inner, random},
    times::AT_ONCE,
};
use crate::{
    handle::{SendError, Sent, Upstream},
    protocol::{CommandId, MessageId, MessageState, long::MessagePdu, pdu::SubmitSm},
};

/// What is in flight of a chain whose binds are configured no more: nothing is sent, but what ends is looked at.
const LEAST_ROOM: usize = 1;

/// Sends what waits in one lane.
pub(super) struct Carrier {
    spool: Arc<Inner>,
    lane: Lane,
    binds: Vec<Upstream>,
}

impl Carrier {
    pub(super) fn new(spool: Arc<Inner>, lane: Lane, chain: Vec<String>) -> Self {
        let binds = chain.iter().map(|name| spool.smpp.bind(name)).collect();
        Self { spool, lane, binds }
    }

    /// Runs until the program drains; what is in flight then is brought to its end.
    pub(super) async fn run(self, signal: ShutdownSignal) {
        let mut flying = FuturesUnordered::new();
        let requested = signal.requested();
        tokio::pin!(requested);
        loop {
            let room = self.room().saturating_sub(flying.len());
            tokio::select! {
                biased;
                () = &mut requested => break,
                Some(()) = flying.next(), if !flying.is_empty() => {
                    // What has come to its end together makes room together.
                    while let Some(Some(())) = flying.next().now_or_never() {}
                }
                items = self.lease(room), if room > 0 => {
                    flying.extend(items.into_iter().map(|item| self.send(item)));
                }
            }
        }
        while flying.next().await.is_some() {}
    }

    /// How many may be in flight: the windows of its binds together.
    fn room(&self) -> usize {
        self.binds.iter().map(Upstream::window).sum::<usize>().max(LEAST_ROOM)
    }

    /// Waits for a bind and for messages.
    async fn lease(&self, room: usize) -> Vec<Item> {
        loop {
            self.bound().await;
            match self.spool.store.lease(&self.lane, room).await {
                Ok(items) => return items,
                Err(error) => {
                    tracing::error!(%error, lane = %self.lane, "the spool cannot read; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// The first bind of the chain that carries messages now.
    fn pick(&self) -> Option<&Upstream> {
        self.binds.iter().find(|bind| bind.carries(CommandId::SUBMIT_SM))
    }

    /// Waits until a bind carries messages.
    async fn bound(&self) {
        let hub = self.spool.smpp.hub();
        loop {
            let bound = hub.outbound.notified();
            tokio::pin!(bound);
            // Before the look: a bind in between is seen, and so is one of those that are configured later.
            bound.as_mut().enable();
            if self.pick().is_some() {
                return;
            }
            bound.await;
        }
    }

    /// Sends one message, and writes down what became of it.
    async fn send(&self, item: Item) {
        let now = SystemTime::now();
        let (record, pdu) = match read(&item) {
            Ok(read) => read,
            Err(error) => return self.bury_unread(&item, &error).await,
        };
        let batch = Batch::new().if_item(item.id);
        let config = &self.spool.config;
        if record.deadline <= now {
            let verdict = Verdict::new(MessageState::EXPIRED, b"", now);
            self.commit(settle::settle(batch, &item, record, verdict, config)).await;
            return;
        }
        let Some(bind) = self.pick() else {
            return self.spool.store.release(&[item.id]);
        };
        if let MessagePdu::SubmitSm(pdu) = &pdu
            && parts::is_split(bind, pdu)
        {
            return self.send_parts(bind, item, record, pdu).await;
        }
        match hand_over(bind, &pdu).await {
            Ok(id) => self.sent(bind, item, record, pdu.registered_delivery(), &[id]).await,
            Err(error) => self.failed(bind, item, record, error).await,
        }
    }

    /// Sends a message in several parts: those that have not gone out, on the bind that the others went out on.
    async fn send_parts(&self, bind: &Upstream, item: Item, mut record: Record, pdu: &SubmitSm) {
        let before = match Parts::of(&record) {
            Parts::Going(sent) if record.bind == bind.name() => sent,
            _ => Sent::default(),
        };
        match parts::send(bind, pdu, before).await {
            Ok(sent) => {
                self.sent(bind, item, record, pdu.registered_delivery(), &sent.parts).await;
            }
            Err((sent, error)) => {
                if !sent.parts.is_empty() {
                    bind.name().clone_into(&mut record.bind);
                    record.parts = Parts::Going(sent).encode();
                }
                self.failed(bind, item, record, error).await;
            }
        }
    }

    /// An SMSC has it, under an id for each part.
    async fn sent(
        &self,
        bind: &Upstream,
        item: Item,
        mut record: Record,
        registered_delivery: u8,
        ids: &[MessageId],
    ) {
        let now = SystemTime::now();
        let batch = Batch::new().if_item(item.id);
        self.spool.counting.sent.one();
        bind.name().clone_into(&mut record.bind);
        record.upstream_id = ids.first().copied().unwrap_or_default();
        record.parts = Bytes::new();
        if registered_delivery & 0b11 == 0 {
            let verdict = Verdict::new(MessageState::ACCEPTED, b"", now);
            self.commit(settle::settle(batch, &item, record, verdict, &self.spool.config)).await;
            return;
        }
        let timeout = self.spool.config.receipt_timeout();
        let due = record.deadline.max(now).checked_add(timeout).unwrap_or(record.deadline);
        let form = bind.message_id_form();
        let ttl = Some(correlation::lifetime(due, now));
        let key = |id: &MessageId| correlation::key(bind.name(), form.in_receipts(*id));
        let batch = match ids {
            [id] => batch.put(key(id), correlation::value(item.id, 0), ttl),
            ids => {
                record.parts = Parts::waiting(ids.len(), self.spool.config.long_receipts).encode();
                let batch = batch.put(parts::change_key(item.id, 0), Bytes::new(), ttl);
                ids.iter().zip(1..=u8::MAX).fold(batch, |batch, (id, part)| {
                    batch.put(key(id), correlation::value(item.id, part), ttl)
                })
            }
        };
        record.stage = Stage::Sent;
        let sent = settle::moved(&item, Lane::from(lane::SENT), due, record.encode());
        self.commit(batch.push(sent)).await;
        self.spool.correlated.notify_waiters();
    }

    /// It did not go out, or was refused, or nobody knows.
    async fn failed(&self, bind: &Upstream, item: Item, mut record: Record, error: SendError) {
        let failed = Failed {
            error: &error,
            attempts: item.attempts,
            binds: record.chain.len(),
            failover: Failover(record.failover),
            resend: bind.resend(),
            random: random(),
        };
        let next = failed.next(&self.spool.config);
        tracing::debug!(id = %item.id, bind = bind.name(), %error, ?next, "not sent");
        let now = SystemTime::now();
        let batch = Batch::new().if_item(item.id);
        let (after, attempts) = match next {
            Next::Back if record.parts.is_empty() => return self.spool.store.release(&[item.id]),
            // What has gone out of it is written down.
            Next::Back => (Duration::ZERO, item.attempts),
            Next::Settle { state, err } => {
                bind.name().clone_into(&mut record.bind);
                let verdict = Verdict { state, err, at: now };
                let batch = settle::settle(batch, &item, record, verdict, &self.spool.config);
                self.commit(batch).await;
                return;
            }
            Next::Later { after, counts } => (after, item.attempts.saturating_add(counts.into())),
            Next::Onward { after } => {
                record.chain.rotate_left(1);
                record.parts = Bytes::new();
                (after, item.attempts.saturating_add(1))
            }
        };
        metrics::counter!("wirepath_smpp_spool_retries_total", "bind" => bind.name().to_owned())
            .increment(1);
        let lane = record.lane();
        // The chains of a message are the turns of the one that it came with.
        let lane = if self.spool.carry(&lane) { lane } else { self.lane.clone() };
        // At its deadline it is looked at again, and ends.
        let due = match after.is_zero() {
            true => AT_ONCE,
            false => now.checked_add(after).unwrap_or(now).min(record.deadline),
        };
        let body = record.encode();
        self.commit(batch.push(Item { lane, due, attempts, body, ..item })).await;
    }

    async fn bury_unread(&self, item: &Item, error: &RecordError) {
        tracing::error!(
            id = %item.id, lane = %self.lane, %error,
            "a stored message cannot be read and is a dead letter as it is"
        );
        let unread = Item { lane: Lane::from(lane::DEAD), attempts: 0, ..item.clone() };
        self.commit(Batch::new().if_item(item.id).push(unread)).await;
    }

    async fn commit(&self, batch: Batch) {
        // If it is not there any more, it has ended otherwise.
        self.spool.commit_surely(batch).await;
    }
}

fn read(item: &Item) -> Result<(Record, MessagePdu), RecordError> {
    let record = Record::decode(item.body.clone())?;
    let pdu = record.submitted()?;
    Ok((record, pdu))
}
