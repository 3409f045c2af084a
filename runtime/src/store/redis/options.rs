//! Where the server is, and what is asked of it.

use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Secret;

/// How a store in Redis is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisOptions {
    /// `redis://[user:password@]host[:port][/database]`, `rediss://…` for the same over TLS, or `redis+unix:///path`. It may
    /// hold a password, hence a secret.
    /// Default: `redis://127.0.0.1:6379`.
    pub url: Secret,
    /// A PEM file with the authorities that sign the server's certificate, for `rediss://`; without it, those that the system
    /// trusts. It is read once, when the store is opened. Default: none.
    pub ca_path: Option<PathBuf>,
    /// What all keys begin with, in braces: so they are in one slot of a cluster. Stores of one prefix are replicas of one
    /// another. Default: `wirepath`.
    pub prefix: String,
    /// A replica that has not been heard of for so long is gone, and what it has leased goes to others. Default: 10 s.
    pub replica_timeout: Duration,
    /// What a call may take before it fails. Default: 5 s.
    pub call_timeout: Duration,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            url: Secret::from("redis://127.0.0.1:6379"),
            ca_path: None,
            prefix: "wirepath".to_owned(),
            replica_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(5),
        }
    }
}

impl RedisOptions {
    /// The defaults, at another server.
    pub fn new(url: impl Into<Secret>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }
}
