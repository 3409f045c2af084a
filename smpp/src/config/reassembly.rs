//! How long messages are put together.

use std::time::Duration;

use serde::Deserialize;

use crate::protocol::long::Limits;

/// How parts of long messages that come in are put together: the key `reassembly`, `true` for all defaults. Without it they go on
/// as they come.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReassemblyConfig {
    /// Whether parts are put together; if not, each one is a message of its own. Default: `true`.
    pub enabled: bool,
    /// The time that a message has from its first part to its last, in milliseconds. Default: 300,000.
    pub timeout_ms: u64,
    /// What parts may take, in octets, with 768 for the books of each; above it whoever takes most of it gives up the message
    /// that has waited longest. Default: 67,108,864.
    pub max_bytes: usize,
    /// What those of one ESME may take of it. Default: 16,777,216.
    pub max_bytes_per_esme: usize,
    /// What those of one ESME, or of our own binds, with one source address may take of it. Default: 4,194,304.
    pub max_bytes_per_source: usize,
    /// The most parts that a message may have; those of a longer one are refused. Default: 255.
    pub max_parts: u8,
}

impl Default for ReassemblyConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            timeout_ms: 300_000,
            max_bytes: 64 << 20,
            max_bytes_per_esme: 16 << 20,
            max_bytes_per_source: 4 << 20,
            max_parts: u8::MAX,
        }
    }
}

impl ReassemblyConfig {
    /// As the limits of a [`Reassembly`](crate::long::Reassembly).
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            timeout: Duration::from_millis(self.timeout_ms),
            max_bytes: self.max_bytes,
            max_bytes_per_esme: self.max_bytes_per_esme,
            max_bytes_per_source: self.max_bytes_per_source,
            max_parts: self.max_parts,
        }
    }
}
