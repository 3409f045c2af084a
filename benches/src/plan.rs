//! What a driver is to do.

use clap::ValueEnum;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClientKind {
    /// wirepath's client: one task a bind, with a pipeline.
    Wirepath,
    /// smpp34's client: a task for each place in the window.
    Smpp34,
    /// Octets encoded before, over plain sockets: what a client costs least.
    Raw,
    /// As `raw`, but a whole window at a time: the next goes out when the last has been answered.
    RawBursts,
    /// As `raw`, but counts frames only: for a peer that sends back what it gets.
    Echo,
}

/// One drive.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) system_id: String,
    pub(crate) password: String,
    pub(crate) client: ClientKind,
    pub(crate) count: u64,
    pub(crate) window: usize,
    pub(crate) binds: usize,
    /// Worker threads; `None` for one a core.
    pub(crate) threads: Option<usize>,
}

impl Plan {
    /// How many messages the bind number `bind` sends.
    pub(crate) fn share(&self, bind: usize) -> u64 {
        let (binds, bind) = (self.binds as u64, bind as u64);
        self.count / binds + u64::from(bind < self.count % binds)
    }

    pub(crate) fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}
