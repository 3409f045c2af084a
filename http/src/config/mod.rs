//! Configuration: `http.yaml`.
//!
//! ```yaml
//! servers:
//!   - listen: 0.0.0.0:8080
//!     trusted_proxies: [10.0.0.0/8]
//!   - listen: 0.0.0.0:8443
//!     tls: {cert_path: /etc/app/cert.pem, key_path: /etc/app/key.pem, client_ca: /etc/app/partners.pem}
//!     max_body_bytes: 65536
//!   - listen: unix:/run/app.sock
//! clients:
//!   api:
//!     base_url: https://api.example/v1
//!     timeout_ms: 2000
//!     headers: {authorization: "Bearer ${API_TOKEN}"}
//! threads: per_core
//! drain_timeout_ms: 10000
//! around: {request_ids: true, access_log: true, metrics: true}
//! ```
//!
//! Each listener has limits of its own. Every key has a default but `listen` and `base_url`. Where the document has a key `http`, the
//! configuration is what stands under it; `smpp` and `ws` beside it are left to others.

mod around;
mod base_url;
mod check;
mod client;
mod listen;
mod server;
mod switch;
mod threads;

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, de::IgnoredAny};
use wirepath_runtime::config::{ConfigError, Document, Env, Section};

pub use self::{
    around::{
        ApiKey, ApiKeys, Around, Auth, Compression, Cors, Encoding, Jwt, JwtAlgorithm, JwtKey,
        Level, RateKey, RateLimit, Rule,
    },
    base_url::{BadBaseUrl, BadPath, BaseUrl},
    client::{ClientConfig, Verify},
    listen::{BadListen, Listen},
    server::{ServerConfig, ServerTls},
    threads::{Threads, UnknownThreads},
};

/// Everything that HTTP takes from configuration.
///
/// ```
/// use wirepath_http::config::HttpConfig;
/// use wirepath_runtime::config::Env;
///
/// let env = Env::from_iter([("PORT", "8081")]);
/// let config = HttpConfig::from_str("servers: [{listen: '127.0.0.1:${PORT}'}]", "http.yaml", &env)?;
/// assert_eq!(config.servers[0].listen.to_string(), "127.0.0.1:8081");
/// assert_eq!(config.servers[0].max_body_bytes, 1_048_576);
///
/// let error = HttpConfig::from_str("servers: [{listne: ':80'}]", "http.yaml", &env).unwrap_err();
/// assert!(error.to_string().contains("did you mean `listen`?"), "{error}");
/// # Ok::<(), wirepath_runtime::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
#[non_exhaustive]
pub struct HttpConfig {
    /// The listeners. Default: one on `0.0.0.0:8080`.
    pub servers: Vec<ServerConfig>,
    /// The clients of the cargo feature `client`, by name. Default: none.
    pub clients: BTreeMap<String, ClientConfig>,
    /// Which threads serve. Default: `per_core`.
    pub threads: Threads,
    /// The time that requests in progress have to finish at shutdown, in milliseconds. Default: 10,000.
    pub drain_timeout_ms: u64,
    /// What stands around all requests: ids, logs, metrics, CORS, compression, rate limits, authentication. Default: nothing.
    pub around: Around,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            servers: vec![ServerConfig::default()],
            clients: BTreeMap::new(),
            threads: Threads::default(),
            drain_timeout_ms: 10_000,
            around: Around::default(),
        }
    }
}

/// What may stand at the top of a document with a key `http`.
#[derive(Deserialize)]
struct Sections {
    #[serde(rename = "http")]
    _http: Option<IgnoredAny>,
    #[serde(rename = "smpp")]
    _smpp: Option<IgnoredAny>,
    #[serde(rename = "ws")]
    _ws: Option<IgnoredAny>,
}

const OWN: &str = "http";
const OTHERS: &[&str] = &["smpp", "ws"];
const ALL: &[&str] = &[OWN, "smpp", "ws"];

impl HttpConfig {
    /// Loads a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, and as [`from_str`](Self::from_str).
    pub fn from_file(path: impl AsRef<Path>, env: &Env) -> Result<Self, ConfigError> {
        Self::from_document(&Document::read(path, env)?)
    }

    /// Loads a text. `name` is the file's name for errors.
    ///
    /// # Errors
    ///
    /// If the text is no valid configuration. As many problems as can be found at once are in the error.
    pub fn from_str(text: &str, name: &str, env: &Env) -> Result<Self, ConfigError> {
        Self::from_document(&Document::parse(text, name, env)?)
    }

    /// Loads what a document holds for HTTP: its section `http`, or else the whole document.
    ///
    /// # Errors
    ///
    /// As [`from_str`](Self::from_str).
    pub fn from_document(document: &Document) -> Result<Self, ConfigError> {
        let root = document.root();
        match root.section(OWN) {
            Some(section) => {
                root.ignoring(ALL).load::<Sections>()?;
                Self::from_section(&section)
            }
            None => Self::from_section(&root.ignoring(OTHERS)),
        }
    }

    /// Loads one section of a document whose other keys the caller knows.
    ///
    /// # Errors
    ///
    /// As [`from_str`](Self::from_str).
    pub fn from_section(section: &Section<'_>) -> Result<Self, ConfigError> {
        let config: Self = section.load()?;
        ConfigError::check(check::check(&config, section))?;
        Ok(config)
    }

    /// With this around all requests.
    #[must_use]
    pub fn around(mut self, around: Around) -> Self {
        self.around = around;
        self
    }

    /// One listener with the defaults, on this address.
    pub fn on(listen: Listen) -> Self {
        Self { servers: vec![ServerConfig::on(listen)], ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
