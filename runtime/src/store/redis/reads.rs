//! What is read of a store in Redis, and leased.

use std::time::Instant;

use bytes::Bytes;
use redis::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use super::calls::{answer, item, number, text, unexpected};
use super::fetch::Lookup;
use super::packed::{digits, unpack};
use super::pump::Job;
use super::{Redis, Shared};
use crate::store::batch::validate_lane;
use crate::store::queue::check_count;
use crate::store::{
    Answer, Backend, Batch, Bus, Depth, Found, Item, ItemId, Kv, Lane, Queue, StoreError,
    Subscription,
};

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
            self.shared.lease(lane, max).await
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

/// Numbers, each with a packed item.
pub(super) fn items(
    shared: &Shared,
    mut values: impl ExactSizeIterator<Item = Value>,
) -> Vec<Item> {
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
