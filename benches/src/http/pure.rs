//! `http pure`: what paths, queries, percent-decoding and the configuration take, without a socket.

use std::{
    borrow::Cow,
    hint::black_box,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::extract::{FromRequestParts, Path, Query, Request};
use futures_util::FutureExt;
use hyper::{Uri, http::request::Parts};
use serde::Deserialize;
use tower_service::Service;
use wirepath_http::{
    config::HttpConfig,
    protocol::{Table, Template, pairs, percent},
};
use wirepath_runtime::config::Env;

use crate::{
    cli::RoundsArgs, codec::time, document, error::LoadError, one_core::OneCore, spread::Spread,
    verdict::Verdicts,
};

const PATH: &str = "/users/12345/orders/67890";
const QUERY: &str = "q=search&page=1&limit=20&active=true";
const ENCODED: &str = "John%20Doe%20%26%20Sons";

/// An `http.yaml` as a service has it.
const CONFIG: &str = "
servers:
  - {listen: '0.0.0.0:8080', trusted_proxies: [10.0.0.0/8]}
  - {listen: '0.0.0.0:8443', max_body_bytes: 65536, request_timeout_ms: 5000}
threads: per_core
drain_timeout_ms: ${DRAIN:-10000}
around: {request_ids: true, access_log: true}
";

/// Times that the configuration is read in a round.
const READS: u32 = 2_000;

/// Turns of a round, of which the quickest counts: on a machine that others share, a core has half its speed for seconds.
const TURNS: usize = 20;

/// Nanoseconds a call.
type Time = Box<dyn FnMut() -> f64>;

/// One thing that is timed, and what it is held to.
struct Case {
    what: &'static str,
    ours: Time,
    theirs: Option<(&'static str, Time)>,
    /// Ours is below this many ns.
    below: Option<f64>,
}

/// The subcommand. Says whether every target was met.
pub(super) fn pure(args: &RoundsArgs) -> Result<bool, LoadError> {
    let mut cases =
        [matched()?, extracted()?, query()?, decoded(ENCODED), decoded("test123"), config()?];
    let one_core = OneCore::enter()?;
    let mut ours: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    let mut theirs = ours.clone();
    for round in 0..args.rounds {
        eprintln!("pure: round {} of {}", round + 1, args.rounds);
        for ((case, ours), theirs) in cases.iter_mut().zip(&mut ours).zip(&mut theirs) {
            let (mut our, mut their) = (f64::INFINITY, None::<f64>);
            for _ in 0..TURNS {
                our = our.min((case.ours)());
                let time = case.theirs.as_mut().map(|(_, time)| time());
                their = time.map(|time| their.map_or(time, |least| least.min(time)));
            }
            ours.push(our);
            theirs.extend(their);
        }
    }
    drop(one_core);
    let mut verdicts = Verdicts::new();
    let mut text = format!(
        "## HTTP: paths, queries and texts\n\n{}{} rounds, wirepath and the others by turns, on one core, {TURNS} turns a round. \
        Nanoseconds a call: of a round the quickest turn, as a core that others share has half its speed for seconds, and of the \
        rounds the median and range; ratios are taken within a round. `cargo bench -p wirepath-http --bench protocol` times the same and \
        more by criterion.\n\n\
        | what | wirepath ns | other | its ns | other ÷ wirepath | target | verdict |\n|---|---:|---|---:|---:|---|---|\n",
        document::command_line(),
        args.rounds,
    );
    for ((case, ours), theirs) in cases.iter().zip(&ours).zip(&theirs) {
        let spread = Spread::of(ours.clone());
        let (target, verdict) = match case.below {
            Some(ns) => (format!("under {ns} ns"), verdicts.at_most(spread.median, ns)),
            None => Default::default(),
        };
        let other = match &case.theirs {
            Some((name, _)) => format!(
                "{name} | {:.1} | {:.1}",
                Spread::of(theirs.clone()),
                Spread::ratio(theirs, ours)
            ),
            None => " |  | ".to_owned(),
        };
        text += &format!("| {} | {spread:.1} | {other} | {target} | {verdict} |\n", case.what);
    }
    document::put(&args.out, "http-pure", &text)?;
    Ok(verdicts.all_met)
}

#[derive(Deserialize)]
struct Order {
    id: u64,
    order: u64,
}

impl Order {
    fn sum(&self) -> u64 {
        self.id.wrapping_add(self.order)
    }
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that it is read")]
struct Few {
    q: String,
    page: u32,
    limit: u32,
    active: bool,
}

fn failed(error: impl std::fmt::Display) -> LoadError {
    LoadError::new(error.to_string())
}

/// The route of interest among fifty others.
fn table() -> Result<Table, LoadError> {
    let mut table = Table::new();
    table.insert(Template::parse("/users/{id}/orders/{order}").map_err(failed)?).map_err(failed)?;
    for number in 0..50 {
        let path = match number % 3 {
            0 => format!("/resource{number}"),
            1 => format!("/resource{number}/{{id}}"),
            _ => format!("/users/{{id}}/resource{number}/{{item}}"),
        };
        table.insert(Template::parse(&path).map_err(failed)?).map_err(failed)?;
    }
    Ok(table)
}

fn matched() -> Result<Case, LoadError> {
    let table = table()?;
    let work = move |path: &str| {
        let found = table.at(path)?;
        table.params(&found, path).deserialize::<Order>().ok().map(|it| it.sum())
    };
    work(PATH).ok_or_else(|| LoadError::new("the path is not matched"))?;
    Ok(Case {
        what: "`/users/{id}/orders/{order}` matched among 51 routes, and two numbers read",
        ours: Box::new(move || time(|| black_box(PATH), &work)),
        theirs: None,
        below: Some(60.0),
    })
}

fn extracted() -> Result<Case, LoadError> {
    let table = table()?;
    let found = table.at(PATH).ok_or_else(|| LoadError::new("the path is not matched"))?;
    let mut parts = axums_parts()?;
    Ok(Case {
        what: "the two numbers alone",
        ours: Box::new(move || {
            time(
                || black_box(PATH),
                |path| table.params(&found, path).deserialize::<Order>().ok().map(|it| it.sum()),
            )
        }),
        theirs: Some((
            "axum's `Path`",
            Box::new(move || {
                time(
                    || (),
                    |()| {
                        let path = Path::<Order>::from_request_parts(black_box(&mut parts), &());
                        path.now_or_never().and_then(Result::ok).map(|Path(it)| it.sum())
                    },
                )
            }),
        )),
        below: Some(60.0),
    })
}

/// What axum's extractors are given: the parts of a request that went through its router.
fn axums_parts() -> Result<Parts, LoadError> {
    let slot = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&slot);
    let keep = move |request: Request| async move {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(request.into_parts().0);
    };
    let mut router: axum::Router =
        axum::Router::new().route("/users/{id}/orders/{order}", axum::routing::get(keep));
    let mut request = Request::new(axum::body::Body::empty());
    *request.uri_mut() = Uri::from_static(PATH);
    let answered = router.call(request).now_or_never();
    let parts = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    answered.and(parts).ok_or_else(|| LoadError::new("axum's router does not answer at once"))
}

fn query() -> Result<Case, LoadError> {
    let uri: Uri = format!("/x?{QUERY}").parse().map_err(failed)?;
    pairs::query::<Few>(QUERY).map_err(failed)?;
    Ok(Case {
        what: "a query of 4: a text, two numbers, a bool",
        ours: Box::new(|| time(|| black_box(QUERY), pairs::query::<Few>)),
        theirs: Some((
            "axum's `Query`",
            Box::new(move || {
                time(|| (), |()| Query::<Few>::try_from_uri(black_box(&uri)).map_err(drop))
            }),
        )),
        below: Some(120.0),
    })
}

fn decoded(text: &'static str) -> Case {
    Case {
        what: match text {
            ENCODED => "percent-decode `John%20Doe%20%26%20Sons` to look at it",
            _ => "percent-decode `test123` to look at it",
        },
        ours: Box::new(move || {
            time(|| black_box(text), |text| percent::with_path(text, |text| black_box(text).len()))
        }),
        theirs: Some((
            "percent-encoding",
            Box::new(move || {
                time(
                    || black_box(text),
                    |text| -> Option<Cow<'_, str>> {
                        percent_encoding::percent_decode_str(text).decode_utf8().ok()
                    },
                )
            }),
        )),
        below: Some(20.0),
    }
}

fn config() -> Result<Case, LoadError> {
    let env = Env::from_iter([("DRAIN", "5000")]);
    HttpConfig::from_str(CONFIG, "http.yaml", &env).map_err(failed)?;
    Ok(Case {
        what: "an `http.yaml` of two listeners and what stands around them",
        ours: Box::new(move || {
            let begin = Instant::now();
            for _ in 0..READS {
                drop(black_box(HttpConfig::from_str(black_box(CONFIG), "http.yaml", &env)));
            }
            begin.elapsed().as_secs_f64() * 1e9 / f64::from(READS)
        }),
        theirs: None,
        below: None,
    })
}
