//! What stands around all requests of a listener: the key `around`.

mod auth;
mod compression;
mod cors;
mod rate;

use serde::Deserialize;

pub use self::{
    auth::{ApiKey, ApiKeys, Auth, Jwt, JwtAlgorithm, JwtKey, Rule},
    compression::{Compression, Encoding, Level},
    cors::Cors,
    rate::{RateKey, RateLimit},
};
use super::switch::switch;

/// What stands around all requests of a listener: the key `around`, for all listeners, or in an entry of `servers` for that
/// one alone, in place of the other.
///
/// It is around the answers that the engine makes itself too: 413 for a body that is announced too long, and 504. What cannot
/// be read as a request at all, and connections above `max_connections`, it does not see. Nothing is on unless it is asked
/// for, and costs a comparison then.
///
/// ```
/// use wirepath_http::{config::{Around, Cors}, get, routes, testing::Client};
///
/// #[get("/")]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), wirepath_http::around::AroundError> {
/// let around = Around::new().request_ids().cors(Cors::new(["https://app.example"]));
/// let client = Client::new(routes![hello], ()).around(&around)?;
/// let answer = client.get("/none").header("origin", "https://app.example").send().await;
/// assert_eq!(answer.status(), 404);
/// assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
/// assert_eq!(answer.header("x-request-id").len(), 32);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Around {
    /// Whether each request has an id: the client's `x-request-id` if that is 1 to 128 letters, digits and `-_.:/+=@`, or one
    /// that is made. It is in the head that handlers see, in the response, and in the span `request` that everything is logged
    /// in. Default: `false`.
    pub request_ids: bool,
    /// Whether there is an event for each request, of level info at the target `wirepath::access`. Default: `false`.
    pub access_log: bool,
    /// Whether requests are counted and timed, by route. Default: `false`.
    pub metrics: bool,
    /// Which other origins' pages may ask. Default: none is told that it may.
    #[serde(deserialize_with = "switch")]
    pub cors: Option<Cors>,
    /// Compressed answers; `true` for all defaults. Needs the feature `compression`. Default: none.
    #[serde(deserialize_with = "switch")]
    pub compression: Option<Compression>,
    /// How much each client may ask; a request has to be within all of them. Default: as much as it likes.
    pub rate_limits: Vec<RateLimit>,
    /// Who may ask. Default: everybody.
    pub auth: Option<Auth>,
}

impl Around {
    /// The keys that are on or off, and must not be off because a variable is empty.
    pub(super) const SWITCHES: [&str; 12] = [
        "request_ids",
        "access_log",
        "metrics",
        "cors",
        "compression",
        "rate_limits",
        "auth",
        "auth.api_keys",
        "auth.jwt",
        "auth.jwt.audiences",
        "auth.jwt.issuers",
        "auth.rules",
    ];

    /// Nothing at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Each request has an id: see [`request_ids`](Self#structfield.request_ids).
    #[must_use]
    pub fn request_ids(mut self) -> Self {
        self.request_ids = true;
        self
    }

    /// Each request is logged: see [`access_log`](Self#structfield.access_log).
    #[must_use]
    pub fn access_log(mut self) -> Self {
        self.access_log = true;
        self
    }

    /// Requests are counted and timed: see [`metrics`](Self#structfield.metrics).
    #[must_use]
    pub fn metrics(mut self) -> Self {
        self.metrics = true;
        self
    }

    /// Pages of other origins may ask.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// A further limit of how much each client may ask.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limits.push(limit);
        self
    }

    /// Who may ask.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Answers are compressed.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }
}
