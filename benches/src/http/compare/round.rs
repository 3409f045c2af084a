//! What is measured of one workload.

use workloads::Workload;

use super::super::{
    drive::{Plan, drive},
    report::Report,
    serve::process,
    side::Side,
    url::Url,
};
use crate::{child::ServerProcess, error::LoadError, one_core::Cores, progress::Progress};

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    pub(super) rounds: usize,
    pub(super) count: u64,
    pub(super) connections: usize,
    pub(super) cores: Cores,
}

/// Turns of each server in a round. Neighbours of a virtual machine come and go within seconds: short turns, one behind the
/// other, have all servers feel the same of them.
pub(super) const TURNS: u64 = 10;

/// What one round of one server came to.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) per_second: f64,
    /// CPU time of the server for each request, in µs.
    pub(super) cpu_us: f64,
    /// Of which in user space: the rest is the kernel's, for the same calls by all.
    pub(super) user_us: f64,
}

/// All samples of a workload.
pub(super) struct Measured {
    pub(super) workload: &'static Workload,
    /// For each side, round by round.
    samples: Vec<(Side, Vec<Sample>)>,
}

impl Measured {
    /// Measures each side once a round; every round begins with another side.
    pub(super) fn take(
        workload: &'static Workload,
        sides: &[Side],
        effort: Effort,
    ) -> Result<Self, LoadError> {
        let count = share(workload, effort.count);
        let mut servers = Vec::new();
        for side in sides {
            let placed = effort.cores.for_servers()?;
            let server = process(*side)?;
            drop(placed);
            let url = Url::from(server.address);
            let plan = Plan {
                connections: effort.connections,
                count: (count / TURNS).max(effort.connections as u64),
                spins: effort.cores == Cores::Apart,
                ..Plan::new(&url, workload)
            };
            let _placed = effort.cores.for_driver()?;
            // Warm: allocators, caches, the branch predictor.
            run(&plan)?;
            servers.push((server, plan));
        }
        let _placed = effort.cores.for_driver()?;
        let mut samples: Vec<_> = sides.iter().map(|side| (*side, Vec::new())).collect();
        for round in 0..effort.rounds {
            eprintln!("{}: round {} of {}", workload.name, round + 1, effort.rounds);
            let mut sums = vec![Sum::default(); servers.len()];
            for step in 0..servers.len() * TURNS as usize {
                let index = (step + round) % servers.len();
                if let Some(((server, plan), sum)) = servers.get_mut(index).zip(sums.get_mut(index))
                {
                    sum.add(server, plan)?;
                }
            }
            for ((_, taken), sum) in samples.iter_mut().zip(sums) {
                taken.push(sum.sample());
            }
        }
        Ok(Self { workload, samples })
    }

    /// A figure of each round of a side; none if the side was not measured.
    pub(super) fn of(&self, side: Side, figure: fn(&Sample) -> f64) -> Vec<f64> {
        let own = self.samples.iter().filter(|(own, _)| *own == side);
        own.flat_map(|(_, samples)| samples.iter().map(figure)).collect()
    }
}

/// What the turns of a server in a round have come to so far.
#[derive(Debug, Clone, Default)]
struct Sum {
    answers: f64,
    seconds: f64,
    cpu_us: f64,
    user_us: f64,
}

impl Sum {
    /// One turn.
    fn add(&mut self, server: &mut ServerProcess, plan: &Plan) -> Result<(), LoadError> {
        let before = server.usage()?;
        let report = run(plan)?;
        let after = server.usage()?;
        self.answers += report.ok as f64;
        self.seconds += report.ok as f64 / report.per_second;
        self.cpu_us += (after.cpu_ns - before.cpu_ns) as f64 / 1e3;
        self.user_us += (after.user_ms - before.user_ms) as f64 * 1e3;
        Ok(())
    }

    fn sample(&self) -> Sample {
        Sample {
            per_second: self.answers / self.seconds,
            cpu_us: self.cpu_us / self.answers,
            user_us: self.user_us / self.answers,
        }
    }
}

fn run(plan: &Plan) -> Result<Report, LoadError> {
    let report = drive(plan, &Progress::default())?;
    match report.is_clean() {
        true => Ok(report),
        false => Err(LoadError::new(format!(
            "{}: {} of {} answered right; {:?}",
            plan.workload.name, report.ok, report.count, report.errors
        ))),
    }
}

/// So many requests that a round takes a second or two, whatever the body is.
fn share(workload: &Workload, count: u64) -> u64 {
    let octets = workload.body.as_ref().map_or(0, |body| body.len() as u64);
    (count * 1_500 / (1_500 + octets)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workloads_of_large_bodies_send_fewer_requests() {
        let of = |name| share(Workload::find(name).unwrap(), 100_000);
        assert_eq!(of("path simple"), 100_000);
        assert!((50_000..100_000).contains(&of("json medium")));
        assert!((500..1_000).contains(&of("json very large")));
        assert_eq!(share(Workload::find("json very large").unwrap(), 1), 1);
    }
}
