//! How long messages are put together.

use std::time::Duration;

use serde::Deserialize;

use crate::protocol::long::Limits;

/// What a [`Reassembler`](crate::Reassembler) keeps of messages that are not whole: the key `reassembly`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default)]
#[non_exhaustive]
pub struct ReassemblyConfig {
    /// Whether parts are put together; if not, each one is a message of its own. Default: `true`.
    pub enabled: bool,
    /// The time that a message has from its first part to its last, in milliseconds. Default: 300,000.
    pub timeout_ms: u64,
    /// The memory that parts may take, in octets, with 768 for the books of each; above it the message that has waited longest is
    /// given up. Default: 67,108,864.
    pub max_bytes: usize,
    /// The most parts that a message may have; those of a longer one are refused. Default: 255.
    pub max_parts: u8,
}

impl Default for ReassemblyConfig {
    fn default() -> Self {
        Self { enabled: true, timeout_ms: 300_000, max_bytes: 64 << 20, max_parts: u8::MAX }
    }
}

impl ReassemblyConfig {
    /// As the limits of a [`Reassembly`](crate::long::Reassembly).
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            timeout: Duration::from_millis(self.timeout_ms),
            max_bytes: self.max_bytes,
            max_parts: self.max_parts,
        }
    }
}
