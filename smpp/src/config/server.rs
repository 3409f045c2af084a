//! The listener.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use wirepath_runtime::net::Networks;

use super::EsmeConfig;

/// The listener and what it demands of those who connect: the key `server`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The address to listen on. Default: `0.0.0.0`.
    pub bind_address: String,
    /// The TCP port to listen on; 0 lets the system choose. Default: 2775.
    pub port: u16,
    /// The time from the connection to its complete bind, in milliseconds. Default: 5,000.
    pub session_init_timer_ms: u64,
    /// The silence after which we send enquire_link, in milliseconds; 0 sends none. Default: 30,000.
    pub enquire_link_timer_ms: u64,
    /// The silence after which a session is closed, in milliseconds; 0 closes none. Default: 300,000.
    ///
    /// Whatever the peer sends breaks it, an answer to our enquire_link too: it is a peer without a word
    /// that is meant, not one without messages. A peer that is asked and says nothing is closed by
    /// `response_timer_ms`, which is sooner unless `enquire_link_timer_ms` is 0 or long.
    pub inactivity_timer_ms: u64,
    /// The time that a peer has to answer a request of ours, in milliseconds. Default: 30,000.
    pub response_timer_ms: u64,
    /// Messages a second that one session may send, with a burst of one second; 0 is unlimited.
    /// Default: 0.
    pub max_msg_per_sec: u32,
    /// What happens to messages above `max_msg_per_sec`. Default: `pace`.
    pub throttle_action: ThrottleAction,
    /// TLS on the listener. Default: none, plain TCP.
    pub tls: Option<ServerTls>,
    /// Connections open at a time; further ones are refused at once. Default: 10,000, which with
    /// both buffers of every session in use and full is still bounded memory. Raise it together with
    /// the limit on open files.
    pub max_connections: usize,
    /// The longest PDU that is accepted, in octets. Default: 65,536, which holds any message with a
    /// full message_payload of 64 KiB less its other fields.
    pub max_pdu_bytes: usize,
    /// Requests of one session that handlers may be working on at a time; above that further ones
    /// are held back, up to 4,096 or 256 KiB, and then we stop reading from it. Default: 1,000.
    pub max_in_flight: usize,
    /// Requests of ours to one peer that may be unanswered. Default: 64.
    pub window_size: usize,
    /// Octets waiting to be written to one peer above which we stop reading from it. Default: 262,144.
    pub output_high_water_bytes: usize,
    /// Whether every connection starts with a PROXY header (version 1 or 2), which then gives the
    /// peer's address. A connection without one is refused. Default: `false`.
    pub proxy_protocol: bool,
    /// The networks of the proxies whose header is believed. Default: every proxy. In a file it is left out for that; an empty
    /// one is an error.
    pub proxy_trusted: Networks,
    /// The time that sessions have to finish at shutdown, in milliseconds. Default: 10,000.
    pub drain_timeout_ms: u64,
    /// Our own id in bind responses, at most 15 octets. Default: `wirepath`.
    pub system_id: String,
    /// Whether PDUs are held to their structure only: values out of range, texts of up to 255 octets
    /// and TLVs of any length are accepted. Default: `false`.
    pub lenient: bool,
    /// Who may bind. Default: empty; then `#[on_bind]` decides alone, and without it nobody may.
    pub esmes: Vec<EsmeConfig>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            bind_address: "0.0.0.0".to_owned(),
            port: 2775,
            session_init_timer_ms: 5_000,
            enquire_link_timer_ms: 30_000,
            inactivity_timer_ms: 300_000,
            response_timer_ms: 30_000,
            max_msg_per_sec: 0,
            throttle_action: ThrottleAction::Pace,
            tls: None,
            max_connections: 10_000,
            max_pdu_bytes: 65_536,
            max_in_flight: 1_000,
            window_size: 64,
            output_high_water_bytes: 262_144,
            proxy_protocol: false,
            proxy_trusted: Networks::default(),
            drain_timeout_ms: 10_000,
            system_id: "wirepath".to_owned(),
            lenient: false,
            esmes: Vec::new(),
        }
    }
}

impl ServerConfig {
    /// `session_init_timer_ms` as a duration.
    pub fn session_init_timer(&self) -> Duration {
        Duration::from_millis(self.session_init_timer_ms)
    }

    /// `enquire_link_timer_ms` as a duration; `None` sends no enquire_link.
    pub fn enquire_link_timer(&self) -> Option<Duration> {
        timer(self.enquire_link_timer_ms)
    }

    /// `inactivity_timer_ms` as a duration; `None` closes no session.
    pub fn inactivity_timer(&self) -> Option<Duration> {
        timer(self.inactivity_timer_ms)
    }

    /// `response_timer_ms` as a duration.
    pub fn response_timer(&self) -> Duration {
        Duration::from_millis(self.response_timer_ms)
    }

    /// `drain_timeout_ms` as a duration.
    pub fn drain_timeout(&self) -> Duration {
        Duration::from_millis(self.drain_timeout_ms)
    }
}

/// A timer that 0 turns off.
pub(super) fn timer(milliseconds: u64) -> Option<Duration> {
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
}

/// What happens to messages above a session's rate.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ThrottleAction {
    /// They wait for their turn, and requests behind them too; answers and enquire_links do not.
    #[default]
    Pace,
    /// They are answered with ESME_RTHROTTLED.
    Reject,
}

impl fmt::Display for ThrottleAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pace => "pace",
            Self::Reject => "reject",
        })
    }
}

/// A text that is no [`ThrottleAction`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `pace` or `reject`")]
pub struct UnknownThrottleAction(());

impl FromStr for ThrottleAction {
    type Err = UnknownThrottleAction;

    fn from_str(text: &str) -> Result<Self, UnknownThrottleAction> {
        match text {
            "pace" => Ok(Self::Pace),
            "reject" => Ok(Self::Reject),
            _ => Err(UnknownThrottleAction(())),
        }
    }
}

/// PEM files for the listener: the key `server.tls`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerTls {
    /// The certificate chain, our own certificate first.
    pub cert_path: PathBuf,
    /// The private key.
    pub key_path: PathBuf,
    /// The authorities that sign clients' certificates. If it is there, clients must have one.
    pub ca_path: Option<PathBuf>,
}
