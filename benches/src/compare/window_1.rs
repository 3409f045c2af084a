//! One message at a time: what two ends reach when each waits for the other.

use super::{
    Effort, Part,
    case::{Case, Samples},
};
use crate::{
    error::LoadError, one_core::OneCore, plan::ClientKind, report::grouped, server::ServerKind,
    spread::Spread, verdict::Verdicts,
};

const SHAPE: (usize, usize) = (1, 1);

const PAIRS: [(ClientKind, ServerKind); 2] =
    [(ClientKind::Wirepath, ServerKind::Wirepath), (ClientKind::Smpp34, ServerKind::Smpp34)];

/// Six parts in seven of a message's time are the kernel's, and the same for both, so the two differ by less than runs do:
/// so many turns a round.
const TURNS: usize = 5;

pub(super) fn measure(effort: Effort) -> Result<Part, LoadError> {
    let case = |(client, server)| {
        let (binds, window) = SHAPE;
        Case { client, server, binds, window, count: (effort.count / 8).max(1) }
    };
    let turns = effort.rounds * TURNS;
    let one_core = OneCore::enter()?;
    let samples = Samples::take("window 1, on one core", &PAIRS.map(case), turns)?;
    drop(one_core);
    let of = |(client, server), figure| samples.of(client, server, SHAPE, figure);
    let [ours, theirs] = PAIRS.map(|pair| of(pair, |sample| sample.report.per_second));
    let [our_p99, their_p99] = PAIRS.map(|pair| of(pair, |sample| sample.report.p99_ms));
    let mut verdicts = Verdicts::new();
    let speed = Spread::ratio(&ours, &theirs);
    let late = Spread::ratio(&our_p99, &their_p99);
    let is_fast = verdicts.at_least(speed.median, 1.0, f64::INFINITY);
    let is_early = verdicts.at_most(late.median, 1.0);
    let mut text = format!(
        "\n### Both ends, window 1\n\n\
         Client and server on one core, {turns} turns, interleaved: each end makes three system calls a message, whichever \
         it is, so the two differ by less than free cores vary with falling asleep and being woken (1×1 above).\n\n\
         | client → server | submit_sm/s | p50 ms | p99 ms | server CPU µs | client CPU µs |\n\
         |---|---:|---:|---:|---:|---:|\n"
    );
    for pair in PAIRS {
        let spread = |figure| Spread::of(of(pair, figure));
        let rate = spread(|sample| sample.report.per_second);
        text += &format!(
            "| {} → {} | {} ({}–{}) | {:.3} | {:.3} | {} | {} |\n",
            pair.1.name(),
            pair.1.name(),
            grouped(rate.median),
            grouped(rate.least),
            grouped(rate.most),
            spread(|sample| sample.report.p50_ms),
            spread(|sample| sample.report.p99_ms),
            spread(|sample| sample.server_cpu_us),
            spread(|sample| sample.report.client_cpu_us),
        );
    }
    text += &format!(
        "\n| wirepath ÷ smpp34 | found | target | verdict |\n|---|---:|---|---|\n\
         | submit_sm/s | {speed} | at least 1 | {is_fast} |\n| p99 | {late} | at most 1 | {is_early} |\n"
    );
    Ok(Part { text, is_met: verdicts.all_met })
}
