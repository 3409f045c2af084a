//! The servers that can be driven.

pub(crate) mod echo;
pub(crate) mod relay;
pub(crate) mod smpp34;
pub(crate) mod spooled;
pub(crate) mod wirepath;

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

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
    /// wirepath, which sends every message on to another SMSC and answers with the id that it gave.
    Relay,
    /// smpp34, which does the same.
    RelaySmpp34,
    /// wirepath's spool, which stores every message and sends it on to another SMSC.
    Spooled,
}

impl ServerKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wirepath => "wirepath",
            Self::Smpp34 => "smpp34",
            Self::TcpEcho => "tcp-echo",
            Self::Relay => "relay",
            Self::RelaySmpp34 => "relay-smpp34",
            Self::Spooled => "spooled",
        }
    }
}

/// Messages that were handled. Its count is the id of the next one.
///
/// There is one server a process, so its count may stay for good: handing it to a handler then costs no reference count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handled(&'static Counts);

#[derive(Debug, Default)]
struct Counts {
    count: AtomicU64,
    first: OnceLock<SystemTime>,
}

impl Handled {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Box::leak(Box::default()))
    }

    /// One more; says which one it is.
    pub(crate) fn next(self) -> u64 {
        self.add(1)
    }

    pub(crate) fn add(self, messages: u64) -> u64 {
        let before = self.0.count.fetch_add(messages, Ordering::Relaxed);
        if before == 0 && messages > 0 {
            self.0.first.get_or_init(SystemTime::now);
        }
        before
    }

    pub(crate) fn count(self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    /// When the first one came.
    pub(crate) fn first(self) -> Option<SystemTime> {
        self.0.first.get().copied()
    }
}
