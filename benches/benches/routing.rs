//! The way of a message among a million prefixes: the table by itself, and the router around it.
//!
//! What the table takes on the heap is printed before it is timed.

use std::{hint::black_box, time::Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wirepath_benches::numbers::{Numbers, PREFIXES};
use wirepath_smpp::{
    config::{RoutingConfig, Rule, Step},
    routing::{PrefixTable, Query, Router},
};

fn table(criterion: &mut Criterion) {
    let numbers = Numbers::new();
    let begun = Instant::now();
    let table = PrefixTable::build(numbers.prefixes.iter().zip(0_u32..));
    println!(
        "{} prefixes, {} octets on the heap, built in {:.0?}",
        table.len(),
        table.heap_bytes(),
        begun.elapsed()
    );
    assert_eq!(table.len(), PREFIXES);
    assert!(table.heap_bytes() < 100_000_000);
    let long = PrefixTable::build(numbers.long().zip(0_u32..));

    let mut group = criterion.benchmark_group("routing, 1,000,000 prefixes");
    group.throughput(Throughput::Elements(1));
    for (name, table, queries) in [
        ("hit", &table, &numbers.hits),
        ("busy", &table, &numbers.busy),
        ("miss", &long, &numbers.misses),
    ] {
        let mut queries = queries.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| queries.next().map(|to| table.get(black_box(to)).copied()));
        });
    }

    let mut config = RoutingConfig::default();
    let rule = |prefix: &String| {
        let mut rule = Rule::new(prefix.as_str());
        rule.chain = vec![Step::Queue];
        rule
    };
    config.rules = numbers.prefixes.iter().map(rule).collect();
    let router = Router::compile(&config);
    drop(config);
    for (name, queries) in [("route, hit", &numbers.hits), ("route, busy", &numbers.busy)] {
        let mut queries = queries.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let to = queries.next()?;
                router.route(&Query::new(black_box(to))).steps().next()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, table);
criterion_main!(benches);
