//! The queue.

use std::time::SystemTime;

use super::{Answer, Item, ItemId, Lane, StoreError};

/// Lanes of items. They are written by [`Batch`](super::Batch).
///
/// Delivery is at least once: an item that is leased stays in the store until it is removed, and is given to another when whoever
/// leased it releases it or dies.
pub trait Queue: Send + Sync {
    /// `count` numbers in a row that nobody else gets, ever: over restarts and replicas. Gives the first of them.
    ///
    /// # Errors
    ///
    /// If the store cannot write, or `count` is 0 or above 2³².
    ///
    /// # Cancel safety
    ///
    /// Numbers may be lost; none is given twice.
    fn reserve(&self, count: u64) -> Answer<'_, ItemId>;

    /// Up to `max` items of a lane, and at least one: it waits until there is. Only those that are due, of the highest priority
    /// first, and of one priority in the order of their numbers.
    ///
    /// An item is leased to one at a time, until it is pushed again, removed, or [released](Self::release). With a `max` of 0 it
    /// gives none, at once.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or the name of the lane is too long.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped loses nothing: what it may have leased goes back.
    fn lease<'a>(&'a self, lane: &'a Lane, max: usize) -> Answer<'a, Vec<Item>>;

    /// Gives leased items back unharmed. Does nothing for those that are not leased.
    ///
    /// It is not durable, and need not be: a crash gives them back too. Only who leased an item releases it: a number says
    /// nothing about whose the lease is.
    fn release(&self, ids: &[ItemId]);

    /// An item, leased or not.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    fn get(&self, id: ItemId) -> Answer<'_, Option<Found>>;

    /// Up to `limit` items of a lane by their numbers, those above `after`, leased and delayed ones among them.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    fn list<'a>(
        &'a self,
        lane: &'a Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Answer<'a, Vec<Item>>;

    /// How full each lane is, by name; empty ones are left out.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    fn depths(&self) -> Answer<'_, Vec<Depth>>;
}

/// An item that was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The item.
    pub item: Item,
    /// Whether someone has it.
    pub is_leased: bool,
}

/// How full a lane is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Which lane.
    pub lane: Lane,
    /// Items that can be leased now.
    pub ready: u64,
    /// Items that are not due.
    pub delayed: u64,
    /// Items that someone has.
    pub leased: u64,
    /// When the oldest of all of them was first pushed.
    pub oldest: Option<SystemTime>,
}

/// The most numbers that one call reserves.
const MAX_COUNT: u64 = 1 << 32;

pub(super) fn check_count(count: u64) -> Result<(), StoreError> {
    if (1..=MAX_COUNT).contains(&count) {
        return Ok(());
    }
    Err(StoreError::Invalid(format!("{count} numbers to reserve: at least 1, at most 2^32")))
}
