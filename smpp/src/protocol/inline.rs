//! Short C-octet strings kept by value, so that an answer costs no allocation.

use std::{fmt, hash, str::FromStr};

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

    /// The octets and their NUL, in as few pieces as can be: the second is empty unless all `N` octets are used.
    #[inline]
    pub(crate) fn with_nul(&self) -> (&[u8], &[u8]) {
        // What is behind the octets is zero: `new` sees to it.
        match self.octets.get(..=usize::from(self.length)) {
            Some(octets) => (octets, &[]),
            None => (&self.octets, &[0]),
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
    pub fn decimal(mut value: u64) -> Self {
        /// Digits of the largest `u64`.
        const DIGITS: usize = 20;

        let mut digits = [0u8; DIGITS];
        let mut used = 0u8;
        for slot in digits.iter_mut().rev() {
            // value % 10 is below ten.
            *slot = b'0' + (value % 10) as u8;
            value /= 10;
            used += 1;
            if value == 0 {
                break;
            }
        }
        // Digits hold no NUL and twenty of them fit, so `new` has nothing to check.
        let mut this = Self { length: used, ..Self::EMPTY };
        for (octet, digit) in
            this.octets.iter_mut().zip(digits.iter().skip(DIGITS - usize::from(used)))
        {
            *octet = *digit;
        }
        this
    }

    /// `value` in lower-case hexadecimal, not padded.
    #[must_use]
    pub fn hex(value: u64) -> Self {
        Self::new(format!("{value:x}").as_bytes()).unwrap_or_default()
    }
}

impl From<u64> for MessageId {
    #[inline]
    fn from(value: u64) -> Self {
        Self::decimal(value)
    }
}
