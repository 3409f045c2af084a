//! What a message costs the server, when the client costs next to nothing.

use super::{
    Effort, Part,
    case::{Case, Samples},
    verdict::Verdicts,
};
use crate::{
    cli::OutArgs, document, error::LoadError, plan::ClientKind, plot::Chart, serve::ServerKind,
    spread::Spread,
};

const SHAPES: [(usize, usize); 2] = [(1, 64), (4, 64)];

pub(super) fn measure(effort: Effort, out: &OutArgs) -> Result<Part, LoadError> {
    let samples = Samples::take("server alone", &cases(effort.count), effort.rounds)?;
    let mut verdicts = Verdicts::new();
    let mut text = "\n### Server alone: CPU µs per submit_sm\n\n\
        Pre-encoded traffic. *Kept full*: the window is filled after every read, which spares smpp34's server most of the \
        waits for delayed acknowledgements that it has with Nagle's algorithm on. *Whole windows*: the next window goes out \
        when the last has been answered. The targets are held to the first.\n\n\
        | binds × window | traffic | wirepath | smpp34 | TCP echo | smpp34 ÷ wirepath, at least 10 | wirepath ÷ echo, at most 2.5 |\n\
        |---|---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let mut bars: [Vec<f64>; 3] = Default::default();
    for shape in SHAPES {
        let of = |client, server| samples.of(client, server, shape, |sample| sample.server_cpu_us);
        let ours = of(ClientKind::Raw, ServerKind::Wirepath);
        let theirs = of(ClientKind::Raw, ServerKind::Smpp34);
        let echo = of(ClientKind::Echo, ServerKind::TcpEcho);
        let (gain, over) = (Spread::ratio(&theirs, &ours), Spread::ratio(&ours, &echo));
        text += &format!(
            "| {}×{} | kept full | {} | {} | {} | {gain:.1} {} | {over} {} |\n",
            shape.0,
            shape.1,
            Spread::of(ours.clone()),
            Spread::of(theirs.clone()),
            Spread::of(echo.clone()),
            verdicts.at_least(gain.median, 10.0, 20.0),
            verdicts.at_most(over.median, 2.5),
        );
        for (bar, values) in bars.iter_mut().zip([ours, theirs, echo]) {
            bar.push(Spread::of(values).median);
        }
        let ours = of(ClientKind::RawBursts, ServerKind::Wirepath);
        let theirs = of(ClientKind::RawBursts, ServerKind::Smpp34);
        let gain = Spread::ratio(&theirs, &ours);
        text += &format!(
            "| {}×{} | whole windows | {} | {} | | {gain:.1} | |\n",
            shape.0,
            shape.1,
            Spread::of(ours),
            Spread::of(theirs),
        );
    }
    let [ours, theirs, echo] = bars;
    let chart = Chart {
        title: "Server CPU per submit_sm".to_owned(),
        across: "binds × window",
        up: "µs",
        steps: SHAPES.iter().map(|(binds, window)| format!("{binds}×{window}")).collect(),
        series: vec![
            ("wirepath".to_owned(), ours),
            ("smpp34".to_owned(), theirs),
            ("TCP echo".to_owned(), echo),
        ],
    };
    text += &document::plot(out, "compare-server-cpu", &chart)?;
    Ok(Part { text, is_met: verdicts.all_met })
}

fn cases(count: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for (binds, window) in SHAPES {
        // Counts that take each a second or less; smpp34 answers whole windows some thousand times a second.
        let of = |client, server, count| Case { client, server, binds, window, count };
        cases.push(of(ClientKind::Raw, ServerKind::Wirepath, count));
        cases.push(of(ClientKind::Raw, ServerKind::Smpp34, count / 3));
        cases.push(of(ClientKind::Echo, ServerKind::TcpEcho, count));
        cases.push(of(ClientKind::RawBursts, ServerKind::Wirepath, count));
        cases.push(of(ClientKind::RawBursts, ServerKind::Smpp34, (count / 100).max(1)));
    }
    cases
}
