//! How who asks shows who it is.

use serde_json::{Map, Value, json};

/// A way to show who one is, as OpenAPI calls it.
///
/// What the configuration says, API keys and JSON web tokens, is in the document by itself: see
/// [`OpenApi::around`](super::OpenApi::around). This is for extractors and middleware of your own.
///
/// ```
/// use wirepath_http::openapi::SecurityScheme;
///
/// let session = SecurityScheme::api_key("cookie", "session").description("What signing in gives.");
/// assert_eq!(session.value()["in"], "cookie");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityScheme(Value);

impl SecurityScheme {
    /// `Authorization: Bearer …`, and what kind of token that is: `JWT`, or nothing.
    #[must_use]
    pub fn bearer(format: &str) -> Self {
        let mut scheme = json!({"type": "http", "scheme": "bearer"});
        if !format.is_empty() {
            scheme["bearerFormat"] = format.into();
        }
        Self(scheme)
    }

    /// `Authorization: Basic …`.
    #[must_use]
    pub fn basic() -> Self {
        Self(json!({"type": "http", "scheme": "basic"}))
    }

    /// A key under a name. `place` is `header`, `query` or `cookie`.
    #[must_use]
    pub fn api_key(place: &str, name: &str) -> Self {
        Self(json!({"type": "apiKey", "in": place, "name": name}))
    }

    /// OpenID Connect, and where its configuration is.
    #[must_use]
    pub fn open_id_connect(url: &str) -> Self {
        Self(json!({"type": "openIdConnect", "openIdConnectUrl": url}))
    }

    /// Any other: a Security Scheme Object of OpenAPI 3.1.
    #[must_use]
    pub fn custom(value: Value) -> Self {
        Self(value)
    }

    /// What there is to know of it, as CommonMark.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.0["description"] = text.into();
        self
    }

    /// As it stands in the document.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }
}

/// What an operation asks of who asks, by the types of its handler.
#[derive(Debug, Default, Clone)]
pub(super) struct Asks {
    pub(super) whom: Whom,
    /// By its own schemes: their scopes, by name.
    pub(super) needed: Map<String, Value>,
    /// These may be missing.
    pub(super) optional: bool,
    pub(super) schemes: Vec<(String, SecurityScheme)>,
}

/// Who may ask, of those that the configuration lets in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whom {
    #[default]
    Anybody,
    /// It makes a difference.
    Perhaps,
    /// Whoever shows who it is.
    Caller,
    /// Whoever shows a token.
    #[cfg_attr(not(feature = "jwt"), allow(dead_code, reason = "`Claims` asks for it"))]
    Token,
}

impl Asks {
    pub(super) fn scheme(&mut self, name: &str, scheme: SecurityScheme, scopes: &[&str]) {
        self.needed.insert(name.to_owned(), json!(scopes));
        self.schemes.push((name.to_owned(), scheme));
    }

    /// What is asked where the rest may be missing.
    pub(super) fn or_maybe(self, rest: &Self) -> Self {
        let more = rest.whom > self.whom;
        Self {
            whom: if more { self.whom.max(Whom::Perhaps) } else { self.whom },
            optional: self.optional || rest.needed.len() > self.needed.len(),
            needed: rest.needed.clone(),
            schemes: rest.schemes.clone(),
        }
    }
}
