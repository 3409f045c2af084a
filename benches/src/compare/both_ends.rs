//! What two ends reach together.

use super::{
    Effort, Part,
    case::{Case, Samples},
};
use crate::{
    cli::OutArgs, document, error::LoadError, plan::ClientKind, plot::Chart, report::grouped,
    server::ServerKind, spread::Spread, verdict::Verdicts,
};

/// Binds, window, and how many times smpp34's rate is asked for, at least and as a moonshot.
const SHAPES: [((usize, usize), f64, f64); 4] =
    [((1, 1), 1.0, f64::INFINITY), ((1, 64), 4.0, 8.0), ((4, 64), 5.0, 8.0), ((16, 64), 5.0, 8.0)];

const PAIRS: [(ClientKind, ServerKind); 4] = [
    (ClientKind::Wirepath, ServerKind::Wirepath),
    (ClientKind::Smpp34, ServerKind::Smpp34),
    (ClientKind::Wirepath, ServerKind::Smpp34),
    (ClientKind::Smpp34, ServerKind::Wirepath),
];

pub(super) fn measure(effort: Effort, out: &OutArgs) -> Result<Part, LoadError> {
    let samples = Samples::take("both ends", &cases(effort.count), effort.rounds)?;
    let mut verdicts = Verdicts::new();
    let mut text = "\n### Both ends: submit_sm/s\n\n\
        | binds × window | client → server | submit_sm/s | p99 ms | server CPU µs | client CPU µs | ÷ smpp34 both ends | target | verdict |\n\
        |---|---|---:|---:|---:|---:|---:|---|---|\n"
        .to_owned();
    for (shape, target, moonshot) in SHAPES {
        for (client, server) in PAIRS {
            text += &row(&samples, &mut verdicts, (client, server), shape, (target, moonshot));
        }
    }
    let of = |client, server| {
        let rate = |(shape, ..): &((usize, usize), f64, f64)| {
            Spread::of(samples.of(client, server, *shape, |sample| sample.report.per_second)).median
        };
        SHAPES.iter().map(rate).collect()
    };
    let chart = Chart {
        title: "Both ends: rate".to_owned(),
        across: "binds × window",
        up: "submit_sm/s",
        steps: SHAPES.iter().map(|((binds, window), ..)| format!("{binds}×{window}")).collect(),
        series: PAIRS.map(|(client, server)| (name(client, server), of(client, server))).to_vec(),
    };
    text += &document::plot(out, "compare-both-ends", &chart)?;
    Ok(Part { text, is_met: verdicts.all_met })
}

fn row(
    samples: &Samples,
    verdicts: &mut Verdicts,
    (client, server): (ClientKind, ServerKind),
    shape: (usize, usize),
    (target, moonshot): (f64, f64),
) -> String {
    let (smpp34, theirs) = (ClientKind::Smpp34, ServerKind::Smpp34);
    let rates = samples.of(client, server, shape, |sample| sample.report.per_second);
    let base = samples.of(smpp34, theirs, shape, |sample| sample.report.per_second);
    let p99 = samples.of(client, server, shape, |sample| sample.report.p99_ms);
    let base_p99 = samples.of(smpp34, theirs, shape, |sample| sample.report.p99_ms);
    let of = |figure| Spread::of(samples.of(client, server, shape, figure));
    let (rate, gain) = (Spread::of(rates.clone()), Spread::ratio(&rates, &base));
    let (goal, verdict) = match (client, server) {
        (ClientKind::Wirepath, ServerKind::Wirepath) if shape == (1, 1) => {
            let speed = verdicts.at_least(gain.median, target, moonshot);
            let late = Spread::ratio(&p99, &base_p99).median;
            let late = verdicts.at_most(late, 1.0);
            ("not slower; p99 not higher".to_owned(), format!("{speed}; {late}"))
        }
        (ClientKind::Wirepath, ServerKind::Wirepath) => {
            let verdict = verdicts.at_least(gain.median, target, moonshot);
            (format!("at least {target}, moonshot {moonshot}"), verdict.to_owned())
        }
        _ => Default::default(),
    };
    format!(
        "| {}×{} | {} | {} ({}–{}) | {:.3} | {} | {} | {gain} | {goal} | {verdict} |\n",
        shape.0,
        shape.1,
        name(client, server),
        grouped(rate.median),
        grouped(rate.least),
        grouped(rate.most),
        Spread::of(p99),
        of(|sample| sample.server_cpu_us),
        of(|sample| sample.report.client_cpu_us),
    )
}

fn name(client: ClientKind, server: ServerKind) -> String {
    let client = if client == ClientKind::Smpp34 { "smpp34" } else { "wirepath" };
    format!("{client} → {}", server.name())
}

fn cases(count: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for ((binds, window), ..) in SHAPES {
        for (client, server) in PAIRS {
            let is_ours = client == ClientKind::Wirepath && server == ServerKind::Wirepath;
            let count = match (window, is_ours) {
                (1, _) => count / 10,
                (_, true) => count,
                (_, false) => count / 3,
            };
            cases.push(Case { client, server, binds, window, count });
        }
    }
    // At window 1 both do little but wait to be woken, and that varies more from run to run than they differ: more runs.
    let is_pair = |case: &Case| PAIRS[..2].contains(&(case.client, case.server));
    let at_window_1: Vec<Case> =
        cases.iter().filter(|case| case.window == 1 && is_pair(case)).copied().collect();
    for _ in 0..2 {
        cases.extend(&at_window_1);
    }
    cases
}
