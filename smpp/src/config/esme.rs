//! Who may bind.

use std::net::IpAddr;

use serde::Deserialize;
use wirepath_runtime::net::Networks;
use wirepath_runtime::secret::Password;

use crate::protocol::pdu::BindKind;

use super::{ServerConfig, ThrottleAction};

/// One who may bind: an entry of the key `server.esmes`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
pub struct EsmeConfig {
    /// At most 15 octets. No default.
    pub system_id: String,
    /// The password, or its Argon2 hash (`$argon2id$…`). At most 8 octets, unless the ESME is `lenient`; not empty. No
    /// default.
    pub password: Password,
    /// The networks that it may bind from. Default: any. In a file it is left out for that; an empty one is an error.
    #[serde(default)]
    pub allowed_networks: Networks,
    /// The kinds of bind that it may have. Default: all three.
    #[serde(default = "all_bind_types")]
    pub bind_types: Vec<BindKind>,
    /// Binds at a time; 0 is unlimited. Default: 0.
    #[serde(default)]
    pub max_binds: u32,
    /// In place of `server.max_msg_per_sec`.
    #[serde(default)]
    pub max_msg_per_sec: Option<u32>,
    /// In place of `server.throttle_action`.
    #[serde(default)]
    pub throttle_action: Option<ThrottleAction>,
    /// In place of `server.window_size`.
    #[serde(default)]
    pub window_size: Option<usize>,
    /// In place of `server.lenient`.
    #[serde(default)]
    pub lenient: Option<bool>,
}

fn all_bind_types() -> Vec<BindKind> {
    BindKind::ALL.to_vec()
}

impl EsmeConfig {
    /// An ESME with the defaults.
    pub fn new(system_id: impl Into<String>, password: impl Into<Password>) -> Self {
        Self {
            system_id: system_id.into(),
            password: password.into(),
            allowed_networks: Networks::default(),
            bind_types: all_bind_types(),
            max_binds: 0,
            max_msg_per_sec: None,
            throttle_action: None,
            window_size: None,
            lenient: None,
        }
    }

    /// Whether it may bind from an address.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        self.allowed_networks.is_empty() || self.allowed_networks.contains(address)
    }

    /// Whether it may have a bind of this kind.
    pub fn allows_bind_type(&self, kind: BindKind) -> bool {
        self.bind_types.contains(&kind)
    }

    /// Its messages a second; 0 is unlimited.
    pub fn max_msg_per_sec(&self, server: &ServerConfig) -> u32 {
        self.max_msg_per_sec.unwrap_or(server.max_msg_per_sec)
    }

    /// What happens to its messages above the rate.
    pub fn throttle_action(&self, server: &ServerConfig) -> ThrottleAction {
        self.throttle_action.unwrap_or(server.throttle_action)
    }

    /// Requests of ours to it that may be unanswered.
    pub fn window_size(&self, server: &ServerConfig) -> usize {
        self.window_size.unwrap_or(server.window_size)
    }

    /// Whether its PDUs with values out of range are accepted.
    pub fn lenient(&self, server: &ServerConfig) -> bool {
        self.lenient.unwrap_or(server.lenient)
    }
}
