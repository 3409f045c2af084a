//! Configuration: `smpp.yaml`, and what the environment changes in it.
//!
//! ```yaml
//! server:
//!   port: 2775
//!   esmes:
//!     - system_id: shop
//!       password: ${SHOP_PASSWORD}
//!       allowed_networks: [10.0.0.0/8]
//! binds:
//!   - name: alpha
//!     host: smsc-a.example.net
//!     port: 2775
//!     system_id: ${ALPHA_SYSTEM_ID}
//!     password: ${ALPHA_PASSWORD}
//!     max_msg_per_sec: 50
//! routing:
//!   default_chain: ["bind:alpha", queue]
//!   rules:
//!     - {prefix: "49", chain: ["bind:alpha"]}
//! ```
//!
//! Every key has a default except those that name a peer: `name`, `host`, `system_id` and `password`
//! of a bind, `system_id` and `password` of an ESME, `prefix` of a rule. The keys `bind_address` and
//! `port` may also stand at the top level; those under `server` win. Where the document has a key
//! `smpp`, the configuration is what stands under it; `http` and `ws` beside it are left to others.
//!
//! # Environment
//!
//! Beside `${VAR}` in values, these variables override the file. An empty one counts as unset. Another
//! variable that starts with `SMPP_BIND_` is an error, unless the file uses it in a `${…}`.
//!
//! | variable | sets |
//! |---|---|
//! | `SMPP_BIND_<NAME>_HOST`, `_PORT`, `_SYSTEM_ID`, `_PASSWORD`, `_BIND_TYPE`, `_MAX_MPS` | a bind named `<name>` in lower case, without underscores. If the file has binds of that name (in any case), the values replace theirs; if not, host, system id and password declare one |
//! | `SMPP_SERVER_MAX_MPS` | `server.max_msg_per_sec` |
//! | `SMPP_SERVER_THROTTLE_ACTION` | `server.throttle_action` |
//! | `SMPP_DEFAULT_CHAIN` | `routing.default_chain`, with commas between the steps |

mod bind;
mod check;
mod esme;
mod overrides;
mod reassembly;
mod routing;
mod server;
mod spool;
mod switch;
mod text;

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use wirepath_runtime::config::{ConfigError, Document, Env, Section};
#[cfg(feature = "spool")]
use wirepath_runtime::store::StoreConfig;

use switch::switch;

pub use bind::{BindConfig, BindTls, OutbindConfig};
pub use esme::EsmeConfig;
pub use reassembly::ReassemblyConfig;
pub use routing::{Balance, FailoverOn, RoutingConfig, Rule, Step, UnknownStep};
pub(crate) use routing::{MAX_BALANCED, MAX_WEIGHT};
pub use server::{ServerConfig, ServerTls, ThrottleAction, UnknownThrottleAction};
pub use spool::{Resend, SpoolConfig, UnknownResend};
pub use text::{Alphabet, Split, TextConfig};

/// Everything that SMPP takes from configuration.
///
/// # Examples
///
/// ```
/// use wirepath_runtime::config::Env;
/// use wirepath_smpp::config::{SmppConfig, Step};
///
/// let env = Env::from_iter([("ALPHA_PASSWORD", "s3cret"), ("SMPP_SERVER_MAX_MPS", "100")]);
/// let text = "
/// server: { bind_address: 127.0.0.1 }
/// binds:
///   - { name: alpha, host: smsc.example.net, port: 2775, system_id: me, password: '${ALPHA_PASSWORD}' }
/// routing: { default_chain: ['bind:alpha'] }
/// ";
/// let config = SmppConfig::from_str(text, "smpp.yaml", &env)?;
/// assert_eq!(config.server.port, 2775);
/// assert_eq!(config.server.max_msg_per_sec, 100);
/// assert!(config.binds[0].password.matches(b"s3cret"));
/// assert_eq!(config.routing.default_chain, [Step::Bind("alpha".into())]);
///
/// let error = SmppConfig::from_str("server: {prot: 1}", "smpp.yaml", &env).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown key `server.prot` at smpp.yaml:1:10; did you mean `port`?"
/// );
/// # Ok::<(), wirepath_runtime::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SmppConfig {
    /// The listener and what it demands of those who connect.
    pub server: ServerConfig,
    /// Outbound binds. Several of one name are a pool.
    pub binds: Vec<BindConfig>,
    /// Where messages go.
    pub routing: RoutingConfig,
    /// The store-and-forward queue; without it messages are not stored.
    pub spool: Option<SpoolConfig>,
    /// Where the spool keeps them.
    #[cfg(feature = "spool")]
    pub store: StoreConfig,
    /// How parts of long messages that come in are put together; without it they go on as they come.
    pub reassembly: Option<ReassemblyConfig>,
}

/// The document as it is written; the two flat keys move into `server`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    server: ServerConfig,
    binds: Vec<BindConfig>,
    routing: RoutingConfig,
    #[serde(deserialize_with = "switch")]
    spool: Option<SpoolConfig>,
    #[cfg(feature = "spool")]
    store: StoreConfig,
    #[serde(deserialize_with = "switch")]
    reassembly: Option<ReassemblyConfig>,
    bind_address: Option<String>,
    port: Option<u16>,
}

/// What may stand at the top of a document with a key `smpp`.
#[derive(Deserialize)]
struct Sections {
    #[serde(rename = "smpp")]
    _smpp: Option<IgnoredAny>,
    #[serde(rename = "http")]
    _http: Option<IgnoredAny>,
    #[serde(rename = "ws")]
    _ws: Option<IgnoredAny>,
}

const OWN: &str = "smpp";
const OTHERS: &[&str] = &["http", "ws"];
const ALL: &[&str] = &[OWN, "http", "ws"];

impl SmppConfig {
    /// Loads a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, and as [`from_str`](Self::from_str).
    pub fn from_file(path: impl AsRef<Path>, env: &Env) -> Result<Self, ConfigError> {
        Self::from_document(&Document::read(path, env)?, env)
    }

    /// Loads a text. `name` is the file's name for errors.
    ///
    /// # Errors
    ///
    /// If the text is no valid configuration, or a variable of the environment is wrong. As many
    /// problems as can be found at once are in the error.
    pub fn from_str(text: &str, name: &str, env: &Env) -> Result<Self, ConfigError> {
        Self::from_document(&Document::parse(text, name, env)?, env)
    }

    /// Loads what a document holds for SMPP: its section `smpp`, or else the whole document.
    ///
    /// # Errors
    ///
    /// As [`from_str`](Self::from_str).
    pub fn from_document(document: &Document, env: &Env) -> Result<Self, ConfigError> {
        let root = document.root();
        match root.section(OWN) {
            Some(section) => {
                root.ignoring(ALL).load::<Sections>()?;
                Self::from_section(&section, env)
            }
            None => Self::from_section(&root.ignoring(OTHERS), env),
        }
    }

    /// Loads one section of a document whose other keys the caller knows.
    ///
    /// # Errors
    ///
    /// As [`from_str`](Self::from_str).
    pub fn from_section(section: &Section<'_>, env: &Env) -> Result<Self, ConfigError> {
        let written: Written = section.load()?;
        let mut config = Self {
            server: written.server,
            binds: written.binds,
            routing: written.routing,
            spool: written.spool,
            #[cfg(feature = "spool")]
            store: written.store,
            reassembly: written.reassembly,
        };
        if let Some(address) = written.bind_address
            && !section.has("server.bind_address")
        {
            config.server.bind_address = address;
        }
        if let Some(port) = written.port
            && !section.has("server.port")
        {
            config.server.port = port;
        }
        let mut problems = overrides::apply(&mut config, section, env);
        problems.extend(check::check(&config, section, env));
        ConfigError::check(problems)?;
        check::warn(&config);
        Ok(config)
    }

    /// The binds of one name: a pool, if there are several.
    pub fn binds_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a BindConfig> + 'a {
        self.binds.iter().filter(move |bind| bind.name == name)
    }

    /// The ESME with a system id.
    pub fn esme(&self, system_id: &str) -> Option<&EsmeConfig> {
        self.server.esmes.iter().find(|esme| esme.system_id == system_id)
    }
}

#[cfg(test)]
mod tests;
