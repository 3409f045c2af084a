//! Who may ask.

use std::path::PathBuf;

use serde::Deserialize;
use wirepath_runtime::secret::Secret;

/// Who may ask: the key `auth`. Who shows an API key or a token of these may, on every kind of route, paths without a route
/// among them; others are answered 401, and 403 where they are known and lack a scope.
///
/// CORS preflights are answered before it: browsers send them without credentials.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Auth {
    /// The paths that everybody may ask: `/health`, or `/docs/*` for all that begin so. A path under such a prefix that has
    /// a segment `.` or `..` in it, or `%`, `;` or a backslash, is not open. Default: none.
    pub open: Vec<String>,
    /// API keys. Default: none.
    pub api_keys: Option<ApiKeys>,
    /// JSON web tokens, as `Authorization: Bearer …`. Needs the feature `jwt`. Default: none.
    pub jwt: Option<Jwt>,
    /// Which paths ask for scopes. Default: whoever is let in may ask for all.
    pub rules: Vec<Rule>,
}

/// API keys: the key `auth.api_keys`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ApiKeys {
    /// The header that they are in. Default: `x-api-key`.
    pub header: String,
    /// The keys, 1,000 at most: each request is compared with all of them, whichever it has. Needed.
    pub keys: Vec<ApiKey>,
}

/// An API key, and who has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ApiKey {
    /// Who has it: for logs and [`Caller`](crate::around::Caller).
    pub name: String,
    /// The key, of 16 octets at least.
    pub key: Secret,
    /// What it may do. Default: nothing that asks for a scope.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// JSON web tokens (RFC 7519): the key `auth.jwt`. A token has to say when it ends (`exp`), and is not taken after that, nor
/// before its `nbf`. Its scopes are those in its `scope`, between spaces, or in the list `scopes`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Jwt {
    /// The keys that tokens are signed with, 100 at most. Needed.
    pub keys: Vec<JwtKey>,
    /// The issuers (`iss`) whose tokens are taken. Default: any, and a token need not say.
    pub issuers: Vec<String>,
    /// Whom a token has to be for (`aud`): one of these. Default: anybody, and a token need not say.
    pub audiences: Vec<String>,
    /// By how much the clocks may differ, in seconds. Default: 30.
    pub leeway_s: u64,
}

/// A key that tokens are signed with. It is for its one algorithm, whatever a token says of itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct JwtKey {
    /// Its name in the head of tokens. Default: none; it is for tokens without one.
    #[serde(default)]
    pub kid: Option<String>,
    /// What it signs with. Needed.
    pub algorithm: JwtAlgorithm,
    /// For HS256: the secret, of 32 octets at least (RFC 7518 §3.2).
    #[serde(default)]
    pub secret: Option<Secret>,
    /// For RS256 and ES256: the public key, a PEM file. It is read at the start.
    #[serde(default)]
    pub public_key_path: Option<PathBuf>,
}

/// How tokens are signed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256: who can check can sign.
    HS256,
    /// RSA (PKCS #1 v1.5) with SHA-256, of 2,048 bits at least.
    RS256,
    /// ECDSA with P-256 and SHA-256.
    ES256,
}

/// Paths that ask for scopes: an entry of `auth.rules`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// The paths: `/admin`, or `/admin/*` for all that begin so.
    pub paths: Vec<String>,
    /// The scopes that who asks has to have, all of them.
    pub scopes: Vec<String>,
}

impl Default for ApiKeys {
    fn default() -> Self {
        Self { header: "x-api-key".to_owned(), keys: Vec::new() }
    }
}

impl Default for Jwt {
    fn default() -> Self {
        Self { keys: Vec::new(), issuers: Vec::new(), audiences: Vec::new(), leeway_s: 30 }
    }
}

impl Auth {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that shows this API key.
    #[must_use]
    pub fn api_key(mut self, name: &str, key: impl Into<Secret>, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let key = ApiKey { name: name.to_owned(), key: key.into(), scopes };
        self.api_keys.get_or_insert_default().keys.push(key);
        self
    }

    /// Those that show a token.
    #[must_use]
    pub fn jwt(mut self, jwt: Jwt) -> Self {
        self.jwt = Some(jwt);
        self
    }

    /// These paths are for everybody.
    #[must_use]
    pub fn open<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        self.open.extend(paths.into_iter().map(Into::into));
        self
    }

    /// These paths ask for scopes.
    #[must_use]
    pub fn rule(mut self, paths: &[&str], scopes: &[&str]) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        self.rules.push(Rule { paths: owned(paths), scopes: owned(scopes) });
        self
    }
}

impl Jwt {
    /// Tokens signed with HS256 and this secret.
    #[must_use]
    pub fn hs256(secret: impl Into<Secret>) -> Self {
        Self::default().key(JwtKey::hs256(secret))
    }

    /// A further key.
    #[must_use]
    pub fn key(mut self, key: JwtKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Tokens of this issuer.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.issuers.push(issuer.to_owned());
        self
    }

    /// Tokens for this audience.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.to_owned());
        self
    }
}

impl JwtKey {
    /// A secret of HS256.
    #[must_use]
    pub fn hs256(secret: impl Into<Secret>) -> Self {
        let (kid, public_key_path) = (None, None);
        Self { kid, algorithm: JwtAlgorithm::HS256, secret: Some(secret.into()), public_key_path }
    }

    /// A public key of RS256 or ES256, in a PEM file.
    #[must_use]
    pub fn public(algorithm: JwtAlgorithm, path: impl Into<PathBuf>) -> Self {
        Self { kid: None, algorithm, secret: None, public_key_path: Some(path.into()) }
    }

    /// The same under a name.
    #[must_use]
    pub fn named(mut self, kid: &str) -> Self {
        self.kid = Some(kid.to_owned());
        self
    }
}
