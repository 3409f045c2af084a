//! One thing that is measured, once a round.

use crate::{
    child::{self, ServerProcess},
    error::LoadError,
    plan::ClientKind,
    report::Report,
    server::ServerKind,
};

/// Who drives whom, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) client: ClientKind,
    pub(super) server: ServerKind,
    pub(super) binds: usize,
    pub(super) window: usize,
    pub(super) count: u64,
}

/// What one round of a case came to.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) report: Report,
    /// CPU time of the server for each message, in µs.
    pub(super) server_cpu_us: f64,
}

impl Case {
    /// A server of its own, a warm-up, and the drive.
    pub(super) fn measure(&self) -> Result<Sample, LoadError> {
        let mut server = ServerProcess::start(self.server, &[])?;
        let shape = (self.binds, self.window);
        let warm_up = (self.count / 20).max((self.binds * self.window * 2) as u64);
        child::drive(&child::plan(server.address, self.client, shape, warm_up))?;
        let before = server.usage()?;
        let report = child::drive(&child::plan(server.address, self.client, shape, self.count))?;
        let after = server.usage()?;
        let handled = after.handled - before.handled;
        if !report.is_clean() || handled != self.count {
            return Err(LoadError::new(format!(
                "{self:?}: {} sent, {handled} handled, {} answered well; {:?}",
                self.count, report.ok, report.errors
            )));
        }
        let server_cpu_us = (after.cpu_ns - before.cpu_ns) as f64 / 1e3 / handled as f64;
        server.stop()?;
        Ok(Sample { report, server_cpu_us })
    }
}

/// All samples of all cases, round by round.
pub(super) struct Samples(Vec<(Case, Vec<Sample>)>);

impl Samples {
    /// Measures each case once a round; every round begins with another case.
    pub(super) fn take(what: &str, cases: &[Case], rounds: usize) -> Result<Self, LoadError> {
        let mut samples: Vec<_> = cases.iter().map(|case| (*case, Vec::new())).collect();
        for round in 0..rounds {
            eprintln!("{what}: round {} of {rounds}", round + 1);
            for step in 0..samples.len() {
                let index = (step + round) % samples.len();
                if let Some((case, taken)) = samples.get_mut(index) {
                    taken.push(case.measure()?);
                }
            }
        }
        Ok(Self(samples))
    }

    /// A figure of each round of a case.
    pub(super) fn of(
        &self,
        client: ClientKind,
        server: ServerKind,
        shape: (usize, usize),
        figure: fn(&Sample) -> f64,
    ) -> Vec<f64> {
        let wanted = |case: &Case| {
            case.client == client && case.server == server && (case.binds, case.window) == shape
        };
        self.0
            .iter()
            .filter(|(case, _)| wanted(case))
            .flat_map(|(_, samples)| samples.iter().map(figure))
            .collect()
    }
}
