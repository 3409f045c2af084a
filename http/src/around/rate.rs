//! Rate limits.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::{Duration, Instant},
};

use http::{HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER};
use wirepath_runtime::rate::RateTable;

use super::{auth::Caller, paths::Paths};
use crate::{
    Connected, Refusal, Request, Response,
    config::{RateKey, RateLimit},
    extract::client_ip,
};

/// The most clients that a table may remember: two gibioctets.
const MAX_CLIENTS: usize = 10_000_000;
const MAX_PERIOD_S: u32 = 86_400;

/// One limit, and the buckets of those that it is for.
#[derive(Debug)]
pub(super) struct Limit {
    by: By,
    paths: Paths,
    table: RateTable,
}

#[derive(Debug)]
enum By {
    Address,
    Header(HeaderName),
    Key,
}

impl Limit {
    pub(super) fn new(config: &RateLimit, i: usize, report: &mut dyn FnMut(&str, String)) -> Self {
        let mut demand = |key: &str, why: &str| {
            report(&format!("rate_limits[{i}].{key}"), why.to_owned());
        };
        let header = config.header.as_ref().and_then(|name| name.parse().ok());
        let by = match (config.by, header) {
            (RateKey::Address, _) => By::Address,
            (RateKey::Key, _) => By::Key,
            (RateKey::Header, Some(name)) => By::Header(name),
            (RateKey::Header, None) => {
                demand(
                    "header",
                    "expected the name of the header that tells clients apart, such as `x-tenant`",
                );
                By::Address
            }
        };
        if config.by != RateKey::Header && config.header.is_some() {
            demand("header", "is for `by: header` alone: leave it out, or say that");
        }
        let requests = NonZeroU32::new(config.requests);
        if requests.is_none() {
            demand("requests", "expected 1 at least: leave the limit out to have none");
        }
        let per_s = NonZeroU32::new(config.per_s).filter(|per_s| per_s.get() <= MAX_PERIOD_S);
        if per_s.is_none() {
            demand("per_s", &format!("expected 1 to {MAX_PERIOD_S}"));
        }
        let burst = NonZeroU32::new(config.burst.unwrap_or(config.requests));
        if config.burst == Some(0) {
            demand("burst", "expected 1 at least: with 0 nothing could be asked");
        }
        if !(1..=MAX_CLIENTS).contains(&config.max_clients) {
            demand("max_clients", &format!("expected 1 to {MAX_CLIENTS}"));
        }
        let paths = Paths::new(&config.paths, &format!("rate_limits[{i}].paths"), report);
        let one = NonZeroU32::MIN;
        let (requests, per_s, burst) =
            (requests.unwrap_or(one), per_s.unwrap_or(one), burst.unwrap_or(one));
        let max = config.max_clients.clamp(1, MAX_CLIENTS);
        Self { by, paths, table: RateTable::new(requests, per_s, burst, max) }
    }

    /// Whether it needs to know who asks: then it stands behind authentication, else in front of it.
    pub(super) fn needs_caller(&self) -> bool {
        matches!(self.by, By::Key)
    }

    /// The answer, if there were too many.
    pub(super) fn refuse(
        &self,
        request: &Request,
        connected: &Connected,
        caller: Option<&Caller>,
    ) -> Option<Response> {
        if !self.paths.is_empty() && !self.paths.have_maybe(request.uri().path()) {
            return None;
        }
        let mut key = DefaultHasher::new();
        match (&self.by, caller.filter(|caller| !caller.name().is_empty())) {
            (By::Header(name), _) => {
                request.headers().get(name).map(HeaderValue::as_bytes).hash(&mut key);
            }
            (By::Key, Some(caller)) => (1_u8, caller.kind(), caller.name()).hash(&mut key),
            (By::Address | By::Key, _) => {
                (0_u8, client_ip(request.headers(), connected).map(network)).hash(&mut key);
            }
        }
        let wait = self.table.take(&key.finish(), Instant::now()).err()?;
        Some(self.too_many(request, wait))
    }

    #[cold]
    fn too_many(&self, request: &Request, wait: Duration) -> Response {
        let by = match self.by {
            By::Address => "address",
            By::Header(_) => "header",
            By::Key => "key",
        };
        metrics::counter!("wirepath_http_limited_total", "by" => by).increment(1);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let detail = format!("too many requests: ask again in {seconds} s");
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, detail);
        let mut response = refusal.respond_to(request.headers());
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        response
    }
}

/// What one customer has: an address of IPv4, 64 bits of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & (u128::MAX << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_counts_by_64_bits() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
