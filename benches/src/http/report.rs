//! What a drive came to.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use serde::Serialize;

use super::drive::Plan;
use crate::{report::grouped, tally::Tally};

/// The outcome of one drive of one workload.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    pub(super) workload: &'static str,
    pub(super) connections: usize,
    /// Requests that were to be sent.
    pub(super) count: u64,
    /// Right answers.
    pub(super) ok: u64,
    /// What the others came to.
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) seconds: f64,
    /// Right answers a second.
    pub(super) per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p90_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) p999_ms: f64,
    /// CPU time of this process for each right answer, in µs.
    pub(super) client_cpu_us: f64,
}

impl Report {
    pub(super) fn new(plan: &Plan, tally: &Tally, took: Duration, cpu_ns: u64) -> Self {
        let seconds = took.as_secs_f64();
        Self {
            workload: plan.workload.name,
            connections: plan.connections,
            count: plan.count,
            ok: tally.ok,
            errors: tally.errors.clone(),
            seconds,
            per_second: tally.ok as f64 / seconds,
            p50_ms: tally.quantile_ms(0.5),
            p90_ms: tally.quantile_ms(0.9),
            p99_ms: tally.quantile_ms(0.99),
            p999_ms: tally.quantile_ms(0.999),
            client_cpu_us: cpu_ns as f64 / 1e3 / tally.ok.max(1) as f64,
        }
    }

    /// Every request was answered, and answered right.
    pub(super) fn is_clean(&self) -> bool {
        self.ok == self.count && self.errors.is_empty()
    }

    /// Heads of the columns of [`row`](Self::row).
    pub(super) const HEAD: &str = "| workload | connections | requests/s | p50 ms | p90 ms | p99 ms | p999 ms | errors |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n";

    pub(super) fn row(&self) -> String {
        format!(
            "| {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {} |\n",
            self.workload,
            self.connections,
            grouped(self.per_second),
            self.p50_ms,
            self.p90_ms,
            self.p99_ms,
            self.p999_ms,
            self.errors.values().sum::<u64>(),
        )
    }

    /// A line for each kind of error.
    pub(super) fn complaints(&self) -> String {
        self.errors.iter().fold(String::new(), |mut out, (why, times)| {
            let _ = writeln!(out, "error: {}: {why} × {times}", self.workload);
            out
        })
    }
}
