//! Which pages of other origins may ask.

use serde::Deserialize;

/// Which pages of other origins may ask: the key `cors`. The headers are on every response, refusals and 404 among them, so
/// that a page can see why it did not get what it asked for.
///
/// A preflight is answered here, before rate limits and authentication.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Cors {
    /// The origins, as `https://app.example` or `http://localhost:3000`; `*` for all. Needed.
    pub origins: Vec<String>,
    /// The methods. Default: `GET`, `HEAD`, `POST`, `PUT`, `PATCH` and `DELETE`.
    pub methods: Vec<String>,
    /// The headers that requests may have beyond those that need no leave; `*` for whichever a page asks for. Default: `*`.
    pub headers: Vec<String>,
    /// The headers of responses that a page may see beyond those that need no leave. Default: `x-request-id` and `retry-after`.
    pub expose: Vec<String>,
    /// Whether requests may have cookies and the like. Not with `*` or `null` as an origin. Default: `false`.
    pub credentials: bool,
    /// How long a browser may remember the answer to a preflight, in seconds. Default: 600.
    pub max_age_s: u64,
}

impl Default for Cors {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Self {
            origins: Vec::new(),
            methods: texts(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            headers: texts(&["*"]),
            expose: texts(&["x-request-id", "retry-after"]),
            credentials: false,
            max_age_s: 600,
        }
    }
}

impl Cors {
    /// For pages of these origins.
    #[must_use]
    pub fn new<T: Into<String>>(origins: impl IntoIterator<Item = T>) -> Self {
        Self { origins: origins.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Requests may have cookies and the like.
    #[must_use]
    pub fn credentials(mut self) -> Self {
        self.credentials = true;
        self
    }
}
