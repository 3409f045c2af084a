//! Parts whose message has not become whole in time.

use std::time::Duration;

use wirepath_runtime::store::{Batch, Item, Lane, StoreError};

use super::{
    gather::{Reason, Stored},
    group, lane,
    spool::Inner,
};

/// Parts that are taken of those that are due, at a time.
const DUE: usize = 256;

impl Inner {
    /// Gives up what has waited too long, whoever took it; it never ends.
    pub(super) async fn end_gathering(&self) {
        let lane = Lane::from(lane::PARTS);
        loop {
            let items = match self.store.lease(&lane, DUE).await {
                Ok(items) => items,
                Err(error) => {
                    wait_for_store(&error).await;
                    continue;
                }
            };
            for item in items {
                let id = item.id;
                if let Err(error) = self.is_due(item).await {
                    self.store.release(&[id]);
                    wait_for_store(&error).await;
                }
            }
        }
    }

    /// Ends the wait of a part, and of those that wait with it.
    async fn is_due(&self, item: Item) -> Result<(), StoreError> {
        let id = item.id;
        let stored = Stored::of(item.clone());
        if let Some(name) = stored.and_then(|stored| group::name(&stored.part)) {
            let group = self.group(&name).await?;
            if group.is_some_and(|group| group.parts.values().any(|part| *part == id)) {
                return self.give_up(&name, Reason::Expired).await;
            }
        }
        // No group has it. If one had it just now, it has gone on with that, and is nothing of ours any more.
        match self.store.item(id).await? {
            Some(found) if found.item.lane.as_str() == lane::PARTS => {
                let batch = self.onward(Batch::new().if_item(id), found.item);
                self.store.commit(batch).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

async fn wait_for_store(error: &StoreError) {
    tracing::error!(%error, "the spool cannot read; trying again");
    tokio::time::sleep(Duration::from_secs(1)).await;
}
