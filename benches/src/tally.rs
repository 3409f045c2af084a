//! What came of the messages that a driver sent.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use wirepath_smpp::{Pipeline, protocol::pdu::Request};

/// Answers of one bind, or of several together.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Answered with `ESME_ROK`.
    pub(crate) ok: u64,
    /// Everything else, by what it was.
    pub(crate) errors: BTreeMap<String, u64>,
    latency: Histogram<u64>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        // Nanoseconds, from 1 to a minute, to three digits: within what the library takes.
        #[allow(clippy::expect_used, reason = "the bounds are constants that are in range")]
        let latency = Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("bounds in range");
        Self { ok: 0, errors: BTreeMap::new(), latency }
    }

    /// A good answer.
    pub(crate) fn answered(&mut self, took: Duration) {
        self.ok += 1;
        self.latency.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn failed(&mut self, why: impl ToString) {
        self.failed_times(why, 1);
    }

    pub(crate) fn failed_times(&mut self, why: impl ToString, times: u64) {
        if times > 0 {
            *self.errors.entry(why.to_string()).or_default() += times;
        }
    }

    /// Good and bad.
    pub(crate) fn settled(&self) -> u64 {
        self.ok + self.errors.values().sum::<u64>()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.ok += other.ok;
        for (why, times) in &other.errors {
            self.failed_times(why, *times);
        }
        // Both were made with the same bounds.
        let _ = self.latency.add(&other.latency);
    }

    /// The latency that the share `quantile` of the answers did not exceed, in milliseconds.
    pub(crate) fn quantile_ms(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1e6
    }
}

impl Tally {
    /// Waits for an answer, and counts it and all that are there by then; false if none is left to be waited for.
    pub(crate) async fn settle<R: Request>(
        &mut self,
        pipeline: &mut Pipeline<R>,
        places: &mut Places,
    ) -> bool {
        let Some(mut settled) = pipeline.next().await else { return false };
        let now = Instant::now();
        loop {
            let took = places.give_back(settled.0, now);
            match settled.1 {
                Ok(_) => self.answered(took),
                Err(error) => self.failed(error),
            }
            match pipeline.try_next() {
                Some(next) => settled = next,
                None => return true,
            }
        }
    }
}

/// When each message of a window was sent. A place is taken again when its message has been answered.
#[derive(Debug)]
pub(crate) struct Places {
    sent_at: Vec<Instant>,
    free: Vec<u64>,
}

impl Places {
    pub(crate) fn new(window: usize) -> Self {
        Self { sent_at: vec![Instant::now(); window], free: (0..window as u64).collect() }
    }

    /// A place for a message that is sent now, or `None` while the window is full.
    pub(crate) fn take(&mut self, now: Instant) -> Option<u64> {
        let place = self.free.pop()?;
        if let Some(at) = self.sent_at.get_mut(place as usize) {
            *at = now;
        }
        Some(place)
    }

    /// Gives a place back; says how long its message took.
    pub(crate) fn give_back(&mut self, place: u64, now: Instant) -> Duration {
        self.free.push(place);
        self.sent_at.get(place as usize).map_or(Duration::ZERO, |at| now.duration_since(*at))
    }
}
