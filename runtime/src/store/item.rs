//! What waits in a queue.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

/// The number of an item. A store never gives one twice: [`Queue::reserve`](super::Queue::reserve).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub u64);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a lane, of up to [`Lane::MAX`] octets. A clone shares the text.
///
/// A longer one can be written, and is refused where it is used.
///
/// ```
/// use wirepath_runtime::store::Lane;
///
/// let lane = Lane::from("bind:alpha");
/// assert_eq!(lane.as_str(), "bind:alpha");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(Arc<str>);

impl Lane {
    /// The longest name, in octets.
    pub const MAX: usize = 255;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Lane {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for Lane {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl Borrow<str> for Lane {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Lane {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What waits in a lane.
///
/// Times are kept to the millisecond, rounded down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// Where it waits.
    pub lane: Lane,
    /// 0 to 3, higher first (SMPP 3.4 §5.2.14).
    pub priority: u8,
    /// Not leased before.
    pub due: SystemTime,
    /// When it was first pushed: what the age of the oldest is measured from.
    pub queued: SystemTime,
    /// How often it was tried; the store only keeps it.
    pub attempts: u32,
    /// The content, of up to [`Item::MAX_BODY`] octets.
    pub body: Bytes,
}

impl Item {
    /// The highest priority.
    pub const MAX_PRIORITY: u8 = 3;
    /// The longest body, in octets: 1 MiB.
    pub const MAX_BODY: usize = 1 << 20;

    /// An item of priority 0 that is due at once.
    ///
    /// ```
    /// use wirepath_runtime::store::{Item, ItemId};
    ///
    /// let item = Item::new(ItemId(7), "bind:alpha", "hello");
    /// assert_eq!((item.priority, item.attempts), (0, 0));
    /// ```
    pub fn new(id: ItemId, lane: impl Into<Lane>, body: impl Into<Bytes>) -> Self {
        let now = SystemTime::now();
        Self {
            id,
            lane: lane.into(),
            priority: 0,
            due: now,
            queued: now,
            attempts: 0,
            body: body.into(),
        }
    }
}
