//! How much who may ask.

use serde::Deserialize;

/// How much each client may ask: an entry of the key `rate_limits`. What is above it is answered 429 with `Retry-After`.
///
/// A listener's limits are its own where it has an `around` of its own; else all listeners share them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimit {
    /// What tells clients apart. Needed.
    pub by: RateKey,
    /// With `by: header`, which one. Requests without it are together one client.
    #[serde(default)]
    pub header: Option<String>,
    /// How many requests in a period. Needed.
    pub requests: u32,
    /// The period, in seconds. Default: 1.
    #[serde(default = "one")]
    pub per_s: u32,
    /// How many of them may come at once. Default: `requests`.
    #[serde(default)]
    pub burst: Option<u32>,
    /// The paths that it is for: `/login`, or `/api/*` for all that begin so. Default: all.
    #[serde(default)]
    pub paths: Vec<String>,
    /// How many clients are remembered, 200 octets each; above it those that ask least are forgotten. Default: 100,000.
    #[serde(default = "hundred_thousand")]
    pub max_clients: usize,
}

/// What tells clients apart.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateKey {
    /// The address, by `trusted_proxies`; of IPv6 the first 64 bits, which is what one customer has.
    Address,
    /// The value of a header.
    Header,
    /// The name of the API key, or the subject of the token; the address where there is neither.
    Key,
}

fn one() -> u32 {
    1
}

fn hundred_thousand() -> usize {
    100_000
}

impl RateLimit {
    /// So many requests a second, with a burst of as many.
    #[must_use]
    pub fn new(by: RateKey, requests: u32) -> Self {
        Self {
            by,
            header: None,
            requests,
            per_s: one(),
            burst: None,
            paths: Vec::new(),
            max_clients: hundred_thousand(),
        }
    }

    /// By the value of a header.
    #[must_use]
    pub fn by_header(header: &str, requests: u32) -> Self {
        Self { header: Some(header.to_owned()), ..Self::new(RateKey::Header, requests) }
    }

    /// In so many seconds, in place of one.
    #[must_use]
    pub fn per_s(mut self, seconds: u32) -> Self {
        self.per_s = seconds;
        self
    }

    /// So many at once, in place of a period's worth.
    #[must_use]
    pub fn burst(mut self, burst: u32) -> Self {
        self.burst = Some(burst);
        self
    }

    /// For these paths alone.
    #[must_use]
    pub fn paths<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.paths = paths.into_iter().map(Into::into).collect();
        self
    }
}
