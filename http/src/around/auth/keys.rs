//! API keys.

use http::HeaderName;
use wirepath_runtime::secret::Fingerprint;

use super::{Caller, CallerKind};
use crate::{Request, config::ApiKeys};

/// Each request is compared with all of them: some tens of nanoseconds for each.
const MAX_KEYS: usize = 1_000;
const MIN_LENGTH: usize = 16;

/// The keys, by what they hash to.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) header: HeaderName,
    keys: Vec<(Fingerprint, Caller)>,
}

/// What a request has shown.
pub(super) enum Shown {
    Nothing,
    Wrong,
    Right(Caller),
}

impl Keys {
    pub(super) fn new(config: &ApiKeys, report: &mut dyn FnMut(&str, String)) -> Self {
        let header = config.header.parse().unwrap_or_else(|_| {
            let why = "expected the name of a header, such as `x-api-key`";
            report("auth.api_keys.header", why.to_owned());
            HeaderName::from_static("x-api-key")
        });
        if !(1..=MAX_KEYS).contains(&config.keys.len()) {
            let why = format!("expected 1 to {MAX_KEYS} keys, or no `api_keys` at all");
            report("auth.api_keys.keys", why);
        }
        let mut keys: Vec<(Fingerprint, Caller)> = Vec::new();
        for (i, key) in config.keys.iter().enumerate() {
            let mut demand = |name: &str, why: String| {
                report(&format!("auth.api_keys.keys[{i}].{name}"), why);
            };
            if key.key.expose().len() < MIN_LENGTH {
                let why = "is too short to be secret: make 32 random letters, with `openssl rand -hex 16` for one";
                demand("key", why.to_owned());
            }
            if key.name.is_empty() {
                demand("name", "is empty: say who has the key".to_owned());
            }
            let print = key.key.fingerprint();
            if keys.iter().any(|(other, _)| other.matches(&print)) {
                demand("key", "is that of an entry before it".to_owned());
            }
            let (name, scopes) = (key.name.as_str().into(), key.scopes.as_slice().into());
            keys.push((print, Caller { kind: CallerKind::Key, name, scopes }));
        }
        Self { header, keys }
    }

    pub(super) fn look(&self, request: &Request) -> Shown {
        let Some(key) = request.headers().get(&self.header) else { return Shown::Nothing };
        let shown = Fingerprint::of(key.as_bytes());
        let mut found = None;
        // All of them: how long it takes does not say which one it is, or whether it is one.
        for (print, caller) in &self.keys {
            if print.matches(&shown) {
                found = Some(caller);
            }
        }
        found.cloned().map_or(Shown::Wrong, Shown::Right)
    }
}
