//! What gathers batches into pipelines.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use redis::{Cmd, RedisError, Value};
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::calls::{answer, digits, has_forgotten, meaning, source, unexpected};
use crate::store::time::{duration_ms, floor_ms};
use crate::store::{Batch, Guard, Item, Op, StoreError};

/// Batches of one pipeline.
const AT_ONCE: usize = 1_024;

pub(super) struct Job {
    pub(super) batch: Batch,
    pub(super) done: oneshot::Sender<Result<bool, StoreError>>,
    pub(super) since: Instant,
}

/// Sends what waits, all of it at once, until nobody can hand over any more. Then this replica is gone, and says so.
pub(super) async fn pump(shared: Arc<Shared>, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut jobs, AT_ONCE) => if count == 0 { break },
            () = shared.has_released.notified() => {}
        }
        release(&shared).await;
        if !jobs.is_empty() {
            send(&shared, &mut jobs).await;
        }
    }
    release(&shared).await;
    // Some at a time: until nothing comes back any more.
    while shared.beat(Duration::ZERO).await.is_ok_and(|back| back > 0) {}
}

/// Before the batches: what a task releases and then commits is done in that order.
async fn release(shared: &Arc<Shared>) {
    let released =
        std::mem::take(&mut *shared.released.lock().unwrap_or_else(PoisonError::into_inner));
    for some in released.chunks(AT_ONCE) {
        let mut command = shared.script(&shared.scripts.release);
        command.arg(&shared.replica);
        for release in some {
            command.arg(digits(release.id)).arg(release.call);
        }
        let mut connection = shared.connection.clone();
        let sent =
            answer::<Value>(shared.options.call_timeout, command.query_async(&mut connection));
        if let Err(error) = sent.await {
            // Kept for the next time. If this process ends before, its heartbeat does, and they go back all the same.
            tracing::debug!(error = %error, "cannot release items yet");
            shared.released.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(some);
        }
    }
}

async fn send(shared: &Arc<Shared>, jobs: &mut Vec<Job>) {
    let commands: Vec<Cmd> = jobs.iter().map(|job| command(shared, &job.batch)).collect();
    let mut answers = pipeline(shared, &commands).await;
    if answers.iter().any(was_forgotten) {
        let mut connection = shared.connection.clone();
        if super::Scripts::load(&mut connection, shared.options.call_timeout).await.is_ok() {
            let (places, again): (Vec<_>, Vec<_>) = answers
                .iter()
                .enumerate()
                .zip(&commands)
                .filter(|((_, answer), _)| was_forgotten(answer))
                .map(|((place, _), command)| (place, command.clone()))
                .unzip();
            for (place, answer) in places.into_iter().zip(pipeline(shared, &again).await) {
                if let Some(before) = answers.get_mut(place) {
                    *before = answer;
                }
            }
        }
    }
    let histogram = metrics::histogram!("wirepath_store_commit_seconds");
    metrics::counter!("wirepath_store_commits_total").increment(jobs.len() as u64);
    for (job, answer) in jobs.drain(..).zip(answers) {
        histogram.record(job.since.elapsed());
        let _ = job.done.send(answer);
    }
}

/// Whether the server did not know the script, and so did nothing.
fn was_forgotten(answer: &Result<bool, StoreError>) -> bool {
    match answer {
        Err(StoreError::Unavailable { source, .. }) => has_forgotten(source),
        _ => false,
    }
}

/// Each answer by itself: one that fails does not fail the others.
async fn pipeline(shared: &Shared, commands: &[Cmd]) -> Vec<Result<bool, StoreError>> {
    let mut pipeline = redis::Pipeline::with_capacity(commands.len());
    pipeline.ignore_errors();
    for command in commands {
        pipeline.add_command(command.clone());
    }
    let mut connection = shared.connection.clone();
    let limit = shared.options.call_timeout;
    let sent = pipeline.query_async::<Vec<Value>>(&mut connection);
    match answer(limit, sent).await {
        Ok(values) => {
            let mut answers: Vec<_> = values.into_iter().map(verdict).collect();
            answers.resize_with(commands.len(), || Err(unexpected()));
            answers
        }
        Err(error) => commands.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn verdict(value: Value) -> Result<bool, StoreError> {
    match value {
        Value::Int(1) => Ok(true),
        Value::Int(0) => Ok(false),
        Value::ServerError(error) => Err(meaning(RedisError::from(error))),
        other => {
            let error = std::io::Error::other(format!("an answer of another kind: {other:?}"));
            Err(StoreError::Uncertain { source: source(error) })
        }
    }
}

/// The call of `commit.lua`.
fn command(shared: &Shared, batch: &Batch) -> Cmd {
    let mut command = shared.script(&shared.scripts.commit);
    command.arg(shared.new_holder()).arg(batch.guards.len());
    for guard in &batch.guards {
        match guard {
            Guard::KeyPresent(key) => command.arg("k+").arg(&key[..]),
            Guard::KeyAbsent(key) => command.arg("k-").arg(&key[..]),
            Guard::ItemPresent(id) => command.arg("i+").arg(digits(*id)),
            Guard::ItemAbsent(id) => command.arg("i-").arg(digits(*id)),
            Guard::ItemFree(id) => command.arg("free").arg(digits(*id)),
        };
    }
    for op in &batch.ops {
        match op {
            Op::Put { key, value, ttl } => {
                command.arg("put").arg(&key[..]).arg(&value[..]);
                match ttl {
                    Some(ttl) => command.arg(duration_ms(*ttl)),
                    None => command.arg(""),
                };
            }
            Op::Append { key, value, ttl } => {
                command.arg("append").arg(&key[..]).arg(&value[..]).arg(Batch::MAX_VALUE);
                match ttl {
                    Some(ttl) => command.arg(duration_ms(*ttl)),
                    None => command.arg(""),
                };
            }
            Op::Delete { key } => drop(command.arg("delete").arg(&key[..])),
            Op::Remove(id) => drop(command.arg("remove").arg(digits(*id))),
            Op::Push(item) => push(&mut command, "push", item),
            Op::PushLeased(item) => push(&mut command, "push_leased", item),
        }
    }
    command
}

fn push(command: &mut Cmd, kind: &str, item: &Item) {
    command
        .arg(kind)
        .arg(digits(item.id))
        .arg(item.lane.as_str())
        .arg(item.priority)
        .arg(floor_ms(item.due))
        .arg(floor_ms(item.queued))
        .arg(item.attempts)
        .arg(&item.body[..]);
}
