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
    ends::{End, Ends},
    handover::hand_over,
    lane,
    layout::Outline,
    memory::Memory,
    outcome::{Failed, Failover, Next},
    parts::{self, Parts},
    record::{Record, RecordError, Stage, submitted},
    settle::{self, Verdict},
    spool::{Inner, random},
    times::AT_ONCE,
};
use crate::{
    handle::{SendError, Sent, Upstream},
    protocol::{CommandId, MessageId, MessageState, SystemId, long::MessagePdu, pdu::SubmitSm},
};

/// What has come to its end and is not durable yet, at most: nothing is sent meanwhile.
const MAX_UNWRITTEN: usize = 4_096;

/// Ends that are written in one step, at most.
const TOGETHER: usize = 512;

/// What is in flight of a chain whose binds are configured no more: nothing is sent, but what ends is looked at.
const LEAST_ROOM: usize = 1;

/// Sends what waits in one lane.
pub(super) struct Carrier {
    spool: Arc<Inner>,
    lane: Lane,
    binds: Vec<Upstream>,
}

/// A message that is being sent.
struct Flight {
    item: Item,
    esme: SystemId,
    pdu: MessagePdu,
}

impl Carrier {
    pub(super) fn new(spool: Arc<Inner>, lane: Lane, chain: Vec<String>) -> Self {
        let binds = chain.iter().map(|name| spool.smpp.bind(name)).collect();
        Self { spool, lane, binds }
    }

    /// Runs until the program drains; what is in flight then is brought to its end.
    pub(super) async fn run(self, signal: ShutdownSignal) {
        let mut flying = FuturesUnordered::new();
        // A place in the window is free when the SMSC has answered: what became of the message is written down meanwhile.
        let mut writing = FuturesUnordered::new();
        let mut unwritten = 0;
        let requested = signal.requested();
        tokio::pin!(requested);
        loop {
            let room = match unwritten < MAX_UNWRITTEN {
                true => self.room().saturating_sub(flying.len()),
                false => 0,
            };
            tokio::select! {
                biased;
                () = &mut requested => break,
                Some(written) = writing.next(), if !writing.is_empty() => unwritten -= written,
                Some(end) = flying.next(), if !flying.is_empty() => {
                    let mut ends = Ends::default();
                    ends.extend(end);
                    // What has come to its end together makes room together.
                    while ends.len() < TOGETHER
                        && let Some(Some(end)) = flying.next().now_or_never()
                    {
                        ends.extend(end);
                    }
                    unwritten += ends.len();
                    writing.push(self.write(ends));
                }
                items = self.lease(room), if room > 0 => {
                    flying.extend(items.into_iter().map(|item| self.send(item)));
                }
            }
        }
        while let Some(end) = flying.next().await {
            let mut ends = Ends::default();
            ends.extend(end);
            self.write(ends).await;
        }
        while writing.next().await.is_some() {}
    }

    /// Writes down what became of messages; gives how many they were.
    async fn write(&self, ends: Ends) -> usize {
        let count = ends.len();
        ends.write(&self.spool).await;
        self.spool.correlated.notify_waiters();
        count
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

    /// Sends one message, and gives what is to be written down of it; `None` if nothing happened to it.
    async fn send(&self, item: Item) -> Option<End> {
        let flight = match self.prepare(item) {
            Ok(flight) => flight,
            Err(end) => return Some(End::Batch(end)),
        };
        let bind = match &self.binds[..] {
            // It says itself whether it is bound.
            [only] => Some(only),
            _ => self.pick(),
        };
        let Some(bind) = bind else {
            self.spool.store.release(&[flight.item.id]);
            return None;
        };
        let answer = match &flight.pdu {
            MessagePdu::SubmitSm(pdu) if parts::is_split(bind, pdu) => {
                return Box::pin(self.send_parts(bind, &flight.item, pdu)).await;
            }
            // Its own arm: the future of every message is then no larger than this one needs.
            MessagePdu::SubmitSm(pdu) => bind.submit_sm(pdu).await.map(|answer| answer.message_id),
            other => Box::pin(hand_over(bind, other)).await,
        };
        match answer {
            Ok(_) if flight.pdu.registered_delivery() & 0b11 == 0 => Some(self.gone(*flight)),
            Ok(id) => self.sent(bind, &flight.item, flight.pdu.registered_delivery(), &[id]),
            Err(error) => self.failed(bind, &flight.item, None, &error),
        }
    }

    /// Sends a message in several parts: those that have not gone out, on the bind that the others went out on.
    async fn send_parts(&self, bind: &Upstream, item: &Item, pdu: &SubmitSm) -> Option<End> {
        let record = match self.record(item) {
            Ok(record) => record,
            Err(end) => return Some(end),
        };
        let before = match Parts::of(&record) {
            Parts::Going(sent) if record.bind == bind.name() => sent,
            _ => Sent::default(),
        };
        match parts::send(bind, pdu, before).await {
            Ok(sent) => self.sent(bind, item, pdu.registered_delivery(), &sent.parts),
            Err((sent, error)) => self.failed(bind, item, Some(sent), &error),
        }
    }

    /// What is to be sent, or its end if there is nothing to send. In a box: what is awaited then is small, and a small
    /// allocation costs much less than one large one.
    fn prepare(&self, item: Item) -> Result<Box<Flight>, Batch> {
        let now = SystemTime::now();
        let unread = |error| self.bury_unread(&item, &error);
        let outline = Outline::read(&item.body).map_err(unread)?;
        if outline.deadline <= now {
            let batch = Batch::new().if_item(item.id);
            let verdict = Verdict::new(MessageState::EXPIRED, b"", now);
            let record = Record::decode(item.body.clone()).map_err(unread)?;
            return Err(settle::settle(batch, &item, record, verdict, &self.spool.config));
        }
        let pdu = submitted(outline.pdu).map_err(unread)?;
        Ok(Box::new(Flight { esme: outline.esme, pdu, item }))
    }

    /// All that is known of a message, or its end if that cannot be read.
    fn record(&self, item: &Item) -> Result<Record, End> {
        let unread = |error| End::Batch(self.bury_unread(item, &error));
        Record::decode(item.body.clone()).map_err(unread)
    }

    /// An SMSC has it, and nobody wants to hear of it.
    fn gone(&self, flight: Flight) -> End {
        let Flight { item, esme, pdu } = flight;
        self.spool.counting.sent.one();
        settle::count(MessageState::ACCEPTED);
        let source = item.body.slice_ref(pdu.source().digits);
        let (state, at) = (MessageState::ACCEPTED, SystemTime::now());
        End::Gone(item.id, Memory { state, at, esme, source })
    }

    /// An SMSC has it, under an id for each part.
    fn sent(
        &self,
        bind: &Upstream,
        item: &Item,
        registered_delivery: u8,
        ids: &[MessageId],
    ) -> Option<End> {
        let mut record = match self.record(item) {
            Ok(record) => record,
            Err(end) => return Some(end),
        };
        let now = SystemTime::now();
        let batch = Batch::new().if_item(item.id);
        self.spool.counting.sent.one();
        bind.name().clone_into(&mut record.bind);
        record.upstream_id = ids.first().copied().unwrap_or_default();
        record.parts = Bytes::new();
        if registered_delivery & 0b11 == 0 {
            let verdict = Verdict::new(MessageState::ACCEPTED, b"", now);
            let batch = settle::settle(batch, item, record, verdict, &self.spool.config);
            return Some(End::Batch(batch));
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
        let sent = settle::moved(item, Lane::from(lane::SENT), due, record.encode());
        Some(End::Batch(batch.push(sent)))
    }

    /// It did not go out, or was refused, or nobody knows. `sent` are the parts of it that did.
    fn failed(
        &self,
        bind: &Upstream,
        item: &Item,
        sent: Option<Sent>,
        error: &SendError,
    ) -> Option<End> {
        let mut record = match self.record(item) {
            Ok(record) => record,
            Err(end) => return Some(end),
        };
        if let Some(sent) = sent.filter(|sent| !sent.parts.is_empty()) {
            bind.name().clone_into(&mut record.bind);
            record.parts = Parts::Going(sent).encode();
        }
        let failed = Failed {
            error,
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
            Next::Back if record.parts.is_empty() => {
                self.spool.store.release(&[item.id]);
                return None;
            }
            // What has gone out of it is written down.
            Next::Back => (Duration::ZERO, item.attempts),
            Next::Settle { state, err } => {
                bind.name().clone_into(&mut record.bind);
                let verdict = Verdict { state, err, at: now };
                let batch = settle::settle(batch, item, record, verdict, &self.spool.config);
                return Some(End::Batch(batch));
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
        Some(End::Batch(batch.push(Item { lane, due, attempts, body, ..item.clone() })))
    }

    fn bury_unread(&self, item: &Item, error: &RecordError) -> Batch {
        tracing::error!(
            id = %item.id, lane = %self.lane, %error,
            "a stored message cannot be read and is a dead letter as it is"
        );
        let unread = Item { lane: Lane::from(lane::DEAD), attempts: 0, ..item.clone() };
        Batch::new().if_item(item.id).push(unread)
    }
}
