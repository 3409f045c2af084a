//! What makes no difference to where a request ends, and still must not be in its head (RFC 9112 §3.2).

use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri, Version,
    header::{CONNECTION, HOST, TRANSFER_ENCODING},
};
use http_body::Body as _;

use crate::{Refusal, Request, Response};

/// The answer to a head that is refused, and the end of its connection: who sends that may mean something else by what
/// follows.
#[inline]
pub(super) fn refusal(request: &mut Request) -> Option<Response> {
    let (status, detail) = fault(request)?;
    Some(refuse(request, status, detail))
}

#[cold]
fn refuse(request: &Request, status: StatusCode, detail: &'static str) -> Response {
    metrics::counter!("wirepath_http_refused_heads_total").increment(1);
    let mut response = Refusal::new(status, detail).respond_to(request.headers());
    // Of HTTP/1 only: HTTP/2 has streams that do not disturb each other, and no such field.
    if request.version() <= Version::HTTP_11 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

type Fault = (StatusCode, &'static str);

#[inline]
fn fault(request: &mut Request) -> Option<Fault> {
    let version = request.version();
    if version >= Version::HTTP_2 {
        return other_host(request.uri(), request.headers()).then_some((
            StatusCode::BAD_REQUEST,
            "the field Host names another host than :authority",
        ));
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host) => {}
        (None, _) if version < Version::HTTP_11 => {}
        (None, _) => return Some((StatusCode::BAD_REQUEST, "the field Host is missing")),
        (Some(_), Some(_)) => {
            return Some((StatusCode::BAD_REQUEST, "the field Host is there twice"));
        }
        (Some(_), None) => return Some((StatusCode::BAD_REQUEST, "the field Host is no host")),
    }
    if request.uri().authority().is_some() {
        if request.uri().scheme().is_none() && request.method() != Method::CONNECT {
            return Some((StatusCode::BAD_REQUEST, "the target has no `/`"));
        }
        take_host(request);
    }
    // Only a body in chunks has no length.
    if request.body().size_hint().exact().is_none() && !is_chunked_alone(request.headers()) {
        let detail = "of the transfer codings this server takes `chunked` alone";
        return Some((StatusCode::NOT_IMPLEMENTED, detail));
    }
    None
}

/// A target in absolute form names the host; what the field says does not count (RFC 9112 §3.2.2).
#[cold]
fn take_host(request: &mut Request) {
    let host = request.uri().authority().map(|authority| HeaderValue::from_str(of(authority)));
    if let Some(Ok(host)) = host {
        request.headers_mut().insert(HOST, host);
    }
}

/// The host and the port, without a user's name.
fn of(authority: &http::uri::Authority) -> &str {
    let text = authority.as_str();
    text.rsplit_once('@').map_or(text, |(_, host)| host)
}

/// RFC 9113 §8.3.1.
fn other_host(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else { return false };
    let is_same = |authority| host.as_bytes().eq_ignore_ascii_case(of(authority).as_bytes());
    hosts.next().is_some() || !uri.authority().is_none_or(is_same)
}

/// Whether it has the octets of a host and a port (RFC 3986 §3.2.2), or none: who has no name for us says so.
fn is_host(host: &HeaderValue) -> bool {
    host.as_bytes().iter().all(|octet| IN_A_HOST.get(usize::from(*octet)) == Some(&true))
}

static IN_A_HOST: [bool; 256] = {
    const ALSO: &[u8] = b"-._~%!$&'()*+;=:[]";

    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 128 {
        table[octet] = (octet as u8).is_ascii_alphanumeric();
        octet += 1;
    }
    let mut at = 0;
    while at < ALSO.len() {
        table[ALSO[at] as usize] = true;
        at += 1;
    }
    table
};

/// hyper, for upgrades, has seen that the last coding is `chunked`, and leaves the others to nobody.
fn is_chunked_alone(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked =
        |line: &HeaderValue| line.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    lines.next().is_none_or(is_chunked) && lines.next().is_none()
}
