//! What waits for the writer.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError, oneshot};

use crate::store::backend::WhenDone;
use crate::store::{Answer, Batch, Op, StoreError};

/// A batch counts as one for each of these octets that it holds, and as one at least.
const UNIT: usize = 4_096;
/// So many batches wait, of 64 MiB together; the others wait for room.
const ROOM: u32 = 16_384;

pub(super) struct Job {
    pub(super) work: Work,
    pub(super) since: Instant,
    /// Room that it takes, given back by [`Inbox::make_room`].
    weight: u32,
}

pub(super) enum Work {
    Commit(Batch, Done<bool>),
    /// So many, each by itself.
    CommitEach(Vec<Batch>, usize, WhenDone),
    /// Numbers below this one may be given.
    Raise(u64, Done<bool>),
}

/// Whoever waits for a piece of work.
pub(super) type Done<T> = oneshot::Sender<Result<T, StoreError>>;

/// The queue between the callers and the writer's thread, bounded by count and by octets.
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    room: Semaphore,
}

#[derive(Default)]
struct Waiting {
    jobs: Vec<Job>,
    is_closed: bool,
    writer_sleeps: bool,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            room: Semaphore::new(ROOM as usize),
        }
    }

    /// Hands a batch over, now if there is room.
    pub(super) fn submit(self: Arc<Self>, batch: Batch) -> Answer<'static, bool> {
        let (done, answer) = oneshot::channel();
        let handed_over = self.hand_over(Work::Commit(batch, done));
        Box::pin(async move {
            handed_over.finish().await?;
            answer.await.map_err(|_| StoreError::Closed)?
        })
    }

    /// Hands batches over, beyond the room if there is none: whoever calls this bounds how many are on their way.
    pub(super) fn submit_each(&self, batches: Vec<Batch>, done: WhenDone) {
        let count = batches.len();
        let work = Work::CommitEach(batches, count, done);
        let weight = work.weight();
        let has_room = self.room.try_acquire_many(weight).map(SemaphorePermit::forget).is_ok();
        // Closed, it is dropped, and says so to whoever waits.
        let _ = self.push(work, if has_room { weight } else { 0 });
    }

    /// Has numbers below `ceiling` made durably ours.
    pub(super) async fn raise(self: Arc<Self>, ceiling: u64) -> Result<bool, StoreError> {
        let (done, answer) = oneshot::channel();
        self.hand_over(Work::Raise(ceiling, done)).finish().await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    fn hand_over(self: Arc<Self>, work: Work) -> HandOver {
        let weight = work.weight();
        match self.room.try_acquire_many(weight).map(SemaphorePermit::forget) {
            Ok(()) => HandOver::Done(self.push(work, weight)),
            Err(TryAcquireError::NoPermits) => HandOver::Waits(self, work, weight),
            Err(TryAcquireError::Closed) => HandOver::Done(Err(StoreError::Closed)),
        }
    }

    fn push(&self, work: Work, weight: u32) -> Result<(), StoreError> {
        let job = Job { work, since: Instant::now(), weight };
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Err(StoreError::Closed);
        }
        waiting.jobs.push(job);
        if waiting.writer_sleeps {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Moves all that waits into `jobs`, and sleeps for at most `limit` until there is something. `false` once it is closed and
    /// nothing is left.
    pub(super) fn take(&self, jobs: &mut Vec<Job>, limit: Duration) -> bool {
        let mut waiting = self.waiting();
        if waiting.jobs.is_empty() && !waiting.is_closed {
            waiting.writer_sleeps = true;
            let slept = self.arrived.wait_timeout(waiting, limit);
            waiting = slept.unwrap_or_else(PoisonError::into_inner).0;
            waiting.writer_sleeps = false;
        }
        std::mem::swap(&mut waiting.jobs, jobs);
        !(waiting.is_closed && jobs.is_empty())
    }

    /// Jobs are done: others may come in their place.
    pub(super) fn make_room(&self, jobs: &[Job]) {
        self.room.add_permits(jobs.iter().map(|job| job.weight as usize).sum());
    }

    /// Takes nothing any more. What waits is still written.
    pub(super) fn close(&self) {
        self.waiting().is_closed = true;
        self.room.close();
        self.arrived.notify_one();
    }

    /// Drops what waits; for a writer that is gone.
    pub(super) fn abandon(&self) {
        self.close();
        // Not under the lock: with what waits for them the store itself may go.
        let jobs = std::mem::take(&mut self.waiting().jobs);
        drop(jobs);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that was handed over, or waits for room.
enum HandOver {
    Done(Result<(), StoreError>),
    Waits(Arc<Inbox>, Work, u32),
}

impl HandOver {
    async fn finish(self) -> Result<(), StoreError> {
        match self {
            Self::Done(outcome) => outcome,
            Self::Waits(inbox, work, weight) => {
                inbox.room.acquire_many(weight).await.map_err(|_| StoreError::Closed)?.forget();
                inbox.push(work, weight)
            }
        }
    }
}

impl Work {
    /// What it commits.
    pub(super) fn batches(&self) -> &[Batch] {
        match self {
            Self::Commit(batch, _) => std::slice::from_ref(batch),
            Self::CommitEach(batches, ..) => batches,
            Self::Raise(..) => &[],
        }
    }

    /// How many answers it gets.
    pub(super) fn answers(&self) -> usize {
        match self {
            Self::Commit(..) | Self::Raise(..) => 1,
            Self::CommitEach(_, count, _) => *count,
        }
    }

    fn weight(&self) -> u32 {
        let octets = |op: &Op| match op {
            Op::Put { key, value, .. } | Op::Append { key, value, .. } => key.len() + value.len(),
            Op::Push(item) | Op::PushLeased(item) => item.body.len(),
            Op::Delete { .. } | Op::Remove(_) => 0,
        };
        let ops = self.batches().iter().flat_map(Batch::ops);
        let octets: usize = ops.map(|op| octets(op) + 64).sum();
        u32::try_from(octets / UNIT + 1).unwrap_or(ROOM).min(ROOM)
    }
}
