//! Numbers for messages.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use wirepath_runtime::store::{ItemId, Store, StoreError};

/// Numbers that are taken from the store at a time. What is left of them at the end of the process is never given.
const BLOCK: u64 = 4_096;

/// Gives numbers that no other message ever gets, on whichever machine.
#[derive(Debug)]
pub(super) struct Ids {
    left: Mutex<Range<u64>>,
    /// Held while numbers are fetched, so that one does for all who wait.
    fetching: tokio::sync::Mutex<()>,
}

impl Ids {
    pub(super) const fn new() -> Self {
        Self { left: Mutex::new(0..0), fetching: tokio::sync::Mutex::const_new(()) }
    }

    /// The next one, if there are numbers here.
    pub(super) fn take(&self) -> Option<ItemId> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).next().map(ItemId)
    }

    /// The next one.
    pub(super) async fn next(&self, store: &Store) -> Result<ItemId, StoreError> {
        loop {
            if let Some(id) = self.take() {
                return Ok(id);
            }
            let _fetching = self.fetching.lock().await;
            if let Some(id) = self.take() {
                return Ok(id);
            }
            let first = store.reserve(BLOCK).await?.0;
            let block = first..first.saturating_add(BLOCK);
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = block;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[tokio::test]
    async fn two_that_share_a_store_never_give_one_number() {
        let store = Store::memory();
        let (one, other) = (Ids::new(), Ids::new());
        let mut seen = HashSet::new();
        for _ in 0..3 * BLOCK {
            assert!(seen.insert(one.next(&store).await.unwrap()));
            assert!(seen.insert(other.next(&store).await.unwrap()));
        }
    }
}
