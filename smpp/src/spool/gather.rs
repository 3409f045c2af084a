//! Parts of messages that come from SMSCs, stored until the others are there.
//!
//! Each part is an item of the lane `parts`, durable before its response, and due when its message has to be given up. Under a
//! key of its [`Group`] stands which parts there are. Whoever adds a part, completes a message or gives one up changes both in one
//! step, guarded by the number of the newest part: so replicas that share a store put one message together, and a message is
//! whole once, whoever had its parts.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::time::Instant;
use wirepath_runtime::store::{Batch, Item, ItemId, Lane, StoreError};

use super::{
    books::Books,
    group::{self, Group},
    lane,
    record::{Record, Stage},
    spool::{Inner, refused},
    times::AT_ONCE,
};
use crate::{
    config::ReassemblyConfig,
    protocol::{
        Status, SystemId,
        long::{Limits, LongMessage, MessagePdu, Part},
        pdu::DeliverSm,
    },
};

/// Parts of one message that come at a time take turns, so that none of them does its work in vain. Messages share these places.
const PLACES: usize = 64;

/// What the keys of a group outlive its deadline by.
const GRACE: Duration = Duration::from_secs(3_600);

/// Parts that are read from the store at a time.
const PAGE: usize = 500;

/// What the spool puts long messages together with.
#[derive(Debug)]
pub(super) struct Gathering {
    limits: Limits,
    books: Mutex<Books>,
    places: [tokio::sync::Mutex<()>; PLACES],
}

/// Why the parts of a message go on one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Expired,
    Evicted,
    /// Another part of the same number came: the sender has begun another message under this reference.
    Replaced,
    /// They cannot be one message.
    Unfit,
}

impl Reason {
    const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Evicted => "evicted",
            Self::Replaced => "replaced",
            Self::Unfit => "unfit",
        }
    }
}

impl Gathering {
    pub(super) fn new(config: &ReassemblyConfig) -> Self {
        let limits = config.limits();
        Self {
            limits,
            books: Mutex::new(Books::new(limits)),
            places: std::array::from_fn(|_| tokio::sync::Mutex::const_new(())),
        }
    }

    /// Nothing panics while it holds the lock, so poisoned books would still be right.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, name: &Bytes, part: &Part, deadline: SystemTime) -> (Vec<Bytes>, bool) {
        let now = Instant::now().into_std();
        let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
        self.books().admit(now, name, part, now.checked_add(left).unwrap_or(now))
    }

    async fn turn(&self, name: &[u8]) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let sum =
            name.iter().fold(0_usize, |sum, octet| sum.wrapping_mul(31) ^ usize::from(*octet));
        Some(self.places.get(sum % PLACES)?.lock().await)
    }
}

/// A part that is stored.
pub(super) struct Stored {
    item: Item,
    pub(super) part: Part,
}

impl Stored {
    /// What is stored of a part; `None` for another item.
    pub(super) fn of(item: Item) -> Option<Self> {
        let record = Record::decode(item.body.clone()).ok()?;
        let part = Part::of(record.deliver_sm().ok()?, record.esme, record.accepted).ok()?;
        (item.lane.as_str() == lane::PARTS && part.total() > 1).then_some(Self { item, part })
    }
}

impl Inner {
    /// Takes a message of an SMSC's for an ESME: durable when this returns. A part of a long message waits for the others, if
    /// that is asked for; with the last one of them the message goes on its way.
    ///
    /// # Errors
    ///
    /// `RX_T_APPN` if it cannot be stored now.
    pub(super) async fn take_inbound(
        self: &Arc<Self>,
        pdu: &DeliverSm,
        esme: SystemId,
        is_gathered: bool,
    ) -> Result<ItemId, Status> {
        let now = SystemTime::now();
        if is_gathered
            && let Some(gathering) = &self.gathering
            // What cannot be a part is a message of its own.
            && let Ok(part) = Part::of(pdu, esme, now)
            && (2..=gathering.limits.max_parts).contains(&part.total())
            && let Some(name) = group::name(&part)
        {
            return Box::pin(self.gather(gathering, &name, part)).await;
        }
        self.take_alone(pdu, esme, now).await
    }

    async fn take_alone(
        self: &Arc<Self>,
        pdu: &DeliverSm,
        esme: SystemId,
        now: SystemTime,
    ) -> Result<ItemId, Status> {
        let id = self.id().await.map_err(|_| Status::RX_T_APPN)?;
        let item = self.inbound(id, pdu, esme, now);
        self.keep(item, true).await.map_err(|_| Status::RX_T_APPN)
    }

    /// A message on its way to an ESME.
    fn inbound(&self, id: ItemId, pdu: &DeliverSm, esme: SystemId, now: SystemTime) -> Item {
        let mut record = Record::accepted(pdu, Stage::Inbound, esme, now);
        record.deadline = now.checked_add(self.config.delivery_timeout()).unwrap_or(now);
        Item {
            id,
            lane: lane::inward(esme),
            priority: pdu.priority_flag().min(Item::MAX_PRIORITY),
            due: AT_ONCE,
            queued: now,
            attempts: 0,
            body: record.encode(),
        }
    }

    async fn gather(
        self: &Arc<Self>,
        gathering: &Gathering,
        name: &Bytes,
        part: Part,
    ) -> Result<ItemId, Status> {
        let failed = |error: StoreError| refused(&error, Status::RX_T_APPN);
        let _turn = gathering.turn(name).await;
        let mut is_admitted = false;
        loop {
            let group = self.group(name).await.map_err(failed)?;
            if let Some(id) = group.as_ref().and_then(|group| group.parts.get(&part.sequence())) {
                let there = self.stored(*id).await.map_err(failed)?;
                if there.is_some_and(|there| there.part.says_the_same(&part)) {
                    return Ok(*id);
                }
                self.give_up(name, Reason::Replaced).await.map_err(failed)?;
                is_admitted = false;
                continue;
            }
            if let Some(group) = &group
                && group.parts.len() + 1 == usize::from(part.total())
            {
                match self.complete(name, group, &part).await.map_err(failed)? {
                    Completed::Whole(id) => return Ok(id),
                    Completed::Changed => continue,
                    Completed::Unfit => self.give_up(name, Reason::Unfit).await.map_err(failed)?,
                }
                return self.pass_on(&part).await;
            }
            let deadline = match &group {
                Some(group) => group.deadline,
                None => later(part.received(), gathering.limits.timeout),
            };
            if !is_admitted {
                let (gone, has_room) = gathering.admit(name, &part, deadline);
                for name in gone {
                    self.give_up(&name, Reason::Evicted).await.map_err(failed)?;
                }
                if !has_room {
                    self.give_up(name, Reason::Evicted).await.map_err(failed)?;
                    return self.pass_on(&part).await;
                }
                is_admitted = true;
            }
            if let Some(id) = self.add(name, group, &part, deadline).await.map_err(failed)? {
                return Ok(id);
            }
        }
    }

    /// Stores a part that others are waited for with; `None` if the group has changed meanwhile.
    async fn add(
        &self,
        name: &Bytes,
        group: Option<Group>,
        part: &Part,
        deadline: SystemTime,
    ) -> Result<Option<ItemId>, StoreError> {
        let MessagePdu::DeliverSm(pdu) = part.pdu() else { return Ok(None) };
        let id = self.number().await?;
        let item = Item {
            lane: Lane::from(lane::PARTS),
            due: deadline,
            ..self.inbound(id, pdu, part.origin(), part.received())
        };
        let batch = match &group {
            None => Batch::new().if_no_key(group::key(name)),
            Some(group) => is_as_it_was(group),
        };
        let group = group.unwrap_or_else(|| Group::new(deadline)).with(part.sequence(), id);
        let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
        let ttl = Some(left.saturating_add(GRACE));
        let batch = batch
            .put(group::key(name), group.encode(), ttl)
            .put(group::newest_key(id), Bytes::new(), ttl)
            .push(item);
        let is_added = self.store.commit(batch).await?;
        if is_added {
            self.counting.accepted.one();
        }
        Ok(is_added.then_some(id))
    }

    /// Makes one message of all parts, the last of which has come.
    async fn complete(
        &self,
        name: &Bytes,
        group: &Group,
        last: &Part,
    ) -> Result<Completed, StoreError> {
        let mut parts = vec![last.clone()];
        let mut batch = is_as_it_was(group).delete(group::key(name));
        for id in group.parts.values() {
            // What is not there any more leaves a message that cannot be one.
            let Some(stored) = self.stored(*id).await? else { return Ok(Completed::Unfit) };
            batch = batch.if_item(*id).remove(*id);
            parts.push(stored.part);
        }
        let Some(message) = LongMessage::of(parts) else { return Ok(Completed::Unfit) };
        let Some(pdu) = message.to_deliver_sm() else { return Ok(Completed::Unfit) };
        let id = self.number().await?;
        let item = self.inbound(id, &pdu, last.origin(), SystemTime::now());
        let remembered = self.gathering.as_ref().map(|it| it.limits.timeout.saturating_mul(2));
        let batch = batch.put(group::echo_key(name), group::echo(&message), remembered).push(item);
        if !self.store.commit(batch).await? {
            return Ok(Completed::Changed);
        }
        self.counting.accepted.one();
        self.forget(name);
        Ok(Completed::Whole(id))
    }

    /// A part that no others are waited for with.
    async fn pass_on(self: &Arc<Self>, part: &Part) -> Result<ItemId, Status> {
        let MessagePdu::DeliverSm(pdu) = part.pdu() else { return Err(Status::RX_T_APPN) };
        self.take_alone(pdu, part.origin(), part.received()).await
    }

    /// Gives up a message that is not whole: its parts go on to the ESME as they came. Those of a message that was whole already,
    /// and that came once more, do not.
    pub(super) async fn give_up(&self, name: &Bytes, reason: Reason) -> Result<(), StoreError> {
        loop {
            let Some(group) = self.group(name).await? else { break };
            let mut stored = Vec::new();
            for id in group.parts.values() {
                stored.extend(self.stored(*id).await?);
            }
            let echo = self.store.get(&group::echo_key(name)).await?.unwrap_or_default();
            let is_echo = stored.iter().all(|it| group::is_echo(&it.part, &echo));
            let batch = is_as_it_was(&group).delete(group::key(name));
            let batch = stored.iter().fold(batch, |batch, it| match is_echo {
                true => batch.if_item(it.item.id).remove(it.item.id),
                false => self.onward(batch.if_item(it.item.id), it.item.clone()),
            });
            if self.store.commit(batch).await? {
                tell(&stored, if is_echo { "repeated" } else { reason.name() });
                break;
            }
        }
        self.forget(name);
        Ok(())
    }

    /// Adds to a batch what sends a part on as it came.
    pub(super) fn onward(&self, batch: Batch, item: Item) -> Batch {
        let now = SystemTime::now();
        let Ok(mut record) = Record::decode(item.body.clone()) else {
            return batch.push(Item { lane: Lane::from(lane::DEAD), due: AT_ONCE, ..item });
        };
        record.deadline = later(now, self.config.delivery_timeout());
        let (lane, body) = (lane::inward(record.esme), record.encode());
        batch.push(Item { lane, due: AT_ONCE, attempts: 0, body, ..item })
    }

    /// Counts what is stored already.
    pub(super) async fn count_parts(&self) -> Result<(), StoreError> {
        let Some(gathering) = &self.gathering else { return Ok(()) };
        let lane = Lane::from(lane::PARTS);
        let mut after = None;
        loop {
            let page = self.store.list(&lane, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for item in page {
                let due = item.due;
                let Some(Stored { part, .. }) = Stored::of(item) else { continue };
                let Some(name) = group::name(&part) else { continue };
                let (gone, has_room) = gathering.admit(&name, &part, due);
                for name in gone.iter().chain((!has_room).then_some(&name)) {
                    self.give_up(name, Reason::Evicted).await?;
                }
            }
        }
    }

    pub(super) async fn group(&self, name: &[u8]) -> Result<Option<Group>, StoreError> {
        Ok(self.store.get(&group::key(name)).await?.and_then(Group::decode))
    }

    /// A part that waits.
    async fn stored(&self, id: ItemId) -> Result<Option<Stored>, StoreError> {
        Ok(self.store.item(id).await?.and_then(|found| Stored::of(found.item)))
    }

    fn forget(&self, name: &Bytes) {
        if let Some(gathering) = &self.gathering {
            gathering.books().forget(name);
        }
    }
}

/// What became of a message whose last part has come.
enum Completed {
    /// It is on its way.
    Whole(ItemId),
    /// Something else changed the group meanwhile.
    Changed,
    /// The parts are none of one message.
    Unfit,
}

/// Guards a batch that ends what a group is, or changes it.
fn is_as_it_was(group: &Group) -> Batch {
    let newest = group::newest_key(group.newest);
    Batch::new().if_key(newest.clone()).delete(newest)
}

fn tell(stored: &[Stored], reason: &'static str) {
    metrics::counter!("wirepath_smpp_spool_incomplete_total", "reason" => reason).increment(1);
    if let Some(first) = stored.first() {
        let (parts, total) = (stored.len(), first.part.total());
        tracing::warn!(
            esme = %first.part.origin(), reason, parts, total,
            "a long message is not whole: its parts go on as they came, unless they are repeated ones"
        );
    }
}

fn later(from: SystemTime, by: Duration) -> SystemTime {
    from.checked_add(by).unwrap_or(from)
}
