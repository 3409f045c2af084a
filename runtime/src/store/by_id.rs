//! Maps by the numbers of items.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::ItemId;

/// A map by the numbers of items. The store gives those itself, one after the other: nobody outside can choose ones that
/// collide, and the hash that guards against that is a good part of what such a small step costs.
pub(super) type ById<V> = HashMap<ItemId, V, BuildHasherDefault<Spread>>;

/// Spreads numbers that follow each other: one multiplication, by an odd number with as many bits set as not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        // The map looks at both ends. The multiplication fills the upper one; numbers that differ above alone, as those of a shard do,
        // have the same lower one without this.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, octets: &[u8]) {
        let (numbers, rest) = octets.as_chunks();
        numbers.iter().for_each(|number| self.write_u64(u64::from_be_bytes(*number)));
        rest.iter().for_each(|octet| self.write_u64(u64::from(*octet)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    use super::*;

    #[test]
    fn neighbours_are_spread_at_both_ends() {
        let state = BuildHasherDefault::<Spread>::default();
        are_spread(|id| state.hash_one(ItemId(id)));
        // As those of a shard are.
        are_spread(|id| state.hash_one(ItemId(64 * id)));
        are_spread(|id| state.hash_one(ItemId((id << 32) + 7)));
        // As the keys of records are.
        are_spread(|id| state.hash_one(&id.to_be_bytes()[..]));
    }

    fn are_spread(hash: impl Fn(u64) -> u64) {
        let lower: HashSet<_> = (1..=128).map(|id| hash(id) % 128).collect();
        let upper: HashSet<_> = (1..=128).map(|id| hash(id) >> 57).collect();
        // Chance would leave 81 of them.
        assert!(lower.len() > 72, "{}", lower.len());
        assert!(upper.len() > 64, "{}", upper.len());
    }
}
