//! Where messages go.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};

/// Where messages go: the key `routing`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RoutingConfig {
    /// The way of a message that no rule matches. Default: empty.
    pub default_chain: Vec<Step>,
    /// The rule with the longest matching prefix wins; of two with one prefix, the first. Default:
    /// empty.
    pub rules: Vec<Rule>,
}

/// The way of messages to some destinations: an entry of the key `routing.rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[non_exhaustive]
pub struct Rule {
    /// How the destination address starts; empty matches all. No default.
    pub prefix: String,
    /// The steps to try, in this order. Default: empty, which means the default chain.
    #[serde(default)]
    pub chain: Vec<Step>,
    /// A name, for logs and handlers. Default: none.
    #[serde(default)]
    pub name: Option<String>,
    /// Whatever handlers want to know, as texts. Default: empty.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

impl RoutingConfig {
    /// The rule for a destination address, if one matches.
    pub fn rule(&self, destination: &str) -> Option<&Rule> {
        self.rules
            .iter()
            .filter(|rule| destination.starts_with(&rule.prefix))
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

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// `bind:<name>`: an outbound bind, or a pool of them.
    Bind(String),
    /// `queue`: the store-and-forward queue.
    Queue,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(name) => write!(f, "bind:{name}"),
            Self::Queue => f.write_str("queue"),
        }
    }
}

/// A text that is no [`Step`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `bind:<name>` or `queue`")]
pub struct UnknownStep(());

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        match text.trim().split_once(':') {
            Some(("bind", name)) if !name.trim().is_empty() => {
                Ok(Self::Bind(name.trim().to_owned()))
            }
            None if text.trim() == "queue" => Ok(Self::Queue),
            _ => Err(UnknownStep(())),
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
