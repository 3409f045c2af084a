//! The configuration: text to checked values, environment included. Done once a start, so what counts is how it grows.

use std::{fmt::Write as _, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wirepath_http::config::HttpConfig;
use wirepath_runtime::config::Env;
use wirepath_smpp::config::SmppConfig;

/// An `smpp.yaml` of so many ESMEs, as many binds and as many routes.
fn document(entries: usize) -> String {
    let mut text = "server:\n  port: 2775\n  max_msg_per_sec: 500\n  esmes:\n".to_owned();
    for n in 0..entries {
        let _ = writeln!(
            text,
            "    - {{system_id: esme{n}, password: '${{PASSWORD:-none}}', allowed_networks: [10.0.0.0/8], max_binds: 4}}"
        );
    }
    text.push_str("binds:\n");
    for n in 0..entries {
        let _ = writeln!(
            text,
            "  - {{name: bind{n}, host: smsc{n}.example, system_id: us, password: '${{PASSWORD}}'}}"
        );
    }
    text.push_str("routing:\n  default_chain: [bind:bind0, queue]\n  rules:\n");
    for n in 0..entries {
        let _ = writeln!(text, "    - {{prefix: '31{n}', chain: ['bind:bind{n}', queue]}}");
    }
    text
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("config parse");
    let env = Env::from_iter([("PASSWORD", "s3cret"), ("SMPP_SERVER_MAX_MPS", "100")]);
    for entries in [1, 10, 100] {
        let text = document(entries);
        let config = SmppConfig::from_str(&text, "smpp.yaml", &env).expect("it is right");
        assert_eq!((config.server.esmes.len(), config.routing.rules.len()), (entries, entries));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(entries), &text, |bencher, text| {
            bencher.iter(|| SmppConfig::from_str(black_box(text), "smpp.yaml", &env));
        });
    }
    group.finish();
}

/// An `http.yaml` of so many listeners.
fn http_document(entries: usize) -> String {
    let mut text = "servers:\n".to_owned();
    for n in 0..entries {
        let _ = writeln!(
            text,
            "  - {{listen: '${{HOST:-0.0.0.0}}:{}', trusted_proxies: [10.0.0.0/8], max_body_bytes: 65536}}",
            8_000 + n
        );
    }
    text
}

fn parse_http(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("config parse, HTTP");
    let env = Env::from_iter([("HOST", "127.0.0.1")]);
    for entries in [1, 10, 100] {
        let text = http_document(entries);
        let config = HttpConfig::from_str(&text, "http.yaml", &env).expect("it is right");
        assert_eq!(config.servers.len(), entries);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(entries), &text, |bencher, text| {
            bencher.iter(|| HttpConfig::from_str(black_box(text), "http.yaml", &env));
        });
    }
    group.finish();
}

criterion_group!(benches, parse, parse_http);
criterion_main!(benches);
