//! Where messages go.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};

/// The highest weight of a step.
pub(crate) const MAX_WEIGHT: u32 = 100;
/// The longest chain that is balanced.
pub(crate) const MAX_BALANCED: usize = 64;

/// Where messages go: the key `routing`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RoutingConfig {
    /// The way of a message that no rule matches. Default: empty.
    pub default_chain: Vec<Step>,
    /// The rule with the longest matching prefix wins; of those with one prefix, the first whose conditions hold. Default:
    /// empty.
    pub rules: Vec<Rule>,
}

/// The way of messages to some destinations: an entry of the key `routing.rules`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[non_exhaustive]
pub struct Rule {
    /// How the destination address starts; empty matches all. No default.
    pub prefix: String,
    /// A condition: how the source address starts. Default: none. In a file it is left out for that; an empty one is an error.
    #[serde(default)]
    pub source: Option<String>,
    /// A condition: the system id of the ESME that the message comes from. Default: none, as with `source`.
    #[serde(default)]
    pub esme: Option<String>,
    /// The steps to try, in this order. Default: empty, which means the default chain.
    #[serde(default)]
    pub chain: Vec<Step>,
    /// Which step of the chain is the first to be tried. But with `failover`, the chain has at most 64 steps. Default:
    /// `failover`.
    #[serde(default)]
    pub balance: Balance,
    /// With `balance: weighted`, how often a bind or ESME of the chain is the first, 1 to 100, by its name. Default: 1 for
    /// each.
    #[serde(default)]
    pub weight: BTreeMap<String, u32>,
    /// After which failures the next step is tried; empty tries the first step only. Default: `[down, temporary]`.
    #[serde(default = "default_failover_on")]
    pub failover_on: Vec<FailoverOn>,
    /// A name, for logs and handlers. Default: none.
    #[serde(default)]
    pub name: Option<String>,
    /// Whatever handlers want to know, as texts. Default: empty.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

fn default_failover_on() -> Vec<FailoverOn> {
    FailoverOn::DEFAULT.to_vec()
}

impl Rule {
    /// A rule for all destinations that start with this, with the defaults.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// Whether it asks for more than a destination.
    pub(crate) fn is_conditional(&self) -> bool {
        self.source.is_some() || self.esme.is_some()
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            source: None,
            esme: None,
            chain: Vec::new(),
            balance: Balance::default(),
            weight: BTreeMap::new(),
            failover_on: default_failover_on(),
            name: None,
            options: BTreeMap::new(),
        }
    }
}

impl RoutingConfig {
    /// The rule for a destination address, if one matches. Rules with conditions are passed over, since nothing is known of the
    /// sender: [`Router`](crate::routing::Router) looks at them too, and is the one for many rules.
    pub fn rule(&self, destination: &str) -> Option<&Rule> {
        self.rules
            .iter()
            .filter(|rule| destination.starts_with(&rule.prefix) && !rule.is_conditional())
            .reduce(|best, rule| if rule.prefix.len() > best.prefix.len() { rule } else { best })
    }

    /// The steps for a destination address: those of its rule, or the default chain.
    ///
    /// ```
    /// use wirepath_runtime::config::Env;
    /// use wirepath_smpp::config::{SmppConfig, Step};
    ///
    /// let text = "routing: {default_chain: [queue], rules: [{prefix: 49, chain: []}]}";
    /// let config = SmppConfig::from_str(text, "smpp.yaml", &Env::empty())?;
    /// assert_eq!(config.routing.chain("491701234567"), [Step::Queue]);
    /// # Ok::<(), wirepath_runtime::config::ConfigError>(())
    /// ```
    pub fn chain(&self, destination: &str) -> &[Step] {
        match self.rule(destination) {
            Some(rule) if !rule.chain.is_empty() => &rule.chain,
            _ => &self.default_chain,
        }
    }
}

/// Which step of a chain is the first to be tried: the key `balance` of a rule. `queue` keeps its place in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Balance {
    /// `failover`: the steps as they are written.
    #[default]
    Failover,
    /// `round_robin`: each in turn, and those that follow it after it.
    RoundRobin,
    /// `weighted`: each as often as the key `weight` says, evenly spread.
    Weighted,
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failover => "failover",
            Self::RoundRobin => "round_robin",
            Self::Weighted => "weighted",
        })
    }
}

/// How a step fails: an entry of the key `failover_on` of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FailoverOn {
    /// `down`: there is no session to send on.
    Down,
    /// `throttled`: the peer wants less. Which statuses say so is with [`StatusClass`](crate::routing::StatusClass), as for
    /// the other two.
    Throttled,
    /// `temporary`: it may pass later, or elsewhere.
    Temporary,
    /// `permanent`: the message is refused as it is.
    Permanent,
    /// `unanswered`: it was sent, and no answer came, or none that can be read. The peer may have it, so that the next step may
    /// double it.
    Unanswered,
}

impl FailoverOn {
    /// What a rule without the key `failover_on` has.
    pub const DEFAULT: [Self; 2] = [Self::Down, Self::Temporary];
}

impl fmt::Display for FailoverOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "down",
            Self::Throttled => "throttled",
            Self::Temporary => "temporary",
            Self::Permanent => "permanent",
            Self::Unanswered => "unanswered",
        })
    }
}

/// One step of a chain.
///
/// ```
/// use wirepath_smpp::config::Step;
///
/// assert_eq!("esme:shop".parse(), Ok(Step::Esme("shop".into())));
/// let error = "bind:".parse::<Step>().unwrap_err();
/// assert_eq!(error.to_string(), "`bind:` names nothing, expected `bind:<name>`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// `bind:<name>`: an outbound bind, or a pool of them.
    Bind(String),
    /// `esme:<system_id>`: an ESME that is bound here, for what is on its way to one.
    Esme(String),
    /// `queue`: the store-and-forward queue.
    Queue,
}

impl Step {
    /// The name of the bind or ESME.
    pub(crate) fn peer(&self) -> Option<&str> {
        match self {
            Self::Bind(name) | Self::Esme(name) => Some(name),
            Self::Queue => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(name) => write!(f, "bind:{name}"),
            Self::Esme(system_id) => write!(f, "esme:{system_id}"),
            Self::Queue => f.write_str("queue"),
        }
    }
}

/// A text that is no [`Step`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownStep(&'static str);

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        let (kind, name) = match text.trim().split_once(':') {
            Some((kind, name)) => (kind, Some(name.trim())),
            None => (text.trim(), None),
        };
        match (kind, name) {
            ("bind", Some("")) => Err(UnknownStep("`bind:` names nothing, expected `bind:<name>`")),
            ("bind", Some(name)) => Ok(Self::Bind(name.to_owned())),
            ("esme", Some("")) => {
                Err(UnknownStep("`esme:` names nothing, expected `esme:<system_id>`"))
            }
            ("esme", Some(system_id)) => Ok(Self::Esme(system_id.to_owned())),
            ("queue", None) => Ok(Self::Queue),
            _ => Err(UnknownStep("expected `bind:<name>`, `esme:<system_id>` or `queue`")),
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
