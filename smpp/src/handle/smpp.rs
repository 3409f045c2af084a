//! The handle on the engine.

use std::{fmt, sync::Arc};

use super::{Session, SessionId, Upstream};
use crate::engine::Hub;

/// The handle on an SMPP engine: finds sessions. Cheap to clone.
///
/// A new one, [`Smpp::default`], has none yet: [`Server::bind_within`](crate::Server::bind_within) and
/// [`Binds::new`](crate::Binds::new) give it some.
#[derive(Clone, Default)]
pub struct Smpp {
    hub: Arc<Hub>,
}

impl fmt::Debug for Smpp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smpp").field("sessions", &self.hub.bound_count()).finish()
    }
}

impl Smpp {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    pub(crate) fn hub(&self) -> Arc<Hub> {
        Arc::clone(&self.hub)
    }

    /// The outbound bind of this name, or the pool of them. There need be none yet, and it need not be bound.
    #[must_use]
    pub fn bind(&self, name: &str) -> Upstream {
        Upstream::new(name, Arc::clone(&self.hub))
    }

    /// The name of the outbound bind that a session belongs to; `None` for a session of the listener's, or a client's.
    #[must_use]
    pub fn bind_of(&self, session: SessionId) -> Option<String> {
        self.hub.kept_with(session).map(|kept| kept.config.name.clone())
    }

    /// The bound session with this number.
    #[must_use]
    pub fn session(&self, id: SessionId) -> Option<Session> {
        self.hub.session(id)
    }

    /// A bound session of this ESME that can receive messages; of several, each in turn.
    #[must_use]
    pub fn esme(&self, system_id: &str) -> Option<Session> {
        self.hub.receiver(system_id.as_bytes())
    }

    /// Every bound session, in no particular order.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.hub.bound_sessions()
    }
}
