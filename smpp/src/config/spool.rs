//! The store-and-forward queue.

use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};

use crate::protocol::long::Policy;

/// The store-and-forward queue: the key `spool`, `true` for all defaults. Without it messages are not stored.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SpoolConfig {
    /// How long a message is tried that does not say so itself, in milliseconds. Default: 172,800,000, which is 48 hours.
    pub validity_ms: u64,
    /// The longest that a message may ask to be kept, in milliseconds; a longer wish is shortened to it. It also bounds how far
    /// ahead a message may be scheduled. Default: 604,800,000, which is seven days.
    pub max_validity_ms: u64,
    /// How long after a message's validity its receipt is waited for, in milliseconds. What has none by then ends as `UNKNOWN`.
    /// Default: 3,600,000, which is an hour.
    pub receipt_timeout_ms: u64,
    /// How long a receipt, or a message to an ESME, waits for that ESME to bind, in milliseconds. Then it is a dead letter.
    /// Default: 259,200,000, which is three days.
    pub delivery_timeout_ms: u64,
    /// What is waited before a message is tried again, in milliseconds, doubled with each further attempt. Default: 5,000.
    pub retry_first_ms: u64,
    /// The longest wait between two attempts, in milliseconds. Default: 900,000, which is a quarter of an hour.
    pub retry_longest_ms: u64,
    /// How long a receipt is held whose message is not known (yet: a receipt may overtake its `submit_sm_resp`), in
    /// milliseconds. Default: 5,000.
    pub orphan_hold_ms: u64,
    /// How long `query_sm` is answered for a message that has ended, in milliseconds; 0 for not at all. Default: 600,000, which
    /// is ten minutes.
    pub remember_ms: u64,
    /// What the sender hears of a message that went out in parts: `all`, `any_failure`, `first` or `last`. Default: `all`.
    pub long_receipts: Policy,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        const MINUTE: u64 = 60_000;
        const HOUR: u64 = 60 * MINUTE;
        Self {
            validity_ms: 48 * HOUR,
            max_validity_ms: 7 * 24 * HOUR,
            receipt_timeout_ms: HOUR,
            delivery_timeout_ms: 72 * HOUR,
            retry_first_ms: 5_000,
            retry_longest_ms: 15 * MINUTE,
            orphan_hold_ms: 5_000,
            remember_ms: 10 * MINUTE,
            long_receipts: Policy::All,
        }
    }
}

impl SpoolConfig {
    /// Its times, each with its key and whether 0 makes sense.
    pub(super) fn times(&self) -> [(&'static str, u64, bool); 8] {
        [
            ("validity_ms", self.validity_ms, false),
            ("max_validity_ms", self.max_validity_ms, false),
            ("receipt_timeout_ms", self.receipt_timeout_ms, false),
            ("delivery_timeout_ms", self.delivery_timeout_ms, false),
            ("retry_first_ms", self.retry_first_ms, false),
            ("retry_longest_ms", self.retry_longest_ms, false),
            ("orphan_hold_ms", self.orphan_hold_ms, true),
            ("remember_ms", self.remember_ms, true),
        ]
    }

    /// `receipt_timeout_ms` as a duration.
    pub fn receipt_timeout(&self) -> Duration {
        Duration::from_millis(self.receipt_timeout_ms)
    }

    /// `delivery_timeout_ms` as a duration.
    pub fn delivery_timeout(&self) -> Duration {
        Duration::from_millis(self.delivery_timeout_ms)
    }

    /// `orphan_hold_ms` as a duration.
    pub fn orphan_hold(&self) -> Duration {
        Duration::from_millis(self.orphan_hold_ms)
    }

    /// `remember_ms` as a duration; `None` for not at all.
    pub fn remember(&self) -> Option<Duration> {
        (self.remember_ms > 0).then(|| Duration::from_millis(self.remember_ms))
    }
}

/// What becomes of a message whose answer was lost: the peer may have it, or not. The key `binds[].resend`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resend {
    /// It is sent again: at least once. A recipient may get it twice.
    #[default]
    Again,
    /// It is not: at most once. It ends as `UNKNOWN`, for the sender to decide.
    Never,
}

/// A text that is no [`Resend`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `again` or `never`")]
pub struct UnknownResend(());

impl FromStr for Resend {
    type Err = UnknownResend;

    fn from_str(text: &str) -> Result<Self, UnknownResend> {
        match text {
            "again" => Ok(Self::Again),
            "never" => Ok(Self::Never),
            _ => Err(UnknownResend(())),
        }
    }
}

impl<'de> Deserialize<'de> for Resend {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
