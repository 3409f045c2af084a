//! What can go wrong with a measurement.

use std::io;

use wirepath_smpp::{BuildError, ConnectError};

/// A measurement that could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the PDU cannot be built: {0}")]
    Build(#[from] BuildError),
    #[error("what a child process printed cannot be read: {0}")]
    Child(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] wirepath_runtime::store::StoreError),
    #[error("{0}")]
    Failed(String),
}

impl LoadError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }
}
