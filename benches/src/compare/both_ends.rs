//! What two ends reach together.

use super::{
    Effort, Part,
    case::{Case, Samples},
};
use crate::{
    cli::OutArgs, document, error::LoadError, plan::ClientKind, plot::Chart, report::grouped,
    server::ServerKind, spread::Spread, verdict::Verdicts,
};

/// Binds and window, and what is asked for there.
struct Shape {
    binds: usize,
    window: usize,
    /// How many times smpp34's rate, at least and as a moonshot.
    target: Option<(f64, f64)>,
}

const SHAPES: [Shape; 4] = [
    // One message at a time has targets in a section of its own.
    Shape { binds: 1, window: 1, target: None },
    Shape { binds: 1, window: 64, target: Some((4.0, 8.0)) },
    Shape { binds: 4, window: 64, target: Some((5.0, 8.0)) },
    Shape { binds: 16, window: 64, target: Some((5.0, 8.0)) },
];

impl Shape {
    fn key(&self) -> (usize, usize) {
        (self.binds, self.window)
    }

    fn name(&self) -> String {
        format!("{}×{}", self.binds, self.window)
    }
}

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
    for shape in &SHAPES {
        for pair in PAIRS {
            text += &row(&samples, &mut verdicts, pair, shape);
        }
    }
    let of = |client, server| {
        let rate = |shape: &Shape| {
            Spread::of(samples.of(client, server, shape.key(), |sample| sample.report.per_second))
                .median
        };
        SHAPES.iter().map(rate).collect()
    };
    let chart = Chart {
        title: "Both ends: rate".to_owned(),
        across: "binds × window",
        up: "submit_sm/s",
        steps: SHAPES.iter().map(Shape::name).collect(),
        series: PAIRS.map(|(client, server)| (name(client, server), of(client, server))).to_vec(),
    };
    text += &document::plot(out, "compare-both-ends", &chart)?;
    Ok(Part { text, is_met: verdicts.all_met })
}

fn row(
    samples: &Samples,
    verdicts: &mut Verdicts,
    (client, server): (ClientKind, ServerKind),
    shape: &Shape,
) -> String {
    let (smpp34, theirs) = (ClientKind::Smpp34, ServerKind::Smpp34);
    let rates = samples.of(client, server, shape.key(), |sample| sample.report.per_second);
    let base = samples.of(smpp34, theirs, shape.key(), |sample| sample.report.per_second);
    let p99 = samples.of(client, server, shape.key(), |sample| sample.report.p99_ms);
    let of = |figure| Spread::of(samples.of(client, server, shape.key(), figure));
    let (rate, gain) = (Spread::of(rates.clone()), Spread::ratio(&rates, &base));
    let (goal, verdict) = match (client, server, shape.target) {
        (ClientKind::Wirepath, ServerKind::Wirepath, Some((target, moonshot))) => {
            let verdict = verdicts.at_least(gain.median, target, moonshot);
            (format!("at least {target}, moonshot {moonshot}"), verdict)
        }
        _ => Default::default(),
    };
    format!(
        "| {} | {} | {} ({}–{}) | {:.3} | {} | {} | {gain} | {goal} | {verdict} |\n",
        shape.name(),
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
    for Shape { binds, window, .. } in SHAPES {
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
    cases
}
