//! Who asks, and by which route.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use http::{HeaderMap, HeaderValue, StatusCode};
use wirepath_runtime::state::Nothing;

use super::Extract;
use crate::{
    Connected, Head, Refusal,
    protocol::forwarded::{self, Header},
};

/// The address at the other end of the connection: a proxy's, if there is one. 500 on a Unix socket, which has none: take
/// `Option<Peer>` there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl Extract for Peer {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        head.peer().map(Self).ok_or_else(|| {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "this connection has no address")
        })
    }
}

/// The client's address: the one at the other end of the connection, or, if that is one of the listener's
/// `trusted_proxies`, the right-most in `X-Forwarded-For` or `Forwarded` that is not. On a Unix socket, whoever is at the
/// other end is trusted where there are `trusted_proxies`; 500 if there are none, or if they say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl Extract for ClientIp {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        client_ip(head.headers(), head.connected).map(Self).ok_or_else(|| {
            let detail = "nobody says which address this request comes from";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        })
    }
}

/// The client's address; none on a Unix socket where no proxy says it.
pub(crate) fn client_ip(headers: &HeaderMap, connected: &Connected) -> Option<IpAddr> {
    let (peer, trusted) = (connected.peer.map(|peer| peer.ip()), &connected.trusted);
    if trusted.is_empty() {
        return peer.map(|peer| peer.to_canonical());
    }
    let lines = |name: &str| {
        let all: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        all
    };
    let (plain, tagged) = (lines("x-forwarded-for"), lines("forwarded"));
    match peer {
        Some(peer) => Some(forwarded::client(peer, trusted, Header::Either, plain, tagged)),
        None => {
            // No client has this address, so it stands for the proxy, which has none.
            let nobody = IpAddr::from(Ipv4Addr::UNSPECIFIED);
            let found = forwarded::behind(nobody, trusted, Header::Either, plain, tagged);
            (found != nobody).then_some(found)
        }
    }
}

/// The template of the route that answers: `/orders/{id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedPath(Arc<str>);

impl MatchedPath {
    /// As it is in the attribute, with the prefix that it is mounted at.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Extract for MatchedPath {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        Ok(Self(Arc::clone(&head.route.pattern)))
    }
}

#[cfg(test)]
mod tests {
    use wirepath_runtime::net::Networks;

    use super::*;

    #[test]
    fn on_a_unix_socket_the_proxy_is_believed_if_any_is() {
        for (trusted, lines, expected) in [
            ("", &[("x-forwarded-for", "203.0.113.7")][..], None),
            ("10.0.0.0/8", &[], None),
            ("10.0.0.0/8", &[("x-forwarded-for", "203.0.113.7")], Some("203.0.113.7")),
            (
                "10.0.0.0/8",
                &[("x-forwarded-for", "1.1.1.1, 203.0.113.7, 10.0.0.2")],
                Some("203.0.113.7"),
            ),
            ("10.0.0.0/8", &[("forwarded", "for=203.0.113.7")], Some("203.0.113.7")),
            ("10.0.0.0/8", &[("x-forwarded-for", "unknown")], None),
            ("10.0.0.0/8", &[("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=2.2.2.2")], None),
        ] {
            let trusted = Networks::parse(trusted.split_terminator(',')).unwrap();
            let connected = Connected { trusted: Arc::new(trusted), ..Connected::default() };
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(client_ip(&headers, &connected), expected, "{lines:?}");
        }
    }
}
