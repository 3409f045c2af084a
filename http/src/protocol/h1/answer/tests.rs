use http::{HeaderMap, HeaderValue, Response};
use proptest::prelude::*;

use super::*;

const SECOND: u64 = 784_111_777;
const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

struct Case {
    status: u16,
    fields: &'static [(&'static str, &'static str)],
    length: Option<u64>,
    method: Method,
    version: Version,
    persists: bool,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            status: 200,
            fields: &[],
            length: Some(2),
            method: Method::GET,
            version: Version::HTTP_11,
            persists: true,
        }
    }
}

/// The head without its date, what follows, and whether the connection is kept.
fn written(case: &Case) -> (String, Sent, bool) {
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = StatusCode::from_u16(case.status).unwrap();
    for (name, value) in case.fields {
        parts.headers.append(*name, HeaderValue::from_static(value));
    }
    let Case { length, version, persists, .. } = *case;
    let answer = Answer {
        status: parts.status,
        fields: Fields::Map(&parts.headers),
        length,
        method: &case.method,
        version,
        persists,
        second: SECOND,
    };
    let mut out = Vec::new();
    let (sent, persists) = answer.write(&mut out, &mut Front::new());
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains(DATE) && text.ends_with("\r\n\r\n"), "{text}");
    (text.replace(DATE, "").trim_end().replace("\r\n", "|"), sent, persists)
}

fn check(case: Case, text: &str, sent: Sent, persists: bool) {
    assert_eq!(written(&case), (text.to_owned(), sent, persists));
}

#[test]
fn a_body_that_is_known_has_a_length() {
    let fields: &[_] = &[("a", "b"), ("content-length", "7"), ("transfer-encoding", "gzip")];
    let case = Case { fields, ..Case::default() };
    check(case, "HTTP/1.1 200 OK|a: b|content-length: 2", Sent::Length(2), true);
    let case = Case { status: 599, length: Some(0), ..Case::default() };
    check(case, "HTTP/1.1 599 |content-length: 0", Sent::Length(0), true);
}

#[test]
fn a_body_that_is_not_goes_in_chunks_or_to_the_end() {
    let case = Case { length: None, ..Case::default() };
    check(case, "HTTP/1.1 200 OK|transfer-encoding: chunked", Sent::Chunks, true);
    let case = Case { length: None, version: Version::HTTP_10, ..Case::default() };
    check(case, "HTTP/1.1 200 OK|connection: close", Sent::UntilClose, false);
}

#[test]
fn some_have_no_body() {
    let head = || Case { method: Method::HEAD, ..Case::default() };
    check(head(), "HTTP/1.1 200 OK|content-length: 2", Sent::Nothing, true);
    let own: &[_] = &[("content-length", "7")];
    let case = Case { length: Some(0), fields: own, ..head() };
    check(case, "HTTP/1.1 200 OK|content-length: 7", Sent::Nothing, true);
    let case = Case { status: 204, fields: own, ..Case::default() };
    check(case, "HTTP/1.1 204 No Content", Sent::Nothing, true);
    let case = Case { status: 204, fields: own, ..head() };
    check(case, "HTTP/1.1 204 No Content", Sent::Nothing, true);
    let case = Case { status: 304, length: Some(0), fields: own, ..Case::default() };
    check(case, "HTTP/1.1 304 Not Modified|content-length: 7", Sent::Nothing, true);
}

#[test]
fn the_connection_is_kept_or_not() {
    let case = Case { persists: false, ..Case::default() };
    check(case, "HTTP/1.1 200 OK|content-length: 2|connection: close", Sent::Length(2), false);
    let fields: &[_] = &[("connection", "x, Close")];
    let case = Case { fields, ..Case::default() };
    check(case, "HTTP/1.1 200 OK|content-length: 2|connection: close", Sent::Length(2), false);
    let case = Case { version: Version::HTTP_10, ..Case::default() };
    check(case, "HTTP/1.1 200 OK|content-length: 2|connection: keep-alive", Sent::Length(2), true);
}

#[test]
fn chunks_and_what_is_behind_them() {
    let mut out = Vec::new();
    chunk(&mut out, 26);
    let mut trailers = HeaderMap::new();
    trailers.insert("a", HeaderValue::from_static("b"));
    trailers.insert("content-length", HeaderValue::from_static("1"));
    last_chunk(&mut out, Some(&trailers));
    last_chunk(&mut out, None);
    assert_eq!(out, b"1a\r\n0\r\na: b\r\n\r\n0\r\n\r\n");
}

proptest! {
    #[test]
    fn what_was_written_before_makes_no_difference(heads in prop::collection::vec((
        prop::sample::select(vec![200, 201, 204, 404, 599]),
        prop::sample::select(vec![None, Some("a/b"), Some("a/b; c=d")]),
        SECOND..SECOND + 2,
        prop::sample::select(vec![Version::HTTP_10, Version::HTTP_11]),
        prop::option::of(0..12_u64),
    ), 1..12)) {
        let mut front = Front::new();
        for (status, content_type, second, version, length) in heads {
            let status = StatusCode::from_u16(status).unwrap();
            let typed = Fields::Typed(content_type);
            let method = &Method::GET;
            let answer =
                Answer { status, fields: typed, length, method, version, persists: true, second };
            let (mut ours, mut fresh) = (Vec::new(), Vec::new());
            let told = answer.write(&mut ours, &mut front);
            prop_assert_eq!(told, answer.write(&mut fresh, &mut Front::new()));
            prop_assert_eq!(&ours, &fresh);
            // The same as fields in a map say it.
            let mut map = HeaderMap::new();
            if let Some(content_type) = content_type {
                map.insert("content-type", HeaderValue::from_static(content_type));
            }
            let mut mapped = Vec::new();
            let answer = Answer { fields: Fields::Map(&map), ..answer };
            prop_assert_eq!(told, answer.write(&mut mapped, &mut Front::new()));
            prop_assert_eq!(&ours, &mapped);
        }
    }
}
