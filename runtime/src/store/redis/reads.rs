//! What is read of a store in Redis, and leased.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use redis::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use super::calls::{answer, digits, item, number, text, unexpected};
use super::pump::Job;
use super::{Redis, Release, Shared};
use crate::store::batch::validate_lane;
use crate::store::index::Next;
use crate::store::queue::check_count;
use crate::store::time::{Clock, from_ms};
use crate::store::wake::wait_for;
use crate::store::{
    Answer, Backend, Batch, Bus, Depth, Found, Item, ItemId, Kv, Lane, Queue, StoreError,
    Subscription,
};

/// Who waits looks again after this: a wake-up may be lost with the connection.
const LOOK_AGAIN_MS: u64 = 1_000;
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
            let mut command = redis::cmd("GET");
            command.arg([self.shared.base.as_bytes(), b":k:", key].concat());
            let mut connection = self.shared.connection.clone();
            let limit = self.shared.options.call_timeout;
            match answer(limit, command.query_async(&mut connection)).await? {
                Value::Nil => Ok(None),
                Value::BulkString(value) => Ok(Some(Bytes::from(value))),
                _ => Err(unexpected()),
            }
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
            let mut command = redis::cmd("HMGET");
            command.arg(format!("{}:i:{}", self.shared.base, digits(id)));
            command.arg(&["l", "p", "d", "q", "a", "b", "r"]);
            let mut connection = self.shared.connection.clone();
            let limit = self.shared.options.call_timeout;
            let fields: Value = answer(limit, command.query_async(&mut connection)).await?;
            let number = Value::SimpleString(id.to_string());
            Ok(item(&number, fields).map(|(item, is_leased)| Found { item, is_leased }))
        })
    }

    fn list<'a>(
        &'a self,
        lane: &'a Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Answer<'a, Vec<Item>> {
        Box::pin(async move {
            let after = after.map(digits).unwrap_or_default();
            let listed = self.shared.call(&self.shared.scripts.list, |command| {
                command.arg(lane.as_str()).arg(&after).arg(limit.min(i64::MAX as usize));
            });
            Ok(items(listed.await?)?.1)
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

/// Calls `lease.lua`. The holder names the call: if the answer is lost, what it has leased can be told from the rest.
async fn lease(shared: Arc<Shared>, lane: Lane, max: usize, done: oneshot::Sender<Leased>) {
    let holder = shared.new_holder();
    let leased = shared
        .call(&shared.scripts.lease, |command| {
            command.arg(&holder).arg(lane.as_str()).arg(max.min(i64::MAX as usize));
        })
        .await;
    let leased = leased.and_then(items);
    let is_lost = matches!(leased, Err(StoreError::Uncertain { .. }));
    let taken = leased.map(|(more, items)| {
        let next = match more {
            0 => Next::Now,
            ms => u64::try_from(ms).map_or(Next::Nothing, Next::At),
        };
        (Taken { shared: shared.clone(), items }, next)
    });
    drop(done.send(taken));
    while is_lost && shared.check().is_ok() {
        tokio::time::sleep(RECOVER_EVERY).await;
        let recovered = shared.call(&shared.scripts.recover, |command| {
            command.arg(&shared.replica).arg(&holder);
        });
        if recovered.await.is_ok() {
            return;
        }
    }
}

/// What `lease.lua` and `list.lua` give.
fn items(value: Value) -> Result<(i64, Vec<Item>), StoreError> {
    let Value::Array(values) = value else { return Err(unexpected()) };
    let mut values = values.into_iter();
    let Some(Value::Int(first)) = values.next() else { return Err(unexpected()) };
    let mut items = Vec::with_capacity(values.len() / 2);
    while let (Some(id), Some(fields)) = (values.next(), values.next()) {
        match item(&id, fields) {
            Some((item, _)) => items.push(item),
            None => tracing::error!(
                item = text(&id),
                "an item in the store's server is damaged and is left where it is; look at its hash there"
            ),
        }
    }
    Ok((first, items))
}

fn depth(value: Value) -> Option<Depth> {
    let Value::Array(fields) = value else { return None };
    let [lane, ready, delayed, leased, oldest] = &fields[..] else { return None };
    let oldest = number(oldest)?;
    Some(Depth {
        lane: Lane::from(text(lane)?),
        ready: number(ready)?,
        delayed: number(delayed)?,
        leased: number(leased)?,
        oldest: (oldest > 0).then(|| from_ms(oldest)),
    })
}
