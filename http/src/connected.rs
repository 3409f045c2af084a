//! What is known of a connection.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use wirepath_runtime::net::Networks;

use crate::Drain;

/// What is known of the connection that a request came on.
#[derive(Debug, Clone, Default)]
pub struct Connected {
    /// Who is at the other end; none for a Unix socket, and in tests.
    pub(crate) peer: Option<SocketAddr>,
    /// The client's certificate, DER, if it showed one.
    pub(crate) certificate: Option<Bytes>,
    /// The proxies whose word on the client's address is taken.
    pub(crate) trusted: Arc<Networks>,
    /// What the handlers' `Http` is.
    #[cfg(feature = "client")]
    pub(crate) http: Option<crate::Http>,
    /// When the server is about to stop.
    pub(crate) drain: Drain,
}

impl Connected {
    /// Who is at the other end; none for a Unix socket, and in tests.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The client's TLS certificate, DER, if the listener asks for one.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }
}
