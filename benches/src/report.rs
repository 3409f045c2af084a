//! What a driver reports.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::{plan::Plan, tally::Tally, usage::since_1970_ns};

/// The outcome of one drive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) binds: usize,
    pub(crate) window: usize,
    /// Messages that were to be sent.
    pub(crate) count: u64,
    /// Messages that were answered with `ESME_ROK`.
    pub(crate) ok: u64,
    /// What the others came to.
    pub(crate) errors: BTreeMap<String, u64>,
    pub(crate) seconds: f64,
    /// When it ended, in nanoseconds since 1970.
    pub(crate) ended_ns: u64,
    /// Messages answered with `ESME_ROK`, a second.
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    /// CPU time of the driver itself for each good answer, in µs.
    pub(crate) client_cpu_us: f64,
}

impl Report {
    pub(crate) fn new(plan: &Plan, tally: &Tally, took: Duration, cpu_ns: u64) -> Self {
        let seconds = took.as_secs_f64();
        Self {
            binds: plan.binds,
            window: plan.window,
            count: plan.count,
            ok: tally.ok,
            errors: tally.errors.clone(),
            seconds,
            ended_ns: since_1970_ns(SystemTime::now()),
            per_second: tally.ok as f64 / seconds,
            p50_ms: tally.quantile_ms(0.5),
            p90_ms: tally.quantile_ms(0.9),
            p99_ms: tally.quantile_ms(0.99),
            p999_ms: tally.quantile_ms(0.999),
            client_cpu_us: cpu_ns as f64 / 1e3 / tally.ok.max(1) as f64,
        }
    }

    /// Every message was answered, and answered well.
    pub(crate) fn is_clean(&self) -> bool {
        self.ok == self.count && self.errors.is_empty()
    }

    /// Answers that were no `ESME_ROK`, and messages without any.
    pub(crate) fn error_count(&self) -> u64 {
        self.errors.values().sum()
    }

    pub(crate) fn text(&self) -> String {
        let mut out = format!(
            "{} of {} submit_sm answered with ESME_ROK in {:.2} s: {}/s\n\
             binds {}, window {}\n\
             latency ms: p50 {:.3}  p90 {:.3}  p99 {:.3}  p999 {:.3}\n\
             driver CPU: {:.2} µs a message\n",
            self.ok,
            self.count,
            self.seconds,
            grouped(self.per_second),
            self.binds,
            self.window,
            self.p50_ms,
            self.p90_ms,
            self.p99_ms,
            self.p999_ms,
            self.client_cpu_us,
        );
        for (why, times) in &self.errors {
            let _ = writeln!(out, "error: {why} × {times}");
        }
        out
    }

    /// Heads of the columns of [`row`](Self::row).
    pub(crate) const HEAD: &str = "| binds | window | submit_sm/s | p50 ms | p90 ms | p99 ms | p999 ms | errors |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|\n";

    pub(crate) fn row(&self) -> String {
        format!(
            "| {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {} |\n",
            self.binds,
            self.window,
            grouped(self.per_second),
            self.p50_ms,
            self.p90_ms,
            self.p99_ms,
            self.p999_ms,
            self.error_count(),
        )
    }
}

/// A rate without fraction, thousands apart.
pub(crate) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        let cases = [(0.4, "0"), (999.0, "999"), (1_000.0, "1,000"), (1_234_567.0, "1,234,567")];
        for (value, text) in cases {
            assert_eq!(grouped(value), text);
        }
    }
}
