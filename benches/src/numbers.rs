//! Prefixes and the numbers that are asked for, here and by the criterion group.

use std::collections::HashSet;

/// The prefixes that there are.
pub const PREFIXES: usize = 1_000_000;

/// The numbers of one kind: so many that what they lead to does not stay in a cache by itself.
pub const QUERIES: usize = 1 << 18;

/// What busy traffic goes to, most of the time.
const BUSY: u64 = 200;

/// A number as it is asked for: 15 digits, the longest there are (E.164).
pub type Number = [u8; 15];

/// What is looked up, and among what. The same every time.
#[derive(Debug)]
pub struct Numbers {
    /// A million different prefixes of 3 to 12 digits.
    pub prefixes: Vec<String>,
    /// Numbers that start as any of them does.
    pub hits: Vec<Number>,
    /// Numbers that start as 200 of them do.
    pub busy: Vec<Number>,
    /// Numbers that no prefix of eight digits and more starts: they are looked up among those.
    pub misses: Vec<Number>,
}

impl Numbers {
    /// Makes them.
    #[must_use]
    pub fn new() -> Self {
        let mut random = Random(2026);
        let mut seen = HashSet::with_capacity(PREFIXES);
        let mut prefixes = Vec::with_capacity(PREFIXES);
        while prefixes.len() < PREFIXES {
            let digits = 3 + usize::try_from(random.below(10)).unwrap_or_default();
            let prefix = random.digits(digits);
            if seen.insert(prefix.clone()) {
                prefixes.push(prefix);
            }
        }
        let mut of = |limit| -> Vec<Number> {
            let mut one = || {
                let place = usize::try_from(random.below(limit)).unwrap_or_default();
                random.number(&prefixes[place])
            };
            (0..QUERIES).map(|_| one()).collect()
        };
        let (hits, busy) = (of(PREFIXES as u64), of(BUSY));
        let is_hit = |number: &Number| {
            (8..=12).any(|end| str::from_utf8(&number[..end]).is_ok_and(|it| seen.contains(it)))
        };
        let misses = std::iter::repeat_with(|| random.number(""));
        let misses = misses.filter(|number| !is_hit(number)).take(QUERIES).collect();
        Self { prefixes, hits, busy, misses }
    }

    /// The prefixes of eight digits and more.
    pub fn long(&self) -> impl Iterator<Item = &String> {
        self.prefixes.iter().filter(|prefix| prefix.len() >= 8)
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Self::new()
    }
}

/// Numbers that look random and are the same every time: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// So many digits, and no zero in front.
    fn digits(&mut self, digits: usize) -> String {
        let first = char::from(b'1' + (self.below(9) as u8));
        let rest = (1..digits).map(|_| char::from(b'0' + (self.below(10) as u8)));
        std::iter::once(first).chain(rest).collect()
    }

    fn number(&mut self, prefix: &str) -> Number {
        let mut number = [0; 15];
        let rest = self.digits(15);
        for (digit, octet) in number.iter_mut().zip(prefix.bytes().chain(rest.bytes())) {
            *digit = octet;
        }
        number
    }
}
