//! What comes in at the same time, and is handed to the store together.
//!
//! ```text
//!   submit_sm ─▶ Storing ─┐
//!   receipt   ─▶ Storing ─┼─▶ turn ──▶ one call, one fsync ──▶ all of them are woken ──▶ responses
//!   submit_sm ─▶ Storing ─┘
//! ```
//!
//! While the store writes one turn, the next one gathers; it is handed over by whoever finds that there is room for it: the task of
//! this module when a session has stored all that it had, a session that stores a good part of a turn by itself, and whoever in the
//! store is done with the turn before. So the store does not wait for a task to get its thread, and nobody is woken for that.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::sync::Notify;
use wirepath_runtime::{
    shutdown::ShutdownSignal,
    store::{Answer, Batch, ItemId, StoreError},
};

use super::spool::Inner;

/// Batches of one turn, at most. The store puts turns together again; larger ones would be pieces of memory that allocators make much
/// of.
const BATCHES: usize = 128;
/// Octets of what they store: one more is taken as long as there are fewer.
const OCTETS: usize = 1 << 20;
/// Turns that the store has at a time.
const AT_ONCE: usize = 8;
/// A store that has nothing to do gets so many batches from a session that has more.
const EARLY: usize = 64;

/// What gathers. It holds what sessions have in flight, and is bounded by that.
#[derive(Debug)]
pub(super) struct Turns {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    turns: VecDeque<Gathering>,
    /// Turns that the store has.
    at_store: usize,
    /// Batches of the turn that it got last.
    last: usize,
    /// Messages whose response is on its way, and whose lease is over.
    released: Vec<ItemId>,
    /// Whoever runs this waits for the last turn.
    is_draining: bool,
    /// Nobody stores anything any more.
    is_closed: bool,
}

#[derive(Debug)]
struct Gathering {
    batches: Vec<Batch>,
    octets: usize,
    turn: Arc<Turn>,
}

/// A turn that the store has. If the store drops it, it has failed: nobody waits for it for ever.
struct AtStore {
    turn: Option<Arc<Turn>>,
    spool: Arc<Inner>,
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
    path: Path,
    /// A message that nobody may send before this is ready: its receipt does not come before its response.
    leased: Option<ItemId>,
}

/// How a batch gets to the store.
enum Path {
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
            let size = waiting.last.clamp(4, BATCHES);
            waiting.turns.push_back(Gathering::sized(size));
        }
        let is_first = waiting.turns.len() == 1;
        let Some(gathering) = waiting.turns.back_mut() else { return Err(batch) };
        let place = gathering.batches.len();
        gathering.batches.push(batch);
        gathering.octets += octets;
        let turn = Arc::clone(&gathering.turn);
        let early = match place + 1 >= EARLY && waiting.at_store == 0 {
            true => waiting.begin(),
            false => None,
        };
        // The store hands over what comes while it has something.
        let has_arrived = is_first && place == 0 && waiting.at_store == 0;
        drop(waiting);
        if has_arrived {
            self.arrived.notify_one();
        }
        if let Some(early) = early {
            early.hand_over(spool);
        }
        Ok(Storing { spool: Arc::clone(spool), path: Path::Turn(turn, place), leased })
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

    /// Gives the store as many turns as it takes.
    fn hand_over(spool: &Arc<Inner>) {
        let next = || spool.turns.waiting().begin();
        while let Some(gathered) = next() {
            gathered.hand_over(spool);
        }
    }

    /// Whether nothing is left, when nothing comes any more.
    fn is_drained(&self) -> bool {
        let mut waiting = self.waiting();
        waiting.is_draining = true;
        waiting.turns.is_empty() && waiting.at_store == 0
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
    let requested = signal.requested();
    tokio::pin!(requested);
    let mut is_requested = false;
    loop {
        let released = turns.take_released();
        if !released.is_empty() {
            spool.store.release(&released);
        }
        Turns::hand_over(&spool);
        if is_requested && turns.is_drained() {
            break;
        }
        tokio::select! {
            biased;
            () = &mut requested, if !is_requested => is_requested = true,
            () = turns.arrived.notified() => {}
        }
    }
    drop(closing);
}

impl Waiting {
    /// The next turn, if the store takes one more.
    fn begin(&mut self) -> Option<Gathering> {
        if self.at_store >= AT_ONCE {
            return None;
        }
        let gathered = self.turns.pop_front()?;
        self.at_store += 1;
        self.last = gathered.batches.len();
        Some(gathered)
    }
}

impl Gathering {
    /// With room for so many batches, and more.
    fn sized(count: usize) -> Self {
        let turn = Turn::default();
        turn.waiting().wakers.reserve(count);
        Self { batches: Vec::with_capacity(count), octets: 0, turn: Arc::new(turn) }
    }

    /// Gives the store what has gathered.
    fn hand_over(self, spool: &Arc<Inner>) {
        let at_store = AtStore { turn: Some(self.turn), spool: Arc::clone(spool) };
        spool.store.commit_each(self.batches, |outcomes| at_store.end(outcomes));
    }
}

impl AtStore {
    /// Wakes all whose turn it was, and gives the store what has gathered meanwhile.
    fn end(mut self, outcomes: Vec<Result<bool, StoreError>>) {
        let spool = Arc::clone(&self.spool);
        self.leave(outcomes);
        Turns::hand_over(&spool);
    }

    fn leave(&mut self, outcomes: Vec<Result<bool, StoreError>>) {
        let Some(turn) = self.turn.take() else { return };
        let abandoned = turn.end(outcomes);
        if !abandoned.is_empty() {
            self.spool.store.release(&abandoned);
        }
        let turns = &self.spool.turns;
        let is_draining = {
            let mut waiting = turns.waiting();
            waiting.at_store = waiting.at_store.saturating_sub(1);
            waiting.is_draining
        };
        if is_draining {
            turns.arrived.notify_one();
        }
    }
}

impl Drop for AtStore {
    fn drop(&mut self) {
        if self.turn.is_some() {
            self.leave(Vec::new());
            // Whoever runs this hands over what is left, if there is still a store.
            self.spool.turns.arrived.notify_one();
        }
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
        let path = Path::Alone(Some(spool.store.commit(batch)));
        Self { spool: Arc::clone(spool), path, leased }
    }
}

impl Future for Storing {
    type Output = Result<bool, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = std::task::ready!(match &mut self.path {
            Path::Turn(turn, place) => turn.poll(*place, cx),
            Path::Alone(Some(written)) => written.as_mut().poll(cx),
            Path::Alone(None) => return Poll::Pending,
        });
        if let Path::Alone(written) = &mut self.path {
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
        match &mut self.path {
            Path::Turn(turn, _) => {
                {
                    let mut waiting = turn.waiting();
                    if turn.outcomes.get().is_none() {
                        return waiting.abandoned.push(leased);
                    }
                }
                self.spool.release(leased);
            }
            Path::Alone(written) => {
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
