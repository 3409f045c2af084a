//! `http sweep`: one workload over 1 to 512 connections.

use super::{
    drive::{Plan, drive},
    report::Report,
    serve::process,
    url::Url,
};
use crate::{
    cli::HttpSweepArgs, document, error::LoadError, open_files, plot::Chart, progress::Progress,
};

const CONNECTIONS: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// The subcommand. Says whether every answer was right.
pub(super) fn sweep(args: &HttpSweepArgs) -> Result<bool, LoadError> {
    // Before the server starts: it has the same limit.
    open_files::raise(CONNECTIONS.iter().sum())?;
    let server = args.serve.map(process).transpose()?;
    let own = server.as_ref().map(|server| Url::from(server.address));
    let Some(url) = own.or_else(|| args.url.clone()) else {
        return Err(LoadError::new("give the server's URL, or --serve"));
    };
    let mut reports = Vec::new();
    for connections in CONNECTIONS {
        let plan = Plan { connections, count: args.count, ..Plan::new(&url, args.workload) };
        let (progress, bar) = Progress::start(plan.count, false);
        reports.push(drive(&plan, &progress)?);
        drop(bar);
    }
    let against = args.serve.map_or_else(|| url.host().to_owned(), |side| side.name().to_owned());
    let heading = format!("HTTP connections, {}, against {against}", args.workload.name);
    let mut text = format!("## {heading}\n\n{}{}", document::command_line(), Report::HEAD);
    for report in &reports {
        text += &report.row();
    }
    for (name, chart) in charts(&heading, &reports) {
        text += &document::plot(&args.out, name, &chart)?;
    }
    document::put(&args.out, "http-sweep", &text)?;
    eprint!("{}", reports.iter().map(Report::complaints).collect::<String>());
    Ok(reports.iter().all(Report::is_clean))
}

fn charts(heading: &str, reports: &[Report]) -> [(&'static str, Chart); 2] {
    let steps = || reports.iter().map(|report| report.connections.to_string()).collect();
    let of = |pick: fn(&Report) -> f64| reports.iter().map(pick).collect();
    let rate = Chart {
        title: format!("{heading}: rate"),
        across: "connections",
        up: "requests/s",
        steps: steps(),
        series: vec![("right answers".to_owned(), of(|report| report.per_second))],
    };
    let latency = Chart {
        title: format!("{heading}: latency"),
        across: "connections",
        up: "ms",
        steps: steps(),
        series: vec![
            ("p50".to_owned(), of(|report| report.p50_ms)),
            ("p99".to_owned(), of(|report| report.p99_ms)),
        ],
    };
    [("http-sweep-rate", rate), ("http-sweep-latency", latency)]
}
