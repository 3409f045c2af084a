//! `sweep` and `binds`: one drive after another.

use crate::{
    child::ServerProcess, cli::SweepArgs, document, drive, error::LoadError, plan::Plan,
    plot::Chart, progress::Progress, report::Report,
};

const WINDOWS: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const BINDS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// One bind, windows from 1 to 512.
pub(crate) fn windows(args: &SweepArgs) -> Result<bool, LoadError> {
    let shapes = WINDOWS.map(|window| (1, window));
    run(args, "sweep", "window", &shapes, |report| report.window)
}

/// One window, 1 to 64 binds.
pub(crate) fn binds(args: &SweepArgs) -> Result<bool, LoadError> {
    let shapes = BINDS.map(|binds| (binds, args.window));
    run(args, "binds", "binds", &shapes, |report| report.binds)
}

fn run(
    args: &SweepArgs,
    name: &str,
    across: &'static str,
    shapes: &[(usize, usize)],
    step: fn(&Report) -> usize,
) -> Result<bool, LoadError> {
    let server = args.serve.map(|kind| ServerProcess::start(kind, &[])).transpose()?;
    let mut reports = Vec::new();
    for &(binds, window) in shapes {
        let mut plan: Plan = args.target.plan(args.count, window, binds);
        if let Some(server) = &server {
            plan.host = server.address.ip().to_string();
            plan.port = server.address.port();
        }
        let (progress, bar) = Progress::start(plan.count, false);
        reports.push(drive::run(&plan, &progress)?);
        drop(bar);
    }
    let mut text = format!("## {}\n\n{}", heading(args, name), document::command_line());
    text += Report::HEAD;
    for report in &reports {
        text += &report.row();
    }
    let steps = || reports.iter().map(|report| step(report).to_string()).collect();
    let rates = reports.iter().map(|report| report.per_second).collect();
    let rate = Chart {
        title: format!("{}: rate", heading(args, name)),
        across,
        up: "submit_sm/s",
        steps: steps(),
        series: vec![("ESME_ROK".to_owned(), rates)],
    };
    let of = |pick: fn(&Report) -> f64| reports.iter().map(pick).collect();
    let latency = Chart {
        title: format!("{}: latency", heading(args, name)),
        across,
        up: "ms",
        steps: steps(),
        series: vec![
            ("p50".to_owned(), of(|report| report.p50_ms)),
            ("p99".to_owned(), of(|report| report.p99_ms)),
        ],
    };
    text += &document::plot(&args.out, &format!("{name}-rate"), &rate)?;
    text += &document::plot(&args.out, &format!("{name}-latency"), &latency)?;
    document::put(&args.out, name, &text)?;
    Ok(reports.iter().all(Report::is_clean))
}

fn heading(args: &SweepArgs, name: &str) -> String {
    let what = if name == "sweep" { "Windows, one bind" } else { "Binds" };
    match args.serve {
        Some(kind) => format!("{what}, against {}", kind.name()),
        None => what.to_owned(),
    }
}
