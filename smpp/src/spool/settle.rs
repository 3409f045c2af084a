//! How a message ends: as a receipt on its way to the sender, as a dead letter, or because nobody wants to hear of it.

use std::time::SystemTime;

use bytes::Bytes;
use wirepath_runtime::{
    seldom::Seldom,
    store::{Batch, Item, Lane},
};

use super::{
    lane,
    memory::{self, Memory},
    record::{ErrorCode, Record, Stage},
    times::AT_ONCE,
};
use crate::{config::SpoolConfig, protocol::MessageState};

/// What became of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) state: MessageState,
    pub(super) err: ErrorCode,
    pub(super) at: SystemTime,
}

impl Verdict {
    pub(super) fn new(state: MessageState, err: &[u8], at: SystemTime) -> Self {
        Self { state, err: ErrorCode::new(err), at }
    }
}

/// Adds to a batch what ends a message.
pub(super) fn settle(
    batch: Batch,
    item: &Item,
    mut record: Record,
    verdict: Verdict,
    config: &SpoolConfig,
) -> Batch {
    let Verdict { state, err, at } = verdict;
    (record.state, record.err, record.settled) = (state, err, at);
    let batch = remember(batch, item, &record, config);
    count(state);
    if wants_receipt(&record, state) {
        record.stage = Stage::Settled;
        record.deadline = at.checked_add(config.delivery_timeout()).unwrap_or(at);
        let lane = lane::inward(record.esme);
        return batch.push(moved(item, lane, AT_ONCE, record.encode()));
    }
    if is_good(state) || state == MessageState::DELETED {
        return batch.remove(item.id);
    }
    let reason = match record.bind.as_str() {
        "" => format!("{state:?}, and its sender asked for no receipt"),
        bind => format!("{state:?} by `{bind}`, and its sender asked for no receipt"),
    };
    bury(batch, item, record, reason)
}

/// Adds to a batch what makes a dead letter of a message.
pub(super) fn bury(batch: Batch, item: &Item, mut record: Record, reason: String) -> Batch {
    static DEAD: Seldom = Seldom::new();
    if let Some(times) = DEAD.times() {
        tracing::warn!(
            id = %item.id, esme = %record.esme, reason, times,
            "a message is a dead letter: look at it with `gateway spool show`, mend what is wrong, and `gateway spool replay` it"
        );
    }
    metrics::counter!("wirepath_smpp_spool_dead_total").increment(1);
    record.stage = Stage::Dead;
    record.reason = reason;
    batch.push(moved(item, Lane::from(lane::DEAD), AT_ONCE, record.encode()))
}

/// Adds to a batch what ends a message, or a receipt, that its ESME did not take in time.
pub(super) fn undelivered(
    batch: Batch,
    item: &Item,
    record: Record,
    config: &SpoolConfig,
) -> Batch {
    if record.is_from_esme() {
        let verdict = Verdict::new(MessageState::EXPIRED, b"", SystemTime::now());
        return settle(batch, item, record, verdict, config);
    }
    bury(batch, item, record, "its ESME did not bind to take it in time".to_owned())
}

/// The same item in another lane.
pub(super) fn moved(item: &Item, lane: Lane, due: SystemTime, body: Bytes) -> Item {
    Item { lane, due, attempts: 0, body, ..item.clone() }
}

/// Whether the sender is to hear of this end (SMPP 3.4 §5.2.17; 3 is "on success only" in SMPP 5.0 §4.7.21).
pub(super) fn wants_receipt(record: &Record, state: MessageState) -> bool {
    match registered_delivery(record) & 0b11 {
        1 => true,
        2 => !is_good(state),
        3 => is_good(state),
        _ => false,
    }
}

/// `registered_delivery` of the message.
pub(super) fn registered_delivery(record: &Record) -> u8 {
    record.submitted().map_or(0, |pdu| pdu.registered_delivery())
}

fn is_good(state: MessageState) -> bool {
    matches!(state, MessageState::DELIVERED | MessageState::ACCEPTED)
}

/// Keeps the end of a message for `query_sm`.
fn remember(batch: Batch, item: &Item, record: &Record, config: &SpoolConfig) -> Batch {
    match config.remember() {
        None => batch,
        Some(ttl) => memory::remember(batch, &[(item.id, Memory::of(record))], ttl),
    }
}

/// Counts a message that has ended.
pub(super) fn count(state: MessageState) {
    metrics::counter!("wirepath_smpp_spool_finals_total", "state" => name(state)).increment(1);
}

fn name(state: MessageState) -> &'static str {
    state.abbreviation().unwrap_or("other")
}
