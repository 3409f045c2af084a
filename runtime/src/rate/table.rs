//! A token bucket for each of many keys.

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;

use super::TokenBucket;

/// A [`TokenBucket`] for each key: for each client's address, say.
///
/// It holds a bounded number of buckets, of some 200 octets each, whatever the keys are: their hashes are kept, under a key of
/// this process. Above the bound a bucket makes room (by S3-FIFO: one that was asked for once goes before one that is asked for
/// again and again), and its key begins with a full one. So who comes with as many keys as it likes is held back by none of
/// them, but does not displace those that are held back.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::{Duration, Instant};
/// use wirepath_runtime::rate::RateTable;
///
/// let (two, minute) = (NonZeroU32::new(2).unwrap(), NonZeroU32::new(60).unwrap());
/// let table = RateTable::new(two, minute, two, 1_000);
/// let now = Instant::now();
/// assert_eq!(table.take(&"192.0.2.1", now), Ok(()));
/// assert_eq!(table.take(&"192.0.2.1", now), Ok(()));
/// assert_eq!(table.take(&"192.0.2.1", now), Err(Duration::from_secs(30)));
/// assert_eq!(table.take(&"192.0.2.2", now), Ok(()));
/// ```
pub struct RateTable {
    buckets: Cache<u64, Arc<Mutex<TokenBucket>>>,
    hasher: RandomState,
    rate: NonZeroU32,
    /// What one costs: seconds of the period. So `rate` tokens a second are `rate` in a period, in whole numbers.
    cost: NonZeroU32,
    saved: NonZeroU32,
}

impl RateTable {
    /// `count` in `seconds`, of which `burst` may come at once; with at most `max_keys` buckets at a time.
    ///
    /// `burst` times `seconds` above 2³² counts as that.
    #[must_use]
    pub fn new(count: NonZeroU32, seconds: NonZeroU32, burst: NonZeroU32, max_keys: usize) -> Self {
        Self {
            buckets: Cache::new(max_keys.max(1)),
            hasher: RandomState::new(),
            rate: count,
            cost: seconds,
            saved: burst.saturating_mul(seconds),
        }
    }

    /// Takes one for a key.
    ///
    /// # Errors
    ///
    /// The time until there is one, if there is none now. Nothing is taken then.
    pub fn take(&self, key: &(impl Hash + ?Sized), now: Instant) -> Result<(), Duration> {
        let full = || TokenBucket::with_burst(self.rate, self.saved, now);
        let made = self.buckets.get_or_insert_with(&self.hasher.hash_one(key), || {
            Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(full())))
        });
        let Ok(bucket) = made;
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        match bucket.try_take(now, self.cost.get()) {
            true => Ok(()),
            false => Err(bucket.next_at(now, self.cost.get()).saturating_duration_since(now)),
        }
    }

    /// The keys that have a bucket.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Whether no key has a bucket.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }
}

impl fmt::Debug for RateTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RateTable");
        shown.field("rate", &self.rate).field("seconds", &self.cost).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nz(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    #[test]
    fn the_number_of_buckets_is_bounded_and_the_busy_ones_stay() {
        let table = RateTable::new(nz(1), nz(3_600), nz(1), 100);
        let now = Instant::now();
        assert!(table.take("busy", now).is_ok());
        for other in 0..10_000 {
            let _ = table.take(&other, now);
            assert!(table.take("busy", now).is_err(), "after {other}");
        }
        assert!(table.len() <= 128, "{}", table.len());
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let table = RateTable::new(nz(10), nz(60), nz(3), 100);
        let start = Instant::now();
        assert_eq!((0..10).filter(|_| table.take("k", start).is_ok()).count(), 3);
        assert_eq!(table.take("k", start), Err(Duration::from_secs(6)));
        assert!(table.take("k", start + Duration::from_secs(6)).is_ok());
    }
}
