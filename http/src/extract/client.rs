//! Who asks, and by which route.

use std::{
    net::{IpAddr, SocketAddr},
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
/// `trusted_proxies`, the right-most in `X-Forwarded-For` or `Forwarded` that is not. 500 on a Unix socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl Extract for ClientIp {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let Peer(peer) = Peer::extract(head, Nothing)?;
        Ok(Self(client_ip(head.headers(), head.connected).unwrap_or(peer.ip())))
    }
}

/// The client's address; none on a Unix socket.
pub(crate) fn client_ip(headers: &HeaderMap, connected: &Connected) -> Option<IpAddr> {
    let peer = connected.peer?.ip();
    if connected.trusted.is_empty() {
        return Some(peer.to_canonical());
    }
    let lines = |name: &str| {
        let all: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        all
    };
    let (plain, tagged) = (lines("x-forwarded-for"), lines("forwarded"));
    Some(forwarded::client(peer, &connected.trusted, Header::Either, plain, tagged))
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
