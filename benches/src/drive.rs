//! `drive`: puts a server under load.

use std::time::{Duration, Instant};

use crate::{
    cli::DriveArgs,
    client::{raw, smpp34, wirepath},
    error::LoadError,
    plan::{ClientKind, Plan},
    progress::Progress,
    report::Report,
    runtime,
    tally::Tally,
    usage::cpu_ns,
};

/// The subcommand. Says whether every message was answered well.
pub(crate) fn drive(args: &DriveArgs) -> Result<bool, LoadError> {
    let plan = args.plan();
    let (progress, bar) = Progress::start(plan.count, args.json);
    let report = run(&plan, &progress)?;
    drop(bar);
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else if args.markdown {
        print!("{}{}", Report::HEAD, report.row());
    } else {
        print!("{}", report.text());
    }
    Ok(report.is_clean())
}

/// Drives as the plan says, on a runtime of its own. Binding and unbinding are not in the time.
pub(crate) fn run(plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    if matches!(plan.client, ClientKind::Raw | ClientKind::RawBursts | ClientKind::Echo) {
        let bound = raw::Bound::connect(plan)?;
        let clock = Clock::start();
        let tally = bound.drive(plan, progress)?;
        let report = clock.report(plan, &tally);
        bound.close();
        return Ok(report);
    }
    runtime(plan.threads)?.block_on(async {
        match plan.client {
            ClientKind::Smpp34 => {
                let bound = smpp34::Bound::connect(plan).await?;
                let clock = Clock::start();
                let tally = bound.drive(plan, progress).await?;
                let report = clock.report(plan, &tally);
                bound.unbind().await;
                Ok(report)
            }
            _ => {
                let bound = wirepath::Bound::connect(plan).await?;
                let clock = Clock::start();
                let tally = bound.drive(plan, progress).await?;
                let report = clock.report(plan, &tally);
                bound.unbind().await;
                Ok(report)
            }
        }
    })
}

/// Wall clock and CPU time from the first message on.
struct Clock {
    started: Instant,
    cpu_ns: u64,
}

impl Clock {
    fn start() -> Self {
        Self { started: Instant::now(), cpu_ns: cpu_ns() }
    }

    fn report(&self, plan: &Plan, tally: &Tally) -> Report {
        let took: Duration = self.started.elapsed();
        Report::new(plan, tally, took, cpu_ns() - self.cpu_ns)
    }
}
