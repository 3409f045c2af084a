//! The handle on the spool.

use std::{
    collections::HashSet,
    fmt,
    future::Future,
    hash::{BuildHasher, Hasher, RandomState},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use tokio::sync::{Notify, Semaphore};
use wirepath_runtime::{
    shutdown::{Drained, Shutdown},
    store::{Answer, Batch, Depth, Item, ItemId, Lane, Store, StoreError},
};

use super::{
    carrier::Carrier,
    ids::Ids,
    lane,
    outcome::Failover,
    record::{Record, Stage},
    seldom::Seldom,
    sweep,
    times::{AT_ONCE, Times},
    totals::{Counting, Totals},
};
use crate::{
    config::{SpoolConfig, Step},
    handle::{Session, Smpp},
    protocol::{
        Status, SystemId,
        pdu::{DeliverSm, SubmitSm},
    },
    routing::{Query, Route},
};

/// Chains of binds that have messages, at most. Each is a task.
const MAX_CHAINS: usize = 1_024;

/// Receipts that are held at a time because their message is not known yet.
const MAX_ORPHANS: usize = 1_024;

/// The store-and-forward queue of an engine: takes messages, and brings each to its end. Cheap to clone.
///
/// A message is in the [`Store`] before its `submit_sm_resp` leaves. From there it goes out on the binds of its way, under
/// their windows and rates; what fails is tried again, less and less often, until its validity ends. Its end is a receipt, if
/// its sender asked for one, or else nothing for a message that arrived, and a dead letter for one that did not.
///
/// # Bounds
///
/// What waits is bounded by the store, and refused with `ESME_RMSGQFUL` above that. At most 1,024 different chains have
/// messages at a time, and 1,024 receipts are held for messages that are not known yet.
#[derive(Clone)]
pub struct Spool {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) smpp: Smpp,
    pub(super) config: SpoolConfig,
    ids: Ids,
    /// A number of this process, so that another does not take its sessions for ours.
    pub(super) run: u64,
    /// The lanes that have a task.
    carried: Mutex<HashSet<Lane>>,
    pub(super) tasks: Shutdown,
    /// An SMSC's id was written down: who waits for it looks again.
    pub(super) correlated: Notify,
    pub(super) orphans: Semaphore,
    pub(super) counting: Counting,
    /// Whether it sends what it has.
    is_at_rest: bool,
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Spool {
    /// Takes up what a store holds, and goes on with it: messages go out on the binds of `smpp`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(store: Store, smpp: Smpp, config: SpoolConfig) -> Result<Self, StoreError> {
        let this = Self::new(store, smpp, config, false);
        for depth in this.depths().await? {
            if lane::binds_of(&depth.lane).is_some() {
                // There are no more of them than there were.
                this.inner.carry(&depth.lane);
            }
        }
        sweep::start(&this.inner);
        Ok(this)
    }

    /// The spool of a store, to be looked at and put in order: it sends nothing. What is [replayed](Self::replay) goes out when
    /// a program [starts](Self::start) on the store, or within seconds if one shares it.
    ///
    /// ```
    /// use wirepath_runtime::store::Store;
    /// use wirepath_smpp::{config::SpoolConfig, spool::Spool};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), wirepath_runtime::store::StoreError> {
    /// let spool = Spool::at_rest(Store::memory(), SpoolConfig::default());
    /// assert!(spool.dead_letters(None, 10).await?.is_empty());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn at_rest(store: Store, config: SpoolConfig) -> Self {
        Self::new(store, Smpp::default(), config, true)
    }

    fn new(store: Store, smpp: Smpp, config: SpoolConfig, is_at_rest: bool) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                smpp,
                config,
                ids: Ids::new(),
                run: RandomState::new().build_hasher().finish(),
                carried: Mutex::default(),
                tasks: Shutdown::new(),
                correlated: Notify::new(),
                orphans: Semaphore::new(MAX_ORPHANS),
                counting: Counting::default(),
                is_at_rest,
            }),
        }
    }

    /// Takes a message of an ESME's, to go along a route: it is durable when this returns, and has this number.
    ///
    /// The `bind:` steps of the route count, up to 16 of them; or, if it begins with `esme:`, that ESME gets it.
    ///
    /// # Errors
    ///
    /// The status for the response: `RMSGQFUL` if the store is full, `RSYSERR` if it cannot be written to, `RINVSCHED` or
    /// `RINVEXPIRY` for times that cannot be kept, `RINVDSTADR` for a route that leads nowhere.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the message may have been taken all the same.
    pub async fn accept(
        &self,
        pdu: &SubmitSm,
        session: &Session,
        route: &Route,
    ) -> Result<ItemId, Status> {
        let inner = &self.inner;
        let now = SystemTime::now();
        let times =
            Times::of(pdu.schedule_delivery_time(), pdu.validity_period(), now, &inner.config)?;
        let mut record = Record::accepted(pdu, Stage::Waiting, session.system_id(), now);
        record.deadline = times.deadline;
        record.origin = (inner.run, session.id().0);
        let lane = match owner(route) {
            Some(esme) => {
                record.stage = Stage::Inbound;
                lane::inward(esme)
            }
            None => {
                record.failover = Failover::of(route).0;
                record.chain = binds(route);
                record.lane()
            }
        };
        if record.stage == Stage::Waiting {
            inner.see_to(&record.chain, &lane)?;
        }
        let item = Item {
            id: inner.id().await?,
            lane,
            // A lenient ESME may have written more.
            priority: pdu.priority_flag().min(Item::MAX_PRIORITY),
            due: times.due,
            queued: now,
            attempts: 0,
            body: record.encode(),
        };
        inner.keep(item).await
    }

    /// The route that `routing` has for a message.
    pub(super) fn route(&self, pdu: &SubmitSm, session: &Session) -> Route {
        let (source, destination) = (pdu.source(), pdu.destination());
        let esme = session.system_id();
        let query = Query::new(destination.digits).source(source.digits).esme(esme.as_bytes());
        self.inner.smpp.route(&query)
    }

    /// Takes a message of an SMSC's for the ESME that owns its destination: durable when this returns.
    ///
    /// # Errors
    ///
    /// The status for the response: `RX_P_APPN` if `routing` has no step `esme:<system_id>` for it, `RX_T_APPN` if it cannot be
    /// stored now.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the message may have been taken all the same.
    pub async fn deliver(&self, pdu: &DeliverSm) -> Result<ItemId, Status> {
        let inner = &self.inner;
        let destination = pdu.destination();
        let query = Query::new(destination.digits).source(pdu.source().digits);
        let Some(esme) = inner.smpp.route(&query).steps().iter().find_map(system_id) else {
            static UNOWNED: Seldom = Seldom::new();
            if let Some(times) = UNOWNED.times() {
                tracing::warn!(
                    destination = %destination.digits.escape_ascii(), times,
                    "no ESME owns this number: the message is refused with ESME_RX_P_APPN; add a rule with a step `esme:<system_id>`"
                );
            }
            return Err(Status::RX_P_APPN);
        };
        let now = SystemTime::now();
        let mut record = Record::accepted(pdu, Stage::Inbound, esme, now);
        let timeout = inner.config.delivery_timeout();
        record.deadline = now.checked_add(timeout).unwrap_or(now);
        let temporary = |_| Status::RX_T_APPN;
        let item = Item {
            id: inner.id().await.map_err(temporary)?,
            lane: lane::inward(esme),
            priority: pdu.priority_flag().min(Item::MAX_PRIORITY),
            due: AT_ONCE,
            queued: now,
            attempts: 0,
            body: record.encode(),
        };
        inner.keep(item).await.map_err(temporary)
    }

    /// How much waits in each lane, and since when.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn depths(&self) -> Result<Vec<Depth>, StoreError> {
        self.inner.store.depths().await
    }

    /// What went through since the start.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.inner.counting.totals()
    }

    /// Stops sending, and waits until the deadline for what is in flight. What waits stays in the store.
    pub async fn drain(&self, deadline: Duration) -> Drained {
        self.inner.tasks.drain(deadline).await
    }

    /// Stops at once. What was in flight is taken up again by whoever opens the store next.
    pub fn close(&self) {
        self.inner.tasks.force();
    }
}

impl Inner {
    /// A number for a message.
    pub(super) async fn id(&self) -> Result<ItemId, Status> {
        self.ids.next(&self.store).await.map_err(|error| refusal(&error))
    }

    /// Writes an item down, and lets it go on its way.
    ///
    /// It is ours until this returns: the receipt of a message that nobody may send before cannot come before its response.
    pub(super) async fn keep(&self, item: Item) -> Result<ItemId, Status> {
        let id = item.id;
        let written = self.store.commit(Batch::new().push_leased(item));
        let keeping = Keeping { store: self.store.clone(), id, written: Some(written) };
        match keeping.await {
            Ok(_) => {
                self.counting.accepted.one();
                Ok(id)
            }
            Err(error) => Err(refusal(&error)),
        }
    }

    /// Sees to it that what is put into the lane of a chain gets out of it.
    fn see_to(self: &Arc<Self>, chain: &[String], lane: &Lane) -> Result<(), Status> {
        if chain.is_empty() {
            static UNROUTED: Seldom = Seldom::new();
            if let Some(times) = UNROUTED.times() {
                tracing::warn!(
                    times,
                    "no route: the message is refused with ESME_RINVDSTADR; add a rule for it, or routing.default_chain, with a step `bind:<name>`"
                );
            }
            return Err(Status::RINVDSTADR);
        }
        if self.carry(lane) {
            return Ok(());
        }
        static TOO_MANY: Seldom = Seldom::new();
        if let Some(times) = TOO_MANY.times() {
            tracing::error!(
                max = MAX_CHAINS,
                times,
                "messages wait for too many different chains of binds; give routes fewer different chains"
            );
        }
        Err(Status::RSYSERR)
    }

    /// Sees to it that a task drains a lane; false if there are too many.
    pub(super) fn carry(self: &Arc<Self>, lane: &Lane) -> bool {
        let mut carried = self.carried.lock().unwrap_or_else(PoisonError::into_inner);
        if carried.contains(lane) {
            return true;
        }
        if self.is_at_rest {
            return false;
        }
        let Some(chain) = lane::binds_of(lane) else { return false };
        if carried.len() >= MAX_CHAINS {
            return false;
        }
        carried.insert(lane.clone());
        let carrier = Carrier::new(Arc::clone(self), lane.clone(), chain);
        drop(self.tasks.spawn(carrier.run(self.tasks.signal())));
        true
    }

    /// Commits, however often it takes: what has happened outside cannot be taken back. Gives up when the process ends: whoever
    /// opens the store next goes on from what is in it.
    pub(super) async fn commit_surely(&self, batch: Batch) -> bool {
        const FIRST: Duration = Duration::from_millis(100);
        const LONGEST: Duration = Duration::from_secs(10);

        let mut backoff = wirepath_runtime::backoff::Backoff::new(FIRST, LONGEST);
        loop {
            match self.store.commit(batch.clone()).await {
                Ok(applied) => return applied,
                Err(error) => {
                    let delay = backoff.next_delay(random());
                    tracing::error!(%error, ?delay, "the spool cannot write; trying again");
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }
}

/// The most binds of a route that are looked at.
const MAX_BINDS: usize = 16;

/// The binds of a route, in order.
fn binds(route: &Route) -> Vec<String> {
    let names = route.steps().iter().filter_map(|step| match step {
        Step::Bind(name) => Some(name.clone()),
        _ => None,
    });
    names.take(MAX_BINDS).collect()
}

/// The ESME that a route leads to at once.
fn owner(route: &Route) -> Option<SystemId> {
    route.steps().iter().find(|step| **step != Step::Queue).and_then(system_id)
}

fn system_id(step: &Step) -> Option<SystemId> {
    match step {
        Step::Esme(system_id) => SystemId::new(system_id.as_bytes()).ok(),
        _ => None,
    }
}

/// Any number.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The status for a message that could not be stored.
fn refusal(error: &StoreError) -> Status {
    match error {
        full if full.is_full() => refused(error, Status::RMSGQFUL),
        _ => refused(error, Status::RSYSERR),
    }
}

/// Says that the store is why a request gets this status.
pub(super) fn refused(error: &StoreError, status: Status) -> Status {
    tracing::error!(%error, %status, "the spool cannot do what was asked");
    status
}

/// An item that is being written, under a lease of ours that ends with this: also if whoever waits for it goes away.
struct Keeping {
    store: Store,
    id: ItemId,
    written: Option<Answer<'static, bool>>,
}

impl Future for Keeping {
    type Output = Result<bool, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(written) = &mut self.written else { return Poll::Pending };
        let written = std::task::ready!(written.as_mut().poll(cx));
        self.written = None;
        self.store.release(&[self.id]);
        Poll::Ready(written)
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let Some(written) = self.written.take() else { return };
        let (store, id) = (self.store.clone(), self.id);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Whether it was written or not: there is no lease after this.
                let _ = written.await;
                store.release(&[id]);
            });
        }
    }
}
