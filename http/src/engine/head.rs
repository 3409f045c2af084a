//! What makes no difference to where a request ends, and still must not be in its head (RFC 9112 §3.2).

use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri, Version,
    header::{CONNECTION, HOST, TRANSFER_ENCODING},
};
use http_body::Body as _;

use crate::{
    Arrived, Refusal, Response,
    protocol::{h1::Hosts, host::is_host},
};

/// The answer to a head that is refused, and the end of its connection: who sends that may mean something else by what
/// follows.
#[inline]
pub(super) fn refusal(arrived: &mut Arrived) -> Option<Box<Response>> {
    match arrived.hosts() {
        Some(Hosts::One) => None,
        hosts => look(arrived, hosts),
    }
}

#[inline(never)]
fn look(arrived: &mut Arrived, hosts: Option<Hosts>) -> Option<Box<Response>> {
    let (status, detail) = match hosts {
        Some(hosts) => host_fault(hosts, arrived.version())?,
        None => fault(arrived)?,
    };
    Some(refuse(arrived, status, detail))
}

#[cold]
fn refuse(arrived: &Arrived, status: StatusCode, detail: &'static str) -> Box<Response> {
    metrics::counter!("wirepath_http_refused_heads_total").increment(1);
    let mut response = Refusal::new(status, detail).respond_to(arrived.headers());
    // Of HTTP/1 only: HTTP/2 has streams that do not disturb each other, and no such field.
    if arrived.version() <= Version::HTTP_11 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Box::new(response)
}

type Fault = (StatusCode, &'static str);

fn host_fault(hosts: Hosts, version: Version) -> Option<Fault> {
    let detail = match hosts {
        Hosts::One => return None,
        Hosts::None if version < Version::HTTP_11 => return None,
        Hosts::None => "the field Host is missing",
        Hosts::Several => "the field Host is there twice",
        Hosts::Bad => "the field Host is no host",
    };
    Some((StatusCode::BAD_REQUEST, detail))
}

fn hosts(headers: &HeaderMap) -> Hosts {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => Hosts::None,
        (Some(_), Some(_)) => Hosts::Several,
        (Some(host), None) if is_host(host.as_bytes()) => Hosts::One,
        (Some(_), None) => Hosts::Bad,
    }
}

/// Of a head that is not known as plain: hyper has read it, or its target is more than a path and a query.
#[cold]
fn fault(arrived: &mut Arrived) -> Option<Fault> {
    let version = arrived.version();
    if version >= Version::HTTP_2 {
        return other_host(arrived.uri(), arrived.headers()).then_some((
            StatusCode::BAD_REQUEST,
            "the field Host names another host than :authority",
        ));
    }
    if let Some(fault) = host_fault(hosts(arrived.headers()), version) {
        return Some(fault);
    }
    if arrived.uri().authority().is_some() {
        if arrived.uri().scheme().is_none() && arrived.method() != Method::CONNECT {
            return Some((StatusCode::BAD_REQUEST, "the target has no `/`"));
        }
        take_host(arrived);
    }
    // Only a body in chunks has no length.
    if arrived.body().size_hint().exact().is_none() && !is_chunked_alone(arrived.headers()) {
        let detail = "of the transfer codings this server takes `chunked` alone";
        return Some((StatusCode::NOT_IMPLEMENTED, detail));
    }
    None
}

/// A target in absolute form names the host; what the field says does not count (RFC 9112 §3.2.2).
#[cold]
fn take_host(arrived: &mut Arrived) {
    let host = arrived.uri().authority().map(|authority| HeaderValue::from_str(of(authority)));
    if let Some(Ok(host)) = host {
        arrived.set_header(HOST, host);
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

/// hyper, for upgrades, has seen that the last coding is `chunked`, and leaves the others to nobody.
fn is_chunked_alone(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked =
        |line: &HeaderValue| line.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    lines.next().is_none_or(is_chunked) && lines.next().is_none()
}
