//! What is read of a store in Redis, and leased.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use redis::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use super::calls::{answer, item, number, text, unexpected};
use super::fetch::Lookup;
use super::packed::{digits, unpack};
use super::pump::Job;
use super::{Redis, Release, Shared};
use crate::store::batch::validate_lane;
use crate::store::index::Next;
use crate::store::queue::check_count;
use crate::store::time::Clock;
use crate::store::wake::wait_for;
use crate::store::{
    Answer, Backend, Batch, Bus, Depth, Found, Item, ItemId, Kv, Lane, Queue, StoreError,
    Subscription,
};

/// Who waits looks again after this: a wake-up may be lost with the connection.
const LOOK_AGAIN_MS: u64 = 1_000;
/// Items of one lease, at most.
const AT_ONCE: usize = 1_000;
/// How often it is tried to give back what a call has leased whose answer was lost.
const RECOVER_EVERY: Duration = Duration::from_secs(1);

impl Backend for Redis {
    fn commit(&self, batch: Batch) -> Answer<'static, bool> {
        if let Err(error) = batch.validate() {
            return Box::pin(async { Err(error) });
        }
        let (done, answer) = oneshot::channel();
        let job = Job { batch, done, since: Instant::now() };
        match self.jobs.try_send(job) {
            Ok(()) => Box::pin(async { answer.await.map_err(|_| StoreError::Closed)? }),
            Err(TrySendError::Closed(_)) => Box::pin(async { Err(StoreError::Closed) }),
            Err(TrySendError::Full(job)) => {
                let jobs = self.jobs.clone();
                Box::pin(async move {
                    jobs.send(job).await.map_err(|_| StoreError::Closed)?;
                    answer.await.map_err(|_| StoreError::Closed)?
                })
            }
        }
    }
}

impl Kv for Redis {
    fn get<'a>(&'a self, key: &'a [u8]) -> Answer<'a, Option<Bytes>> {
        Box::pin(async move {
            let (asked, answer) = oneshot::channel();
            let lookup = Lookup::Key(Bytes::copy_from_slice(key), asked);
            self.lookups.send(lookup).await.map_err(|_| StoreError::Closed)?;
            answer.await.map_err(|_| StoreError::Closed)?
        })
    }
}

impl Queue for Redis {
    fn reserve(&self, count: u64) -> Answer<'_, ItemId> {
        Box::pin(async move {
            check_count(count)?;
            let mut command = redis::cmd("INCRBY");
            command.arg(format!("{}:next", self.shared.base)).arg(count);
            let mut connection = self.shared.connection.clone();
            let limit = self.shared.options.call_timeout;
            let value = answer(limit, command.query_async(&mut connection)).await?;
            let last = number(&value).ok_or_else(unexpected)?;
            last.checked_sub(count - 1).map(ItemId).ok_or_else(unexpected)
        })
    }

    fn lease<'a>(&'a self, lane: &'a Lane, max: usize) -> Answer<'a, Vec<Item>> {
        Box::pin(async move {
            validate_lane(lane)?;
            if max == 0 {
                return Ok(Vec::new());
            }
            let bell = self.shared.bells.of(lane);
            loop {
                let rung = bell.listen();
                self.shared.check()?;
                let (sender, receiver) = oneshot::channel();
                // In a task of its own: once it is sent, it leases, whether anybody waits for it or not.
                tokio::spawn(lease(self.shared.clone(), lane.clone(), max, sender));
                let (taken, next) = receiver.await.map_err(|_| StoreError::Closed)??;
                if !taken.items.is_empty() {
                    bell.pass_on(next);
                    return Ok(taken.keep());
                }
                let at = match next {
                    Next::At(ms) => ms.min(LOOK_AGAIN_MS),
                    Next::Now | Next::Nothing => LOOK_AGAIN_MS,
                };
                let next = Next::At(Clock::Wall.now_ms().saturating_add(at));
                wait_for(rung, next, Clock::Wall).await;
            }
        })
    }

    fn release(&self, ids: &[ItemId]) {
        self.shared.release(ids);
    }

    fn get(&self, id: ItemId) -> Answer<'_, Option<Found>> {
        Box::pin(async move {
            let (asked, answer) = oneshot::channel();
            let lookup = Lookup::Item(id, asked);
            self.lookups.send(lookup).await.map_err(|_| StoreError::Closed)?;
            answer.await.map_err(|_| StoreError::Closed)?
        })
    }

    fn list<'a>(
        &'a self,
        lane: &'a Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Answer<'a, Vec<Item>> {
        Box::pin(async move {
            let after = after.map(|id| digits(id).to_vec()).unwrap_or_default();
            let listed = self.shared.call(&self.shared.scripts.list, |command| {
                command.arg(lane.as_str()).arg(&after).arg(limit.min(i64::MAX as usize));
            });
            let Value::Array(listed) = listed.await? else { return Err(unexpected()) };
            Ok(items(&self.shared, listed.into_iter()))
        })
    }

    fn depths(&self) -> Answer<'_, Vec<Depth>> {
        Box::pin(async move {
            let Value::Array(lanes) = self.shared.call(&self.shared.scripts.depths, |_| {}).await?
            else {
                return Err(unexpected());
            };
            let mut depths: Vec<_> = lanes.into_iter().filter_map(depth).collect();
            depths.sort_unstable_by(|a, b| a.lane.cmp(&b.lane));
            Ok(depths)
        })
    }
}

impl Bus for Redis {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut command = redis::cmd("PUBLISH");
            command.arg(format!("{}:t:{topic}", self.shared.base)).arg(&payload[..]);
            let mut connection = self.shared.connection.clone();
            let limit = self.shared.options.call_timeout;
            answer::<Value>(limit, command.query_async(&mut connection)).await.map(drop)
        })
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Answer<'a, Subscription> {
        Box::pin(async move {
            let _topics = self.shared.topics.lock().await;
            let subscription = self.shared.hub.subscribe(topic);
            self.shared.subscribe(&format!("{}:t:{topic}", self.shared.base)).await?;
            Ok(subscription)
        })
    }
}

impl Shared {
    /// Not at once: with the next pipeline. The list is as long as what this replica has leased.
    fn release(&self, ids: &[ItemId]) {
        let call = self.next_call();
        let released = ids.iter().map(|&id| Release { id, call });
        self.released.lock().unwrap_or_else(PoisonError::into_inner).extend(released);
        self.has_released.notify_one();
    }
}

/// Items that were leased; dropped before they are kept, they go back.
struct Taken {
    shared: Arc<Shared>,
    items: Vec<Item>,
}

impl Taken {
    fn keep(mut self) -> Vec<Item> {
        std::mem::take(&mut self.items)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.items.is_empty() {
            let ids: Vec<_> = self.items.iter().map(|item| item.id).collect();
            self.shared.release(&ids);
        }
    }
}

type Leased = Result<(Taken, Next), StoreError>;

/// Calls `lease.lua`. Its number names the call: if the answer is lost, what it has leased can be told from the rest.
async fn lease(shared: Arc<Shared>, lane: Lane, max: usize, done: oneshot::Sender<Leased>) {
    let call = shared.next_call();
    let leased = shared
        .call(&shared.scripts.lease, |command| {
            command.arg(&shared.replica).arg(call).arg(lane.as_str()).arg(max.min(AT_ONCE));
        })
        .await;
    let leased = leased.and_then(|value| taken(&shared, value));
    let is_lost = matches!(leased, Err(StoreError::Uncertain { .. }));
    drop(done.send(leased));
    while is_lost && shared.check().is_ok() {
        tokio::time::sleep(RECOVER_EVERY).await;
        let recovered = shared.call(&shared.scripts.recover, |command| {
            command.arg(&shared.replica).arg(call);
        });
        if let Ok(woken) = recovered.await {
            return shared.ring(woken);
        }
    }
}

/// What `lease.lua` gives.
fn taken(shared: &Arc<Shared>, value: Value) -> Leased {
    let Value::Array(values) = value else { return Err(unexpected()) };
    let mut values = values.into_iter();
    let (Some(Value::Int(more)), Some(woken)) = (values.next(), values.next()) else {
        return Err(unexpected());
    };
    shared.ring(woken);
    let next = match more {
        0 => Next::Now,
        ms => u64::try_from(ms).map_or(Next::Nothing, Next::At),
    };
    Ok((Taken { shared: shared.clone(), items: items(shared, values) }, next))
}

/// Numbers, each with a packed item.
fn items(shared: &Shared, mut values: impl ExactSizeIterator<Item = Value>) -> Vec<Item> {
    let mut items = Vec::with_capacity(values.len() / 2);
    while let (Some(id), Some(value)) = (values.next(), values.next()) {
        // One that is damaged is in the log, and the others are there.
        items.extend(number(&id).and_then(|id| item(shared, ItemId(id), value).ok()));
    }
    items
}

fn depth(value: Value) -> Option<Depth> {
    let Value::Array(fields) = value else { return None };
    let [lane, ready, delayed, leased, Value::Array(heads)] = &fields[..] else { return None };
    let heads = heads.iter().filter_map(|head| match head {
        Value::BulkString(head) => unpack(ItemId(0), Bytes::copy_from_slice(head)),
        _ => None,
    });
    Some(Depth {
        lane: Lane::from(text(lane)?),
        ready: number(ready)?,
        delayed: number(delayed)?,
        leased: number(leased)?,
        oldest: heads.map(|head| head.queued).min(),
    })
}
