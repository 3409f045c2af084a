//! What keys hold, in memory.

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// What a value is expected to cost, in octets: the key of a receipt, and the number that it leads to.
const USUAL: u64 = 160;
/// What it costs beside its octets: its place here, and two allocations.
const OVERHEAD: u64 = 112;

/// What keys hold that were written lately, as it is on disk. Only the writer changes it, and only when the disk has it; those that
/// nobody asks for leave first when it is full.
pub(super) struct Values(Cache<Bytes, (Bytes, u64), Octets>);

#[derive(Clone)]
struct Octets;

impl Weighter<Bytes, (Bytes, u64)> for Octets {
    fn weight(&self, key: &Bytes, (value, _): &(Bytes, u64)) -> u64 {
        (key.len() + value.len()) as u64 + OVERHEAD
    }
}

impl Values {
    /// Those that cost so many octets together.
    pub(super) fn new(limit: u64) -> Self {
        let count = usize::try_from(limit / USUAL).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(count, limit, Octets))
    }

    /// A value, and when it expires in milliseconds since 1970; 0 for never. `None` if it is not known here.
    pub(super) fn get(&self, key: &[u8]) -> Option<(Bytes, u64)> {
        self.0.get(key)
    }

    pub(super) fn insert(&self, key: Bytes, value: Bytes, expires: u64) {
        self.0.insert(key, (value, expires));
    }

    pub(super) fn remove(&self, key: &[u8]) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cost_no_more_than_they_may() {
        let values = Values::new(64 << 10);
        for number in 0..10_000u32 {
            let key = Bytes::copy_from_slice(&number.to_be_bytes());
            values.insert(key, Bytes::from_static(b"value"), 0);
        }
        assert!(values.0.weight() <= 64 << 10, "{}", values.0.weight());
        assert!(values.0.len() > 100, "{}", values.0.len());
    }

    #[test]
    fn the_last_value_counts() {
        let values = Values::new(64 << 10);
        let key = Bytes::from_static(b"key");
        values.insert(key.clone(), Bytes::from_static(b"one"), 0);
        values.insert(key.clone(), Bytes::from_static(b"two"), 7);
        assert_eq!(values.get(b"key"), Some((Bytes::from_static(b"two"), 7)));
        values.remove(b"key");
        assert_eq!(values.get(b"key"), None);
    }
}
