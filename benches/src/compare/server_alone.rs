//! What a message costs the server, when the client costs next to nothing.

use super::{
    Effort, Part,
    case::{Case, Samples},
};
use crate::{
    cli::OutArgs, document, error::LoadError, one_core::OneCore, plan::ClientKind, plot::Chart,
    server::ServerKind, spread::Spread, verdict::Verdicts,
};

const SHAPES: [(usize, usize); 2] = [(1, 64), (4, 64)];

/// How messages come: what the driver does, and whether it shares a core with the server.
struct Traffic {
    name: &'static str,
    client: ClientKind,
    has_echo: bool,
    is_held_to_targets: bool,
}

const ONE_CORE: [Traffic; 2] = [
    Traffic {
        name: "kept full",
        client: ClientKind::Raw,
        has_echo: true,
        is_held_to_targets: true,
    },
    Traffic {
        name: "whole windows",
        client: ClientKind::RawBursts,
        has_echo: false,
        is_held_to_targets: false,
    },
];

const FREE_CORES: [Traffic; 1] = [Traffic {
    name: "kept full, cores free",
    client: ClientKind::Raw,
    has_echo: true,
    is_held_to_targets: false,
}];

pub(super) fn measure(effort: Effort, out: &OutArgs) -> Result<Part, LoadError> {
    let one_core = OneCore::enter()?;
    let cases = cases(effort.count, &ONE_CORE);
    let samples = Samples::take("server alone, on one core", &cases, effort.rounds)?;
    drop(one_core);
    let free_cases = self::cases(effort.count, &FREE_CORES);
    let free = Samples::take("server alone, cores free", &free_cases, effort.rounds)?;
    let mut verdicts = Verdicts::new();
    let mut text = "\n### Server alone: CPU µs per submit_sm\n\n\
        Pre-encoded traffic (`drive --pipelined`), server and driver on one core: what is measured is work, and not how a \
        core falls asleep and is woken. *Kept full*: the window is filled after every read, which spares smpp34's server most \
        of the waits for delayed acknowledgements that it has with Nagle's algorithm on; the targets are held to this. *Whole \
        windows*: the next window goes out when the last has been answered. *Cores free*: as the system places them, sleeping \
        and waking included, for the echo too.\n\n\
        | binds × window | traffic | wirepath | smpp34 | TCP echo | smpp34 ÷ wirepath, at least 10 | wirepath ÷ echo, at most 2.5 |\n\
        |---|---|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let mut bars: [Vec<f64>; 3] = Default::default();
    for shape in SHAPES {
        let traffics = ONE_CORE.iter().map(|traffic| (traffic, &samples));
        for (traffic, samples) in traffics.chain(FREE_CORES.iter().map(|traffic| (traffic, &free)))
        {
            let [ours, theirs, echo] = cpu(samples, traffic, shape);
            text += &row(shape, traffic, [&ours, &theirs, &echo], &mut verdicts);
            if traffic.is_held_to_targets {
                for (bar, values) in bars.iter_mut().zip([ours, theirs, echo]) {
                    bar.push(Spread::of(values).median);
                }
            }
        }
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

/// The server's CPU time in each round: wirepath, smpp34, and the echo where it was measured.
fn cpu(samples: &Samples, traffic: &Traffic, shape: (usize, usize)) -> [Vec<f64>; 3] {
    let of = |client, server| samples.of(client, server, shape, |sample| sample.server_cpu_us);
    let echo = match traffic.has_echo {
        true => of(ClientKind::Echo, ServerKind::TcpEcho),
        false => Vec::new(),
    };
    [of(traffic.client, ServerKind::Wirepath), of(traffic.client, ServerKind::Smpp34), echo]
}

fn row(
    (binds, window): (usize, usize),
    traffic: &Traffic,
    [ours, theirs, echo]: [&[f64]; 3],
    verdicts: &mut Verdicts,
) -> String {
    let spread = |values: &[f64]| Spread::of(values.to_vec());
    let gain = Spread::ratio(theirs, ours);
    let mut cells = format!("{} | {}", spread(ours), spread(theirs));
    let gain_verdict = match traffic.is_held_to_targets {
        true => format!(" {}", verdicts.at_least(gain.median, 10.0, 20.0)),
        false => String::new(),
    };
    if traffic.has_echo {
        let over = Spread::ratio(ours, echo);
        let over_verdict = match traffic.is_held_to_targets {
            true => format!(" {}", verdicts.at_most(over.median, 2.5)),
            false => String::new(),
        };
        cells += &format!(" | {} | {gain:.1}{gain_verdict} | {over}{over_verdict}", spread(echo));
    } else {
        cells += &format!(" | | {gain:.1}{gain_verdict} | ");
    }
    format!("| {binds}×{window} | {} | {cells} |\n", traffic.name)
}

/// Counts that take each a second or less; smpp34 answers whole windows some thousand times a second.
fn cases(count: u64, traffics: &[Traffic]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (binds, window) in SHAPES {
        let mut add = |client, server, count| {
            cases.push(Case { client, server, binds, window, count });
        };
        for traffic in traffics {
            let is_whole_windows = traffic.client == ClientKind::RawBursts;
            add(traffic.client, ServerKind::Wirepath, count * 5);
            add(
                traffic.client,
                ServerKind::Smpp34,
                if is_whole_windows { (count / 100).max(1) } else { count },
            );
            if traffic.has_echo {
                add(ClientKind::Echo, ServerKind::TcpEcho, count * 5);
            }
        }
    }
    cases
}
