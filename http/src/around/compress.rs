//! Answers compressed, by tower-http.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
        CONTENT_TYPE, ETAG, VARY,
    },
};
use http_body::Body as _;
use tower_http::{CompressionLevel, compression};
use tower_service::Service;

use crate::{
    Body, Request, Response,
    config::{Compression, Encoding, Level},
};

/// Compresses an answer, if it is worth it and the client takes it. One to HEAD, and 304, says what that to GET would say
/// (RFC 9110 §9.3.2, §15.4.5).
pub(super) fn compress(
    mut response: Response,
    is_head: bool,
    accepts: Option<&HeaderValue>,
    config: &Compression,
) -> Response {
    if !is_worth_it(&response, is_head, config.min_bytes) {
        return response;
    }
    let Some(accepts) = accepts else {
        response.headers_mut().append(VARY, HeaderValue::from(ACCEPT_ENCODING));
        return response;
    };
    let status = response.status();
    let has = |encoding| config.encodings.contains(&encoding);
    let mut service = compression::Compression::new(There(Some(response)))
        // Whoever else has tower-http may have that on.
        .no_deflate()
        .gzip(has(Encoding::Gzip))
        .br(has(Encoding::Br))
        .zstd(has(Encoding::Zstd))
        .quality(match config.level {
            Level::Fastest => CompressionLevel::Fastest,
            Level::Default => CompressionLevel::Default,
            Level::Best => CompressionLevel::Best,
        })
        .compress_when(|_: StatusCode, _, _: &HeaderMap, _: &_| true);
    let mut request = Request::default();
    request.headers_mut().insert(ACCEPT_ENCODING, accepts.clone());
    let called = pin!(service.call(request));
    // What it waits for is there already.
    let Poll::Ready(Ok(compressed)) = called.poll(&mut Context::from_waker(Waker::noop())) else {
        return crate::reply::internal();
    };
    let mut compressed = compressed.map(Body::boxed);
    // 406 where the client wants nothing as it is (RFC 9110 §12.5.3 leaves that open): what was done is done, and is told.
    *compressed.status_mut() = status;
    if compressed.headers().contains_key(CONTENT_ENCODING) {
        weaken(compressed.headers_mut());
        if is_head || status == StatusCode::NOT_MODIFIED {
            *compressed.body_mut() = Body::empty();
        }
        if status == StatusCode::NOT_MODIFIED {
            compressed.headers_mut().remove(CONTENT_ENCODING);
        }
    }
    compressed
}

/// A strong tag is one of these octets (RFC 9110 §8.8.1), and these are others.
fn weaken(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG).filter(|tag| tag.as_bytes().starts_with(b"\"")) else {
        return;
    };
    let weak = [b"W/", tag.as_bytes()].concat();
    if let Ok(weak) = HeaderValue::from_bytes(&weak) {
        headers.insert(ETAG, weak);
    }
}

fn is_worth_it(response: &Response, is_head: bool, min: u64) -> bool {
    let headers = response.headers();
    let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
    // Neither a part of something, nor an upgrade, nor nothing.
    let is_whole = !matches!(response.status().as_u16(), 101 | 204 | 206)
        && !headers.contains_key(CONTENT_RANGE)
        && !headers.contains_key(CONTENT_ENCODING);
    let announced = || headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok();
    let length = match response.body().size_hint().exact() {
        Some(0) if is_unchanged => announced(),
        Some(0) if is_head => Some(announced().unwrap_or(0)),
        length => length,
    };
    let is_long = length.is_none_or(|length| length >= min.max(1));
    let may_be = !headers.get_all(CACHE_CONTROL).iter().any(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        value.windows(12).any(|part| part == b"no-transform")
    });
    // 304 often goes without its type. A tag that is weak without need costs nothing, a strong one in place of a weak one is
    // another's (RFC 9111 §4.3.4).
    is_whole && is_long && may_be && headers.get(CONTENT_TYPE).map_or(is_unchanged, is_plain)
}

/// Whether a type says nothing of being compressed already, or of having to go out at once.
fn is_plain(content_type: &HeaderValue) -> bool {
    let Ok(text) = content_type.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |start: &str| essence.starts_with(start);
    if is("image/") {
        return essence == "image/svg+xml";
    }
    let packed = [
        "audio/",
        "video/",
        "font/woff",
        "text/event-stream",
        "application/grpc",
        "application/octet-stream",
        "application/zip",
        "application/gzip",
        "application/zstd",
        "application/pdf",
        "application/x-7z",
        "application/x-bzip",
        "application/x-rar",
        "application/x-xz",
        "application/vnd.openxml",
        "multipart/",
    ];
    !packed.iter().any(|start| is(start))
}

/// A service whose answer is there.
struct There(Option<Response>);

impl Service<Request> for There {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        ready(Ok(self.0.take().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(content_type: &'static str, length: usize) -> Response {
        let mut response = Response::new(Body::from("x".repeat(length)));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }

    #[test]
    fn what_is_worth_it() {
        for (content_type, length, is) in [
            ("text/html; charset=utf-8", 1_024, true),
            ("application/json", 1_023, false),
            ("Image/PNG", 5_000, false),
            ("image/svg+xml", 5_000, true),
            ("text/event-stream", 5_000, false),
            ("application/problem+json", 5_000, true),
        ] {
            assert_eq!(
                is_worth_it(&typed(content_type, length), false, 1_024),
                is,
                "{content_type}"
            );
        }
        for (name, value) in [
            (CACHE_CONTROL, "public, No-Transform"),
            (CONTENT_ENCODING, "gzip"),
            (CONTENT_RANGE, "bytes 0-1/2"),
        ] {
            let mut response = typed("text/plain", 5_000);
            response.headers_mut().insert(name, HeaderValue::from_static(value));
            assert!(!is_worth_it(&response, false, 1), "{value}");
        }
    }

    #[test]
    fn a_strong_tag_becomes_weak() {
        let mut response = typed("text/plain", 5_000);
        response.headers_mut().insert(ETAG, HeaderValue::from_static("\"x\""));
        let accepts = HeaderValue::from_static("gzip");
        let response = compress(response, false, Some(&accepts), &Compression::default());
        assert_eq!(response.headers()[ETAG], "W/\"x\"");
        assert_eq!(response.headers()[VARY], "accept-encoding");
    }

    #[test]
    fn head_and_304_say_what_get_would() {
        let full = || Body::from("x".repeat(5_000));
        // The status, whether it is to HEAD, its body, type and length; then what it says.
        for (status, is_head, body, content_type, length, vary, encoding, tag) in [
            (200, false, full(), "text/plain", "5000", true, "gzip", "W/\"x\""),
            (200, true, full(), "text/plain", "5000", true, "gzip", "W/\"x\""),
            (200, true, Body::empty(), "text/plain", "5000", true, "gzip", "W/\"x\""),
            (200, true, Body::empty(), "text/plain", "5", false, "", "\"x\""),
            (200, true, Body::empty(), "text/plain", "", false, "", "\"x\""),
            (200, true, Body::empty(), "image/png", "5000", false, "", "\"x\""),
            (304, false, Body::empty(), "text/plain", "", true, "", "W/\"x\""),
            (304, false, Body::empty(), "", "", true, "", "W/\"x\""),
            (304, false, Body::empty(), "", "5", false, "", "\"x\""),
            (304, true, Body::empty(), "image/png", "", false, "", "\"x\""),
        ] {
            let given = format!("{status} {is_head} {content_type} {length}");
            let mut response = Response::new(body);
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            let lines = [(CONTENT_TYPE, content_type), (CONTENT_LENGTH, length), (ETAG, "\"x\"")];
            for (name, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            let accepts = HeaderValue::from_static("gzip");
            let response = compress(response, is_head, Some(&accepts), &Compression::default());
            let header = |name| response.headers().get(name).map_or("", |it| it.to_str().unwrap());
            assert_eq!(header(VARY), if vary { "accept-encoding" } else { "" }, "{given}");
            assert_eq!((header(CONTENT_ENCODING), header(ETAG)), (encoding, tag), "{given}");
            assert_eq!(header(CONTENT_LENGTH), if vary { "" } else { length }, "{given}");
            let is_bare = is_head || status == 304;
            assert_eq!(response.body().is_end_stream(), is_bare, "{given}");
        }
    }

    #[test]
    fn who_wants_nothing_as_it_is_gets_it_so() {
        for accepts in ["identity;q=0", "*;q=0", "gzip;q=0, br;q=0, zstd;q=0, identity;q=0"] {
            let value = HeaderValue::from_static(accepts);
            let mut response = typed("text/plain", 5_000);
            *response.status_mut() = StatusCode::CREATED;
            let response = compress(response, false, Some(&value), &Compression::default());
            assert_eq!(response.status(), StatusCode::CREATED, "{accepts}");
            assert!(!response.headers().contains_key(CONTENT_ENCODING), "{accepts}");
            assert_eq!(response.headers()[VARY], "accept-encoding");
        }
    }
}
