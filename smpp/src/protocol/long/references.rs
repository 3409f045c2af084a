//! References that tell the long messages to one recipient apart.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::atomic::{AtomicU16, Ordering},
};

/// How many counters there are: 8 KiB.
const COUNTERS: usize = 4_096;
/// The smallest reference: those below fit into 8 bits, and a SAR reference that does leaves its parts other room than one
/// that does not.
const FIRST: u16 = 0x100;

/// Counts references up for each recipient.
///
/// Each recipient has one of 4,096 counters by hash, so a reference comes back to a recipient after 65,280 messages, and its
/// lower 8 bits after 256, less those to others that share the counter. Counters begin anywhere, so that a program that
/// starts again does not begin with the references that its parts still wait under.
///
/// ```
/// use std::hash::RandomState;
/// use wirepath_smpp::{Address, protocol::long::References};
///
/// let references = References::new(RandomState::new());
/// let to = Address::international("31612345678");
/// let first = references.next(to);
/// assert_eq!(references.next(to), if first == u16::MAX { 0x100 } else { first + 1 });
/// ```
#[derive(Debug)]
pub struct References {
    hasher: RandomState,
    counters: Box<[AtomicU16]>,
}

impl References {
    /// Counters that begin where this hasher says.
    #[must_use]
    pub fn new(hasher: RandomState) -> Self {
        let start = |counter: usize| {
            let [low, high, ..] = hasher.hash_one(counter).to_le_bytes();
            AtomicU16::new(u16::from_le_bytes([low, high]).max(FIRST))
        };
        let counters = (0..COUNTERS).map(start).collect();
        Self { hasher, counters }
    }

    /// The next reference for a recipient: 0x100 to 0xFFFF, one after the other. Who has 8 bits takes the lower ones.
    pub fn next(&self, to: impl Hash) -> u16 {
        let place = usize::try_from(self.hasher.hash_one(to) % COUNTERS as u64).unwrap_or_default();
        let Some(counter) = self.counters.get(place) else { return FIRST };
        counter
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(last.checked_add(1).unwrap_or(FIRST))
            })
            .unwrap_or(FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_recipient_sees_each_reference_once_in_a_round() {
        let references = References::new(RandomState::new());
        let round: Vec<u16> = (FIRST..=u16::MAX).map(|_| references.next("31612345678")).collect();
        assert_eq!(round.iter().collect::<HashSet<_>>().len(), 65_280);
        assert!(round.iter().all(|reference| *reference >= FIRST));
        for narrow in round.windows(256) {
            let low = |reference: u16| reference.to_be_bytes()[1];
            let (first, last) = (low(narrow[0]), low(narrow[255]));
            assert_eq!(first.wrapping_sub(1), last, "256 in a row are all of 8 bits");
        }
        assert_eq!(references.next("31612345678"), round[0]);
    }

    #[test]
    fn recipients_have_counters_of_their_own() {
        let references = References::new(RandomState::new());
        let first = references.next("1");
        for to in 2..50 {
            references.next(to.to_string().as_str());
        }
        let next = references.next("1");
        // One in 4,096 shares the counter; that it is all 48 of them is out of the question.
        assert!(next.wrapping_sub(first) < 48 || next < first, "{first} {next}");
    }
}
