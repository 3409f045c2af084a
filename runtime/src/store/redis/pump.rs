//! What gathers batches, and sends them together.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use redis::{Pipeline, Value};
use tokio::sync::{mpsc, oneshot};

use super::calls::{answer, failure, has_forgotten, unexpected};
use super::group::{self, Answers};
use super::packed::digits;
use super::{Release, Shared};
use crate::store::{Batch, StoreError};

/// Batches that are sent together: as many scripts as [`group::split`] makes of them.
const AT_ONCE: usize = 1_024;
/// When items are released again that could not be.
const RELEASE_AGAIN: Duration = Duration::from_secs(1);

pub(super) struct Job {
    pub(super) batch: Batch,
    pub(super) done: oneshot::Sender<Result<bool, StoreError>>,
    pub(super) since: Instant,
}

/// Sends what waits, all of it at once, until nobody can hand over any more. Then this replica is gone, and says so.
pub(super) async fn pump(shared: Arc<Shared>, mut waiting: mpsc::Receiver<Job>) {
    let (mut jobs, mut is_behind) = (Vec::new(), false);
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut jobs, AT_ONCE) => if count == 0 { break },
            () = shared.has_released.notified() => {}
            // Nobody may call any more, and others wait for the items.
            () = tokio::time::sleep(RELEASE_AGAIN), if is_behind => {}
        }
        is_behind = !turn(&shared, &mut jobs).await;
    }
    turn(&shared, &mut jobs).await;
    // Some at a time: until nothing comes back any more.
    while shared.beat(Duration::ZERO).await.is_ok_and(|back| back > 0) {}
}

/// One pipeline. Releases go before the batches: what a task releases and then commits is done in that order. Says whether all has
/// been released.
async fn turn(shared: &Arc<Shared>, jobs: &mut Vec<Job>) -> bool {
    let released =
        std::mem::take(&mut *shared.released.lock().unwrap_or_else(PoisonError::into_inner));
    let batches: Vec<_> = jobs.iter().map(|job| &job.batch).collect();
    let groups = group::split(&batches);
    let mut values = send(shared, &released, &groups).await;
    if values.iter().any(|value| value.as_ref().is_err_and(has_forgotten)) {
        // After a restart the server knows no script; nothing of those was done.
        let mut connection = shared.connection.clone();
        if super::Scripts::load(&mut connection, shared.options.call_timeout).await.is_ok() {
            values = send_forgotten(shared, &released, &groups, values).await;
        }
    }
    let (mut values, mut is_released) = (values.into_iter(), true);
    for some in released.chunks(AT_ONCE) {
        match values.next().unwrap_or_else(|| Err(unexpected())) {
            Ok(woken) => shared.ring(woken),
            Err(error) => {
                // Kept for the next time. If this process ends before, its heartbeat does, and they go back all the same.
                tracing::debug!(error = %error, "cannot release items yet");
                is_released = false;
                shared
                    .released
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(some);
            }
        }
    }
    let mut answers = Answers::with_capacity(jobs.len());
    for group in &groups {
        let value = values.next().unwrap_or_else(|| Err(unexpected()));
        match value {
            Ok(value) => answers.extend(shared.marks(value, group.len())),
            // A key that is damaged is the trouble of who touches it, and of nobody else in the group.
            Err(StoreError::Damaged { .. }) if group.len() > 1 => {
                answers.extend(one_by_one(shared, group).await);
            }
            Err(error) => answers.extend(group.iter().map(|_| Err(error.clone()))),
        }
    }
    settle(jobs, answers);
    is_released
}

async fn one_by_one(shared: &Shared, group: &[&Batch]) -> Answers {
    let mut answers = Answers::with_capacity(group.len());
    for batch in group {
        let value = send(shared, &[], &[std::slice::from_ref(batch)]).await.pop();
        answers.push(match value.unwrap_or_else(|| Err(unexpected())) {
            Ok(value) => shared.marks(value, 1).pop().unwrap_or_else(|| Err(unexpected())),
            Err(error) => Err(error),
        });
    }
    answers
}

fn settle(jobs: &mut Vec<Job>, answers: Answers) {
    if jobs.is_empty() {
        return;
    }
    let histogram = metrics::histogram!("wirepath_store_commit_seconds");
    metrics::counter!("wirepath_store_commits_total").increment(jobs.len() as u64);
    for (job, answer) in jobs.drain(..).zip(answers) {
        histogram.record(job.since.elapsed());
        let _ = job.done.send(answer);
    }
}

type Values = Vec<Result<Value, StoreError>>;

/// Each answer by itself: one that fails does not fail the others. First those to the releases.
async fn send(shared: &Shared, released: &[Release], groups: &[&[&Batch]]) -> Values {
    let mut pipeline = Pipeline::new();
    pipeline.ignore_errors();
    for some in released.chunks(AT_ONCE) {
        let mut command = shared.script(&shared.scripts.release);
        command.arg(&shared.replica);
        for release in some {
            command.arg(&digits(release.id)).arg(release.call);
        }
        pipeline.add_command(command);
    }
    for group in groups {
        pipeline.add_command(group::command(shared, group));
    }
    let count = pipeline.len();
    if count == 0 {
        return Values::new();
    }
    let mut connection = shared.connection.clone();
    let limit = shared.options.call_timeout;
    match answer(limit, pipeline.query_async::<Vec<Value>>(&mut connection)).await {
        Ok(values) => {
            let mut values: Values = values.into_iter().map(failure).collect();
            values.resize_with(count, || Err(unexpected()));
            values
        }
        Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
    }
}

/// Sends again what the server did not know the script of, and puts the answers in their places.
async fn send_forgotten(
    shared: &Shared,
    released: &[Release],
    groups: &[&[&Batch]],
    mut values: Values,
) -> Values {
    let chunks = released.chunks(AT_ONCE).map(|some| (some, None));
    let all = chunks.chain(groups.iter().map(|group| (&[][..], Some(*group))));
    for (value, (some, group)) in values.iter_mut().zip(all) {
        if value.as_ref().is_err_and(has_forgotten) {
            let again = match &group {
                Some(group) => send(shared, some, std::slice::from_ref(group)).await,
                None => send(shared, some, &[]).await,
            };
            *value = again.into_iter().next().unwrap_or_else(|| Err(unexpected()));
        }
    }
    values
}
