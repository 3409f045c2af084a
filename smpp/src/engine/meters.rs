//! What a session counts. Kept in plain integers and handed on once a batch, so that counting costs nothing per message.
//!
//! | metric | labels | what |
//! |---|---|---|
//! | `wirepath_smpp_binds` | direction, state | gauge: sessions that are bound |
//! | `wirepath_smpp_pdus_total` | direction, command, result | requests of peers: `ok` and `error` by a handler's answer, `refused` before one |
//! | `wirepath_smpp_unsolicited_total` | direction | responses to nothing that was asked, or that came too late |
//! | `wirepath_smpp_throttled_total` | direction | messages above the rate: paced or rejected |
//! | `wirepath_smpp_handler_errors_total` | command | answers of `ESME_RSYSERR`, and failures of layers |
//! | `wirepath_smpp_handler_duration_seconds` | command | histogram: handlers that were not ready at once |
//!
//! A handler that is ready at its first poll is not timed: that takes less than reading the clock would. One that has to
//! wait is timed from the beginning of the turn of its session in which it was called to the beginning of the one in which
//! it was done, clock readings that are made anyway.

use std::{sync::atomic::Ordering, time::Duration};
use wirepath_runtime::seldom::Seldom;

use crate::{
    handle::Counters,
    protocol::{CommandId, Role, Status},
};

/// The commands that are told apart; `other` stands for vendors'.
const COMMANDS: [(CommandId, &str); 14] = [
    (CommandId::SUBMIT_SM, "submit_sm"),
    (CommandId::DELIVER_SM, "deliver_sm"),
    (CommandId::DATA_SM, "data_sm"),
    (CommandId::SUBMIT_MULTI, "submit_multi"),
    (CommandId::QUERY_SM, "query_sm"),
    (CommandId::CANCEL_SM, "cancel_sm"),
    (CommandId::REPLACE_SM, "replace_sm"),
    (CommandId::BROADCAST_SM, "broadcast_sm"),
    (CommandId::QUERY_BROADCAST_SM, "query_broadcast_sm"),
    (CommandId::CANCEL_BROADCAST_SM, "cancel_broadcast_sm"),
    (CommandId::ALERT_NOTIFICATION, "alert_notification"),
    (CommandId::ENQUIRE_LINK, "enquire_link"),
    (CommandId::UNBIND, "unbind"),
    (CommandId::GENERIC_NACK, "other"),
];

/// The place of a command in [`COMMANDS`].
#[inline]
fn place(command: CommandId) -> usize {
    // Nearly always the first.
    COMMANDS.iter().position(|(known, _)| *known == command).unwrap_or(COMMANDS.len() - 1)
}

fn label(command: CommandId) -> &'static str {
    COMMANDS.get(place(command)).map_or("other", |(_, label)| label)
}

/// Requests of one command, by what became of them.
#[derive(Debug, Clone, Copy, Default)]
struct Outcomes {
    ok: u32,
    error: u32,
    refused: u32,
    failed: u32,
}

/// Counts since the last [`flush`](Meters::flush).
#[derive(Debug)]
pub(super) struct Meters {
    direction: &'static str,
    is_bound: bool,
    is_dirty: bool,
    outcomes: [Outcomes; COMMANDS.len()],
    received: u64,
    refused: u64,
    throttled: u64,
    unsolicited: u64,
    /// When to tell of them.
    strays: Seldom,
    sent: u64,
}

impl Meters {
    pub(super) fn new(role: Role) -> Self {
        let direction = match role {
            Role::Smsc => "inbound",
            Role::Esme => "outbound",
        };
        Self {
            direction,
            is_bound: false,
            is_dirty: false,
            outcomes: Default::default(),
            received: 0,
            refused: 0,
            throttled: 0,
            unsolicited: 0,
            strays: Seldom::new(),
            sent: 0,
        }
    }

    pub(super) fn bound(&mut self) {
        self.is_bound = true;
        metrics::gauge!("wirepath_smpp_binds", "direction" => self.direction, "state" => "bound")
            .increment(1.0);
    }

    #[inline]
    fn outcome(&mut self, command: CommandId, count: impl FnOnce(&mut Outcomes)) {
        self.is_dirty = true;
        if let Some(outcomes) = self.outcomes.get_mut(place(command)) {
            count(outcomes);
        }
    }

    #[inline]
    pub(super) fn received(&mut self) {
        self.is_dirty = true;
        self.received += 1;
    }

    #[inline]
    pub(super) fn answered(&mut self, command: CommandId, status: Status) {
        self.outcome(command, |outcomes| match status {
            Status::ROK => outcomes.ok += 1,
            Status::RSYSERR => {
                outcomes.error += 1;
                outcomes.failed += 1;
            }
            _ => outcomes.error += 1,
        });
    }

    /// A layer failed with another status than `RSYSERR`, which [`answered`](Self::answered) counts.
    pub(super) fn layer_failed(&mut self, command: CommandId, status: Status) {
        self.outcome(command, |outcomes| outcomes.failed += u32::from(status != Status::RSYSERR));
    }

    /// A handler that had waited is done.
    pub(super) fn waited(&self, command: CommandId, time: Duration) {
        metrics::histogram!("wirepath_smpp_handler_duration_seconds", "command" => label(command))
            .record(time);
    }

    pub(super) fn refused(&mut self, command: CommandId) {
        self.refused += 1;
        self.outcome(command, |outcomes| outcomes.refused += 1);
    }

    pub(super) fn throttled(&mut self) {
        self.is_dirty = true;
        self.throttled += 1;
    }

    /// If that is to be told: how often it has been in this session.
    pub(super) fn unsolicited(&mut self) -> Option<u64> {
        self.is_dirty = true;
        self.unsolicited += 1;
        self.strays.times()
    }

    pub(super) fn sent(&mut self, pdus: u64) {
        self.is_dirty |= pdus > 0;
        self.sent += pdus;
    }

    /// Hands the counts on.
    #[inline]
    pub(super) fn flush(&mut self, counters: &Counters) {
        if self.is_dirty {
            self.is_dirty = false;
            self.flush_some(counters);
        }
    }

    fn flush_some(&mut self, counters: &Counters) {
        let take = |count: &mut u64| std::mem::take(count);
        counters.received.fetch_add(take(&mut self.received), Ordering::Relaxed);
        counters.refused.fetch_add(take(&mut self.refused), Ordering::Relaxed);
        let unsolicited = take(&mut self.unsolicited);
        counters.unsolicited.fetch_add(unsolicited, Ordering::Relaxed);
        counters.sent.fetch_add(take(&mut self.sent), Ordering::Relaxed);
        let direction = self.direction;
        for ((_, command), outcomes) in COMMANDS.iter().zip(&mut self.outcomes) {
            let Outcomes { ok, error, refused, failed } = std::mem::take(outcomes);
            for (result, count) in [("ok", ok), ("error", error), ("refused", refused)] {
                if count > 0 {
                    metrics::counter!(
                        "wirepath_smpp_pdus_total",
                        "direction" => direction, "command" => *command, "result" => result
                    )
                    .increment(count.into());
                }
            }
            if failed > 0 {
                metrics::counter!("wirepath_smpp_handler_errors_total", "command" => *command)
                    .increment(failed.into());
            }
        }
        if unsolicited > 0 {
            metrics::counter!("wirepath_smpp_unsolicited_total", "direction" => direction)
                .increment(unsolicited);
        }
        let throttled = take(&mut self.throttled);
        if throttled > 0 {
            metrics::counter!("wirepath_smpp_throttled_total", "direction" => direction)
                .increment(throttled);
        }
    }
}

impl Drop for Meters {
    fn drop(&mut self) {
        if self.is_bound {
            metrics::gauge!("wirepath_smpp_binds", "direction" => self.direction, "state" => "bound").decrement(1.0);
        }
    }
}
