//! What comes in at the same time, and is handed to the store together.
//!
//! ```text
//!   submit_sm ─▶ Storing ─┐
//!   receipt   ─▶ Storing ─┼─▶ turn ──▶ one call, one fsync ──▶ all of them are woken ──▶ responses
//!   submit_sm ─▶ Storing ─┘
//! ```
//!
//! While the store writes one turn, the next one gathers.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Notify;
use wirepath_runtime::{
    shutdown::ShutdownSignal,
    store::{Answer, Batch, ItemId, StoreError},
};

use super::spool::Inner;

/// Batches of one turn, at most.
const BATCHES: usize = 1_024;
/// Octets of what they store: one more is taken as long as there are fewer.
const OCTETS: usize = 1 << 20;
/// Turns that the store has at a time.
const AT_ONCE: usize = 4;

/// What gathers. It holds what sessions have in flight, and is bounded by that.
#[derive(Debug)]
pub(super) struct Turns {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    turns: VecDeque<Gathering>,
    /// Messages whose response is on its way, and whose lease is over.
    released: Vec<ItemId>,
    /// Nobody stores anything any more.
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Gathering {
    batches: Vec<Batch>,
    octets: usize,
    turn: Arc<Turn>,
}

/// Batches that the store gets together.
#[derive(Debug, Default)]
struct Turn {
    /// In the order of the batches; empty if nobody stores anything any more.
    outcomes: OnceLock<Vec<Result<bool, StoreError>>>,
    waiting: Mutex<Woken>,
}

#[derive(Debug, Default)]
struct Woken {
    /// Whoever waits for each batch.
    wakers: Vec<Option<Waker>>,
    /// Messages that nobody waits for any more, and that are leased.
    abandoned: Vec<ItemId>,
}

/// A batch that is being stored. Ready when it is on disk, or a guard of it did not hold.
///
/// Dropped before, it may be stored all the same.
pub(super) struct Storing {
    spool: Arc<Inner>,
    way: Way,
    /// A message that nobody may send before this is ready: its receipt does not come before its response.
    leased: Option<ItemId>,
}

/// How a batch gets to the store.
enum Way {
    /// With others.
    Turn(Arc<Turn>, usize),
    /// By itself; `None` when it has got there.
    Alone(Option<Answer<'static, bool>>),
}

impl Turns {
    /// Without somebody who [runs](run) them nothing is gathered.
    pub(super) fn new(are_run: bool) -> Self {
        let waiting = Waiting { is_closed: !are_run, ..Waiting::default() };
        Self { waiting: Mutex::new(waiting), arrived: Notify::new() }
    }

    /// Puts a batch, which stores about so many octets, into the turn that gathers; gives it back if there is nobody to store it.
    /// `leased` is a message that it stores and that nobody may send before.
    pub(super) fn store(
        &self,
        spool: &Arc<Inner>,
        batch: Batch,
        octets: usize,
        leased: Option<ItemId>,
    ) -> Result<Storing, Batch> {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Err(batch);
        }
        let has_room = |turn: &Gathering| turn.batches.len() < BATCHES && turn.octets < OCTETS;
        if !waiting.turns.back().is_some_and(has_room) {
            waiting.turns.push_back(Gathering::default());
        }
        let is_first = waiting.turns.len() == 1;
        let Some(gathering) = waiting.turns.back_mut() else { return Err(batch) };
        let place = gathering.batches.len();
        gathering.batches.push(batch);
        gathering.octets += octets;
        let turn = Arc::clone(&gathering.turn);
        drop(waiting);
        if is_first && place == 0 {
            self.arrived.notify_one();
        }
        Ok(Storing { spool: Arc::clone(spool), way: Way::Turn(turn, place), leased })
    }

    /// The lease of a message is over: it may go on its way. False if there is nobody to see to it.
    fn release(&self, id: ItemId) -> bool {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return false;
        }
        waiting.released.push(id);
        let is_first = waiting.released.len() == 1;
        drop(waiting);
        if is_first {
            self.arrived.notify_one();
        }
        true
    }

    fn take_released(&self) -> Vec<ItemId> {
        std::mem::take(&mut self.waiting().released)
    }

    fn take(&self) -> Option<Gathering> {
        self.waiting().turns.pop_front()
    }

    fn has_turns(&self) -> bool {
        !self.waiting().turns.is_empty()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn release(&self, id: ItemId) {
        if !self.turns.release(id) {
            self.store.release(&[id]);
        }
    }
}

/// Stores what gathers until the program drains and nothing is left.
pub(super) async fn run(spool: Arc<Inner>, signal: ShutdownSignal) {
    let closing = Closing(Arc::clone(&spool));
    let turns = &spool.turns;
    let mut storing = FuturesUnordered::new();
    let requested = signal.requested();
    tokio::pin!(requested);
    let mut is_requested = false;
    loop {
        let released = turns.take_released();
        if !released.is_empty() {
            spool.store.release(&released);
        }
        while storing.len() < AT_ONCE
            && let Some(gathered) = turns.take()
        {
            storing.push(store(&spool, gathered));
        }
        if is_requested && storing.is_empty() && !turns.has_turns() {
            break;
        }
        tokio::select! {
            biased;
            () = &mut requested, if !is_requested => is_requested = true,
            Some(()) = storing.next(), if !storing.is_empty() => {}
            () = turns.arrived.notified() => {}
        }
    }
    drop(closing);
}

/// Stores a turn.
async fn store(spool: &Inner, gathered: Gathering) {
    let Gathering { batches, turn, .. } = gathered;
    let turn = Ending(turn);
    let count = batches.len();
    let outcomes = match spool.store.commit_each(batches).await {
        Ok(outcomes) => outcomes,
        Err(error) => vec![Err(error); count],
    };
    let abandoned = turn.0.end(outcomes);
    if !abandoned.is_empty() {
        spool.store.release(&abandoned);
    }
}

impl Turn {
    /// Wakes all who wait, and gives the messages that nobody waits for.
    fn end(&self, outcomes: Vec<Result<bool, StoreError>>) -> Vec<ItemId> {
        let woken = {
            let mut waiting = self.waiting();
            let _ = self.outcomes.set(outcomes);
            std::mem::take(&mut *waiting)
        };
        woken.wakers.into_iter().flatten().for_each(Waker::wake);
        woken.abandoned
    }

    fn waiting(&self) -> MutexGuard<'_, Woken> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn whose task is stopped has failed: nobody waits for it for ever.
struct Ending(Arc<Turn>);

impl Drop for Ending {
    fn drop(&mut self) {
        if self.0.outcomes.get().is_none() {
            self.0.end(Vec::new());
        }
    }
}

/// Nothing is gathered any more when this is dropped, and what was gathered has failed.
struct Closing(Arc<Inner>);

impl Drop for Closing {
    fn drop(&mut self) {
        let (left, released) = {
            let mut waiting = self.0.turns.waiting();
            waiting.is_closed = true;
            (std::mem::take(&mut waiting.turns), std::mem::take(&mut waiting.released))
        };
        for gathering in left {
            gathering.turn.end(Vec::new());
        }
        self.0.store.release(&released);
    }
}

impl fmt::Debug for Storing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storing").field("leased", &self.leased).finish_non_exhaustive()
    }
}

impl Storing {
    /// A batch that is not stored with others.
    pub(super) fn alone(spool: &Arc<Inner>, batch: Batch, leased: Option<ItemId>) -> Self {
        let way = Way::Alone(Some(spool.store.commit(batch)));
        Self { spool: Arc::clone(spool), way, leased }
    }
}

impl Future for Storing {
    type Output = Result<bool, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = std::task::ready!(match &mut self.way {
            Way::Turn(turn, place) => turn.poll(*place, cx),
            Way::Alone(Some(written)) => written.as_mut().poll(cx),
            Way::Alone(None) => return Poll::Pending,
        });
        if let Way::Alone(written) = &mut self.way {
            *written = None;
        }
        if let Some(leased) = self.leased.take() {
            self.spool.release(leased);
        }
        Poll::Ready(outcome)
    }
}

impl Turn {
    fn poll(&self, place: usize, cx: &mut Context<'_>) -> Poll<Result<bool, StoreError>> {
        let outcome = || {
            let outcomes = self.outcomes.get()?;
            Some(outcomes.get(place).cloned().unwrap_or(Err(StoreError::Closed)))
        };
        if let Some(outcome) = outcome() {
            return Poll::Ready(outcome);
        }
        let mut waiting = self.waiting();
        if let Some(outcome) = outcome() {
            return Poll::Ready(outcome);
        }
        if waiting.wakers.len() <= place {
            waiting.wakers.resize(place + 1, None);
        }
        match waiting.wakers.get_mut(place) {
            Some(Some(waker)) => waker.clone_from(cx.waker()),
            Some(none) => *none = Some(cx.waker().clone()),
            None => {}
        }
        Poll::Pending
    }
}

/// Whether it is written or not: there is no lease after it.
impl Drop for Storing {
    fn drop(&mut self) {
        let Some(leased) = self.leased.take() else { return };
        match &mut self.way {
            Way::Turn(turn, _) => {
                {
                    let mut waiting = turn.waiting();
                    if turn.outcomes.get().is_none() {
                        return waiting.abandoned.push(leased);
                    }
                }
                self.spool.release(leased);
            }
            Way::Alone(written) => {
                let (spool, written) = (Arc::clone(&self.spool), written.take());
                if let (Some(written), Ok(runtime)) =
                    (written, tokio::runtime::Handle::try_current())
                {
                    runtime.spawn(async move {
                        let _ = written.await;
                        spool.store.release(&[leased]);
                    });
                }
            }
        }
    }
}
