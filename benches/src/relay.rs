//! `relay`: what comes in goes out to another SMSC. wirepath without its spool and with it, and the same relay on smpp34.

use std::path::Path;

use crate::{
    child::{self, ServerProcess},
    cli::{OutArgs, RelayArgs},
    document,
    error::LoadError,
    plan::ClientKind,
    plot::Chart,
    report::{Report, grouped},
    server::ServerKind,
    spread::Spread,
    usage::{Usage, since_1970_ns},
    verdict::Verdicts,
};

/// ESMEs and their windows.
const SHAPE: (usize, usize) = (4, 64);

/// The relays, and the part of the messages that each gets: about as many seconds of each.
const RELAYS: [(ServerKind, u64); 3] =
    [(ServerKind::Relay, 1), (ServerKind::RelaySmpp34, 10), (ServerKind::Spooled, 2)];

/// What one round of a relay came to.
#[derive(Debug, Clone)]
struct Sample {
    /// Messages a second that were answered and had reached the SMSC.
    per_second: f64,
    report: Report,
    /// CPU time of the relay for each message, in µs.
    cpu_us: f64,
    fsyncs_per_second: f64,
}

/// Messages before the figures, at least: so many that a new store's journal has its files.
const WARM_UP: u64 = 100_000;

/// The subcommand. Says whether every target was met.
pub(crate) fn relay(args: &RelayArgs) -> Result<bool, LoadError> {
    let mut samples: Vec<_> = RELAYS.map(|(kind, part)| (kind, part, Vec::new())).into();
    for round in 0..args.rounds {
        for step in 0..samples.len() {
            let index = (step + round) % samples.len();
            if let Some((kind, part, taken)) = samples.get_mut(index) {
                eprintln!("relay: round {} of {}, {}", round + 1, args.rounds, kind.name());
                taken.push(measure(*kind, (args.count / *part).max(1), args.folder.as_deref())?);
            }
        }
    }
    let of = |wanted: ServerKind| -> Vec<Sample> {
        let mut found = samples.iter().filter(|(kind, ..)| *kind == wanted);
        found.next().map(|(_, _, samples)| samples.clone()).unwrap_or_default()
    };
    let rows = Rows {
        relay: of(ServerKind::Relay),
        smpp34: of(ServerKind::RelaySmpp34),
        spooled: of(ServerKind::Spooled),
    };
    let mut verdicts = Verdicts::new();
    let text = section(args, &rows, &mut verdicts)?;
    document::put(&args.out, "relay", &text)?;
    Ok(verdicts.all_met)
}

/// An SMSC and a relay of their own, a warm-up, and the drive.
fn measure(kind: ServerKind, count: u64, folder: Option<&Path>) -> Result<Sample, LoadError> {
    let folder = match folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut smsc = ServerProcess::start(ServerKind::Wirepath, &[])?;
    let address = smsc.address.to_string();
    let path = folder.path().to_string_lossy();
    let mut relay =
        ServerProcess::start(kind, &["--upstream", &address, "--folder", path.as_ref()])?;
    let warm_up = (count / 20).max(WARM_UP);
    child::drive(&child::plan(relay.address, ClientKind::Raw, SHAPE, warm_up))?;
    smsc.handled(warm_up)?;
    let before = relay.usage()?;
    let report = child::drive(&child::plan(relay.address, ClientKind::Raw, SHAPE, count))?;
    let reached = smsc.handled(warm_up + count)?.handled - warm_up;
    let tail_ns = since_1970_ns(std::time::SystemTime::now()).saturating_sub(report.ended_ns);
    let after = relay.usage()?;
    if !report.is_clean() || reached != count {
        return Err(LoadError::new(format!(
            "{}: {count} sent, {reached} reached the SMSC, {} answered well; {:?}",
            kind.name(),
            report.ok,
            report.errors
        )));
    }
    // What is stored may go on later than its answer; without a store the SMSC has it before.
    let seconds = match kind {
        ServerKind::Spooled => report.seconds + tail_ns as f64 / 1e9,
        _ => report.seconds,
    };
    let per = |of: fn(&Usage) -> u64| (of(&after) - of(&before)) as f64;
    relay.stop()?;
    Ok(Sample {
        per_second: count as f64 / seconds,
        cpu_us: per(|usage| usage.cpu_ns) / 1e3 / count as f64,
        fsyncs_per_second: per(|usage| usage.fsyncs) / seconds,
        report,
    })
}

struct Rows {
    relay: Vec<Sample>,
    smpp34: Vec<Sample>,
    spooled: Vec<Sample>,
}

fn section(args: &RelayArgs, rows: &Rows, verdicts: &mut Verdicts) -> Result<String, LoadError> {
    let mut text = format!(
        "## Relaying\n\n{}\
         {} rounds, every relay once in each, in rotated order. ESMEs, relay and SMSC are processes of their own; {} ESMEs with a \
         window of {} (`drive --pipelined`), one bind to the SMSC with a window of {}, and wirepath's server as the SMSC. Without \
         the spool a message is answered with the SMSC's id when that has it. With it, it is answered when it is on disk, and \
         the round ends when the SMSC has all of them. All three relays have the allocator of the program `gateway`, jemalloc. Figures are medians with ranges; ratios are taken within a round.\n\n\
         | relay | relayed/s | p99 of the answer ms | relay CPU µs | fsyncs/s |\n|---|---:|---:|---:|---:|\n",
        document::command_line(),
        args.rounds,
        SHAPE.0,
        SHAPE.1,
        crate::server::relay::WINDOW,
    );
    text += &row("wirepath", &rows.relay);
    text += &row("smpp34", &rows.smpp34);
    text += &row("wirepath, spooled on disk", &rows.spooled);
    text += "\n| ratio | median (range) | target | verdict |\n|---|---:|---|---|\n";
    let rate = |sample: &Sample| sample.per_second;
    let cpu = |sample: &Sample| sample.cpu_us;
    let ratio = |over: &[Sample], under: &[Sample], figure: fn(&Sample) -> f64| {
        let of = |samples: &[Sample]| samples.iter().map(figure).collect::<Vec<_>>();
        Spread::ratio(&of(over), &of(under))
    };
    let gain = ratio(&rows.relay, &rows.smpp34, rate);
    let verdict = verdicts.at_least(gain.median, 5.0, f64::INFINITY);
    text += &format!("| rate: wirepath ÷ smpp34 | {gain} | at least 5 | {verdict} |\n");
    let gain = ratio(&rows.smpp34, &rows.relay, cpu);
    let verdict = verdicts.at_least(gain.median, 5.0, f64::INFINITY);
    text += &format!("| CPU: smpp34 ÷ wirepath | {gain} | at least 5 | {verdict} |\n");
    let share = ratio(&rows.spooled, &rows.relay, rate);
    let verdict = verdicts.at_least(share.median, 1.0 / 3.0, 0.5);
    text += &format!(
        "| rate: spooled ÷ not spooled | {share} | at least 0.33, moonshot 0.5 | {verdict} |\n"
    );
    text += &plot(&args.out, rows)?;
    Ok(text)
}

fn row(name: &str, samples: &[Sample]) -> String {
    let of = |figure: fn(&Sample) -> f64| Spread::of(samples.iter().map(figure));
    let (rate, fsyncs) = (of(|sample| sample.per_second), of(|sample| sample.fsyncs_per_second));
    format!(
        "| {name} | {} ({}–{}) | {:.2} | {} | {} |\n",
        grouped(rate.median),
        grouped(rate.least),
        grouped(rate.most),
        of(|sample| sample.report.p99_ms),
        of(|sample| sample.cpu_us),
        if fsyncs.most > 0.0 { format!("{fsyncs:.0}") } else { "–".to_owned() },
    )
}

fn plot(out: &OutArgs, rows: &Rows) -> Result<String, LoadError> {
    let line = |name: &str, samples: &[Sample]| {
        (name.to_owned(), samples.iter().map(|sample| sample.per_second).collect())
    };
    let chart = Chart {
        title: "Relaying, round by round".to_owned(),
        across: "round",
        up: "relayed/s",
        steps: (1..=rows.relay.len()).map(|round| round.to_string()).collect(),
        series: vec![
            line("wirepath", &rows.relay),
            line("smpp34", &rows.smpp34),
            line("wirepath, spooled", &rows.spooled),
        ],
    };
    document::plot(out, "relay", &chart)
}
