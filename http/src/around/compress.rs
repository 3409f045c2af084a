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
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, VARY,
    },
};
use http_body::Body as _;
use tower_http::{CompressionLevel, compression};
use tower_service::Service;

use crate::{
    Body, Request, Response,
    config::{Compression, Encoding, Level},
};

/// Compresses an answer, if it is worth it and the client takes it.
pub(super) fn compress(
    mut response: Response,
    accepts: Option<&HeaderValue>,
    config: &Compression,
) -> Response {
    if !is_worth_it(&response, config.min_bytes) {
        return response;
    }
    let Some(accepts) = accepts else {
        response.headers_mut().append(VARY, HeaderValue::from(ACCEPT_ENCODING));
        return response;
    };
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
    if compressed.headers().contains_key(CONTENT_ENCODING) {
        weaken(compressed.headers_mut());
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

fn is_worth_it(response: &Response, min: u64) -> bool {
    let headers = response.headers();
    // Neither a part of something, nor an upgrade, nor nothing.
    let is_whole = !matches!(response.status().as_u16(), 101 | 204 | 206 | 304)
        && !headers.contains_key(CONTENT_RANGE)
        && !headers.contains_key(CONTENT_ENCODING);
    let is_long = response.body().size_hint().exact().is_none_or(|length| length >= min.max(1));
    let may_be = !headers.get_all(CACHE_CONTROL).iter().any(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        value.windows(12).any(|part| part == b"no-transform")
    });
    is_whole && is_long && may_be && headers.get(CONTENT_TYPE).is_some_and(is_plain)
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
            assert_eq!(is_worth_it(&typed(content_type, length), 1_024), is, "{content_type}");
        }
        for (name, value) in [
            (CACHE_CONTROL, "public, No-Transform"),
            (CONTENT_ENCODING, "gzip"),
            (CONTENT_RANGE, "bytes 0-1/2"),
        ] {
            let mut response = typed("text/plain", 5_000);
            response.headers_mut().insert(name, HeaderValue::from_static(value));
            assert!(!is_worth_it(&response, 1), "{value}");
        }
    }

    #[test]
    fn a_strong_tag_becomes_weak() {
        let mut response = typed("text/plain", 5_000);
        response.headers_mut().insert(ETAG, HeaderValue::from_static("\"x\""));
        let accepts = HeaderValue::from_static("gzip");
        let response = compress(response, Some(&accepts), &Compression::default());
        assert_eq!(response.headers()[ETAG], "W/\"x\"");
        assert_eq!(response.headers()[VARY], "accept-encoding");
    }
}
