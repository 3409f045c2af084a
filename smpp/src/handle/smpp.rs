//! The handle on the engine.

use std::{fmt, sync::Arc};

use super::{Downstream, Reassembler, Session, SessionId, Upstream};
use crate::{config::ReassemblyConfig, engine::Hub};
#[cfg(feature = "spool")]
use {
    crate::replicas::Replicas,
    wirepath_runtime::store::{Store, StoreError},
};

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

    /// The ESME of this name, wherever it is bound: here, or at another engine that shares a store with this one (`Smpp::share`).
    /// It need not be bound.
    #[must_use]
    pub fn downstream(&self, system_id: &str) -> Downstream {
        Downstream::new(system_id, Arc::clone(&self.hub))
    }

    /// From now on this engine and all others that share the store, replicas in Redis for instance, reach each other's ESMEs by
    /// [`downstream`](Self::downstream), and by `esme:` steps of routes. Shared again, the new store takes the place of the old
    /// one.
    ///
    /// `App` calls it where `store.engine` is `redis`. Whoever can write to the store can send to the ESMEs.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wirepath_runtime::store::Store;
    /// use wirepath_smpp::{BindKind, DeliverSm, handlers, testing::Harness};
    ///
    /// # use wirepath_smpp::on_bind;
    /// # #[on_bind]
    /// # async fn anyone(_bind: wirepath_smpp::Bind) -> bool { true }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (one, two) = (handlers![anyone].with_state(Arc::new(())), handlers![anyone].with_state(Arc::new(())));
    /// let store = Store::memory();
    /// let (one, two) = (Harness::new(one), Harness::new(two));
    /// one.smpp().share(&store).await?;
    /// two.smpp().share(&store).await?;
    /// let shop = two.bind(BindKind::Receiver, "shop", "secret").await.unwrap();
    ///
    /// let pdu = DeliverSm::builder().destination("1234").short_message("hi").build()?;
    /// one.smpp().downstream("shop").deliver_sm(&pdu).await?;
    /// assert_eq!(shop.sent_as::<DeliverSm>(), [pdu]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store does not answer; what was shared before still is.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[cfg(feature = "spool")]
    pub async fn share(&self, store: &Store) -> Result<(), StoreError> {
        let replicas = Replicas::join(store.clone(), &self.hub).await?;
        self.hub.share(replicas);
        Ok(())
    }

    /// A bound session of this ESME that can receive messages; of several, each in turn. Sessions of this engine alone:
    /// [`downstream`](Self::downstream) reaches further.
    #[must_use]
    pub fn esme(&self, system_id: &str) -> Option<Session> {
        self.hub.receiver(system_id.as_bytes())
    }

    /// Asks for parts of long messages to be put together, by these settings: by a spool that is started behind this, and by
    /// [`reassembler`](Self::reassembler). The first call counts; `App` makes it with the key `reassembly` of its configuration.
    pub fn set_reassembly(&self, config: &ReassemblyConfig) {
        if self.hub.reassembly.set(*config).is_err() {
            tracing::warn!(
                "reassembly is set already, and stays as it is: parts that are kept would be lost"
            );
        }
    }

    /// Whether parts are to be put together, and how.
    pub(crate) fn reassembly(&self) -> Option<ReassemblyConfig> {
        self.hub.reassembly.get().copied().filter(|config| config.enabled)
    }

    /// What handlers put long messages together with; all that ask get the same one. It has the settings of
    /// [`set_reassembly`](Self::set_reassembly), or the defaults. Something has to call [`Reassembler::run`], as `App` does.
    #[must_use]
    pub fn reassembler(&self) -> Reassembler {
        let config = || self.hub.reassembly.get().copied().unwrap_or_default();
        self.hub.reassembler.get_or_init(|| Reassembler::new(&config())).clone()
    }

    /// Every bound session, in no particular order.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.hub.bound_sessions()
    }
}
