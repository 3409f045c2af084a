//! Keys in memory.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;

use super::key_octets;

#[derive(Debug)]
struct Value {
    value: Bytes,
    expires: Option<u64>,
}

/// Keys, and when they expire: milliseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Keys {
    values: HashMap<Bytes, Value>,
    expiries: BTreeSet<(u64, Bytes)>,
    octets: u64,
}

impl Keys {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    pub(super) fn get(&self, key: &[u8], now: u64) -> Option<&Bytes> {
        let held = self.values.get(key)?;
        held.expires.is_none_or(|expires| now < expires).then_some(&held.value)
    }

    pub(super) fn put(&mut self, key: Bytes, value: Bytes, expires: Option<u64>) {
        self.delete(&key);
        self.octets = self.octets.saturating_add(key_octets(&key, &value));
        if let Some(expires) = expires {
            self.expiries.insert((expires, key.clone()));
        }
        self.values.insert(key, Value { value, expires });
    }

    pub(super) fn delete(&mut self, key: &Bytes) {
        let Some(held) = self.values.remove(key) else { return };
        self.octets = self.octets.saturating_sub(key_octets(key, &held.value));
        if let Some(expires) = held.expires {
            self.expiries.remove(&(expires, key.clone()));
        }
    }

    /// Deletes up to `max` of those that have expired.
    pub(super) fn sweep(&mut self, now: u64, max: usize) {
        for _ in 0..max {
            let Some((_, key)) = self.expiries.first().filter(|(expires, _)| *expires <= now)
            else {
                return;
            };
            let key = key.clone();
            self.delete(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_bounded_and_leaves_nothing_behind() {
        let mut keys = Keys::default();
        for n in 0..10u64 {
            keys.put(Bytes::from(n.to_string()), Bytes::new(), Some(n));
        }
        keys.put("for ever".into(), "x".into(), None);
        keys.put("3".into(), "again".into(), Some(100));
        keys.sweep(5, 4);
        assert_eq!(keys.len(), 7);
        keys.sweep(5, 4);
        assert_eq!((keys.len(), keys.get(b"3", 99).unwrap()), (6, &Bytes::from("again")));
        assert_eq!(keys.get(b"9", 9), None);
        keys.sweep(u64::MAX, 100);
        assert_eq!((keys.len(), keys.expiries.len()), (1, 0));
        keys.delete(&"for ever".into());
        assert_eq!(keys.octets(), 0);
    }
}
