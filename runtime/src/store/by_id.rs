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
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        let (numbers, rest) = octets.as_chunks();
        numbers.iter().for_each(|number| self.write_u64(u64::from_be_bytes(*number)));
        rest.iter().for_each(|octet| self.write_u64(u64::from(*octet)));
    }

    fn write_u64(&mut self, number: u64) {
        // The map looks at both ends: the multiplication fills the upper one, and the lower one differs for neighbours.
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
        // As the keys of records are.
        are_spread(|id| state.hash_one(&id.to_be_bytes()[..]));
    }

    fn are_spread(hash: impl Fn(u64) -> u64) {
        let lower: HashSet<_> = (1..=128).map(|id| hash(id) % 128).collect();
        let upper: HashSet<_> = (1..=128).map(|id| hash(id) >> 57).collect();
        assert!(lower.len() > 96, "{}", lower.len());
        assert!(upper.len() > 64, "{}", upper.len());
    }
}
