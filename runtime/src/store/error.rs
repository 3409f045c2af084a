//! What can go wrong.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a store did not do what it was asked.
///
/// It is cheap to clone: one failure of the disk is the answer to all who waited for the same write.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A bound was reached. Nothing of the batch was applied; removing and deleting still work.
    #[error(
        "the store is full: it holds its limit of {limit} {what}; let its lanes drain, or raise `{key}`"
    )]
    Full {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: u64,
        /// The option that sets the bound.
        key: &'static str,
    },
    /// The call is a mistake of the caller.
    #[error("{0}")]
    Invalid(String),
    /// Another process has the store open.
    #[error("the store at {} is in use by another process; stop that one, give this one a path of its own, or share a Redis store", path.display())]
    Locked {
        /// Where it is.
        path: PathBuf,
    },
    /// The store cannot be opened.
    #[error("cannot open the store at {}: {hint}", path.display())]
    Open {
        /// Where it is.
        path: PathBuf,
        /// What to do.
        hint: String,
        /// What the disk said.
        #[source]
        source: Source,
    },
    /// The disk failed. Nothing is taken any more until the store is opened again; what was acknowledged before is there then.
    /// The batch itself may be there too, or not.
    #[error("the store at {} cannot write: mend the disk (space, quota, hardware) and restart; what was acknowledged is kept", path.display())]
    Disk {
        /// Where it is.
        path: PathBuf,
        /// What the disk said.
        #[source]
        source: Source,
    },
    /// The disk failed while something was read. Nothing is changed.
    #[error("the store at {} cannot read: look at the error below and at the disk", path.display())]
    Read {
        /// Where it is.
        path: PathBuf,
        /// What the disk said.
        #[source]
        source: Source,
    },
    /// The server has no memory left. Nothing of the batch was applied; removing and deleting still work.
    #[error("the store's server is full: let lanes drain, or raise its `maxmemory`")]
    ServerFull {
        /// What the server said.
        #[source]
        source: Source,
    },
    /// A stored record is damaged, and nothing was applied. On disk it was moved out of the way; at a server it stays where it is.
    #[error("the stored record {key} is damaged: {reason}")]
    Damaged {
        /// Which one.
        key: String,
        /// What does not fit.
        reason: &'static str,
    },
    /// The server cannot be reached, or refuses. Nothing was applied.
    #[error("the store's server is not available: {hint}")]
    Unavailable {
        /// What to do.
        hint: String,
        /// What the connection said.
        #[source]
        source: Source,
    },
    /// The connection was lost before the answer came: the batch may have been applied, or not. Write so that doing it again
    /// does no harm: items by their number, keys by their name.
    #[error(
        "the connection to the store was lost before it answered: what was asked may have happened or not"
    )]
    Uncertain {
        /// What the connection said.
        #[source]
        source: Source,
    },
    /// The store was closed.
    #[error("the store was closed")]
    Closed,
}

/// What lies below a [`StoreError`].
pub type Source = Arc<dyn Error + Send + Sync>;

impl StoreError {
    /// Whether the batch may have been applied although it failed.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Uncertain { .. } | Self::Disk { .. })
    }

    /// Whether there was no room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::ServerFull { .. })
    }
}
