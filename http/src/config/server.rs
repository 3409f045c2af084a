//! One listener.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;
use wirepath_runtime::net::Networks;

use super::{Around, Listen};

/// One listener and its limits: an entry of the key `servers`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Where to listen. No default in a file.
    pub listen: Listen,
    /// TLS. Default: none, plain TCP. HTTP/2 is there by ALPN with it, by prior knowledge without it.
    #[serde(default)]
    pub tls: Option<ServerTls>,
    /// The longest body of a request, in octets; a longer one is answered 413, however it is sent. Default: 1,048,576.
    #[serde(default = "defaults::max_body_bytes")]
    pub max_body_bytes: usize,
    /// The time from a request's head to its response's, in milliseconds; later it is answered 504 and the handler is
    /// dropped. The body of the response is not counted. Default: 30,000.
    #[serde(default = "defaults::request_timeout_ms")]
    pub request_timeout_ms: u64,
    /// The proxies whose word on the client's address is taken. Default: none.
    #[serde(default)]
    pub trusted_proxies: Networks,
    /// The time for a TLS handshake and for the head of a request, in milliseconds. A connection whose head is not there
    /// after this is closed, at the latest after twice this; one whose beginning came along with the request before it, after
    /// `idle_timeout_ms`. Default: 10,000.
    #[serde(default = "defaults::header_timeout_ms")]
    pub header_timeout_ms: u64,
    /// The time that a connection may be without a request, in milliseconds. A response on its way counts as one, until its
    /// client reads nothing of it for this long: then the connection is closed. Default: 75,000.
    #[serde(default = "defaults::idle_timeout_ms")]
    pub idle_timeout_ms: u64,
    /// Connections open at a time, what they were upgraded to included; further ones are answered 503 (over TLS: closed) at once. Default: 10,000. Raise it
    /// together with the limit on open files.
    #[serde(default = "defaults::max_connections")]
    pub max_connections: usize,
    /// The longest head of a request, in octets; a longer one is answered 431. Default: 65,536.
    #[serde(default = "defaults::max_header_bytes")]
    pub max_header_bytes: usize,
    /// HTTP/2: requests of one connection that may be in progress. Default: 200.
    #[serde(default = "defaults::h2_max_streams")]
    pub h2_max_streams: u32,
    /// HTTP/2: streams that a client has reset and that are not yet looked at, above which the connection is closed. What
    /// holds against rapid resets (CVE-2023-44487). Default: 20.
    #[serde(default = "defaults::h2_max_resets")]
    pub h2_max_resets: usize,
    /// What stands around the requests of this listener, in place of what does for all. Default: that.
    #[serde(default)]
    pub around: Option<Around>,
}

/// PEM files for a listener: the key `tls`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerTls {
    /// The certificate chain, our own certificate first.
    pub cert_path: PathBuf,
    /// The private key.
    pub key_path: PathBuf,
    /// The authorities that sign clients' certificates. If it is there, clients must have one.
    pub client_ca: Option<PathBuf>,
}

mod defaults {
    pub(super) fn max_body_bytes() -> usize {
        1 << 20
    }

    pub(super) fn request_timeout_ms() -> u64 {
        30_000
    }

    pub(super) fn header_timeout_ms() -> u64 {
        10_000
    }

    pub(super) fn idle_timeout_ms() -> u64 {
        75_000
    }

    pub(super) fn max_connections() -> usize {
        10_000
    }

    pub(super) fn max_header_bytes() -> usize {
        65_536
    }

    pub(super) fn h2_max_streams() -> u32 {
        200
    }

    pub(super) fn h2_max_resets() -> usize {
        20
    }
}

impl ServerConfig {
    /// With the defaults.
    pub fn on(listen: Listen) -> Self {
        Self {
            listen,
            tls: None,
            max_body_bytes: defaults::max_body_bytes(),
            request_timeout_ms: defaults::request_timeout_ms(),
            trusted_proxies: Networks::default(),
            header_timeout_ms: defaults::header_timeout_ms(),
            idle_timeout_ms: defaults::idle_timeout_ms(),
            max_connections: defaults::max_connections(),
            max_header_bytes: defaults::max_header_bytes(),
            h2_max_streams: defaults::h2_max_streams(),
            h2_max_resets: defaults::h2_max_resets(),
            around: None,
        }
    }

    /// `request_timeout_ms` as a duration.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// `header_timeout_ms` as a duration.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms)
    }

    /// `idle_timeout_ms` as a duration.
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms)
    }
}

/// On port 8080 of every address.
impl Default for ServerConfig {
    fn default() -> Self {
        Self::on(Listen::Tcp { host: "0.0.0.0".to_owned(), port: 8080 })
    }
}
