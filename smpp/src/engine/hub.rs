//! Every session of an engine, by number and by who is bound.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::time::Instant;

use super::{
    gate::Gate,
    link::{Link, Order},
};
use crate::{
    handle::{Session, SessionId},
    protocol::SystemId,
};

/// The sessions of an engine. Bounded by `max_connections`: a connection is counted before it is here.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    numbers: AtomicU64,
    turns: AtomicUsize,
    registry: RwLock<Registry>,
    /// Binds by system_id, those being decided included.
    slots: Mutex<HashMap<SystemId, usize>>,
    /// Where binds wait before they are decided.
    pub(super) gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Registry {
    /// Connections, bound or not.
    links: HashMap<SessionId, Arc<Link>>,
    bound: HashMap<SystemId, Vec<Arc<Link>>>,
    /// The listener is closed: who was still shaking hands comes too late.
    is_draining: bool,
}

impl Hub {
    pub(crate) fn next_id(&self) -> SessionId {
        SessionId(self.numbers.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn read(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connected(&self, link: &Arc<Link>) {
        let mut registry = self.write();
        registry.links.insert(link.id, Arc::clone(link));
        if registry.is_draining {
            link.order(Order::Close);
        }
    }

    pub(super) fn bound(&self, link: &Arc<Link>, system_id: SystemId) {
        self.write().bound.entry(system_id).or_default().push(Arc::clone(link));
    }

    pub(super) fn ended(&self, link: &Link) {
        self.write().links.remove(&link.id);
        self.unbound(link);
    }

    /// Nobody is to find it bound any more. It is still here to be drained, or closed.
    pub(super) fn unbound(&self, link: &Link) {
        let mut registry = self.write();
        let Some(bound) = link.bound.get() else { return };
        if let Some(links) = registry.bound.get_mut(&bound.system_id) {
            links.retain(|other| other.id != link.id);
            if links.is_empty() {
                registry.bound.remove(&bound.system_id);
            }
        }
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<Session> {
        let link = Arc::clone(self.read().links.get(&id)?);
        (link.bound.get().is_some() && link.over().is_none()).then(|| Session::new(link))
    }

    pub(crate) fn receiver(&self, system_id: &[u8]) -> Option<Session> {
        let system_id = SystemId::new(system_id).ok()?;
        let registry = self.read();
        let able = |link: &&Arc<Link>| {
            link.is_open() && link.bound.get().is_some_and(|bound| bound.kind.can_receive())
        };
        let links = registry.bound.get(&system_id)?;
        let count = links.iter().filter(able).count();
        let turn = self.turns.fetch_add(1, Ordering::Relaxed).checked_rem(count)?;
        links.iter().filter(able).nth(turn).cloned().map(Session::new)
    }

    pub(crate) fn bound_sessions(&self) -> Vec<Session> {
        self.read().bound.values().flatten().cloned().map(Session::new).collect()
    }

    pub(crate) fn bound_count(&self) -> usize {
        self.read().bound.values().map(Vec::len).sum()
    }

    /// Asks every session to end: the bound ones by `unbind`, which goes out when they have done what is in hand, or by then;
    /// the others at once.
    pub(super) fn drain(&self, by: Instant) {
        let links: Vec<Arc<Link>> = {
            let mut registry = self.write();
            registry.is_draining = true;
            registry.links.values().cloned().collect()
        };
        for link in links {
            link.order(match link.bound.get() {
                Some(_) => Order::Unbind { by: Some(by) },
                None => Order::Close,
            });
        }
    }

    /// Closes every session now.
    pub(super) fn close(&self) {
        let links: Vec<Arc<Link>> = self.read().links.values().cloned().collect();
        for link in links {
            link.order(Order::Close);
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<SystemId, usize>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of `max` places is free now.
    pub(super) fn has_slot(&self, system_id: SystemId, max: Option<usize>) -> bool {
        let taken = self.slots().get(&system_id).copied().unwrap_or_default();
        max.is_none_or(|max| taken < max)
    }

    /// Takes one of `max` places for binds under a system_id, atomically; `None` if all are taken.
    pub(super) fn take_slot(
        self: &Arc<Self>,
        system_id: SystemId,
        max: Option<usize>,
    ) -> Option<Slot> {
        let mut slots = self.slots();
        let taken = slots.entry(system_id).or_default();
        if max.is_some_and(|max| *taken >= max) {
            return None;
        }
        *taken += 1;
        Some(Slot { hub: Arc::clone(self), system_id })
    }
}

/// A place for a bind under a system_id; given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    hub: Arc<Hub>,
    system_id: SystemId,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut slots = self.hub.slots();
        if let Some(taken) = slots.get_mut(&self.system_id) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                slots.remove(&self.system_id);
            }
        }
    }
}
