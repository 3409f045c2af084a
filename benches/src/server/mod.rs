//! The servers that can be driven.

pub(crate) mod echo;
pub(crate) mod smpp34;
pub(crate) mod wirepath;

use std::sync::atomic::{AtomicU64, Ordering};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum ServerKind {
    /// wirepath, with handlers compiled in.
    Wirepath,
    /// smpp34, with a listener that does the same.
    Smpp34,
    /// A plain TCP echo of the same octets: the limit.
    TcpEcho,
}

impl ServerKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wirepath => "wirepath",
            Self::Smpp34 => "smpp34",
            Self::TcpEcho => "tcp-echo",
        }
    }
}

/// Messages that were handled. Its count is the id of the next one.
///
/// There is one server a process, so its count may stay for good: handing it to a handler then costs no reference count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handled(&'static AtomicU64);

impl Handled {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Box::leak(Box::new(AtomicU64::new(0))))
    }

    /// One more; says which one it is.
    pub(crate) fn next(self) -> u64 {
        self.add(1)
    }

    pub(crate) fn add(self, messages: u64) -> u64 {
        self.0.fetch_add(messages, Ordering::Relaxed)
    }

    pub(crate) fn count(self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
