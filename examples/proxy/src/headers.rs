//! Which headers go on.

use std::net::IpAddr;

use wirepath::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What belongs to one connection, whether `Connection` names it or not (RFC 9110 §7.6.1).
const OF_ONE_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What may be named in `Connection` and goes on all the same: without them a request would say something else, and whoever
/// sends it could take them away from those that come after.
const KEPT: [HeaderName; 3] =
    [header::HOST, header::CONTENT_LENGTH, HeaderName::from_static("x-forwarded-for")];

/// Drops what belongs to the connection that it came on.
pub(crate) fn of_one_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| !KEPT.contains(name))
        .collect();
    for name in OF_ONE_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
}

/// What goes on to the upstream: not what the client makes itself, and with the address that the request came from.
pub(crate) fn for_upstream(headers: &mut HeaderMap, peer: Option<IpAddr>) {
    of_one_connection(headers);
    // The host is the upstream's; the length is the body's own; the trace goes on by the handle.
    for name in ["host", "content-length", "expect", "traceparent", "tracestate"] {
        headers.remove(name);
    }
    let address = peer.and_then(|peer| HeaderValue::try_from(peer.to_string()).ok());
    if let Some(address) = address {
        headers.append("x-forwarded-for", address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_connection_names_stays_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-own"),
            ("connection", "X-Other, x-forwarded-for, b@d"),
            ("x-own", "1"),
            ("x-other", "2"),
            ("te", "trailers"),
            ("x-forwarded-for", "192.0.2.7"),
            ("cookie", "a=b"),
            ("host", "proxy.test"),
            ("content-length", "7"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        for_upstream(&mut headers, Some([203, 0, 113, 9].into()));
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cookie", "x-forwarded-for"]);
        let from: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
        assert_eq!(from, ["192.0.2.7", "203.0.113.9"]);
    }
}
