//! One client.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Deserializer, de};
use wirepath_runtime::secret::Secret;

use super::BaseUrl;

/// One client, of the name that it has under the key `clients`.
///
/// ```
/// use wirepath_http::config::ClientConfig;
///
/// let mut config = ClientConfig::new("http://127.0.0.1:9000/v1".parse()?);
/// config.timeout_ms = 500;
/// assert_eq!((config.retries, config.pool_size), (2, 8));
/// # Ok::<(), wirepath_http::config::BadBaseUrl>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Where requests go: `https://api.example/v1`. No default.
    pub base_url: BaseUrl,
    /// The time from a request to its answer, in milliseconds, with waiting for a place, connecting and every repetition in
    /// it, and with the body where that is read whole; one that is streamed may be silent for as long. Default: 5,000.
    #[serde(default = "defaults::timeout_ms")]
    pub timeout_ms: u64,
    /// The time that a connection may take to be made, TLS included, in milliseconds. Default: 3,000.
    #[serde(default = "defaults::connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Whether the server's certificate is looked at: `true`; `false`, for tests; or a file of authorities, as `ca`. Default: `true`.
    #[serde(default)]
    pub verify: Verify,
    /// The authorities that sign the server's certificate, PEM. Default: those that the system trusts.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Our own certificate chain, PEM, for a server that asks for one. With `key`. Default: none.
    #[serde(default)]
    pub cert: Option<PathBuf>,
    /// The private key of `cert`, PEM. Default: none.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// Connections that are kept while nobody uses them. Default: 8.
    #[serde(default = "defaults::pool_size")]
    pub pool_size: usize,
    /// The time that such a connection is kept, in milliseconds. Default: 60,000; less than the server keeps it is best.
    #[serde(default = "defaults::idle_timeout_ms")]
    pub idle_timeout_ms: u64,
    /// Requests that may be on their way at a time, their answers' bodies included; further ones wait, within their
    /// `timeout_ms`. Over HTTP/1.1 it bounds the connections. Default: 1,000.
    #[serde(default = "defaults::max_in_flight")]
    pub max_in_flight: usize,
    /// The longest body of an answer that is read whole, in octets. One that is streamed has no limit. Default: 8,388,608.
    #[serde(default = "defaults::max_body_bytes")]
    pub max_body_bytes: usize,
    /// How often a request is repeated where that is safe. Default: 2; 0 is never.
    #[serde(default = "defaults::retries")]
    pub retries: u32,
    /// HTTP/2 from the first octet on: h2c over plain TCP. Default: false, which is HTTP/1.1, and over TLS what the server
    /// prefers of both.
    #[serde(default)]
    pub http2_prior_knowledge: bool,
    /// Headers of every request that does not set them itself: `authorization: Bearer ${TOKEN}`. They are never printed.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
}

/// Whether a server's certificate is looked at: the key `verify`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verify {
    /// It has to be signed by an authority that is trusted.
    #[default]
    Yes,
    /// Any will do: whoever stands on the way can read and change everything.
    No,
    /// It has to be signed by an authority of this file.
    By(PathBuf),
}

impl<'de> Deserialize<'de> for Verify {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl de::Visitor<'_> for Either {
            type Value = Verify;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false` or the path of a file of authorities")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Verify, E> {
                Ok(if value { Verify::Yes } else { Verify::No })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Verify, E> {
                match text {
                    "" => Err(E::custom("is empty: name the file, or leave it out")),
                    "true" => Ok(Verify::Yes),
                    "false" => Ok(Verify::No),
                    path => Ok(Verify::By(path.into())),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

mod defaults {
    pub(super) fn timeout_ms() -> u64 {
        5_000
    }

    pub(super) fn connect_timeout_ms() -> u64 {
        3_000
    }

    pub(super) fn pool_size() -> usize {
        8
    }

    pub(super) fn idle_timeout_ms() -> u64 {
        60_000
    }

    pub(super) fn max_in_flight() -> usize {
        1_000
    }

    pub(super) fn max_body_bytes() -> usize {
        8 << 20
    }

    pub(super) fn retries() -> u32 {
        2
    }
}

const HOUR_MS: u64 = 60 * 60 * 1_000;

impl ClientConfig {
    /// With the defaults.
    #[must_use]
    pub fn new(base_url: BaseUrl) -> Self {
        Self {
            base_url,
            timeout_ms: defaults::timeout_ms(),
            connect_timeout_ms: defaults::connect_timeout_ms(),
            verify: Verify::Yes,
            ca: None,
            cert: None,
            key: None,
            pool_size: defaults::pool_size(),
            idle_timeout_ms: defaults::idle_timeout_ms(),
            max_in_flight: defaults::max_in_flight(),
            max_body_bytes: defaults::max_body_bytes(),
            retries: defaults::retries(),
            http2_prior_knowledge: false,
            headers: BTreeMap::new(),
        }
    }

    /// `timeout_ms` as a duration.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// The authorities' file, if there is one, by either key.
    #[cfg(feature = "client")]
    pub(crate) fn authorities(&self) -> Option<&PathBuf> {
        match &self.verify {
            Verify::By(path) => Some(path),
            Verify::Yes | Verify::No => self.ca.as_ref(),
        }
    }

    /// What is wrong with it: keys, and what to do about them.
    pub(crate) fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut demand = |key: &str, what: String| problems.push((key.to_owned(), what));
        for (key, number, least, most) in self.numbers() {
            if !(least..=most).contains(&number) {
                demand(key, format!("expected {least} to {most}"));
            }
        }
        match (&self.cert, &self.key) {
            (Some(_), None) => demand("cert", "has no `key`: name the file of its key, too".into()),
            (None, Some(_)) => {
                demand("key", "has no `cert`: name the file of the chain, too".into())
            }
            _ => {}
        }
        if self.verify != Verify::Yes && self.ca.is_some() {
            demand("ca", "and `verify` say two things: leave one of them out".into());
        }
        if !self.base_url.is_https() {
            let files = [("ca", &self.ca), ("cert", &self.cert), ("key", &self.key)];
            for (key, _) in files.iter().filter(|(_, file)| file.is_some()) {
                demand(key, "is for TLS, and `base_url` is plain: write `https://`".into());
            }
            if self.verify != Verify::Yes {
                demand("verify", "is for TLS, and `base_url` is plain: write `https://`".into());
            }
        }
        for (name, value) in &self.headers {
            let is_header = http::HeaderName::try_from(name).is_ok()
                && http::HeaderValue::from_bytes(value.expose()).is_ok();
            if !is_header {
                demand(
                    &format!("headers.{name}"),
                    "cannot stand in a request: visible ASCII".into(),
                );
            }
        }
        problems
    }

    /// Keys, their values, and what these may be.
    fn numbers(&self) -> [(&'static str, u64, u64, u64); 7] {
        [
            ("timeout_ms", self.timeout_ms, 1, 24 * HOUR_MS),
            ("connect_timeout_ms", self.connect_timeout_ms, 1, HOUR_MS),
            ("pool_size", self.pool_size as u64, 0, 100_000),
            ("idle_timeout_ms", self.idle_timeout_ms, 1, 24 * HOUR_MS),
            ("max_in_flight", self.max_in_flight as u64, 1, 1_000_000),
            ("max_body_bytes", self.max_body_bytes as u64, 0, 1 << 40),
            ("retries", self.retries.into(), 0, 100),
        ]
    }
}
