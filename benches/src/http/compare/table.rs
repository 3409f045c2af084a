//! The tables and the plots.

use workloads::workload::Kind;

use super::round::{Measured, Sample};
use crate::{http::Side, plot::Chart, report::grouped, spread::Spread, verdict::Verdicts};

/// CPU time of wirepath against axum's, at most.
const CPU_OF_AXUM: f64 = 0.8;
/// CPU time of wirepath against that of hyper with hand dispatch, at most.
const CPU_OF_HYPER: f64 = 1.15;
/// Requests per second of wirepath against axum's, at least.
const RATE_OF_AXUM: f64 = 1.1;

/// Whether a workload is held to targets: what multipart and a very large body cost is their parser's.
fn has_targets(measured: &Measured) -> bool {
    measured.workload.kind != Kind::Multipart && measured.workload.name != "json very large"
}

/// CPU time per request.
pub(super) fn cpu(all: &[Measured], sides: &[Side], verdicts: &mut Verdicts) -> String {
    let mut text = format!(
        "\n### Server CPU µs per request\n\n| workload | {} | wirepath ÷ axum, at most {CPU_OF_AXUM:.2} | \
         wirepath ÷ hyper, at most {CPU_OF_HYPER} | wirepath ÷ echo | axum ÷ echo |\n|---|{}---:|---:|---:|---:|\n",
        names(sides),
        "---:|".repeat(sides.len()),
    );
    for measured in all {
        let own = |side: &Side| Spread::of(measured.of(*side, of_cpu)).to_string();
        let cells: Vec<String> = sides.iter().map(own).collect();
        let mut against = |under, most| {
            let judge = |ratio: Spread| verdicts.at_most(ratio.median, most);
            let ratio = ratio(measured, Side::Wirepath, under, of_cpu);
            said(ratio, has_targets(measured).then_some(judge))
        };
        let (axum, hyper) = (against(Side::Axum, CPU_OF_AXUM), against(Side::Hyper, CPU_OF_HYPER));
        let to_echo = |side| {
            let ratio = ratio(measured, side, Side::Echo, of_cpu);
            said(ratio, None::<fn(Spread) -> &'static str>)
        };
        let (own, other) = (to_echo(Side::Wirepath), to_echo(Side::Axum));
        let name = measured.workload.name;
        text +=
            &format!("| {name} | {} | {axum} | {hyper} | {own} | {other} |\n", cells.join(" | "));
    }
    text
}

/// What of the CPU time is the servers' own, and not the kernel's.
pub(super) fn user(all: &[Measured], sides: &[Side]) -> String {
    let mut text = format!(
        "\n### Of which in user space, µs\n\nThe rest is the kernel's, for the same calls; it is told apart in ticks, so roughly.\n\n\
         | workload | {} | wirepath ÷ axum | wirepath ÷ hyper |\n|---|{}---:|---:|\n",
        names(sides),
        "---:|".repeat(sides.len()),
    );
    for measured in all {
        let own = |side: &Side| Spread::of(measured.of(*side, of_user)).to_string();
        let cells: Vec<String> = sides.iter().map(own).collect();
        let against = |under| {
            let ratio = ratio(measured, Side::Wirepath, under, of_user);
            said(ratio, None::<fn(Spread) -> &'static str>)
        };
        let (axum, hyper) = (against(Side::Axum), against(Side::Hyper));
        let name = measured.workload.name;
        text += &format!("| {name} | {} | {axum} | {hyper} |\n", cells.join(" | "));
    }
    text
}

/// Requests per second.
pub(super) fn rate(all: &[Measured], sides: &[Side], verdicts: &mut Verdicts) -> String {
    let mut text = format!(
        "\n### Requests/s\n\n| workload | {} | wirepath ÷ axum, at least {RATE_OF_AXUM} |\n|---|{}---:|\n",
        names(sides),
        "---:|".repeat(sides.len()),
    );
    for measured in all {
        let own = |side: &Side| {
            let Spread { median, least, most } = Spread::of(measured.of(*side, of_rate));
            format!("{} ({}–{})", grouped(median), grouped(least), grouped(most))
        };
        let cells: Vec<String> = sides.iter().map(own).collect();
        let judge = |ratio: Spread| verdicts.at_least(ratio.median, RATE_OF_AXUM, f64::INFINITY);
        let axum = ratio(measured, Side::Wirepath, Side::Axum, of_rate);
        let axum = said(axum, has_targets(measured).then_some(judge));
        text += &format!("| {} | {} | {axum} |\n", measured.workload.name, cells.join(" | "));
    }
    text
}

/// What each side takes and gives, as a multiple of axum's; none if axum was not measured.
pub(super) fn charts(all: &[Measured], sides: &[Side]) -> Vec<(&'static str, Chart)> {
    if !sides.contains(&Side::Axum) {
        return Vec::new();
    }
    let chart = |title: &str, figure| Chart {
        title: title.to_owned(),
        across: "",
        up: "axum = 1",
        steps: all.iter().map(|measured| measured.workload.name.to_owned()).collect(),
        series: sides
            .iter()
            .map(|side| (side.name().to_owned(), line(all, *side, figure)))
            .collect(),
    };
    vec![
        ("cpu", chart("HTTP: server CPU per request", of_cpu)),
        ("rate", chart("HTTP: requests per second", of_rate)),
    ]
}

fn line(all: &[Measured], side: Side, figure: fn(&Sample) -> f64) -> Vec<f64> {
    let point = |measured: &Measured| {
        Spread::ratio(&measured.of(side, figure), &measured.of(Side::Axum, figure)).median
    };
    all.iter().map(point).collect()
}

fn of_cpu(sample: &Sample) -> f64 {
    sample.cpu_us
}

fn of_user(sample: &Sample) -> f64 {
    sample.user_us
}

fn of_rate(sample: &Sample) -> f64 {
    sample.per_second
}

fn names(sides: &[Side]) -> String {
    sides.iter().map(|side| side.name()).collect::<Vec<_>>().join(" | ")
}

/// The figure of a side over that of another one, if both were measured.
fn ratio(
    measured: &Measured,
    over: Side,
    under: Side,
    figure: fn(&Sample) -> f64,
) -> Option<Spread> {
    let (own, other) = (measured.of(over, figure), measured.of(under, figure));
    (!own.is_empty() && !other.is_empty()).then(|| Spread::ratio(&own, &other))
}

fn said(ratio: Option<Spread>, judge: Option<impl FnOnce(Spread) -> &'static str>) -> String {
    match (ratio, judge) {
        (None, _) => "–".to_owned(),
        (Some(ratio), None) => ratio.to_string(),
        (Some(ratio), Some(judge)) => format!("{ratio} {}", judge(ratio)),
    }
}
