//! Path parameters, queries and percent-decoding, side by side with what axum has for them; and heads.
//!
//! `cargo bench -p wirepath-http --bench protocol`

use std::hint::black_box;

use axum::extract::{FromRequestParts, Path, Query};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use futures_util::FutureExt;
use http::{Request, request::Parts};
use serde::Deserialize;
use tower::Service;
use wirepath_http::{
    HeaderMap,
    protocol::{Table, Template, h1, pairs, percent},
};

#[derive(Deserialize)]
struct Order {
    id: u64,
    order: u64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that it is read")]
struct Named {
    id: u64,
    order: String,
}

const PATH: &str = "/users/12345/orders/67890";

/// A route of interest among so many others.
fn templates(count: usize) -> Vec<Template> {
    let others = (0..count).map(|number| match number % 3 {
        0 => format!("/resource{number}"),
        1 => format!("/resource{number}/{{id}}"),
        _ => format!("/users/{{id}}/resource{number}/{{item}}"),
    });
    let all = std::iter::once("/users/{id}/orders/{order}".to_owned()).chain(others);
    all.map(|text| Template::parse(&text).unwrap()).collect()
}

fn table(count: usize) -> Table {
    let mut table = Table::new();
    for template in templates(count) {
        table.insert(template).unwrap();
    }
    table
}

/// What axum's extractors are given: the parts of a request that went through its router.
fn axums_parts() -> Parts {
    let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
    let kept = slot.clone();
    let keep = move |request: axum::extract::Request| async move {
        *kept.lock().unwrap() = Some(request.into_parts().0);
    };
    let mut router: axum::Router =
        axum::Router::new().route("/users/{id}/orders/{order}", axum::routing::get(keep));
    let request = Request::get(PATH).body(axum::body::Body::empty()).unwrap();
    router.call(request).now_or_never().unwrap().unwrap();
    slot.lock().unwrap().take().unwrap()
}

fn ours<T: for<'a> Deserialize<'a>>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str) {
    for others in [0, 50] {
        let table = table(others);
        group.bench_function(format!("wirepath: look-up among {}, {name}", others + 1), |b| {
            b.iter(|| {
                let path = black_box(PATH);
                let found = table.at(path).unwrap();
                table.params(&found, path).deserialize::<T>().unwrap()
            });
        });
    }
    let table = table(50);
    let found = table.at(PATH).unwrap();
    group.bench_function(format!("wirepath: {name}"), |b| {
        b.iter(|| table.params(black_box(&found), black_box(PATH)).deserialize::<T>().unwrap());
    });
}

fn theirs<T>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str)
where
    T: serde::de::DeserializeOwned + Send,
{
    let mut parts = axums_parts();
    group.bench_function(format!("axum's Path: {name}"), |b| {
        b.iter(|| {
            let path = Path::<T>::from_request_parts(black_box(&mut parts), &());
            path.now_or_never().unwrap().map_err(drop).unwrap().0
        });
    });
}

fn path_parameters(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("path parameters");
    ours::<Order>(&mut group, "struct of two numbers");
    theirs::<Order>(&mut group, "struct of two numbers");
    ours::<(u64, u64)>(&mut group, "two numbers");
    theirs::<(u64, u64)>(&mut group, "two numbers");
    ours::<Named>(&mut group, "struct of number and text");
    theirs::<Named>(&mut group, "struct of number and text");
    let mut router = matchit::Router::new();
    for (number, template) in templates(50).iter().enumerate() {
        router.insert(template.pattern(), number).unwrap();
    }
    group.bench_function("matchit: look-up among 51", |b| {
        b.iter(|| *router.at(black_box(PATH)).unwrap().value);
    });
    let table = table(50);
    group.bench_function("wirepath: look-up among 51", |b| {
        b.iter(|| table.at(black_box(PATH)).unwrap());
    });
    let mut router: axum::Router = axum::Router::new();
    for template in templates(50) {
        router = router.route(
            &template.pattern(),
            axum::routing::get(|path: Path<Order>| async move {
                (path.0.id + path.0.order).to_string()
            }),
        );
    }
    group.bench_function("axum: its whole router among 51, struct of two numbers", |b| {
        let request = || Request::get(PATH).body(axum::body::Body::empty()).unwrap();
        b.iter_batched(
            request,
            |request| router.call(request).now_or_never(),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that it is read")]
struct Few {
    q: String,
    page: u32,
    limit: u32,
    active: bool,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that it is read")]
struct Plain {
    a: u64,
    b: i32,
    c: f64,
    d: bool,
}

fn query_of_4(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("query of 4");
    pair::<Few>(&mut group, "a text among them", "q=search&page=1&limit=20&active=true");
    pair::<Plain>(&mut group, "numbers", "a=12345&b=-7&c=0.5&d=false");
    pair::<Few>(&mut group, "encoded", "q=caf%C3%A9+noir&page=1&limit=20&active=true");
    group.finish();
}

fn pair<T: serde::de::DeserializeOwned>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    query: &'static str,
) {
    group.bench_function(format!("wirepath: {name}"), |b| {
        b.iter(|| pairs::query::<T>(black_box(query)).unwrap());
    });
    group.bench_function(format!("serde_urlencoded: {name}"), |b| {
        b.iter(|| serde_urlencoded::from_str::<T>(black_box(query)).unwrap());
    });
    let uri: http::Uri = format!("/x?{query}").parse().unwrap();
    group.bench_function(format!("axum's Query: {name}"), |b| {
        b.iter(|| Query::<T>::try_from_uri(black_box(&uri)).map_err(drop).unwrap().0);
    });
}

fn forms(criterion: &mut Criterion) {
    const SIMPLE: &[u8] = b"name=John+Doe&email=john%40example.com&age=30&city=New+York";
    let mut group = criterion.benchmark_group("form into a dynamic value");
    let many =
        (0..20).map(|number| format!("field{number}=value+{number}")).collect::<Vec<_>>().join("&");
    for (name, form) in [("of 4", SIMPLE), ("of 20", many.as_bytes())] {
        group.bench_function(format!("wirepath: {name}"), |b| {
            b.iter(|| pairs::form::<serde_json::Value>(black_box(form)).unwrap());
        });
        group.bench_function(format!("serde_html_form: {name}"), |b| {
            b.iter(|| serde_html_form::from_bytes::<serde_json::Value>(black_box(form)).unwrap());
        });
    }
    let hostile = (0..pairs::MAX_PAIRS)
        .map(|number| format!("aaaaaaaaaaaa{number:04}="))
        .collect::<Vec<_>>()
        .join("&");
    group.bench_function("wirepath: 1,000 names that begin alike", |b| {
        b.iter(|| pairs::Pairs::query(black_box(&hostile)).unwrap().len());
    });
    group.finish();
}

fn percent_decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("percent-decode");
    for text in
        ["test123", "550e8400-e29b-41d4-a716-446655440000", "caf%C3%A9", "John%20Doe%20%26%20Sons"]
    {
        group.bench_function(format!("wirepath: {text}"), |b| {
            b.iter(|| drop(black_box(percent::path(black_box(text)))));
        });
        group.bench_function(format!("wirepath, to be looked at: {text}"), |b| {
            b.iter(|| percent::with_path(black_box(text), |text| black_box(text).len()));
        });
        group.bench_function(format!("percent-encoding: {text}"), |b| {
            b.iter(|| {
                drop(black_box(percent_encoding::percent_decode_str(black_box(text)).decode_utf8()))
            });
        });
    }
    group.finish();
}

fn heads(criterion: &mut Criterion) {
    const GET: &str = "GET /v1/orders/12345 HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: curl/8.14.1\r\nAccept: application/json\r\nAuthorization: Bearer 0123456789abcdef01234567\r\n\r\n";
    const POST: &str = "POST /v1/orders HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: curl/8.14.1\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"item\":\"tea\",\"count\":2}";
    let limits = h1::Limits { octets: 16 << 10 };
    let mut group = criterion.benchmark_group("the head of a request");
    for (name, octets) in [("GET, 155 octets", GET), ("POST, 152 octets", POST)] {
        let octets = octets.as_bytes();
        group.bench_function(format!("looked over: {name}"), |b| {
            b.iter(|| drop(black_box(h1::Reader::default().read(&mut black_box(octets), limits))));
        });
        let mut reader = h1::Reader::default();
        group.bench_function(format!("the same fields again: {name}"), |b| {
            b.iter(|| drop(black_box(reader.read(&mut black_box(octets), limits))));
        });
        let mut spare = HeaderMap::new();
        group.bench_function(format!("with all parts: {name}"), |b| {
            b.iter(|| {
                if let Ok(Some(head)) = h1::Reader::default().read(&mut black_box(octets), limits) {
                    spare = black_box(head.lines.parts(std::mem::take(&mut spare))).headers;
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, path_parameters, query_of_4, forms, percent_decode, heads);
criterion_main!(benches);
