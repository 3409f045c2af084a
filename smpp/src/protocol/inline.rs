//! Short C-octet strings kept by value, so that an answer costs no allocation.

use std::{fmt, hash, str::FromStr};

use bytes::BytesMut;

use super::BuildError;

/// A C-octet string of at most `N` octets, without its NUL, stored in place.
#[derive(Clone, Copy)]
pub struct Inline<const N: usize> {
    length: u8,
    octets: [u8; N],
}

impl<const N: usize> Inline<N> {
    /// The most octets that fit, the NUL not counted.
    pub const MAX: usize = N;

    /// The empty string.
    pub const EMPTY: Self = Self { length: 0, octets: [0; N] };

    /// Copies `octets`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if they are more than `N`, or if one of them is NUL.
    #[inline]
    pub fn new(octets: &[u8]) -> Result<Self, BuildError> {
        let too_long =
            BuildError::TooLong { field: "C-octet string", length: octets.len(), max: N };
        let length = u8::try_from(octets.len()).map_err(|_| too_long)?;
        if octets.contains(&0) {
            return Err(BuildError::Nul { field: "C-octet string" });
        }
        let mut this = Self { length, ..Self::EMPTY };
        this.octets.get_mut(..octets.len()).ok_or(too_long)?.copy_from_slice(octets);
        Ok(this)
    }

    /// The octets, without the NUL.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Appends the octets and their NUL.
    #[inline]
    pub(crate) fn put_with_nul(&self, out: &mut BytesMut) {
        // All `N` octets, a copy of a size that the compiler knows, then back to what counts. What is behind the octets is
        // zero: `new` sees to it.
        let end = out.len() + usize::from(self.length) + 1;
        out.extend_from_slice(&self.octets);
        match usize::from(self.length) < N {
            true => out.truncate(end),
            false => out.extend_from_slice(&[0]),
        }
    }

    /// The octets as text, if they are UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// True for the empty string.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl<const N: usize> Default for Inline<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> PartialEq for Inline<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const N: usize> Eq for Inline<N> {}

/// As their octets are.
impl<const N: usize> Ord for Inline<N> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl<const N: usize> PartialOrd for Inline<N> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> hash::Hash for Inline<N> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl<const N: usize> AsRef<[u8]> for Inline<N> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<const N: usize> TryFrom<&[u8]> for Inline<N> {
    type Error = BuildError;

    fn try_from(octets: &[u8]) -> Result<Self, BuildError> {
        Self::new(octets)
    }
}

impl<const N: usize> TryFrom<&str> for Inline<N> {
    type Error = BuildError;

    fn try_from(text: &str) -> Result<Self, BuildError> {
        Self::new(text.as_bytes())
    }
}

impl<const N: usize> FromStr for Inline<N> {
    type Err = BuildError;

    fn from_str(text: &str) -> Result<Self, BuildError> {
        Self::new(text.as_bytes())
    }
}

/// The octets, those outside printable ASCII escaped.
impl<const N: usize> fmt::Display for Inline<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_bytes().escape_ascii(), f)
    }
}

impl<const N: usize> fmt::Debug for Inline<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A `message_id` (SMPP 3.4 §5.2.23): up to 64 octets and a NUL, kept verbatim.
///
/// Decimal, hexadecimal, a UUID: it is the SMSC's to choose, and never a number to whoever reads it.
pub type MessageId = Inline<64>;

/// A `system_id` (SMPP 3.4 §5.2.1): up to 15 octets and a NUL.
pub type SystemId = Inline<15>;

impl MessageId {
    /// `value` in decimal.
    #[inline]
    #[must_use]
    pub fn decimal(value: u64) -> Self {
        if value >= BLOCK {
            return Self::long_decimal(value);
        }
        let length = value.checked_ilog10().unwrap_or(0) + 1;
        // The zeros before it are pushed out at the front.
        let digits = u64::from_le_bytes(eight_digits(value as u32)) >> (u64::BITS - 8 * length);
        let mut this = Self { length: length as u8, ..Self::EMPTY };
        if let Some(front) = this.octets.first_chunk_mut() {
            *front = digits.to_le_bytes();
        }
        this
    }

    /// More than eight digits: those before the last eight, and the last eight.
    fn long_decimal(value: u64) -> Self {
        // At most twice: a `u64` has twenty digits.
        let mut this = Self::decimal(value / BLOCK);
        let last = eight_digits((value % BLOCK) as u32);
        let start = usize::from(this.length);
        if let Some(behind) = this.octets.get_mut(start..start + last.len()) {
            behind.copy_from_slice(&last);
            this.length += last.len() as u8;
        }
        this
    }

    /// `value` in lower-case hexadecimal, not padded.
    #[must_use]
    pub fn hex(value: u64) -> Self {
        Self::new(format!("{value:x}").as_bytes()).unwrap_or_default()
    }
}

/// What eight digits count to.
const BLOCK: u64 = 100_000_000;

/// `value`, below [`BLOCK`], as eight digits. Halves are split side by side in one word, into fours, pairs and digits, so that no
/// division waits for another of its kind.
#[inline]
fn eight_digits(value: u32) -> [u8; 8] {
    let value = u64::from(value);
    let fours = (value / 10_000) | ((value % 10_000) << 32);
    // Exact for numbers below ten thousand, and below a hundred: n / 100 = n * 10486 >> 20, n / 10 = n * 103 >> 10.
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007F_0000_007F;
    let pairs = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000F_000F_000F_000F;
    let digits = tens | ((pairs - tens * 10) << 8);
    (digits | 0x3030_3030_3030_3030).to_le_bytes()
}

impl From<u64> for MessageId {
    #[inline]
    fn from(value: u64) -> Self {
        Self::decimal(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_is_what_the_standard_library_prints() {
        let powers = (0..=19).map(|exponent| 10u64.pow(exponent));
        let edges = powers.flat_map(|power| [power - 1, power, power + 1]);
        for value in edges.chain([u64::MAX, 12_345_678_987_654_321]) {
            assert_eq!(MessageId::decimal(value).as_str(), Some(value.to_string().as_str()));
        }
    }

    #[test]
    fn eight_digits_are_those_of_any_number() {
        // Every number of four digits in both halves: the two never meet.
        for four in 0..10_000 {
            let (high, low) = (four * 10_000 + 1_234, 56_780_000 + four);
            assert_eq!(eight_digits(high), *format!("{high:08}").as_bytes());
            assert_eq!(eight_digits(low), *format!("{low:08}").as_bytes());
        }
    }

    #[test]
    fn the_nul_is_written_behind_any_length() {
        for length in 0..=SystemId::MAX {
            let octets = vec![b'x'; length];
            let mut out = BytesMut::from(&b"before"[..]);
            SystemId::new(&octets).expect("it fits").put_with_nul(&mut out);
            assert_eq!(out, [b"before", &octets[..], b"\0"].concat());
        }
    }
}
