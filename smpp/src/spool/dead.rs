//! Dead letters: looked at, sent again, thrown away.

use std::time::{Duration, SystemTime};

use wirepath_runtime::store::{Batch, Item, ItemId, Lane, StoreError};

use super::{
    lane,
    record::{Record, RecordError, Stage},
    spool::Spool,
    times::AT_ONCE,
};

/// A message that is stored, as it is shown.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stored {
    /// Its number and its place.
    pub item: Item,
    /// What is stored of it, or why that cannot be read.
    pub record: Result<Record, RecordError>,
}

impl From<Item> for Stored {
    fn from(item: Item) -> Self {
        let record = Record::decode(item.body.clone());
        Self { item, record }
    }
}

/// Why a dead letter was not sent again.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is no message of this number, or it is no dead letter.
    #[error("{0} is no dead letter; list them with `gateway spool ls --dead`")]
    Unknown(ItemId),
    /// It cannot be read, so it cannot be sent.
    #[error("{0} cannot be read: {1}; look at its octets with `gateway spool show`")]
    Unread(ItemId, RecordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Spool {
    /// Messages of a lane by their numbers, `limit` of them after `after`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn list(
        &self,
        lane: &Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let items = self.inner.store.list(lane, after, limit).await?;
        Ok(items.into_iter().map(Stored::from).collect())
    }

    /// Dead letters by their numbers, `limit` of them after `after`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn dead_letters(
        &self,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.list(&Lane::from(lane::DEAD), after, limit).await
    }

    /// One message.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn show(&self, id: ItemId) -> Result<Option<Stored>, StoreError> {
        Ok(self.inner.store.item(id).await?.map(|found| found.item.into()))
    }

    /// Sends a dead letter again: it goes where it was to go, with `validity_ms` from now on.
    ///
    /// # Errors
    ///
    /// [`ReplayError`].
    pub async fn replay(&self, id: ItemId) -> Result<(), ReplayError> {
        let found = self.inner.store.item(id).await?.map(|found| found.item);
        let item = found.filter(|item| item.lane.as_str() == lane::DEAD);
        let item = item.ok_or(ReplayError::Unknown(id))?;
        let mut record =
            Record::decode(item.body.clone()).map_err(|error| ReplayError::Unread(id, error))?;
        let now = SystemTime::now();
        let config = &self.inner.config;
        let validity = Duration::from_millis(config.validity_ms);
        let (lane, stage, time) = match (record.deliver_sm(), record.is_receipt()) {
            (Ok(_), _) => (lane::inward(record.esme), Stage::Inbound, config.delivery_timeout()),
            (_, true) => (lane::inward(record.esme), Stage::Settled, config.delivery_timeout()),
            (_, false) => (record.lane(), Stage::Waiting, validity),
        };
        record.stage = stage;
        record.deadline = now.checked_add(time).unwrap_or(now);
        record.reason.clear();
        if stage == Stage::Waiting {
            self.inner.carry(&lane);
        }
        let body = record.encode();
        let again = Item { lane, due: AT_ONCE, attempts: 0, body, ..item };
        match self.inner.store.commit(Batch::new().if_free(id, lane::DEAD).push(again)).await? {
            true => Ok(()),
            false => Err(ReplayError::Unknown(id)),
        }
    }

    /// Throws a dead letter away.
    ///
    /// # Errors
    ///
    /// [`ReplayError`].
    pub async fn discard(&self, id: ItemId) -> Result<(), ReplayError> {
        let found = self.inner.store.item(id).await?.map(|found| found.item);
        if found.is_none_or(|item| item.lane.as_str() != lane::DEAD) {
            return Err(ReplayError::Unknown(id));
        }
        match self.inner.store.commit(Batch::new().if_free(id, lane::DEAD).remove(id)).await? {
            true => Ok(()),
            false => Err(ReplayError::Unknown(id)),
        }
    }
}
