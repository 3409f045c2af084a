//! Messages that come in at the same time, and are stored in one step.
//!
//! ```text
//!   submit_sm ─▶ Storing ─┐
//!   submit_sm ─▶ Storing ─┼─▶ turn ──▶ one batch, one fsync ──▶ all of them are woken ──▶ responses
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
    store::{Batch, Item, ItemId},
};

use super::spool::{Inner, refusal};
use crate::protocol::Status;

/// Messages of one turn, at most.
const MESSAGES: usize = 1_024;
/// Octets of their bodies: one more message is taken as long as there are fewer.
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

#[derive(Debug)]
struct Gathering {
    batch: Batch,
    messages: usize,
    octets: usize,
    turn: Arc<Turn>,
}

/// Messages that are stored in one step.
#[derive(Debug, Default)]
struct Turn {
    outcome: OnceLock<Result<(), Status>>,
    waiting: Mutex<Woken>,
}

#[derive(Debug, Default)]
struct Woken {
    /// Whoever waits for each message.
    wakers: Vec<Option<Waker>>,
    /// Messages that nobody waits for any more, and that are leased.
    abandoned: Vec<ItemId>,
}

/// A message that is being stored. Ready when it is on disk.
///
/// Dropped before, the message may be stored all the same.
pub(super) struct Storing {
    spool: Arc<Inner>,
    turn: Arc<Turn>,
    place: usize,
    id: ItemId,
    /// Nobody may send it before this is ready: the receipt of a message does not come before its response.
    is_leased: bool,
}

impl Turns {
    /// Without somebody who [runs](run) them nothing is gathered.
    pub(super) fn new(are_run: bool) -> Self {
        let waiting = Waiting { is_closed: !are_run, ..Waiting::default() };
        Self { waiting: Mutex::new(waiting), arrived: Notify::new() }
    }

    /// Puts a message into the turn that gathers; gives it back if there is nobody to store it.
    pub(super) fn store(
        &self,
        spool: &Arc<Inner>,
        item: Item,
        is_leased: bool,
    ) -> Result<Storing, Box<Item>> {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Err(Box::new(item));
        }
        let has_room = |turn: &Gathering| turn.messages < MESSAGES && turn.octets < OCTETS;
        if !waiting.turns.back().is_some_and(has_room) {
            waiting.turns.push_back(Gathering {
                batch: Batch::new(),
                messages: 0,
                octets: 0,
                turn: Arc::default(),
            });
        }
        let is_first = waiting.turns.len() == 1;
        let Some(gathering) = waiting.turns.back_mut() else { return Err(Box::new(item)) };
        let (id, place) = (item.id, gathering.messages);
        gathering.messages += 1;
        gathering.octets += item.body.len();
        gathering.batch.add(match is_leased {
            true => wirepath_runtime::store::Op::PushLeased(item),
            false => wirepath_runtime::store::Op::Push(item),
        });
        let turn = Arc::clone(&gathering.turn);
        drop(waiting);
        if is_first && place == 0 {
            self.arrived.notify_one();
        }
        Ok(Storing { spool: Arc::clone(spool), turn, place, id, is_leased })
    }

    /// The lease of a message is over: it may go on its way.
    fn release(&self, id: ItemId) {
        let mut waiting = self.waiting();
        waiting.released.push(id);
        let is_first = waiting.released.len() == 1;
        drop(waiting);
        if is_first {
            self.arrived.notify_one();
        }
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

/// Stores the messages of a turn: all of them, or none.
async fn store(spool: &Inner, gathered: Gathering) {
    let Gathering { batch, messages, turn, .. } = gathered;
    let turn = Ending(turn);
    let outcome = match spool.store.commit(batch).await {
        Ok(_) => {
            spool.counting.accepted.some(messages as u64);
            Ok(())
        }
        Err(error) => Err(refusal(&error)),
    };
    let abandoned = turn.0.end(outcome);
    if !abandoned.is_empty() {
        spool.store.release(&abandoned);
    }
}

impl Turn {
    /// Wakes all who wait, and gives the messages that nobody waits for.
    fn end(&self, outcome: Result<(), Status>) -> Vec<ItemId> {
        let woken = {
            let mut waiting = self.waiting();
            let _ = self.outcome.set(outcome);
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
        if self.0.outcome.get().is_none() {
            self.0.end(Err(Status::RSYSERR));
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
            gathering.turn.end(Err(Status::RSYSERR));
        }
        self.0.store.release(&released);
    }
}

impl fmt::Debug for Storing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storing").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Storing {
    /// The number of the message.
    pub(super) fn id(&self) -> ItemId {
        self.id
    }

    fn outcome(&mut self) -> Option<Result<(), Status>> {
        let outcome = *self.turn.outcome.get()?;
        if std::mem::take(&mut self.is_leased) {
            self.spool.turns.release(self.id);
        }
        Some(outcome)
    }
}

impl Future for Storing {
    type Output = Result<(), Status>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(outcome) = self.outcome() {
            return Poll::Ready(outcome);
        }
        let place = self.place;
        {
            let mut waiting = self.turn.waiting();
            if self.turn.outcome.get().is_none() {
                if waiting.wakers.len() <= place {
                    waiting.wakers.resize(place + 1, None);
                }
                if let Some(waker) = waiting.wakers.get_mut(place) {
                    match waker {
                        Some(waker) => waker.clone_from(cx.waker()),
                        None => *waker = Some(cx.waker().clone()),
                    }
                }
                return Poll::Pending;
            }
        }
        self.outcome().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Storing {
    fn drop(&mut self) {
        if !self.is_leased || self.outcome().is_some() {
            return;
        }
        let is_over = {
            let mut waiting = self.turn.waiting();
            let is_over = self.turn.outcome.get().is_some();
            if !is_over {
                waiting.abandoned.push(self.id);
            }
            is_over
        };
        if is_over {
            self.spool.turns.release(self.id);
        }
    }
}
