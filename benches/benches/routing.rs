//! The way of a message among a million prefixes: the table by itself, and the router around it.
//!
//! What the table takes on the heap is printed before it is timed.

use std::{collections::HashSet, hint::black_box, time::Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wirepath_smpp::{
    config::{RoutingConfig, Rule, Step},
    routing::{PrefixTable, Query, Router},
};

const PREFIXES: usize = 1_000_000;
/// Asked one after the other: so many that neither they nor what they lead to stay in a cache by themselves.
const QUERIES: usize = 1 << 18;

/// Numbers that look random and are the same every time: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// An international number: no zero in front.
    fn number(&mut self, digits: u32) -> String {
        let least = 10_u64.pow(digits - 1);
        (least + self.below(9 * least)).to_string()
    }
}

/// A million different prefixes of 3 to 12 digits.
fn prefixes(random: &mut Random) -> Vec<String> {
    let mut seen = HashSet::with_capacity(PREFIXES);
    let mut prefixes = Vec::with_capacity(PREFIXES);
    while prefixes.len() < PREFIXES {
        let digits = 3 + random.below(10) as u32;
        let prefix = random.number(digits);
        if seen.insert(prefix.clone()) {
            prefixes.push(prefix);
        }
    }
    prefixes
}

/// Numbers of 15 digits, the longest there are (E.164), that start as a prefix of the table does.
fn hits(random: &mut Random, prefixes: &[String]) -> Vec<String> {
    let hit = |_| {
        let prefix = &prefixes[random.below(PREFIXES as u64) as usize];
        let rest = random.number(14);
        format!("{prefix}{}", &rest[..15 - prefix.len()])
    };
    (0..QUERIES).map(hit).collect()
}

/// What no prefix starts: national numbers, and numbers with a plus. They leave the table at its root.
fn misses(random: &mut Random, table: &PrefixTable<u32>) -> Vec<String> {
    let mut misses = Vec::with_capacity(QUERIES);
    while misses.len() < QUERIES {
        let number = match misses.len() % 2 {
            0 => format!("0{}", random.number(14)),
            _ => format!("+{}", random.number(14)),
        };
        assert_eq!(table.get(number.as_bytes()), None);
        misses.push(number);
    }
    misses
}

/// Numbers that go deep into a table, since it has no short prefixes, and find nothing there.
fn deep_misses(random: &mut Random, table: &PrefixTable<u32>) -> Vec<String> {
    let mut misses = Vec::with_capacity(QUERIES);
    while misses.len() < QUERIES {
        let number = random.number(15);
        if table.get(number.as_bytes()).is_none() {
            misses.push(number);
        }
    }
    misses
}

fn table(criterion: &mut Criterion) {
    let mut random = Random(2026);
    let prefixes = prefixes(&mut random);
    let begun = Instant::now();
    let table = PrefixTable::build(prefixes.iter().zip(0_u32..));
    println!(
        "{} prefixes, {} octets on the heap, built in {:.0?}",
        table.len(),
        table.heap_bytes(),
        begun.elapsed()
    );
    assert_eq!(table.len(), PREFIXES);
    assert!(table.heap_bytes() < 100_000_000);
    let long = || prefixes.iter().zip(0_u32..).filter(|(prefix, _)| prefix.len() >= 8);
    let deep = PrefixTable::build(long());
    let (hits, misses) = (hits(&mut random, &prefixes), misses(&mut random, &table));
    let deep_misses = deep_misses(&mut random, &deep);

    let mut group = criterion.benchmark_group("routing, 1,000,000 prefixes");
    group.throughput(Throughput::Elements(1));
    for (name, table, queries) in
        [("hit", &table, &hits), ("miss", &table, &misses), ("deep miss", &deep, &deep_misses)]
    {
        let mut queries = queries.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| queries.next().map(|to| table.get(black_box(to.as_bytes())).copied()));
        });
    }

    let mut config = RoutingConfig::default();
    config.rules = prefixes
        .iter()
        .map(|prefix| {
            let mut rule = Rule::new(prefix.as_str());
            rule.chain = vec![Step::Queue];
            rule
        })
        .collect();
    let router = Router::compile(&config);
    drop(config);
    let mut queries = hits.iter().cycle();
    group.bench_function("route", |bencher| {
        bencher.iter(|| {
            let to = queries.next()?;
            router.route(&Query::new(black_box(to))).steps().next()
        });
    });
    group.finish();
}

criterion_group!(benches, table);
criterion_main!(benches);
