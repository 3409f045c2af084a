//! What the spool does with its store.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::task::JoinSet;
use wirepath_runtime::store::{Batch, Item, ItemId, Lane, Store, StoreError};

use crate::{cli::SpoolArgs, error::LoadError};

/// Octets of a message.
pub(super) const BODY: usize = 250;
/// Where messages come in, and where they wait for their receipts.
pub(super) const IN: &str = "bind:alpha";
const OUT: &str = "receipts";
/// Octets of the key that a receipt is found by, and of what it holds.
const KEY: usize = 40;
const VALUE: Bytes = Bytes::from_static(b"000000012345");
/// Three days, as receipts are waited for.
const TTL: Duration = Duration::from_secs(3 * 24 * 3_600);
/// Items of a batch where a store is filled.
const FILL: u64 = 1_000;

/// How long all of it took, and the 99th percentile of the first batch of each message.
pub(super) struct Outcome {
    pub(super) seconds: f64,
    pub(super) p99_ms: f64,
}

/// Messages are pushed and durable, nothing else.
pub(super) async fn accept(store: &Store, args: &SpoolArgs) -> Result<Outcome, LoadError> {
    run(store, args, |store, body| async move { push(&store, body).await }).await
}

/// Messages go all the way.
pub(super) async fn whole(store: &Store, args: &SpoolArgs) -> Result<Outcome, LoadError> {
    run(store, args, |store, body| async move {
        let took = push(&store, body).await?;
        let lane = Lane::from(IN);
        for mut item in store.lease(&lane, 1).await? {
            let (id, key) = (item.id, key(item.id));
            item.lane = Lane::from(OUT);
            item.attempts += 1;
            let moved = Batch::new().put(key.clone(), VALUE, Some(TTL)).push(item);
            demand(store.commit(moved).await?)?;
            demand(store.commit(Batch::new().if_item(id).remove(id).delete(key)).await?)?;
        }
        Ok(took)
    })
    .await
}

/// Items that wait.
pub(super) async fn fill(store: &Store, count: u64) -> Result<(), LoadError> {
    let body = Bytes::from(vec![b'x'; BODY]);
    let first = store.reserve(count.max(1)).await?.0;
    let mut batches = Vec::new();
    for from in (first..first + count).step_by(FILL as usize) {
        let ids = from..(from + FILL).min(first + count);
        let batch =
            ids.fold(Batch::new(), |batch, id| batch.push(Item::new(ItemId(id), IN, body.clone())));
        batches.push(store.commit(batch));
    }
    for batch in batches {
        batch.await?;
    }
    Ok(())
}

async fn push(store: &Store, body: Bytes) -> Result<Duration, StoreError> {
    let id = store.reserve(1).await?;
    let begin = Instant::now();
    store.commit(Batch::new().push(Item::new(id, IN, body))).await?;
    Ok(begin.elapsed())
}

fn key(id: ItemId) -> Bytes {
    Bytes::from(format!("receipt/bind:alpha/{id:>0width$}", width = KEY - 19))
}

fn demand(held: bool) -> Result<(), StoreError> {
    if held { Ok(()) } else { Err(StoreError::Invalid("a guard did not hold".to_owned())) }
}

async fn run<F, W>(store: &Store, args: &SpoolArgs, work: W) -> Result<Outcome, LoadError>
where
    F: Future<Output = Result<Duration, StoreError>> + Send,
    W: Fn(Store, Bytes) -> F + Clone + Send + 'static,
{
    let begun = Arc::new(AtomicU64::new(0));
    let body = Bytes::from(vec![b'x'; BODY]);
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for _ in 0..args.in_flight {
        let (store, begun, body, work) = (store.clone(), begun.clone(), body.clone(), work.clone());
        let count = args.count;
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begun.fetch_add(1, Ordering::Relaxed) < count {
                times.push(work(store.clone(), body.clone()).await?);
            }
            Ok::<_, StoreError>(times)
        });
    }
    let mut times = super::microseconds()?;
    while let Some(done) = tasks.join_next().await {
        for took in done.map_err(|error| LoadError::new(error.to_string()))?? {
            times.saturating_record(took.as_micros() as u64);
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Outcome { seconds, p99_ms: times.value_at_quantile(0.99) as f64 / 1e3 })
}
