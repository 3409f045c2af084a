//! The handle on a session.

use crate::{Smpp, protocol::SystemId};

/// A session with a peer.
#[derive(Debug, Clone)]
pub struct Session {
    smpp: Smpp,
}

impl Session {
    /// The handle on the whole engine.
    #[must_use]
    pub fn smpp(&self) -> &Smpp {
        &self.smpp
    }

    /// Who is bound; empty until then.
    #[must_use]
    pub fn system_id(&self) -> SystemId {
        SystemId::EMPTY
    }
}
