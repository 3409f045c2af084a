//! The handle on the spool.

use std::{
    collections::HashSet,
    fmt,
    future::Future,
    hash::{BuildHasher, Hasher, RandomState},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::sync::{Notify, Semaphore};
use wirepath_runtime::{
    seldom::{Seldom, Spaced},
    shutdown::{Drained, Shutdown},
    store::{Batch, Depth, Item, ItemId, Lane, Store, StoreError},
};

use super::{
    carrier::Carrier,
    gather::Gathering,
    ids::Ids,
    lane, sweep,
    totals::{Counting, Totals},
    turn::{self, Storing, Turns},
    way::{Ways, system_id},
};
use crate::{
    config::SpoolConfig,
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
    pub(super) ids: Ids,
    pub(super) ways: Ways,
    pub(super) turns: Turns,
    /// A number of this process, so that another does not take its sessions for ours.
    pub(super) run: u64,
    /// The lanes that have a task.
    carried: Mutex<HashSet<Lane>>,
    pub(super) tasks: Shutdown,
    /// An SMSC's id was written down: who waits for it looks again.
    pub(super) correlated: Notify,
    pub(super) orphans: Semaphore,
    pub(super) counting: Counting,
    /// What parts are put together with, if they are.
    pub(super) gathering: Option<Gathering>,
    /// Whether it sends what it has.
    is_at_rest: bool,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("config", &self.config).finish_non_exhaustive()
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Spool {
    /// Takes up what a store holds, and goes on with it: messages go out on the binds of `smpp`, and parts of what comes in on them
    /// are put together if [`Smpp::set_reassembly`] asked for it before.
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
        this.inner.count_parts().await?;
        for depth in this.depths().await? {
            if lane::binds_of(&depth.lane).is_some() {
                // There are no more of them than there were.
                this.inner.carry(&depth.lane);
            }
        }
        sweep::start(&this.inner);
        let tasks = &this.inner.tasks;
        drop(tasks.spawn(turn::run(Arc::clone(&this.inner), tasks.signal())));
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
        let gathering = smpp.reassembly().map(|reassembly| Gathering::new(&reassembly));
        Self {
            inner: Arc::new(Inner {
                store,
                smpp,
                config,
                ids: Ids::new(),
                ways: Ways::default(),
                turns: Turns::new(!is_at_rest),
                run: RandomState::new().build_hasher().finish(),
                carried: Mutex::default(),
                tasks: Shutdown::new(),
                correlated: Notify::new(),
                orphans: Semaphore::new(MAX_ORPHANS),
                counting: Counting::default(),
                gathering,
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
        let way = self.way_of(route)?;
        self.take(pdu.into(), session, &way).await
    }

    /// Takes a message of an SMSC's for the ESME that owns its destination: durable when this returns. With
    /// [`Smpp::set_reassembly`] a part of a long message waits for the others.
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
        self.inner.take_inbound(pdu, self.esme_of(pdu)?, true).await
    }

    /// The ESME that owns the destination of an SMSC's message.
    pub(super) fn esme_of(&self, pdu: &DeliverSm) -> Result<SystemId, Status> {
        let destination = pdu.destination();
        let query = Query::new(destination.digits).source(pdu.source().digits);
        let Some(esme) = self.inner.smpp.route(&query).steps().iter().find_map(system_id) else {
            static UNOWNED: Seldom = Seldom::new();
            if let Some(times) = UNOWNED.times() {
                tracing::warn!(
                    destination = %destination.digits.escape_ascii(), times,
                    "no ESME owns this number: the message is refused with ESME_RX_P_APPN; add a rule with a step `esme:<system_id>`"
                );
            }
            return Err(Status::RX_P_APPN);
        };
        Ok(esme)
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
        self.number().await.map_err(|error| refusal(&error))
    }

    /// The same, and why there is none.
    pub(super) async fn number(&self) -> Result<ItemId, StoreError> {
        self.ids.next(&self.store).await
    }

    /// Writes a batch down, together with what others write.
    pub(super) fn write(
        self: &Arc<Self>,
        batch: Batch,
        octets: usize,
        leased: Option<ItemId>,
    ) -> Storing {
        match self.turns.store(self, batch, octets, leased) {
            Ok(storing) => storing,
            Err(batch) => Storing::alone(self, batch, leased),
        }
    }

    /// Writes a message down. With `is_told` it goes on its way when the caller knows that it is there: the receipt of a message that
    /// nobody may send before cannot come before its response.
    pub(super) fn keep(self: &Arc<Self>, item: Item, is_told: bool) -> Keeping {
        let (id, octets) = (item.id, item.body.len());
        let (batch, leased) = match is_told {
            true => (Batch::new().push_leased(item), Some(id)),
            false => (Batch::new().push(item), None),
        };
        Keeping { inner: Arc::clone(self), id, storing: self.write(batch, octets, leased) }
    }

    /// Sees to it that what is put into the lane of a chain gets out of it.
    pub(super) fn see_to(self: &Arc<Self>, chain: &[String], lane: &Lane) -> Result<(), Status> {
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

/// Any number.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The status for a message that could not be stored.
pub(super) fn refusal(error: &StoreError) -> Status {
    match error {
        full if full.is_full() => refused(error, Status::RMSGQFUL),
        _ => refused(error, Status::RSYSERR),
    }
}

/// Says that the store is why a request gets this status: seldom, for with a store that is full or has failed each request does.
pub(super) fn refused(error: &StoreError, status: Status) -> Status {
    static FULL: Spaced = Spaced::new();
    static FAILED: Spaced = Spaced::new();
    tell(if error.is_full() { &FULL } else { &FAILED }, error, status);
    status
}

fn tell(spaced: &Spaced, error: &StoreError, status: Status) {
    if let Some(times) = spaced.times() {
        tracing::error!(%error, %status, times, "the spool cannot do what was asked; `times` since this was said last");
    }
}

/// A message that is being written down. Ready with its number when it is on disk, or with the status for the response.
#[derive(Debug)]
pub(super) struct Keeping {
    inner: Arc<Inner>,
    id: ItemId,
    storing: Storing,
}

impl Future for Keeping {
    type Output = Result<ItemId, Status>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match std::task::ready!(Pin::new(&mut self.storing).poll(cx)) {
            Ok(_) => {
                self.inner.counting.accepted.one();
                Poll::Ready(Ok(self.id))
            }
            Err(error) => Poll::Ready(Err(refusal(&error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use wirepath_test_support::Log;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_full_is_told_seldom_with_how_often() {
        let log = Log::default();
        let _logging = log.listen();
        let full = StoreError::Full { what: "items", limit: 3, key: "store.max_items" };
        let spaced = Spaced::new();
        for _ in 0..1_000 {
            tell(&spaced, &full, Status::RMSGQFUL);
        }
        let said = log.take();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("raise `store.max_items`"), "{said}");
        tokio::time::advance(Duration::from_secs(10)).await;
        tell(&spaced, &full, Status::RMSGQFUL);
        assert!(log.take().contains("times=1000 "), "{said}");
        // Other tests may have told of theirs.
        for _ in 0..1_000 {
            assert_eq!(refused(&full, Status::RMSGQFUL), Status::RMSGQFUL);
        }
        assert!(log.take().lines().count() <= 1);
    }
}
