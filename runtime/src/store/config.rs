//! A store as configuration writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};

use super::{Store, StoreError};
use crate::config::{ConfigError, Problem, Section, nearest};
use crate::secret::Secret;

/// The key `store`.
///
/// # Examples
///
/// ```
/// use wirepath_runtime::config::{Document, Env};
/// use wirepath_runtime::store::{StoreConfig, StoreEngine};
///
/// let env = Env::from_iter([("REDIS_URL", "redis://:s3cret@10.0.0.7")]);
/// let text = "store: {engine: redis, url: '${REDIS_URL}', replica_timeout_ms: 5000}";
/// let document = Document::parse(text, "relay.yaml", &env)?;
/// let store = StoreConfig::from_section(&document.root().section("store").unwrap())?;
/// assert_eq!(store.engine, StoreEngine::Redis);
/// assert_eq!(store.path, std::path::Path::new("./data"));
///
/// let document = Document::parse("store: {engine: reddis}", "relay.yaml", &env)?;
/// let error = StoreConfig::from_section(&document.root().section("store").unwrap()).unwrap_err();
/// assert!(error.to_string().contains("did you mean `redis`?"));
/// # Ok::<(), wirepath_runtime::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StoreConfig {
    /// Where state lives: `memory`, `embedded` or `redis`. Default: `embedded`.
    pub engine: StoreEngine,
    /// The folder of an embedded store; it is made if it is not there. Default: `./data`.
    pub path: PathBuf,
    /// Octets of all records of an embedded store; above it new messages are refused. Default: 4,294,967,296.
    pub max_bytes: u64,
    /// Items of an embedded store. Default: 10,000,000.
    pub max_items: u64,
    /// Octets of bodies that an embedded store keeps in memory, and half as many of the values of keys. Default: 67,108,864.
    pub cache_bytes: u64,
    /// The Redis server: `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS. Default:
    /// `redis://127.0.0.1:6379`.
    pub url: Secret,
    /// A PEM file with the authorities that sign the certificate of a `rediss://` server. Default: those the system trusts.
    pub ca_path: Option<PathBuf>,
    /// What all keys in Redis begin with: letters, digits and `-_.:`, up to 64. Default: `wirepath`.
    pub prefix: String,
    /// The silence after which a replica counts as gone and what it has leased goes to others, in milliseconds, 1,000 at least.
    /// Default: 10,000.
    pub replica_timeout_ms: u64,
    /// What a call to Redis may take, in milliseconds, 1 at least. Default: 5,000.
    pub call_timeout_ms: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            engine: StoreEngine::Embedded,
            path: PathBuf::from("./data"),
            max_bytes: 4 << 30,
            max_items: 10_000_000,
            cache_bytes: 64 << 20,
            url: Secret::from("redis://127.0.0.1:6379"),
            ca_path: None,
            prefix: "wirepath".to_owned(),
            replica_timeout_ms: 10_000,
            call_timeout_ms: 5_000,
        }
    }
}

/// Those with a default that is not nothing. There and empty, as when the variable in their `${…}` is, they are a mistake.
const KEYS: [&str; 9] = [
    "engine",
    "path",
    "max_bytes",
    "max_items",
    "cache_bytes",
    "url",
    "prefix",
    "replica_timeout_ms",
    "call_timeout_ms",
];

const HOUR_MS: u64 = 60 * 60 * 1_000;

impl StoreConfig {
    /// Loads the section of a store, and checks it.
    ///
    /// # Errors
    ///
    /// If a key is unknown, or a value is none that the key can have: all of them, with their lines.
    pub fn from_section(section: &Section<'_>) -> Result<Self, ConfigError> {
        let config: Self = section.load()?;
        ConfigError::check(config.check(section))?;
        Ok(config)
    }

    /// What types cannot express; for those whose own struct this one is a part of.
    pub fn check(&self, section: &Section<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for key in KEYS {
            if section.mentions(key) && !section.has(key) {
                let message = "is empty: give a value, or leave it out for its default";
                problems.push(section.problem(key, message));
            }
        }
        let mut demand = |holds: bool, key: &str, message: &str| {
            if !holds {
                problems.push(section.problem(key, message));
            }
        };
        demand(!self.path.as_os_str().is_empty(), "path", "is empty: expected a folder");
        demand(self.max_bytes >= 1 << 20, "max_bytes", "expected at least 1048576, one MiB");
        demand(self.max_items > 0, "max_items", "expected at least 1");
        demand(!self.url.is_empty(), "url", "is empty: expected `redis://host`");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        let prefix = &self.prefix;
        demand(
            (1..=64).contains(&prefix.len()) && prefix.chars().all(is_plain),
            "prefix",
            "expected 1 to 64 letters, digits and `-_.:`",
        );
        let replica = (1_000..=HOUR_MS).contains(&self.replica_timeout_ms);
        demand(replica, "replica_timeout_ms", "expected 1000 to 3600000 milliseconds");
        let call = (1..=HOUR_MS).contains(&self.call_timeout_ms);
        demand(call, "call_timeout_ms", "expected 1 to 3600000 milliseconds");
        problems
    }
}

/// Where state lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreEngine {
    /// `memory`: as long as the process.
    Memory,
    /// `embedded`: on disk.
    #[default]
    Embedded,
    /// `redis`: shared by replicas.
    Redis,
}

const ENGINES: [&str; 3] = ["memory", "embedded", "redis"];

impl fmt::Display for StoreEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Embedded => "embedded",
            Self::Redis => "redis",
        })
    }
}

/// A text that is no [`StoreEngine`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `memory`, `embedded` or `redis`{hint}")]
pub struct UnknownStoreEngine {
    hint: String,
}

impl FromStr for StoreEngine {
    type Err = UnknownStoreEngine;

    fn from_str(text: &str) -> Result<Self, UnknownStoreEngine> {
        match text.trim() {
            "memory" => Ok(Self::Memory),
            "embedded" => Ok(Self::Embedded),
            "redis" => Ok(Self::Redis),
            other => {
                let hint = nearest(other, ENGINES).map(|name| format!("; did you mean `{name}`?"));
                Err(UnknownStoreEngine { hint: hint.unwrap_or_default() })
            }
        }
    }
}

impl<'de> Deserialize<'de> for StoreEngine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Store {
    /// The store that a configuration asks for.
    ///
    /// # Errors
    ///
    /// As `Store::open` and `Store::redis`, and if this program was built without the engine.
    pub async fn from_config(config: &StoreConfig) -> Result<Self, StoreError> {
        match config.engine {
            StoreEngine::Memory => Ok(Self::memory()),
            StoreEngine::Embedded => open(config).await,
            StoreEngine::Redis => redis(config).await,
        }
    }
}

/// On a thread that may block: it reads all that waits.
#[cfg(feature = "store-embedded")]
async fn open(config: &StoreConfig) -> Result<Store, StoreError> {
    let path = config.path.clone();
    let options = super::EmbeddedOptions {
        max_bytes: config.max_bytes,
        max_items: config.max_items,
        cache_bytes: config.cache_bytes,
        ..super::EmbeddedOptions::default()
    };
    let opening = tokio::task::spawn_blocking(move || Store::open(path, options));
    opening.await.map_err(|_| StoreError::Closed)?
}

#[cfg(not(feature = "store-embedded"))]
async fn open(_: &StoreConfig) -> Result<Store, StoreError> {
    Err(missing("embedded"))
}

#[cfg(feature = "store-redis")]
async fn redis(config: &StoreConfig) -> Result<Store, StoreError> {
    use std::time::Duration;

    Store::redis(super::RedisOptions {
        url: config.url.clone(),
        ca_path: config.ca_path.clone(),
        prefix: config.prefix.clone(),
        replica_timeout: Duration::from_millis(config.replica_timeout_ms),
        call_timeout: Duration::from_millis(config.call_timeout_ms),
    })
    .await
}

#[cfg(not(feature = "store-redis"))]
async fn redis(_: &StoreConfig) -> Result<Store, StoreError> {
    Err(missing("redis"))
}

#[cfg(not(all(feature = "store-embedded", feature = "store-redis")))]
fn missing(engine: &str) -> StoreError {
    StoreError::Invalid(format!(
        "this program has no {engine} store: build it with the feature `store-{engine}` of wirepath-runtime, or set \
         `store.engine` to another"
    ))
}

#[cfg(test)]
mod tests {
    use crate::config::{Document, Env};

    use super::*;

    fn load(text: &str) -> Result<StoreConfig, ConfigError> {
        let document = Document::parse(text, "store.yaml", &Env::empty())?;
        StoreConfig::from_section(&document.root())
    }

    #[test]
    fn the_defaults() {
        let config = load("").unwrap();
        assert_eq!(config, StoreConfig::default());
        assert_eq!(config.engine, StoreEngine::Embedded);
    }

    #[test]
    fn every_key() {
        let text = "{engine: redis, path: /d, max_bytes: 1048576, max_items: 1, cache_bytes: 0, url: 'redis://:pw@h', \
                    ca_path: /ca.pem, prefix: a, replica_timeout_ms: 1000, call_timeout_ms: 7}";
        let config = load(text).unwrap();
        let expected = StoreConfig {
            engine: StoreEngine::Redis,
            path: "/d".into(),
            max_bytes: 1 << 20,
            max_items: 1,
            cache_bytes: 0,
            url: "redis://:pw@h".into(),
            ca_path: Some("/ca.pem".into()),
            prefix: "a".to_owned(),
            replica_timeout_ms: 1_000,
            call_timeout_ms: 7,
        };
        assert_eq!(config, expected);
        assert!(!format!("{config:?}").contains("pw"));
    }

    #[test]
    fn every_mistake_is_named() {
        let error = |text: &str| load(text).unwrap_err().to_string();
        assert!(error("max_byte: 1").contains("did you mean `max_bytes`?"));
        assert!(error("engine: embeded").contains("did you mean `embedded`?"));
        for key in [
            "max_bytes: 1",
            "max_items: 0",
            "prefix: '{x}'",
            "replica_timeout_ms: 1",
            "call_timeout_ms: 0",
        ] {
            let (name, _) = key.split_once(':').unwrap();
            assert!(error(key).contains(name), "{key}");
        }
    }

    #[tokio::test]
    async fn a_store_in_memory() {
        let config = StoreConfig { engine: StoreEngine::Memory, ..StoreConfig::default() };
        assert!(Store::from_config(&config).await.is_ok());
    }
}
