//! Every session of an engine, by number and by who is bound.

use std::{
    collections::HashMap,
    hash::RandomState,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::{sync::Notify, time::Instant};

use super::{
    gate::Gate,
    kept::Kept,
    link::{Link, Order},
    outbind::Unexpected,
};
#[cfg(feature = "spool")]
use crate::replicas::Replicas;
use crate::{
    config::ReassemblyConfig,
    handle::{Reassembler, Session, SessionId},
    handler::Join,
    protocol::{Address, CommandId, Role, SystemId, long::References, may_send},
    routing::Router,
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
    /// What messages are routed by; nothing until it is set.
    pub(crate) routing: ArcSwapOption<Router>,
    /// How long messages are put together, if that is asked for.
    pub(crate) reassembly: OnceLock<ReassemblyConfig>,
    /// What handlers put them together with. Made when the first one asks.
    pub(crate) reassembler: OnceLock<Reassembler>,
    /// What the relay puts them together with, if it does.
    pub(crate) join: OnceLock<Option<Arc<Join>>>,
    /// Messages that ESMEs have taken by routing.
    pub(crate) routed: AtomicU64,
    /// Outbound binds. Bounded by the configuration.
    kept: RwLock<Vec<Arc<Kept>>>,
    /// One of them has just been bound.
    pub(crate) outbound: Notify,
    /// The other engines, if it shares a store with them.
    #[cfg(feature = "spool")]
    replicas: ArcSwapOption<Replicas>,
    /// How long peers have for an answer, in milliseconds; none while no listener has said so.
    response_timer_ms: AtomicU64,
    /// Of long messages. Made when the first one is sent.
    references: OnceLock<References>,
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

    /// A reference for the parts of a message to this recipient.
    pub(crate) fn next_reference(&self, to: Address<'_>) -> u16 {
        self.references.get_or_init(|| References::new(RandomState::new())).next(to)
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
        if registry.is_draining && link.role == Role::Smsc {
            link.order(Order::Close);
        }
    }

    pub(super) fn bound(&self, link: &Arc<Link>, system_id: SystemId) {
        self.write().bound.entry(system_id).or_default().push(Arc::clone(link));
        #[cfg(feature = "spool")]
        if let Some(replicas) = &*self.replicas.load()
            && is_receiver(link)
        {
            replicas.attend(system_id);
        }
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
        drop(registry);
        #[cfg(feature = "spool")]
        if let Some(replicas) = &*self.replicas.load() {
            replicas.left(bound.system_id);
        }
    }

    /// Shares a store with other engines.
    #[cfg(feature = "spool")]
    pub(crate) fn share(&self, replicas: Replicas) {
        let replicas = Arc::new(replicas);
        // First this: who binds from now on is attended by itself.
        self.replicas.store(Some(Arc::clone(&replicas)));
        let esmes: Vec<_> = {
            let registry = self.read();
            let has = |links: &[Arc<Link>]| links.iter().any(is_receiver);
            registry.bound.iter().filter(|(_, links)| has(links)).map(|(esme, _)| *esme).collect()
        };
        esmes.into_iter().for_each(|esme| replicas.attend(esme));
    }

    /// The other engines.
    #[cfg(feature = "spool")]
    pub(crate) fn replicas(&self) -> Option<Arc<Replicas>> {
        self.replicas.load_full()
    }

    /// Whether there may be others.
    pub(crate) fn is_shared(&self) -> bool {
        #[cfg(feature = "spool")]
        return self.replicas.load().is_some();
        #[cfg(not(feature = "spool"))]
        return false;
    }

    /// How long peers of its listener have for an answer.
    #[cfg(feature = "spool")]
    pub(crate) fn response_timer(&self) -> Duration {
        match self.response_timer_ms.load(Ordering::Relaxed) {
            0 => Duration::from_secs(30),
            ms => Duration::from_millis(ms),
        }
    }

    pub(crate) fn set_response_timer(&self, timer: Duration) {
        let ms = u64::try_from(timer.as_millis()).unwrap_or(u64::MAX);
        self.response_timer_ms.store(ms, Ordering::Relaxed);
    }

    /// Whether an ESME has a session here that receives.
    #[cfg(feature = "spool")]
    pub(crate) fn has_receiver(&self, system_id: SystemId) -> bool {
        self.read().bound.get(&system_id).is_some_and(|links| links.iter().any(is_receiver))
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<Session> {
        let link = Arc::clone(self.read().links.get(&id)?);
        (link.bound.get().is_some() && link.over().is_none()).then(|| Session::new(link))
    }

    pub(crate) fn receiver(&self, system_id: &[u8]) -> Option<Session> {
        let system_id = SystemId::new(system_id).ok()?;
        let registry = self.read();
        let able = |link: &&Arc<Link>| is_receiver(link);
        let links = registry.bound.get(&system_id)?;
        let count = links.iter().filter(able).count();
        let turn = self.turns.fetch_add(1, Ordering::Relaxed).checked_rem(count)?;
        links.iter().filter(able).nth(turn).cloned().map(Session::new)
    }

    pub(super) fn keep(&self, kept: &Arc<Kept>) {
        self.kept.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(kept));
    }

    pub(super) fn unkeep(&self, kept: &Arc<Kept>) {
        let mut all = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| !Arc::ptr_eq(other, kept));
    }

    /// Every outbound bind.
    pub(super) fn kept(&self) -> Vec<Arc<Kept>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The outbound binds of a name.
    pub(crate) fn kept_as(&self, name: &str) -> Vec<Arc<Kept>> {
        let all = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|kept| kept.config.name == name).cloned().collect()
    }

    /// The outbound bind whose session this is.
    pub(crate) fn kept_with(&self, session: SessionId) -> Option<Arc<Kept>> {
        let all = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|kept| kept.session().is_some_and(|own| own.id() == session)).cloned()
    }

    /// The outbound binds that an SMSC may ask for which says this of itself.
    pub(super) fn kept_for(
        &self,
        system_id: &[u8],
        password: &[u8],
    ) -> Result<Vec<Arc<Kept>>, Unexpected> {
        let mut unexpected = Unexpected::Nobody;
        let mut callees = Vec::new();
        for kept in self.kept() {
            let Some(outbind) = &kept.config.outbind else { continue };
            if outbind.system_id.as_bytes() != system_id {
                unexpected = unexpected.max(Unexpected::SystemId);
            } else if outbind.password.matches(password) {
                callees.push(kept);
            } else {
                unexpected = Unexpected::Password;
            }
        }
        if callees.is_empty() { Err(unexpected) } else { Ok(callees) }
    }

    /// One of a name that is bound so that it carries the command, each in turn.
    pub(crate) fn next_kept(&self, name: &str, command: CommandId) -> Option<Arc<Kept>> {
        let all = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let bound = || {
            all.iter().filter(|kept| {
                kept.config.name == name
                    && may_send(Role::Esme, kept.config.bind_type, command)
                    && kept.is_bound()
            })
        };
        let mut found = bound();
        let first = found.next()?;
        if found.next().is_none() {
            return Some(Arc::clone(first));
        }
        let turn = self.turns.fetch_add(1, Ordering::Relaxed).checked_rem(bound().count())?;
        // One may have been lost since they were counted.
        bound().nth(turn).or_else(|| bound().next()).cloned()
    }

    pub(crate) fn bound_sessions(&self) -> Vec<Session> {
        self.read().bound.values().flatten().cloned().map(Session::new).collect()
    }

    pub(crate) fn bound_count(&self) -> usize {
        self.read().bound.values().map(Vec::len).sum()
    }

    /// Asks every session of the listener to end: the bound ones by `unbind`, which goes out when they have done what is in hand, or by then;
    /// the others at once.
    pub(super) fn drain(&self, by: Instant) {
        for link in self.of_listener(true) {
            link.order(match link.bound.get() {
                Some(_) => Order::Unbind { by: Some(by) },
                None => Order::Close,
            });
        }
    }

    /// Closes every session of the listener now.
    pub(super) fn close(&self) {
        for link in self.of_listener(false) {
            link.order(Order::Close);
        }
    }

    /// The sessions that a listener accepted; outbound ones have an end of their own, for handlers may need them until theirs.
    fn of_listener(&self, drains: bool) -> Vec<Arc<Link>> {
        let mut registry = self.write();
        registry.is_draining |= drains;
        registry.links.values().filter(|link| link.role == Role::Smsc).cloned().collect()
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

/// Whether it is an ESME's, open, and receives.
fn is_receiver(link: &Arc<Link>) -> bool {
    link.role == Role::Smsc
        && link.is_open()
        && link.bound.get().is_some_and(|bound| bound.kind.can_receive())
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
