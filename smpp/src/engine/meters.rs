//! What a session counts. Kept in plain integers and handed on once a batch, so that counting costs nothing per message.

use std::sync::atomic::Ordering;

use crate::{
    handle::Counters,
    protocol::{Role, Status},
};

/// Counts since the last [`flush`](Meters::flush).
#[derive(Debug)]
pub(super) struct Meters {
    direction: &'static str,
    is_bound: bool,
    received: u64,
    answered_ok: u64,
    answered_error: u64,
    refused: u64,
    throttled: u64,
    unsolicited: u64,
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
            received: 0,
            answered_ok: 0,
            answered_error: 0,
            refused: 0,
            throttled: 0,
            unsolicited: 0,
            sent: 0,
        }
    }

    pub(super) fn bound(&mut self) {
        self.is_bound = true;
        metrics::gauge!("wirepath_smpp_binds", "direction" => self.direction, "state" => "bound")
            .increment(1.0);
    }

    #[inline]
    pub(super) fn received(&mut self) {
        self.received += 1;
    }

    #[inline]
    pub(super) fn answered(&mut self, status: Status) {
        match status.is_ok() {
            true => self.answered_ok += 1,
            false => self.answered_error += 1,
        }
    }

    pub(super) fn refused(&mut self) {
        self.refused += 1;
    }

    pub(super) fn throttled(&mut self) {
        self.throttled += 1;
    }

    pub(super) fn unsolicited(&mut self) {
        self.unsolicited += 1;
    }

    pub(super) fn sent(&mut self, pdus: u64) {
        self.sent += pdus;
    }

    /// Hands the counts on.
    #[inline]
    pub(super) fn flush(&mut self, counters: &Counters) {
        let any =
            self.received | self.answered_ok | self.answered_error | self.refused | self.throttled;
        if any | self.unsolicited | self.sent != 0 {
            self.flush_some(counters);
        }
    }

    fn flush_some(&mut self, counters: &Counters) {
        let direction = self.direction;
        let take = |count: &mut u64| std::mem::take(count);
        let (received, refused) = (take(&mut self.received), take(&mut self.refused));
        counters.received.fetch_add(received, Ordering::Relaxed);
        counters.refused.fetch_add(refused, Ordering::Relaxed);
        counters.unsolicited.fetch_add(take(&mut self.unsolicited), Ordering::Relaxed);
        counters.sent.fetch_add(take(&mut self.sent), Ordering::Relaxed);
        for (result, count) in [
            ("ok", take(&mut self.answered_ok)),
            ("error", take(&mut self.answered_error)),
            ("refused", refused),
        ] {
            if count > 0 {
                metrics::counter!("wirepath_smpp_pdus_total", "direction" => direction, "result" => result)
                    .increment(count);
            }
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
