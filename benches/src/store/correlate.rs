//! `store correlate`: receipts find their messages in a Redis server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;
use wirepath_runtime::store::{Batch, RedisOptions, Store, StoreError};

use crate::{cli::CorrelateArgs, document, error::LoadError, spread::Spread};

/// Three days, as receipts are waited for.
const TTL: Duration = Duration::from_secs(3 * 24 * 3_600);

/// The subcommand.
pub(crate) fn correlate(args: &CorrelateArgs) -> Result<bool, LoadError> {
    let runtime = crate::runtime(None)?;
    let mut options = RedisOptions::new(args.url.as_str());
    options.prefix = "wirepath-load".to_owned();
    let store = runtime.block_on(Store::redis(options))?;
    let (mut put, mut found) = (Vec::new(), Vec::new());
    for round in 0..args.rounds {
        eprintln!("store correlate: round {} of {}", round + 1, args.rounds);
        put.push(runtime.block_on(rate(&store, args, |store, key| async move {
            store.put(key.clone(), "000000012345", Some(TTL)).await
        }))?);
        // A receipt: what its id stands for is read, and forgotten.
        found.push(runtime.block_on(rate(&store, args, |store, key| async move {
            match store.get(key.as_bytes()).await? {
                Some(_) => {
                    store.commit(Batch::new().if_key(key.clone()).delete(key)).await.map(drop)
                }
                None => Err(StoreError::Invalid(format!("{key} is not there"))),
            }
        }))?);
    }
    let text = format!(
        "## The store in Redis\n\n{}{} rounds of {} keys, {} in flight, one Redis server on the same machine; median and range.\n\n\
        | what | a second |\n|---|---:|\n| a key put, with a time to live | {:.0} |\n| correlations: a key read, then deleted by a \
        batch with a guard | {:.0} |\n",
        document::command_line(),
        args.rounds,
        args.count,
        args.in_flight,
        Spread::of(put),
        Spread::of(found),
    );
    document::put(&args.out, "store-correlate", &text)?;
    Ok(true)
}

async fn rate<F, W>(store: &Store, args: &CorrelateArgs, work: W) -> Result<f64, LoadError>
where
    F: Future<Output = Result<(), StoreError>> + Send,
    W: Fn(Store, String) -> F + Clone + Send + 'static,
{
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for _ in 0..args.in_flight {
        let (store, next, work, count) = (store.clone(), next.clone(), work.clone(), args.count);
        tasks.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return Ok::<_, StoreError>(());
                }
                work(store.clone(), format!("receipt/bind:alpha/{n:021}")).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| LoadError::new(error.to_string()))??;
    }
    Ok(args.count as f64 / begin.elapsed().as_secs_f64())
}
