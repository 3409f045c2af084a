//! What is written in one step.

use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use super::{Item, ItemId, Lane, StoreError};

/// What must hold for a [`Batch`] to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Guard {
    /// The key is there and has not expired.
    KeyPresent(Bytes),
    /// The key is not there, or has expired.
    KeyAbsent(Bytes),
    /// The item is there, leased or not.
    ItemPresent(ItemId),
    /// The item is not there.
    ItemAbsent(ItemId),
    /// The item is there and nobody has leased it.
    ItemFree(ItemId),
}

/// A write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Sets a key, in place of what it held.
    Put {
        /// Up to [`Batch::MAX_KEY`] octets, not empty.
        key: Bytes,
        /// Up to [`Batch::MAX_VALUE`] octets.
        value: Bytes,
        /// How long it lives; `None` is until it is deleted. Millisecond resolution, rounded up.
        ttl: Option<Duration>,
    },
    /// Adds octets to the end of what a key holds, or sets it if it is not there.
    Append {
        /// Up to [`Batch::MAX_KEY`] octets, not empty.
        key: Bytes,
        /// Up to [`Batch::MAX_VALUE`] octets. If all together would be more, what was there before is dropped.
        value: Bytes,
        /// How long all of it lives from now on; `None` is until it is deleted. Millisecond resolution, rounded up.
        ttl: Option<Duration>,
    },
    /// Deletes a key, if it is there.
    Delete {
        /// The key.
        key: Bytes,
    },
    /// Puts an item into its lane. One of the same number is replaced, wherever it waits, and its lease ends.
    Push(Item),
    /// As [`Push`](Self::Push), and the pusher holds its lease at once: nobody leases it until it is pushed, removed or released.
    PushLeased(Item),
    /// Removes an item, if it is there, and ends its lease.
    Remove(ItemId),
}

/// Guards and writes that are one step: all of it is applied and durable, or nothing is.
///
/// Writes are applied in the order in which they were added; guards look at what was before all of them. A batch holds up to
/// [`Batch::MAX_OPS`] guards and as many writes.
///
/// ```
/// use std::time::Duration;
/// use wirepath_runtime::store::{Batch, Item, ItemId};
///
/// let batch = Batch::new()
///     .if_free(ItemId(7))
///     .remove(ItemId(7))
///     .put("sent/7", "0A1B2C", Some(Duration::from_secs(86_400)));
/// assert_eq!((batch.guards().len(), batch.ops().len()), (1, 2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a batch does nothing until it is committed"]
pub struct Batch {
    // Few have more. Batches are made by one thread and dropped by another, which allocators do not like.
    pub(super) guards: SmallVec<[Guard; 2]>,
    pub(super) ops: Vec<Op>,
}

impl Batch {
    /// The longest key, in octets.
    pub const MAX_KEY: usize = 1_024;
    /// The longest value, in octets: 1 MiB.
    pub const MAX_VALUE: usize = 1 << 20;
    /// The most guards, and the most writes.
    pub const MAX_OPS: usize = 4_096;

    /// Without guards and writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if the key is there.
    pub fn if_key(self, key: impl Into<Bytes>) -> Self {
        self.guard(Guard::KeyPresent(key.into()))
    }

    /// Only if the key is not there.
    pub fn if_no_key(self, key: impl Into<Bytes>) -> Self {
        self.guard(Guard::KeyAbsent(key.into()))
    }

    /// Only if the item is there, leased or not.
    pub fn if_item(self, id: ItemId) -> Self {
        self.guard(Guard::ItemPresent(id))
    }

    /// Only if the item is not there.
    pub fn if_no_item(self, id: ItemId) -> Self {
        self.guard(Guard::ItemAbsent(id))
    }

    /// Only if the item is there and nobody has leased it.
    pub fn if_free(self, id: ItemId) -> Self {
        self.guard(Guard::ItemFree(id))
    }

    /// Sets a key, for `ttl` or until it is deleted.
    pub fn put(
        self,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
        ttl: Option<Duration>,
    ) -> Self {
        self.op(Op::Put { key: key.into(), value: value.into(), ttl })
    }

    /// Adds octets to the end of what a key holds; see [`Op::Append`].
    pub fn append(
        self,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
        ttl: Option<Duration>,
    ) -> Self {
        self.op(Op::Append { key: key.into(), value: value.into(), ttl })
    }

    /// Deletes a key.
    pub fn delete(self, key: impl Into<Bytes>) -> Self {
        self.op(Op::Delete { key: key.into() })
    }

    /// Puts an item into its lane; see [`Op::Push`].
    pub fn push(self, item: Item) -> Self {
        self.op(Op::Push(item))
    }

    /// Puts an item into its lane, leased by the pusher; see [`Op::PushLeased`].
    pub fn push_leased(self, item: Item) -> Self {
        self.op(Op::PushLeased(item))
    }

    /// Removes an item.
    pub fn remove(self, id: ItemId) -> Self {
        self.op(Op::Remove(id))
    }

    /// Both as one step: the guards of either are guards of both.
    ///
    /// ```
    /// use wirepath_runtime::store::{Batch, ItemId};
    ///
    /// let ended = |id| Batch::new().if_item(ItemId(id)).remove(ItemId(id));
    /// let both = ended(7).join(ended(8));
    /// assert_eq!((both.guards().len(), both.ops().len()), (2, 2));
    /// ```
    pub fn join(mut self, mut other: Self) -> Self {
        self.guards.append(&mut other.guards);
        self.ops.append(&mut other.ops);
        self
    }

    /// Adds a guard.
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }

    /// Adds a write.
    pub fn op(mut self, op: Op) -> Self {
        self.add(op);
        self
    }

    /// Adds a write to a batch that stays where it is.
    pub fn add(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// The guards.
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// The writes, in their order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Whether it is within the bounds; every backend asks this first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Invalid`] with the bound that it goes beyond.
    pub fn validate(&self) -> Result<(), StoreError> {
        if self.guards.len() > Self::MAX_OPS || self.ops.len() > Self::MAX_OPS {
            return Err(StoreError::Invalid(format!(
                "a batch of {} guards and {} writes: at most {} of each; split it",
                self.guards.len(),
                self.ops.len(),
                Self::MAX_OPS
            )));
        }
        for guard in &self.guards {
            match guard {
                Guard::KeyPresent(key) | Guard::KeyAbsent(key) => validate_key(key)?,
                Guard::ItemPresent(_) | Guard::ItemAbsent(_) | Guard::ItemFree(_) => {}
            }
        }
        for op in &self.ops {
            match op {
                Op::Put { key, value, .. } | Op::Append { key, value, .. } => {
                    validate_key(key)?;
                    validate_len("a value", value.len(), Self::MAX_VALUE)?;
                }
                Op::Delete { key } => validate_key(key)?,
                Op::Push(item) | Op::PushLeased(item) => validate_item(item)?,
                Op::Remove(_) => {}
            }
        }
        Ok(())
    }

    /// Whether it takes room: removing and deleting is possible in a full store too.
    pub(super) fn takes_room(&self) -> bool {
        let takes = |op: &Op| !matches!(op, Op::Delete { .. } | Op::Remove(_));
        self.ops.iter().any(takes)
    }
}

/// What a key holds when octets are added to it.
pub(super) fn appended(before: Option<&Bytes>, value: Bytes) -> Bytes {
    match before {
        Some(before) if before.len() + value.len() <= Batch::MAX_VALUE => {
            Bytes::from([&before[..], &value[..]].concat())
        }
        _ => value,
    }
}

fn validate_key(key: &[u8]) -> Result<(), StoreError> {
    if key.is_empty() {
        return Err(StoreError::Invalid("an empty key: a key has at least one octet".to_owned()));
    }
    validate_len("a key", key.len(), Batch::MAX_KEY)
}

fn validate_item(item: &Item) -> Result<(), StoreError> {
    validate_lane(&item.lane)?;
    validate_len("the body of an item", item.body.len(), Item::MAX_BODY)?;
    if item.priority > Item::MAX_PRIORITY {
        return Err(StoreError::Invalid(format!(
            "item {} has priority {}: at most {}",
            item.id,
            item.priority,
            Item::MAX_PRIORITY
        )));
    }
    Ok(())
}

pub(super) fn validate_lane(lane: &Lane) -> Result<(), StoreError> {
    validate_len("the name of a lane", lane.as_str().len(), Lane::MAX)
}

fn validate_len(what: &str, len: usize, max: usize) -> Result<(), StoreError> {
    if len <= max {
        return Ok(());
    }
    Err(StoreError::Invalid(format!("{what} has {len} octets: at most {max}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(batch: &Batch) -> String {
        batch.validate().unwrap_err().to_string()
    }

    #[test]
    fn bounds_are_checked_and_named() {
        let key = vec![0; Batch::MAX_KEY];
        assert!(Batch::new().put(key.clone(), "", None).delete(key).validate().is_ok());
        let key = vec![0; Batch::MAX_KEY + 1];
        let text = "a key has 1025 octets: at most 1024";
        assert_eq!(refusal(&Batch::new().put(key.clone(), "", None)), text);
        assert_eq!(refusal(&Batch::new().delete(key.clone())), text);
        assert_eq!(refusal(&Batch::new().if_key(key.clone())), text);
        assert_eq!(refusal(&Batch::new().if_no_key(key)), text);
        assert_eq!(refusal(&Batch::new().if_key("")), "an empty key: a key has at least one octet");
        let item = |lane: &str, body| Item::new(ItemId(7), lane, body);
        let lane = "x".repeat(Lane::MAX);
        assert!(Batch::new().push(item(&lane, vec![0; Item::MAX_BODY])).validate().is_ok());
        let lane = "x".repeat(Lane::MAX + 1);
        assert_eq!(
            refusal(&Batch::new().push(item(&lane, vec![]))),
            "the name of a lane has 256 octets: at most 255"
        );
        let body = vec![0; Item::MAX_BODY + 1];
        assert!(refusal(&Batch::new().push_leased(item("x", body))).contains("1048576"));
        let item = Item { priority: 4, ..item("x", vec![]) };
        assert_eq!(refusal(&Batch::new().push(item)), "item 7 has priority 4: at most 3");
        let many = (0..=Batch::MAX_OPS as u64).map(ItemId).fold(Batch::new(), Batch::remove);
        assert!(refusal(&many).contains("split it"));
    }
}
