//! Who asks, and by which route.

use std::{net::SocketAddr, sync::Arc};

use http::StatusCode;
use wirepath_runtime::state::Nothing;

use super::Extract;
use crate::{Head, Refusal};

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
