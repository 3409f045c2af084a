//! Prefixes of numbers, in order.

/// How many of its digits a number is known by; E.164 has no more.
const DIGITS: usize = 15;
/// The prefixes of a leaf: one more than there can be of one number.
const LEAF: usize = DIGITS + 1;
/// The starts of numbers: four digits, four bits each.
const STARTS: usize = 1 << 16;
/// So many leaves are worth a place for each start.
const MANY: usize = 1_000;
/// Above every key.
const LAST: u64 = u64::MAX;

/// Up to 15 digits, four bits each, the first in the highest, zeros behind the last; the lowest four bits are their number. So
/// numbers that start alike are side by side, and a prefix is before what it is a prefix of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    /// The key of a prefix that is a number of up to 15 digits, and nothing else.
    pub(super) fn of_prefix(octets: &[u8]) -> Option<Self> {
        let (digits, length) = read(octets);
        (usize::try_from(length) == Ok(octets.len())).then_some(Self(digits | u64::from(length)))
    }

    /// What an address starts with, behind all prefixes of it.
    #[inline]
    pub(super) fn of_address(octets: &[u8]) -> Self {
        Self(read(octets).0 | 0xF)
    }

    /// The first four digits.
    #[inline]
    fn start(self) -> u64 {
        self.0 >> 48
    }

    #[inline]
    fn is_prefix_of(self, number: Self) -> bool {
        let behind = LAST >> (4 * (self.0 & 0xF));
        (self.0 ^ number.0) & !behind == 0
    }
}

/// The digits in front, and how many they are.
#[inline]
fn read(octets: &[u8]) -> (u64, u32) {
    let (mut digits, mut length, mut rest) = (0, 0_u32, octets);
    // Most numbers have eight digits and more.
    if let Some((eight, behind)) = octets.split_first_chunk::<8>()
        && let Some(codes) = eight_digits(*eight)
    {
        (digits, length, rest) = (codes, 8, behind);
        if let Some((four, behind)) = behind.split_first_chunk::<4>()
            && let Some(codes) = four_digits(*four)
        {
            (digits, length, rest) = (digits << 16 | codes, 12, behind);
        }
    }
    for &octet in rest.iter().take(DIGITS - length as usize) {
        let code = match octet {
            b'0'..=b'9' => octet - b'0' + 1,
            b'+' => 11,
            b'*' => 12,
            b'#' => 13,
            _ => break,
        };
        digits = digits << 4 | u64::from(code);
        length += 1;
    }
    (digits.checked_shl(64 - 4 * length).unwrap_or(0), length)
}

/// The codes of eight digits, if they are digits.
#[inline]
fn eight_digits(octets: [u8; 8]) -> Option<u64> {
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const SIXES: u64 = 0x0606_0606_0606_0606;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let octets = u64::from_be_bytes(octets);
    // A digit is 0x30 to 0x39: six more is 0x3F at most, and nothing else stays there.
    if octets & HIGH != ZEROS || octets.wrapping_add(SIXES) & HIGH != ZEROS {
        return None;
    }
    let codes = octets - ZEROS + ONES;
    // Neighbours move together: octets, then pairs, then fours.
    let pairs = (codes | codes >> 4) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF;
    Some((fours | fours >> 16) & 0xFFFF_FFFF)
}

/// The same of four.
#[inline]
fn four_digits(octets: [u8; 4]) -> Option<u64> {
    let [a, b, c, d] = octets;
    eight_digits([b'0', b'0', b'0', b'0', a, b, c, d]).map(|codes| codes & 0xFFFF)
}

/// Prefixes of numbers, each with a value.
///
/// The prefixes are in their order, 16 in a leaf. A leaf begins with copies of those prefixes before it that its first one
/// starts with: so all that an address starts with is in one leaf. Which leaf that is, the first four digits say, or else a
/// binary search among those that begin with them. All of that stays in the processor's caches, so the leaf is what a look-up
/// waits for.
#[derive(Clone, Debug)]
pub(super) struct Numbers<T> {
    /// For each start, the place of its first leaf, and at the end the number of leaves; empty if the leaves are few.
    starts: Box<[u32]>,
    /// Where each leaf begins.
    firsts: Vec<Key>,
    leaves: Vec<Leaf<T>>,
}

#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Leaf<T> {
    keys: [Key; LEAF],
    values: [T; LEAF],
}

impl<T: Copy> Numbers<T> {
    /// Of different prefixes, in their order.
    ///
    /// # Panics
    ///
    /// If there are 2³² leaves or more.
    pub(super) fn build(prefixes: &[(Key, T)]) -> Self {
        let (mut leaves, mut firsts) = (Vec::new(), Vec::new());
        let mut above: Vec<(Key, T)> = Vec::new();
        let mut rest = prefixes;
        while let Some(&(first, value)) = rest.first() {
            above.retain(|(key, _)| key.is_prefix_of(first));
            let (own, behind) = rest.split_at(LEAF.saturating_sub(above.len()).min(rest.len()));
            let mut leaf = Leaf { keys: [Key(LAST); LEAF], values: [value; LEAF] };
            let places = leaf.keys.iter_mut().zip(&mut leaf.values);
            for ((key, value), prefix) in places.zip(above.iter().chain(own)) {
                (*key, *value) = *prefix;
            }
            leaves.push(leaf);
            firsts.push(first);
            for prefix in own {
                above.retain(|(key, _)| key.is_prefix_of(prefix.0));
                above.push(*prefix);
            }
            rest = behind;
        }
        leaves.shrink_to_fit();
        firsts.shrink_to_fit();
        if firsts.len() < MANY {
            return Self { starts: Box::default(), firsts, leaves };
        }
        let mut starts = Vec::with_capacity(STARTS + 1);
        for start in (0_u64..).take(STARTS + 1) {
            let before = firsts.partition_point(|first| first.start() < start);
            starts.push(u32::try_from(before).expect("less than 2^32 leaves"));
        }
        Self { starts: starts.into_boxed_slice(), firsts, leaves }
    }

    /// The leaf that has all that a number starts with.
    #[inline]
    pub(super) fn leaf(&self, number: Key) -> Option<&Leaf<T>> {
        let (from, to) = match usize::try_from(number.start()).map(|at| self.starts.get(at..at + 2))
        {
            Ok(Some(&[from, to])) => (usize::try_from(from).ok()?, usize::try_from(to).ok()?),
            _ => (0, self.leaves.len()),
        };
        // The last that does not begin behind the number; if none of this start does, the one before them, which goes on.
        let (mut base, mut size) = (from.saturating_sub(1), to - from.saturating_sub(1));
        while size > 1 {
            let half = size / 2;
            let is_before = *self.firsts.get(base + half)? <= number;
            base = std::hint::select_unpredictable(is_before, base + half, base);
            size -= half;
        }
        self.leaves.get(base)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.starts)
            + self.firsts.capacity() * size_of::<Key>()
            + self.leaves.capacity() * size_of::<Leaf<T>>()
    }
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { starts: Box::default(), firsts: Vec::new(), leaves: Vec::new() }
    }
}

impl<T> Leaf<T> {
    /// Which of its prefixes a number starts with: a bit for each.
    #[inline]
    pub(super) fn prefixes_of(&self, number: Key) -> u32 {
        // Without a branch: what the answer is cannot be foretold, and the processor would wait for the memory to know.
        let mut found = 0;
        for (place, key) in self.keys.iter().enumerate() {
            found |= u32::from(key.is_prefix_of(number)) << place;
        }
        found
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&T> {
        self.values.get(usize::try_from(place).ok()?)
    }
}
