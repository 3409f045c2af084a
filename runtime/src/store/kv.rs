//! Keys and values.

use bytes::Bytes;

use super::Answer;

/// Keys with values, some of which expire. They are written by [`Batch`](super::Batch).
pub trait Kv: Send + Sync {
    /// What a key holds; `None` if it is not there or has expired.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed.
    fn get<'a>(&'a self, key: &'a [u8]) -> Answer<'a, Option<Bytes>>;
}
