//! The thread that writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::MutexGuard;

use super::engine::Table;
use super::group::Group;
use super::inbox::{Inbox, Job, Work};
use super::state::{Shared, State};
use crate::store::record::decode_value;
use crate::store::{Batch, Source, StoreError};

/// How often expired keys are looked for, and how many keys are looked at each time.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
const SWEEP_AGAIN: Duration = Duration::from_millis(50);
const SWEEP_KEYS: usize = 4_096;
/// Batches that are decided about while others wait for the lock.
const AT_A_TIME: usize = 32;

/// Gathers all that waits into one batch of the engine and one fsync, then answers all of it: while the disk works on a group,
/// the next one gathers.
pub(super) struct Writer {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    group: Group,
    jobs: Vec<Job>,
    answers: Vec<Result<bool, StoreError>>,
    /// Where the next sweep begins.
    cursor: Vec<u8>,
    next_sweep: Instant,
}

/// A key that has expired, or is damaged.
struct Gone {
    key: Bytes,
    record: Bytes,
    damage: Option<&'static str>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, inbox: Arc<Inbox>) -> Self {
        Self {
            shared,
            inbox,
            group: Group::default(),
            jobs: Vec::new(),
            answers: Vec::new(),
            cursor: Vec::new(),
            next_sweep: Instant::now() + SWEEP_EVERY,
        }
    }

    /// Works until the inbox is closed and empty.
    pub(super) fn run(mut self) {
        let _gone = Departure { shared: self.shared.clone(), inbox: self.inbox.clone() };
        loop {
            let limit = self.next_sweep.saturating_duration_since(Instant::now());
            if !self.inbox.take(&mut self.jobs, limit) {
                return;
            }
            let mut jobs = std::mem::take(&mut self.jobs);
            self.write(&mut jobs);
            self.jobs = jobs;
        }
    }

    fn write(&mut self, jobs: &mut Vec<Job>) {
        let swept = self.sweep();
        if jobs.is_empty() && swept.is_empty() {
            return;
        }
        let mut answers = std::mem::take(&mut self.answers);
        self.gather(jobs, swept, &mut answers);
        let failure = self.persist().err().map(|error| self.shared.fail(error));
        if let Some(failure) = failure {
            answers.iter_mut().for_each(|answer| *answer = Err(failure.clone()));
        }
        let commits = answers.len() as u64;
        self.inbox.make_room(jobs);
        answer(jobs, answers.drain(..));
        self.answers = answers;
        metrics::counter!("wirepath_store_commits_total").increment(commits);
    }

    /// Decides about every batch, in memory. Answers are in the order of the batches.
    fn gather(
        &mut self,
        jobs: &mut [Job],
        swept: Vec<Gone>,
        answers: &mut Vec<Result<bool, StoreError>>,
    ) {
        let shared = self.shared.clone();
        self.group.begin(shared.state().totals);
        if let Err(failure) = shared.check() {
            let batches = jobs.iter().map(|job| job.work.answers()).sum();
            answers.extend(std::iter::repeat_n(Err(failure), batches));
            return;
        }
        let mut unread = Vec::new();
        for (place, batch) in jobs.iter().flat_map(|job| job.work.batches()).enumerate() {
            // Each by itself: no bound of one is the others' business.
            let looked_up = batch.validate().and_then(|()| self.group.look_up(&shared, batch));
            unread.extend(looked_up.err().map(|error| (place, error)));
        }
        let mut unread = unread.into_iter().peekable();
        let mut state = shared.state();
        for gone in swept {
            self.discard(&mut state, gone);
        }
        let now = shared.clock.now_ms();
        let mut place = 0;
        let mut admit = |group: &mut Group, state: &mut State, batch: Batch| {
            place += 1;
            match unread.next_if(|(unread, _)| unread + 1 == place) {
                Some((_, error)) => Err(error),
                None => group.admit(&shared, state, batch, now),
            }
        };
        for job in jobs {
            if answers.len().is_multiple_of(AT_A_TIME) {
                MutexGuard::bump(&mut state);
            }
            match &mut job.work {
                Work::Commit(batch, _) => {
                    answers.push(admit(&mut self.group, &mut state, std::mem::take(batch)));
                }
                Work::CommitEach(batches, ..) => {
                    for batch in batches.drain(..) {
                        if answers.len().is_multiple_of(AT_A_TIME) {
                            MutexGuard::bump(&mut state);
                        }
                        answers.push(admit(&mut self.group, &mut state, batch));
                    }
                }
                Work::Raise(ceiling, _) => {
                    state.totals.ceiling = state.totals.ceiling.max(*ceiling);
                    answers.push(Ok(true));
                }
            }
        }
        self.group.finish(state.totals);
    }

    /// One batch, one fsync; what was pushed can be leased from here on.
    fn persist(&mut self) -> Result<(), Source> {
        if self.group.writes.is_empty() {
            return Ok(());
        }
        self.shared.engine.apply(&self.group.writes)?;
        metrics::counter!("wirepath_store_fsyncs_total").increment(1);
        self.group.remember(&self.shared.values);
        let mut wakes = Vec::new();
        let (items, octets) = {
            let mut state = self.shared.state();
            self.group.settle(&self.shared, &mut state, &mut wakes);
            state.ceiling = state.totals.ceiling;
            (state.index.len(), state.index.octets() + state.totals.key_octets)
        };
        wakes.iter().for_each(|wake| self.shared.bells.ring(wake));
        metrics::gauge!("wirepath_store_items").set(items as f64);
        metrics::gauge!("wirepath_store_bytes").set(octets as f64);
        Ok(())
    }

    /// Looks at some keys, and says which of them are to go.
    fn sweep(&mut self) -> Vec<Gone> {
        let mut swept = Vec::new();
        if Instant::now() < self.next_sweep {
            return swept;
        }
        self.next_sweep = Instant::now() + SWEEP_EVERY;
        if self.shared.state().totals.keys == 0 || self.shared.check().is_err() {
            return swept;
        }
        let now = self.shared.clock.now_ms();
        let mut seen = 0;
        let mut next = Vec::new();
        let cursor = std::mem::take(&mut self.cursor);
        let outcome = self.shared.engine.scan(Table::Keys, &cursor, &mut |key, record| {
            if seen == SWEEP_KEYS {
                next = key.to_vec();
                return false;
            }
            seen += 1;
            let damage = match decode_value(key, record.clone()) {
                Ok((_, expires)) if expires == 0 || now < expires => return true,
                Ok(_) => None,
                Err(damage) => Some(damage.0),
            };
            swept.push(Gone { key: Bytes::copy_from_slice(key), record, damage });
            true
        });
        if let Err(error) = outcome {
            tracing::warn!(error = %error, "cannot look for expired keys; trying again");
        }
        self.cursor = next;
        if swept.len() > SWEEP_KEYS / 2 {
            self.next_sweep = Instant::now() + SWEEP_AGAIN;
        }
        swept
    }

    fn discard(&mut self, state: &mut State, gone: Gone) {
        let Gone { key, record, damage } = gone;
        if let Some(reason) = damage {
            self.shared.count_damaged("keys", &key, reason);
            self.group.writes.put(Table::Meta, &damaged_key(Table::Keys, &key), &record);
        }
        self.group.sweep(state, key, record.len());
    }
}

/// Gives each piece of work its answers: those of the batches of all, one after the other.
fn answer(jobs: &mut Vec<Job>, mut answers: impl Iterator<Item = Result<bool, StoreError>>) {
    let histogram = metrics::histogram!("wirepath_store_commit_seconds");
    let now = Instant::now();
    for job in jobs.drain(..) {
        histogram.record(now.saturating_duration_since(job.since));
        let mut next = || answers.next().unwrap_or(Err(StoreError::Closed));
        match job.work {
            Work::Commit(_, done) | Work::Raise(_, done) => drop(done.send(next())),
            Work::CommitEach(_, count, done) => {
                done((0..count).map(|_| next()).collect());
            }
        }
    }
}

/// Where a damaged record is moved to, in the table `meta`.
pub(super) fn damaged_key(table: Table, key: &[u8]) -> Vec<u8> {
    let prefix: &[u8] = match table {
        Table::Items => b"damaged/items/",
        Table::Keys => b"damaged/keys/",
        Table::Meta => b"damaged/meta/",
    };
    [prefix, key].concat()
}

/// If the thread ends, by a panic of the engine too, nobody waits for it.
struct Departure {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
}

impl Drop for Departure {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.fail(Arc::new(std::io::Error::other("the engine has panicked")));
        }
        self.inbox.abandon();
        self.shared.bells.ring_all();
    }
}
