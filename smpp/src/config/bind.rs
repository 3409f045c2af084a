//! Outbound binds.

use crate::protocol::{message_id_form::MessageIdForm, pdu::BindKind};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use wirepath_runtime::secret::Secret;

use super::{TextConfig, server::timer, spool::Resend};

/// A bind of ours at another SMSC: an entry of the key `binds`.
#[derive(Clone, Debug, serde::Deserialize, PartialEq)]
#[non_exhaustive]
pub struct BindConfig {
    /// What routing calls it. Several binds of one name are a pool. No default.
    pub name: String,
    /// Host name or address. May be left out, or empty, of a bind with `outbind`, which then waits to be called. No default.
    #[serde(default)]
    pub host: String,
    /// TCP port. Default: 2775.
    #[serde(default = "default_port")]
    pub port: u16,
    /// Our system id there, at most 15 octets. No default.
    pub system_id: String,
    /// Our password there, at most 8 octets. No default.
    pub password: Secret,
    /// At most 12 octets. Default: empty.
    #[serde(default)]
    pub system_type: String,
    /// Default: `transceiver`.
    #[serde(default)]
    pub bind_type: BindKind,
    /// Messages a second that we send, with a burst of one second; 0 is unlimited. Default: 0.
    #[serde(default)]
    pub max_msg_per_sec: u32,
    /// The silence after which we send enquire_link, in milliseconds; 0 sends none. Default: 30,000.
    #[serde(default = "default_timer")]
    pub enquire_link_timer_ms: u64,
    /// The time that the peer has to answer, in milliseconds. Default: 30,000.
    #[serde(default = "default_timer")]
    pub response_timer_ms: u64,
    /// Requests of ours that may be unanswered. Default: 64.
    #[serde(default = "default_window")]
    pub window_size: usize,
    /// How the ids in its receipts are written, next to those in its `submit_sm_resp`: `as_is`, `hex_to_decimal` or
    /// `decimal_to_hex`. Default: `as_is`.
    #[serde(default)]
    pub message_id_form: MessageIdForm,
    /// What becomes of a message of the spool's whose answer was lost: `again` or `never`. Default: `again`.
    #[serde(default)]
    pub resend: Resend,
    /// How texts are sent: see [`Upstream::send_text`](crate::Upstream::send_text). Default: that of each of its keys.
    #[serde(default)]
    pub text: TextConfig,
    /// TLS to the peer: `true`, or a mapping. Default: none, plain TCP.
    #[serde(default, deserialize_with = "optional_tls")]
    pub tls: Option<BindTls>,
    /// The SMSC that may call for this bind at our listener, by `outbind` (SMPP 3.4 §2.2.1). Default: none may.
    #[serde(default)]
    pub outbind: Option<OutbindConfig>,
}

/// An SMSC that may call: the key `outbind` of a bind. What it says of itself is checked; then we bind on its connection, with
/// the system id and the password of the bind.
///
/// ```
/// use wirepath_smpp::{BindKind, config::{BindConfig, OutbindConfig}};
///
/// let mut bind = BindConfig::new("alpha", "", "us", "our-pw");
/// bind.bind_type = BindKind::Receiver;
/// bind.outbind = Some(OutbindConfig::new("SMSC", "their-pw"));
/// assert!(!bind.connects());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OutbindConfig {
    /// The SMSC's system id, at most 15 octets. No default.
    pub system_id: String,
    /// The password that it says, at most 8 octets; compared in the same time whatever it is. No default.
    pub password: Secret,
}

impl OutbindConfig {
    /// An SMSC that says this of itself.
    pub fn new(system_id: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self { system_id: system_id.into(), password: password.into() }
    }
}

fn default_port() -> u16 {
    2775
}

fn default_timer() -> u64 {
    30_000
}

fn default_window() -> usize {
    64
}

impl BindConfig {
    /// A transceiver bind with the defaults.
    pub fn new(
        name: impl Into<String>,
        host: impl Into<String>,
        system_id: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        Self {
            name: name.into(),
            host: host.into(),
            port: default_port(),
            system_id: system_id.into(),
            password: password.into(),
            system_type: String::new(),
            bind_type: BindKind::default(),
            max_msg_per_sec: 0,
            enquire_link_timer_ms: default_timer(),
            response_timer_ms: default_timer(),
            window_size: default_window(),
            message_id_form: MessageIdForm::default(),
            resend: Resend::default(),
            text: TextConfig::default(),
            tls: None,
            outbind: None,
        }
    }

    /// Whether we connect for it; if not, its SMSC calls.
    pub fn connects(&self) -> bool {
        !self.host.is_empty()
    }

    /// `enquire_link_timer_ms` as a duration; `None` sends no enquire_link.
    pub fn enquire_link_timer(&self) -> Option<Duration> {
        timer(self.enquire_link_timer_ms)
    }

    /// `response_timer_ms` as a duration.
    pub fn response_timer(&self) -> Duration {
        Duration::from_millis(self.response_timer_ms)
    }
}

/// TLS to a peer: the key `tls` of a bind. `tls: true` is all defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BindTls {
    /// PEM file of the authorities that sign the peer's certificate. Default: those of the system.
    pub ca_path: Option<PathBuf>,
    /// PEM file of our certificate chain, if the peer asks for one; with `key_path`.
    pub cert_path: Option<PathBuf>,
    /// PEM file of our private key; with `cert_path`.
    pub key_path: Option<PathBuf>,
    /// The name that the peer's certificate is checked for. Default: the bind's `host`.
    pub server_name: Option<String>,
}

fn optional_tls<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BindTls>, D::Error> {
    struct Tls;

    impl<'de> Visitor<'de> for Tls {
        type Value = Option<BindTls>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("`true`, `false` or a mapping")
        }

        fn visit_bool<E: de::Error>(self, on: bool) -> Result<Option<BindTls>, E> {
            Ok(on.then(BindTls::default))
        }

        fn visit_unit<E: de::Error>(self) -> Result<Option<BindTls>, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<BindTls>, A::Error> {
            BindTls::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    deserializer.deserialize_any(Tls)
}
