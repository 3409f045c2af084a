//! `http json`: engines that could stand behind `Json<T>`, on the bodies of the workloads.

mod engine;
mod hostile;
mod lean;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use self::engine::{ENGINES, Engine};
pub(super) use self::hostile::probe;
use crate::{
    cli::RoundsArgs, document, error::LoadError, one_core::OneCore, plot::Chart, spread::Spread,
};
use workloads::Workload;

const BODIES: [&str; 4] = ["json small", "json medium", "json large", "json very large"];

/// Octets that go through an engine in a round.
const OCTETS: usize = 20_000_000;

/// The subcommand.
pub(super) fn json(args: &RoundsArgs) -> Result<bool, LoadError> {
    let bodies = bodies()?;
    let one_core = OneCore::enter()?;
    // For each engine and body, round by round.
    let mut taken = vec![vec![Vec::new(); bodies.len()]; ENGINES.len()];
    for round in 0..args.rounds {
        eprintln!("json: round {} of {}", round + 1, args.rounds);
        for (place, (_, body)) in bodies.iter().enumerate() {
            for step in 0..ENGINES.len() {
                let index = (step + round) % ENGINES.len();
                let engine = ENGINES.get(index).zip(taken.get_mut(index));
                let Some((engine, taken)) = engine else { continue };
                if let Some((time, taken)) = time(engine, place, body)?.zip(taken.get_mut(place)) {
                    taken.push(time);
                }
            }
        }
    }
    drop(one_core);
    let mut text = format!(
        "## JSON engines\n\n{}{} rounds, engines by turns, on one core: a body is parsed and written again, µs, median and range; \
         in brackets serde_json's time as a multiple of it. `json small` is a struct, the others are values of any shape. What \
         simd-json parses it also overwrites: the copy that a request's body needs for that counts. A *lean* value keeps \
         objects as lists in their order, with short texts in place; a *borrowed* one keeps texts where the body has them.\n\n\
         | engine | {} |\n|---|{}\n",
        document::command_line(),
        args.rounds,
        BODIES.join(" | "),
        "---:|".repeat(BODIES.len()),
    );
    for (engine, own) in ENGINES.iter().zip(&taken) {
        text += &row(engine, own, taken.first().map_or(&[], Vec::as_slice));
    }
    text += &document::plot(&args.out, "http-json", &chart(&taken))?;
    text += &hostile::table()?;
    document::put(&args.out, "http-json", &text)?;
    Ok(true)
}

fn bodies() -> Result<Vec<(&'static str, &'static [u8])>, LoadError> {
    let found = BODIES.iter().map(|name| Some((*name, Workload::find(name)?.body.as_deref()?)));
    let found: Option<_> = found.collect();
    found.ok_or_else(|| LoadError::new("a workload has no body"))
}

/// Nanoseconds that the engine takes for the body; none if it does not do that.
fn time(engine: &Engine, place: usize, body: &[u8]) -> Result<Option<f64>, LoadError> {
    let work = match place {
        0 => engine.typed,
        _ => Some(engine.dynamic),
    };
    let Some(work) = work else { return Ok(None) };
    let Some(answer) = work(body) else {
        return Err(LoadError::new(format!("{} refuses what is well-formed", engine.name)));
    };
    if !same(&answer, body) {
        return Err(LoadError::new(format!("{} writes something else", engine.name)));
    }
    let times = (OCTETS / body.len()).max(1);
    let begin = Instant::now();
    for _ in 0..times {
        black_box(work(black_box(body)));
    }
    let spent: Duration = begin.elapsed();
    Ok(Some(spent.as_secs_f64() * 1e9 / times as f64))
}

fn same(one: &[u8], other: &[u8]) -> bool {
    let read = |text| serde_json::from_slice::<serde_json::Value>(text).ok();
    read(one).is_some() && read(one) == read(other)
}

fn row(engine: &Engine, own: &[Vec<f64>], base: &[Vec<f64>]) -> String {
    let cell = |(own, base): (&Vec<f64>, &Vec<f64>)| match own.is_empty() {
        true => "–".to_owned(),
        false => format!(
            "{} [{:.2}]",
            Spread::of(own.iter().map(|ns| ns / 1e3)),
            Spread::ratio(base, own).median
        ),
    };
    let cells: Vec<String> = own.iter().zip(base).map(cell).collect();
    format!("| {} | {} |\n", engine.name, cells.join(" | "))
}

/// Of the bodies of any shape: how many times serde_json's speed.
fn chart(taken: &[Vec<Vec<f64>>]) -> Chart {
    let base = taken.first().map_or(&[][..], Vec::as_slice);
    let gains = |own: &Vec<Vec<f64>>| {
        own.iter().zip(base).skip(1).map(|(own, base)| Spread::ratio(base, own).median).collect()
    };
    Chart {
        title: "JSON engines: times serde_json's speed".to_owned(),
        across: "",
        up: "serde_json = 1",
        steps: BODIES.iter().skip(1).map(|name| (*name).to_owned()).collect(),
        series: ENGINES
            .iter()
            .zip(taken)
            .filter(|(engine, _)| engine.is_drawn)
            .map(|(engine, own)| (engine.name.to_owned(), gains(own)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_writes_what_it_read() {
        for (place, (name, body)) in bodies().unwrap().into_iter().enumerate() {
            for engine in ENGINES {
                let work = if place == 0 { engine.typed } else { Some(engine.dynamic) };
                let Some(work) = work else { continue };
                assert!(same(&work(body).unwrap(), body), "{}: {name}", engine.name);
                assert!(work(b"{").is_none() && work(b"").is_none(), "{}", engine.name);
            }
        }
    }
}
