//! For any routes and any request: what axum's router finds, by path and by method.
//!
//! That the paths alone agree, with conflicts and what goes first, is held in `protocol/table/tests.rs`. What differs, and why:
//!
//! - `OPTIONS` where no route takes it is answered 204 with `Allow`, not 405: RFC 9110 §9.3.7 has it for just that. So `Allow`
//!   names it too.
//! - Routes of one shape may call their parameters differently, `GET /{id}` and `POST /{name}`: axum refuses the second.
//! - A route for a method that is no standard one cannot be written; a request with one is 405 in both. axum has `CONNECT`.

use std::{collections::BTreeSet, panic};

use axum::{
    extract::RawPathParams,
    routing::{MethodFilter, on},
};
use futures_util::FutureExt;
use http::Uri;
use proptest::{collection::vec, prelude::*, sample::select};
use tower::ServiceExt;

use super::*;
use crate::{Request, protocol::percent};

/// What a request comes to.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// A route, by its number, and its parameters, percent-decoded.
    Route(usize, Vec<(String, String)>),
    /// A parameter is not UTF-8.
    NotUtf8,
    /// The methods that there are, without `OPTIONS`.
    Other(BTreeSet<String>),
    Nothing,
}

fn ours(table: &Table, method: &Method, uri: &Uri) -> Answer {
    let mut spans = Spans::default();
    let (place, info) = match table.find(method, uri.path(), &mut spans) {
        Found::Nothing => return Answer::Nothing,
        Found::Other(entry) => return Answer::Other(methods(&entry.allow)),
        Found::Route(place, info) => (place, info),
    };
    let template = info.template.as_ref().unwrap();
    let params = protocol::Params::of(template, &spans, uri.path());
    let decoded: Result<Vec<_>, _> = params
        .iter()
        .map(|(name, value)| {
            Ok::<_, percent::NotUtf8>((name.to_owned(), percent::path(value)?.into_owned()))
        })
        .collect();
    decoded.map_or(Answer::NotUtf8, |params| Answer::Route(place, params))
}

fn theirs(router: &axum::Router, method: &Method, uri: &Uri) -> Answer {
    let mut request = http::Request::new(axum::body::Body::empty());
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri.clone();
    let response = router.clone().oneshot(request).now_or_never().unwrap().unwrap();
    let (head, body) = response.into_parts();
    match head.status {
        StatusCode::NOT_FOUND => Answer::Nothing,
        StatusCode::BAD_REQUEST => Answer::NotUtf8,
        StatusCode::METHOD_NOT_ALLOWED => Answer::Other(methods(&head.headers[ALLOW])),
        status => {
            assert_eq!(status, StatusCode::OK);
            // The body of an answer to HEAD is left out: a field has it, too.
            drop(body);
            let (place, params) =
                serde_json::from_slice(head.headers["x-found"].as_bytes()).unwrap();
            Answer::Route(place, params)
        }
    }
}

/// `OPTIONS` is left out: see above.
fn methods(allow: &HeaderValue) -> BTreeSet<String> {
    let all = allow.to_str().unwrap().split(',').map(|name| name.trim().to_owned());
    all.filter(|name| name != "OPTIONS").collect()
}

/// axum's router with one more route; `None` if it refuses that.
fn with_route(router: &axum::Router, route: &Written) -> Option<axum::Router> {
    const FILTERS: [MethodFilter; Methods::COUNT] = [
        MethodFilter::GET,
        MethodFilter::HEAD,
        MethodFilter::POST,
        MethodFilter::PUT,
        MethodFilter::PATCH,
        MethodFilter::DELETE,
        MethodFilter::OPTIONS,
        MethodFilter::TRACE,
    ];

    let filter = route.methods.places().map(|place| FILTERS[place]).reduce(MethodFilter::or)?;
    let place = route.place;
    let answer = async move |params: RawPathParams| {
        let params: Vec<_> = params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        [("x-found", serde_json::to_vec(&(place, params)).unwrap())]
            .map(|(name, value)| (name, HeaderValue::from_bytes(&value).unwrap()))
    };
    let pattern = Template::parse(&route.path).ok()?.pattern();
    let router = router.clone();
    panic::catch_unwind(panic::AssertUnwindSafe(|| router.route(&pattern, on(filter, answer)))).ok()
}

fn routes() -> impl Strategy<Value = Vec<(String, Methods)>> {
    let segment = select(&["a", "b", "ab", "a.b", "é", "{x}", "{y}", "a{x}", "ab{y}", "{{a}}"][..]);
    let end = select(&["", "", "/", "/{*r}"][..]);
    let path = (vec(segment, 0..4), end).prop_filter_map("no template", |(segments, end)| {
        let text: String = segments.iter().map(|segment| format!("/{segment}")).collect();
        Template::parse(&(text + end)).ok().map(|template| template.to_string())
    });
    let one = select(vec![
        Methods::GET,
        Methods::HEAD,
        Methods::POST,
        Methods::OPTIONS,
        Methods::PUT.and(Methods::PATCH),
        Methods::GET.and(Methods::DELETE),
    ]);
    vec((path, one), 0..12)
}

fn requests() -> impl Strategy<Value = Vec<(Method, Uri)>> {
    let method =
        select(&["GET", "HEAD", "POST", "PATCH", "DELETE", "TRACE", "CONNECT", "PURGE"][..]);
    let segment = select(
        &[
            "", "a", "b", "ab", "abc", "a.b", ".", "..", "%61", "%C3%A9", "%c3%a9", "%2F", "a%2Fb",
            "%FF", "%7Ba%7D", "+", "a;b", "%", "{a}",
        ][..],
    );
    let start = select(&["", "", "", "http://example.com"][..]);
    let query = select(&["", "", "?x=/b", "?"][..]);
    let uri = (start, vec(segment, 1..5), query).prop_filter_map(
        "no target",
        |(start, segments, query)| {
            let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
            format!("{start}{path}{query}").parse().ok()
        },
    );
    vec((method.prop_map(|method| method.parse().unwrap()), uri), 1..24)
}

proptest! {
    #[test]
    fn with_axum(routes in routes(), requests in requests()) {
        let (mut router, mut written) = (axum::Router::new(), Vec::<Written>::new());
        for (place, (path, methods)) in routes.into_iter().enumerate() {
            let route = Written { place, ..Written::new(path, methods, "route") };
            let is_known = |other: &Written| {
                other.path != route.path && without_names(&other.path) == without_names(&route.path)
            };
            let is_renamed = written.iter().any(is_known);
            written.push(route.clone());
            match with_route(&router, &route) {
                Some(more) => {
                    router = more;
                    prop_assert!(Table::build(&written).is_ok(), "{}", route.path);
                }
                None => {
                    prop_assert!(is_renamed || Table::build(&written).is_err(), "{}", route.path);
                    written.pop();
                }
            }
        }
        let table = Table::build(&written).unwrap();
        for (method, uri) in requests {
            prop_assert_eq!(
                ours(&table, &method, &uri),
                theirs(&router, &method, &uri),
                "{} {} among {:?}", method, uri, written
            );
        }
    }
}

#[test]
fn what_options_is_answered_is_what_there_is() {
    let route = Written::new("/a".to_owned(), Methods::GET, "route");
    let table = Table::build(std::slice::from_ref(&route)).unwrap();
    let router = with_route(&axum::Router::new(), &route).unwrap();
    let (method, uri) = (Method::OPTIONS, Uri::from_static("/a"));
    let Found::Other(entry) = table.find(&method, uri.path(), &mut Spans::default()) else {
        panic!("no entry")
    };
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method.clone();
    let response = entry.refuse(&request.into());
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()[ALLOW], "GET, HEAD, OPTIONS");
    let both = ["GET", "HEAD"].map(str::to_owned).into();
    assert_eq!(theirs(&router, &method, &uri), Answer::Other(both));
}
