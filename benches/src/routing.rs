//! `routing`: what it takes to find a prefix among a million, and the route behind it.

use std::{hint::black_box, time::Instant};

use wirepath_smpp::{
    config::{RoutingConfig, Rule, Step},
    routing::{PrefixTable, Query, Router},
};

use crate::{
    cli::RoundsArgs,
    document,
    error::LoadError,
    numbers::{Number, Numbers, PREFIXES},
    one_core::OneCore,
    spread::Spread,
    verdict::Verdicts,
};

/// What a look-up may take, in ns.
const TARGET_NS: f64 = 200.0;

/// What a million prefixes may take, in octets.
const TARGET_OCTETS: f64 = 100e6;

/// What is timed: nanoseconds a call.
type Timed<'a> = Box<dyn Fn() -> f64 + 'a>;

/// The subcommand. Says whether every target was met.
pub(crate) fn routing(args: &RoundsArgs) -> Result<bool, LoadError> {
    let _one_core = OneCore::enter()?;
    let numbers = Numbers::new();
    let table = PrefixTable::build(numbers.prefixes.iter().zip(0_u32..));
    let long = PrefixTable::build(numbers.long().zip(0_u32..));
    let router = Router::compile(&rules(&numbers));
    let get = |table: &PrefixTable<u32>, number: &Number| table.get(number).copied();
    let step = |number: &Number| router.route(&Query::new(number)).steps().next().is_some();
    let cases: [(&str, Timed<'_>); 4] = [
        ("a prefix, any of them", Box::new(|| time(&numbers.hits, |n| get(&table, n)))),
        (
            "no prefix, among those of 8 digits and more",
            Box::new(|| time(&numbers.misses, |n| get(&long, n))),
        ),
        (
            "a prefix, one of 200: as traffic is",
            Box::new(|| time(&numbers.busy, |n| get(&table, n))),
        ),
        ("a route by the same 200 of a million rules", Box::new(|| time(&numbers.busy, step))),
    ];
    let mut taken: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    for round in 0..args.rounds {
        eprintln!("routing: round {} of {}", round + 1, args.rounds);
        for ((_, time), taken) in cases.iter().zip(&mut taken) {
            taken.push(time());
        }
    }
    let mut verdicts = Verdicts::new();
    let mut text = format!(
        "## Routing\n\n{}{} rounds on one core, {PREFIXES} prefixes of 3 to 12 digits. Nanoseconds a look-up, median and range, each of \
        a number of 15 digits, {} of them one after the other. What a look-up of any prefix takes is the time of one access to \
        memory outside of the core's own caches, so it is what a neighbour on the machine makes of it.\n\n\
        | what is found | ns | target | verdict |\n|---|---:|---|---|\n",
        document::command_line(),
        args.rounds,
        numbers.hits.len(),
    );
    for ((what, _), taken) in cases.iter().zip(taken) {
        let spread = Spread::of(taken);
        let verdict = verdicts.at_most(spread.median, TARGET_NS);
        text += &format!("| {what} | {spread:.0} | under {TARGET_NS} ns | {verdict} |\n");
    }
    let octets = table.heap_bytes();
    let verdict = verdicts.at_most(octets as f64, TARGET_OCTETS);
    text += &format!(
        "\nThe table of {PREFIXES} prefixes takes {octets} octets, {:.1} for each (target: under 100 MB, {verdict}).\n",
        octets as f64 / PREFIXES as f64
    );
    document::put(&args.out, "routing", &text)?;
    Ok(verdicts.all_met)
}

/// A rule for each prefix, with one of 16 chains.
fn rules(numbers: &Numbers) -> RoutingConfig {
    let rule = |(place, prefix): (usize, &String)| {
        let mut rule = Rule::new(prefix.as_str());
        rule.chain = vec![Step::Bind(format!("bind{}", place % 16)), Step::Queue];
        rule
    };
    let mut config = RoutingConfig::default();
    config.rules = numbers.prefixes.iter().enumerate().map(rule).collect();
    config
}

/// Nanoseconds that `work` takes for each of the numbers.
fn time<O>(numbers: &[Number], work: impl Fn(&Number) -> O) -> f64 {
    let begin = Instant::now();
    for number in numbers {
        black_box(work(black_box(number)));
    }
    begin.elapsed().as_secs_f64() * 1e9 / numbers.len() as f64
}
