//! What a route has in place of its listener's limits.

use std::time::Duration;

/// What a route has in place of its listener's limits: more than that, or less.
///
/// `#[post("/files", max_body_bytes = 100 << 20, timeout_ms = 120_000)]` says it of one route,
/// [`Routes::max_body_bytes`](crate::Routes::max_body_bytes) and [`Routes::timeout`](crate::Routes::timeout) of all in a list
/// that have none of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RouteLimits {
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_body_bytes: Option<usize>,
}

impl RouteLimits {
    /// Those of the listener.
    pub const NONE: Self = Self { timeout: None, max_body_bytes: None };

    /// How long a handler may take until the head of its response is there.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Octets of a request's body, at most.
    #[must_use]
    pub fn max_body_bytes(&self) -> Option<usize> {
        self.max_body_bytes
    }
}
