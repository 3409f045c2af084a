//! Whether the server is about to stop.

use std::sync::Arc;

use wirepath_runtime::{shutdown::ShutdownSignal, state::Nothing};

use super::Extract;
use crate::{Head, Refusal};

/// When the server begins to drain, for what would go on for long: a WebSocket, a stream.
///
/// A stream of [`Event`](crate::Event)s ends by itself then. What a connection was upgraded to has a second to say goodbye: after
/// that it reads an end, and whatever it writes fails. Without a server, in tests and inside of axum's, a drain never begins.
#[derive(Debug, Clone, Default)]
pub struct Drain(pub(crate) Option<Arc<ShutdownSignal>>);

impl Drain {
    /// Waits until it begins; returns at once if it has.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn begun(&self) {
        match &self.0 {
            Some(signal) => signal.requested().await,
            None => std::future::pending().await,
        }
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.as_ref().is_some_and(|signal| signal.is_requested())
    }
}

impl Extract for Drain {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        Ok(head.connected.drain.clone())
    }
}
