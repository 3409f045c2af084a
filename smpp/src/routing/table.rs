//! The longest prefix of an address, among a million.

use std::{fmt, iter};

use super::names::Names;
use super::numbers::{Key, Leaf, Numbers};

/// The longest-prefix table: built once, then only read.
///
/// Prefixes are octets. Of two equal ones the first is kept. A look-up allocates nothing, and what it costs is the memory that it
/// waits for: one place in all of it that is not in the processor's caches yet, if the prefixes are many.
///
/// That is so for prefixes of up to 15 digits, `+`, `*` and `#`, which is what numbers are made of. Others, names such as `SHOP`,
/// are in a sorted list beside it, and found in as many comparisons as a binary search has.
///
/// # Memory
///
/// With values of four octets, 12 octets for a prefix and half an octet more, and 256 KiB if there
/// are ten thousands. Every 16 prefixes are kept together with a copy of
/// those that the first of them starts with, at most 15: where all of them have many, a prefix takes up to 200 octets.
/// [`heap_bytes`](Self::heap_bytes) has the sum. While it is built, a copy of the prefixes comes on top.
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
    numbers: Numbers<T>,
    /// What a number starts with is a number: so of the prefixes of an address those that are here are the longer ones.
    names: Names<T>,
    len: usize,
}

impl<T: Copy> PrefixTable<T> {
    /// The table of these prefixes. Their order counts only where two are equal: the first is kept.
    pub fn build<P: AsRef<[u8]>>(prefixes: impl IntoIterator<Item = (P, T)>) -> Self {
        let (mut numbers, mut names) = (Vec::new(), Vec::<(Box<[u8]>, T)>::new());
        for (prefix, value) in prefixes {
            match Key::of_prefix(prefix.as_ref()) {
                Some(key) => numbers.push((key, value)),
                None => names.push((prefix.as_ref().into(), value)),
            }
        }
        // Stable: of equal ones the first stays first.
        numbers.sort_by_key(|(key, _)| *key);
        numbers.dedup_by_key(|(key, _)| *key);
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        names.dedup_by(|(later, _), (first, _)| later == first);
        let len = numbers.len().saturating_add(names.len());
        Self { numbers: Numbers::build(&numbers), names: Names::build(names), len }
    }

    /// The value of the longest prefix that `address` starts with.
    #[inline]
    pub fn get(&self, address: &[u8]) -> Option<&T> {
        self.matches(address).next()
    }

    /// The values of all prefixes that `address` starts with, the longest first.
    #[inline]
    pub fn matches(&self, address: &[u8]) -> Matches<'_, T> {
        let number = Key::of_address(address);
        let name = if self.names.is_empty() { None } else { self.names.longest(address) };
        let leaf = self.numbers.leaf(number);
        let left = leaf.map_or(0, |leaf| leaf.prefixes_of(number));
        Matches { names: &self.names, name, leaf, left }
    }

    /// The octets that the table takes on the heap, without what the values themselves have there.
    pub fn heap_bytes(&self) -> usize {
        self.numbers.heap_bytes().saturating_add(self.names.heap_bytes())
    }
}

impl<T> PrefixTable<T> {
    /// The number of prefixes, equal ones counted once.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no prefix.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<T> Default for PrefixTable<T> {
    fn default() -> Self {
        Self { numbers: Numbers::default(), names: Names::default(), len: 0 }
    }
}

impl<T> fmt::Debug for PrefixTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrefixTable").field("prefixes", &self.len).finish_non_exhaustive()
    }
}

/// The values of an address, the longest prefix first: what [`PrefixTable::matches`] gives.
pub struct Matches<'a, T> {
    names: &'a Names<T>,
    /// The name that is next.
    name: Option<usize>,
    /// Where the numbers are that it starts with.
    leaf: Option<&'a Leaf<T>>,
    /// Which of them are to come, a bit for each; the longest is the highest.
    left: u32,
}

impl<'a, T> Iterator for Matches<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        if let Some((value, shorter)) = self.name.and_then(|place| self.names.get(place)) {
            self.name = shorter;
            return Some(value);
        }
        let place = self.left.checked_ilog2()?;
        self.left ^= 1 << place;
        self.leaf?.get(place)
    }
}

impl<T> iter::FusedIterator for Matches<'_, T> {}

impl<T> Clone for Matches<'_, T> {
    fn clone(&self) -> Self {
        Self { names: self.names, name: self.name, leaf: self.leaf, left: self.left }
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
        let octet = prop_oneof![4 => b'0'..=b'2', 1 => Just(b'9'), 1 => Just(b'/'), 1 => Just(b'+'), 1 => Just(b':'), 1 => Just(0xFF)];
        prop::collection::vec(octet, 0..longest)
    }

    /// Many prefixes that share their start, so that there are leaves in numbers, and copies in them.
    fn numbers() -> impl Strategy<Value = Vec<u8>> {
        let digits = |range, most| prop::collection::vec(range, 0..most);
        (digits(b'1'..=b'2', 5), digits(b'0'..=b'9', 14))
            .prop_map(|(start, rest)| [start, rest].concat())
    }

    proptest! {
        #[test]
        fn the_leaves_agree_with_a_scan(
            prefixes in prop::collection::vec(numbers(), 0..300),
            addresses in prop::collection::vec(numbers(), 0..20),
            rest in octets(9),
        ) {
            let table = PrefixTable::build(prefixes.iter().zip(0..));
            for address in addresses.iter().chain(prefixes.iter().step_by(97)) {
                for address in [address.clone(), [address, &rest[..]].concat()] {
                    let found: Vec<usize> = table.matches(&address).copied().collect();
                    prop_assert_eq!(found, naive(&prefixes, &address));
                }
            }
        }

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
    fn ten_thousands_of_numbers_are_found_by_their_start() {
        let prefixes: Vec<String> = (0..30_000_u64)
            .map(|n| (n * 7_919 + n % 10).to_string())
            .chain((1..40).map(|n| format!("{n}")))
            .collect();
        let mut by_prefix = std::collections::HashMap::new();
        for (place, prefix) in prefixes.iter().enumerate() {
            by_prefix.entry(prefix.as_str()).or_insert(place);
        }
        let table = PrefixTable::build(prefixes.iter().zip(0_usize..));
        for n in 0..20_000_u64 {
            let address = (n * 12_345_677).to_string();
            let expected: Vec<usize> = (0..=address.len())
                .rev()
                .filter_map(|end| by_prefix.get(&address[..end]).copied())
                .collect();
            let found: Vec<usize> = table.matches(address.as_bytes()).copied().collect();
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn the_memory_is_what_the_documentation_says() {
        // A hundred thousand numbers, with gaps between them.
        let numbers = (0..100_000_u64).map(|n| (31_600_000_000 + n * 7_919).to_string());
        let table = PrefixTable::build(numbers.zip(0_u32..));
        assert_eq!(table.len(), 100_000);
        let octets = table.heap_bytes();
        assert!((1_000_000..100_000 * 13 + 300_000).contains(&octets), "{octets}");
        // The worst: each of a thousand numbers with all its prefixes, and those of the next are others.
        let numbers =
            (0..1_000_u64).map(|n| (100_000_000_000_000 + n * 899_999_999_999).to_string());
        let prefixes: Vec<String> = numbers
            .flat_map(|n| (1..=15).map(|end| n[..end].to_owned()).collect::<Vec<_>>())
            .collect();
        let table = PrefixTable::build(prefixes.iter().zip(0_u32..));
        assert!(table.heap_bytes() < 300_000 + 200 * table.len());
    }
}
