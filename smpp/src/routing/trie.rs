//! The longest prefix of an address, among a million.

use std::{fmt, iter, slice};

use super::build::Builder;

/// The longest-prefix table: built once, then only read.
///
/// Prefixes are octets. Of two equal ones the first is kept. A look-up allocates nothing and takes a few steps for each octet
/// of the address, however many prefixes there are.
///
/// # Memory
///
/// 16 octets a node, and four octets beside each value. Of numbers, a prefix takes one node, two where others part at it, and
/// one more for every eight digits that it has to itself. [`heap_bytes`](Self::heap_bytes) has the sum. While it is built, a copy
/// of the prefixes comes on top.
///
/// # Examples
///
/// ```
/// use wirepath_smpp::routing::PrefixTable;
///
/// let table = PrefixTable::build([("31", "Netherlands"), ("316", "mobile"), ("", "elsewhere")]);
/// assert_eq!(table.get(b"31612345678"), Some(&"mobile"));
/// assert_eq!(table.get(b"31201234567"), Some(&"Netherlands"));
/// assert_eq!(table.get(b"SHOP"), Some(&"elsewhere"));
///
/// let all: Vec<_> = table.matches(b"31612345678").collect();
/// assert_eq!(all, [&"mobile", &"Netherlands", &"elsewhere"]);
/// ```
#[derive(Clone)]
pub struct PrefixTable<T> {
    /// The root first. The children of a node lie side by side, and all that comes of few prefixes lies together: see
    /// [`Builder`].
    pub(super) nodes: Vec<Node>,
    pub(super) entries: Vec<Entry<T>>,
}

/// A node: what is skipped on the way to it, what ends there, where it goes on.
///
/// The alphabet is nibbles, so that 16 bits say which children there are. A digit is one; see [`Nibbles`].
#[derive(Clone, Copy, Default)]
pub(super) struct Node {
    /// Up to [`MAX_LABEL`] nibbles that follow the one that led here, the first in the lowest bits; their number in the
    /// highest four bits.
    pub(super) label: u32,
    /// The first child; the others follow, in the order of their nibbles.
    pub(super) first_child: u32,
    /// The entry whose prefix ends here, or [`NONE`].
    pub(super) entry: u32,
    pub(super) children: u16,
}

#[derive(Clone)]
pub(super) struct Entry<T> {
    /// The entry of the next shorter prefix of this one, or [`NONE`].
    pub(super) shorter: u32,
    pub(super) value: T,
}

pub(super) const NONE: u32 = u32::MAX;
pub(super) const MAX_LABEL: usize = 7;
pub(super) const LENGTH_SHIFT: u32 = 28;
/// The nibble that announces the two of an octet that is no digit.
const ESCAPE: u8 = 0xA;

/// Octets as nibbles: a digit is one, every other octet three. No code starts another, so an octet string starts another one
/// exactly if its nibbles do.
pub(super) struct Nibbles<'a> {
    octets: slice::Iter<'a, u8>,
    octet: u8,
    /// How many nibbles of `octet` are to come.
    left: u8,
}

impl<'a> Nibbles<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { octets: octets.iter(), octet: 0, left: 0 }
    }
}

impl Iterator for Nibbles<'_> {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        match self.left {
            0 => {
                let octet = *self.octets.next()?;
                let digit = octet.wrapping_sub(b'0');
                if digit < 10 {
                    return Some(digit);
                }
                (self.octet, self.left) = (octet, 2);
                Some(ESCAPE)
            }
            1 => {
                self.left = 0;
                Some(self.octet & 0xF)
            }
            _ => {
                self.left = 1;
                Some(self.octet >> 4)
            }
        }
    }
}

impl Node {
    /// Whether the key goes on as the label says.
    #[inline]
    fn takes(&self, key: &mut Nibbles<'_>) -> bool {
        let mut label = self.label;
        for _ in 0..self.label >> LENGTH_SHIFT {
            if key.next().map(u32::from) != Some(label & 0xF) {
                return false;
            }
            label >>= 4;
        }
        true
    }

    #[inline]
    fn child(&self, nibble: u8) -> Option<usize> {
        let bit = 1_u16 << (nibble & 0xF);
        if self.children & bit == 0 {
            return None;
        }
        let before = (self.children & (bit - 1)).count_ones();
        usize::try_from(self.first_child.checked_add(before)?).ok()
    }
}

impl<T> PrefixTable<T> {
    /// The table of these prefixes. Their order counts only where two are equal: the first is kept.
    ///
    /// # Panics
    ///
    /// If there are 2³² nodes or more; a prefix takes one at least, and memory is up long before.
    pub fn build<P: AsRef<[u8]>>(prefixes: impl IntoIterator<Item = (P, T)>) -> Self {
        let mut builder = Builder::default();
        for (prefix, value) in prefixes {
            builder.add(prefix.as_ref(), value);
        }
        builder.finish()
    }

    /// The value of the longest prefix that `address` starts with.
    #[inline]
    pub fn get(&self, address: &[u8]) -> Option<&T> {
        self.entry(self.longest(address)).map(|entry| &entry.value)
    }

    /// The values of all prefixes that `address` starts with, the longest first.
    #[inline]
    pub fn matches(&self, address: &[u8]) -> Matches<'_, T> {
        Matches { table: self, next: self.longest(address) }
    }

    /// The number of prefixes, equal ones counted once.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no prefix.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The octets that the table takes on the heap, without what the values themselves have there.
    pub fn heap_bytes(&self) -> usize {
        let nodes = self.nodes.capacity().saturating_mul(size_of::<Node>());
        nodes.saturating_add(self.entries.capacity().saturating_mul(size_of::<Entry<T>>()))
    }

    #[inline]
    fn entry(&self, index: u32) -> Option<&Entry<T>> {
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// The entry of the longest prefix, or [`NONE`].
    #[inline]
    fn longest(&self, address: &[u8]) -> u32 {
        let mut key = Nibbles::new(address);
        let mut longest = NONE;
        let mut at = self.nodes.first();
        while let Some(node) = at {
            if !node.takes(&mut key) {
                break;
            }
            if node.entry != NONE {
                longest = node.entry;
            }
            at = key
                .next()
                .and_then(|nibble| node.child(nibble))
                .and_then(|child| self.nodes.get(child));
        }
        longest
    }
}

impl<T> Default for PrefixTable<T> {
    fn default() -> Self {
        Self { nodes: Vec::new(), entries: Vec::new() }
    }
}

impl<T> fmt::Debug for PrefixTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrefixTable")
            .field("prefixes", &self.len())
            .field("heap_bytes", &self.heap_bytes())
            .finish_non_exhaustive()
    }
}

/// The values of an address, the longest prefix first: what [`PrefixTable::matches`] gives.
pub struct Matches<'a, T> {
    table: &'a PrefixTable<T>,
    next: u32,
}

impl<'a, T> Iterator for Matches<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        let entry = self.table.entry(self.next)?;
        self.next = entry.shorter;
        Some(&entry.value)
    }
}

impl<T> iter::FusedIterator for Matches<'_, T> {}

impl<T> Clone for Matches<'_, T> {
    fn clone(&self) -> Self {
        Self { table: self.table, next: self.next }
    }
}

impl<T: fmt::Debug> fmt::Debug for Matches<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every prefix of the address, the longest first, of equal ones the first.
    fn naive(prefixes: &[Vec<u8>], address: &[u8]) -> Vec<usize> {
        let mut found: Vec<usize> = (0..prefixes.len())
            .filter(|&i| address.starts_with(&prefixes[i]) && !prefixes[..i].contains(&prefixes[i]))
            .collect();
        found.sort_by_key(|&i| std::cmp::Reverse(prefixes[i].len()));
        found
    }

    fn agrees(prefixes: &[Vec<u8>], address: &[u8]) -> Result<(), TestCaseError> {
        let table = PrefixTable::build(prefixes.iter().zip(0..));
        let found: Vec<usize> = table.matches(address).copied().collect();
        prop_assert_eq!(&found, &naive(prefixes, address));
        prop_assert_eq!(table.get(address), found.first());
        Ok(())
    }

    /// Few different octets, so that much is shared: digits, and those beside them in the order.
    fn octets(longest: usize) -> impl Strategy<Value = Vec<u8>> {
        let octet = prop_oneof![4 => b'0'..=b'2', 1 => Just(b'9'), 1 => Just(b'/'), 1 => Just(b':'), 1 => Just(0xFF)];
        prop::collection::vec(octet, 0..longest)
    }

    proptest! {
        #[test]
        fn the_table_agrees_with_a_scan(
            prefixes in prop::collection::vec(octets(6), 0..200),
            address in octets(9),
        ) {
            agrees(&prefixes, &address)?;
            for prefix in prefixes.iter().take(9) {
                agrees(&prefixes, prefix)?;
            }
        }

        #[test]
        fn so_it_does_for_any_octets(
            prefixes in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..8),
            cut in 0_usize..30,
            rest in prop::collection::vec(any::<u8>(), 0..9),
        ) {
            for prefix in &prefixes {
                let mut address = prefix[..cut.min(prefix.len())].to_vec();
                address.extend(&rest);
                agrees(&prefixes, &address)?;
            }
        }

        #[test]
        fn and_for_long_chains(stem in octets(90), lengths in prop::collection::vec(0_usize..90, 1..60)) {
            let prefixes: Vec<Vec<u8>> =
                lengths.iter().map(|&length| stem[..length.min(stem.len())].to_vec()).collect();
            agrees(&prefixes, &stem)?;
        }
    }

    #[test]
    fn a_table_of_nothing() {
        let table = PrefixTable::<u8>::build::<&str>([]);
        assert_eq!(
            (table.get(b""), table.get(b"1"), table.len(), table.heap_bytes()),
            (None, None, 0, 0)
        );
        assert!(table.is_empty());
    }

    #[test]
    fn the_size_of_a_node_is_what_the_documentation_says() {
        assert_eq!(size_of::<Node>(), 16);
        // A hundred thousand numbers, with gaps between them.
        let numbers = (0..100_000_u64).map(|n| (31_600_000_000 + n * 7_919).to_string());
        let table = PrefixTable::build(numbers.zip(0_u32..));
        assert_eq!(table.len(), 100_000);
        assert!(table.heap_bytes() < 100_000 * (2 * 16 + 8), "{table:?}");
    }
}
