//! JSON web tokens.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};
use serde_json::Value;

use super::{
    Caller, CallerKind,
    caller::Checked,
    ring::{self, Key},
};
use crate::{
    Request,
    config::{Jwt, JwtAlgorithm, JwtKey},
};

/// The longest token that is looked at, in octets.
const MAX_TOKEN: usize = 8_192;
const MAX_KEYS: usize = 100;
/// RFC 7518 §3.2: as long as the hash.
const MIN_SECRET: usize = 32;
/// With more, what ends soon would not end.
const MAX_LEEWAY_S: u64 = 3_600;

/// The keys that tokens may be signed with.
pub(super) struct Tokens(Vec<Trusted>);

struct Trusted {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
    validation: Validation,
}

/// What a request has shown.
pub(super) enum Shown {
    Nothing,
    /// The text goes out.
    Wrong(&'static str),
    Right(Caller, Checked),
}

impl Tokens {
    pub(super) fn new(config: &Jwt, report: &mut dyn FnMut(&str, String)) -> Self {
        ring::install();
        if !(1..=MAX_KEYS).contains(&config.keys.len()) {
            let why = format!("expected 1 to {MAX_KEYS} keys, or no `jwt` at all");
            report("auth.jwt.keys", why);
        }
        if config.leeway_s > MAX_LEEWAY_S {
            report("auth.jwt.leeway_s", format!("expected 0 to {MAX_LEEWAY_S}"));
        }
        let mut trusted = Vec::new();
        for (i, key) in config.keys.iter().enumerate() {
            let mut demand = |name: &str, why: String| {
                report(&format!("auth.jwt.keys[{i}].{name}"), why);
            };
            let twice = config.keys.iter().take(i).any(|other| {
                key.kid.is_some() && other.kid == key.kid && other.algorithm == key.algorithm
            });
            if twice {
                demand("kid", "is that of an entry before it".to_owned());
            }
            match read(key) {
                Ok(decoding) => trusted.push(Trusted {
                    kid: key.kid.clone(),
                    algorithm: algorithm(key.algorithm),
                    key: decoding,
                    validation: validation(config, algorithm(key.algorithm)),
                }),
                Err((name, why)) => demand(name, why),
            }
        }
        Self(trusted)
    }

    pub(super) fn look(&self, request: &Request) -> Shown {
        let Some(value) = request.headers().get(AUTHORIZATION) else { return Shown::Nothing };
        // The scheme's case does not matter (RFC 9110 §11.1).
        let token = value.as_bytes().split_at_checked(7);
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        let Some((_, token)) = token else { return Shown::Nothing };
        match self.check(token.trim_ascii()) {
            Ok(claims) => {
                let (name, scopes) = (text(&claims, "sub").into(), scopes(&claims));
                let caller = Caller { kind: CallerKind::Token, name, scopes };
                Shown::Right(caller, Checked(Arc::new(claims)))
            }
            Err(why) => Shown::Wrong(why),
        }
    }

    fn check(&self, token: &[u8]) -> Result<Value, &'static str> {
        if token.len() > MAX_TOKEN {
            return Err("the token is too long");
        }
        let head = decode_header(token).map_err(|_| "the token is malformed")?;
        // RFC 7515 §4.1.11: what is said to be critical has to be understood, and none of it is.
        if head.crit.is_some() {
            return Err("the token needs something that this server does not know");
        }
        // The keys say what they are for; the token only says which of them.
        let mut fitting = self.0.iter().filter(|trusted| {
            trusted.algorithm == head.alg
                && (trusted.kid.is_none() || trusted.kid == head.kid)
                && (trusted.kid.is_some() || head.kid.is_none() || self.has_no(&head.kid))
        });
        let mut why = "the token is not signed with a key of this server's";
        fitting
            .find_map(|trusted| {
                let decoded = decode::<Value>(token, &trusted.key, &trusted.validation);
                decoded.map(|data| data.claims).map_err(|error| why = told(error.kind())).ok()
            })
            .filter(Value::is_object)
            .ok_or(why)
    }

    /// Whether no key has this name: then those without a name may be meant.
    fn has_no(&self, kid: &Option<String>) -> bool {
        self.0.iter().all(|trusted| trusted.kid != *kid)
    }
}

/// What a client is told.
fn told(error: &ErrorKind) -> &'static str {
    match error {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is for somebody else",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim that this server asks for",
        ErrorKind::InvalidSignature => "the token is not signed with a key of this server's",
        _ => "the token is malformed",
    }
}

fn algorithm(config: JwtAlgorithm) -> Algorithm {
    match config {
        JwtAlgorithm::HS256 => Algorithm::HS256,
        JwtAlgorithm::RS256 => Algorithm::RS256,
        JwtAlgorithm::ES256 => Algorithm::ES256,
    }
}

fn validation(config: &Jwt, algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = config.leeway_s.min(MAX_LEEWAY_S);
    validation.validate_nbf = true;
    validation.validate_aud = !config.audiences.is_empty();
    let mut required = vec!["exp"];
    if !config.audiences.is_empty() {
        validation.set_audience(&config.audiences);
        required.push("aud");
    }
    if !config.issuers.is_empty() {
        validation.set_issuer(&config.issuers);
        required.push("iss");
    }
    validation.set_required_spec_claims(&required);
    validation
}

/// The key; or what is wrong, and with which of its keys in the file.
fn read(key: &JwtKey) -> Result<DecodingKey, (&'static str, String)> {
    let is_secret = key.algorithm == JwtAlgorithm::HS256;
    match (is_secret, &key.secret, &key.public_key_path) {
        (true, Some(secret), None) => {
            if secret.expose().len() < MIN_SECRET {
                let why = format!(
                    "expected {MIN_SECRET} octets at least (RFC 7518 §3.2): make them with `openssl rand -hex 32`"
                );
                return Err(("secret", why));
            }
            Ok(DecodingKey::from_secret(secret.expose()))
        }
        (true, ..) => Err((
            "secret",
            "is what HS256 is checked with: give that, and no public key".to_owned(),
        )),
        (false, None, Some(path)) => {
            let pem = std::fs::read(path)
                .map_err(|error| ("public_key_path", format!("cannot be read: {error}")))?;
            let why = "is no public key of this algorithm: expected a PEM file that begins with `-----BEGIN PUBLIC KEY-----`";
            let read = match key.algorithm {
                JwtAlgorithm::ES256 => DecodingKey::from_ec_pem(&pem),
                _ => DecodingKey::from_rsa_pem(&pem),
            };
            let read = read.ok().filter(|read| Key::fits(algorithm(key.algorithm), read));
            read.ok_or(("public_key_path", why.to_owned()))
        }
        (false, ..) => {
            let why = "is what this algorithm is checked with: give that, and no secret";
            Err(("public_key_path", why.to_owned()))
        }
    }
}

fn text<'c>(claims: &'c Value, name: &str) -> &'c str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn scopes(claims: &Value) -> Arc<[String]> {
    let listed = claims.get("scopes").and_then(Value::as_array).into_iter().flatten();
    let listed = listed.filter_map(Value::as_str);
    text(claims, "scope").split_ascii_whitespace().chain(listed).map(str::to_owned).collect()
}

/// Without a word about the keys.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("keys", &self.0.len()).finish_non_exhaustive()
    }
}
