//! Reading a body: what may be wrong with it, and the wire answer to each (SURFACE of a bad input in one place).

use super::{Status, Tag};

/// How strictly values are held to the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rules {
    /// Field lengths, TON, NPI, flags and times as SMPP 3.4 states them.
    #[default]
    Strict,
    /// Structure only: lengths and terminators must hold, but any value is taken and a string field may be as long as 255
    /// octets. For peers that need it.
    Lenient,
}

/// Why a body could not be decoded.
///
/// [`DecodeError::status`] is the `command_status` that the peer is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The frame carries another command than the type that was asked for.
    #[error("the PDU is another command")]
    WrongCommand,
    /// The body ends inside a mandatory field.
    #[error("the body ends inside {field}")]
    Truncated {
        /// The field.
        field: &'static str,
    },
    /// A C-octet string without its NUL before the body's end.
    #[error("{field} has no NUL")]
    Unterminated {
        /// The field.
        field: &'static str,
    },
    /// A field that is longer than the specification allows.
    #[error("{field} is longer than {max} octets")]
    TooLong {
        /// The field.
        field: &'static str,
        /// The most octets it may have, its NUL included.
        max: usize,
        /// The field's own status.
        status: Status,
    },
    /// A field whose value the specification does not have.
    #[error("{field} has a value outside the specification")]
    BadValue {
        /// The field.
        field: &'static str,
        /// The field's own status.
        status: Status,
    },
    /// A TLV that is longer than the rest of the PDU, or octets that are too few to be one.
    #[error("the optional parameters do not end where the PDU ends")]
    TlvStream,
    /// A standard TLV with a length that it cannot have.
    #[error("{tag} cannot be {length} octets long")]
    TlvLength {
        /// The tag.
        tag: Tag,
        /// The length that it came with.
        length: usize,
    },
}

impl DecodeError {
    /// The `command_status` of the answer.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::WrongCommand => Status::RINVCMDID,
            Self::Truncated { .. } | Self::Unterminated { .. } => Status::RINVMSGLEN,
            Self::TooLong { status, .. } | Self::BadValue { status, .. } => *status,
            Self::TlvStream => Status::RINVOPTPARSTREAM,
            Self::TlvLength { .. } => Status::RINVPARLEN,
        }
    }
}

/// A position in a PDU that moves forward only.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    /// Never beyond the end: it moves only over octets that were seen to be there.
    at: usize,
    pub(crate) rules: Rules,
}

impl<'a> Cursor<'a> {
    /// Starts at `at` of a whole PDU.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], at: usize, rules: Rules) -> Self {
        Self { bytes, at: at.min(bytes.len()), rules }
    }

    #[inline(always)]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline(always)]
    pub(crate) fn is_strict(&self) -> bool {
        self.rules == Rules::Strict
    }

    #[inline(always)]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        let value = *self.bytes.get(self.at).ok_or(DecodeError::Truncated { field })?;
        self.at += 1;
        Ok(value)
    }

    #[inline(always)]
    pub(crate) fn take(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let taken = self.rest().get(..n).ok_or(DecodeError::Truncated { field })?;
        self.at += n;
        Ok(taken)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let word = self.rest().first_chunk::<4>().ok_or(DecodeError::Truncated { field })?;
        self.at += word.len();
        Ok(u32::from_be_bytes(*word))
    }

    /// A C-octet string of at most `max` octets with its NUL; the NUL is consumed and not returned.
    #[inline(always)]
    pub(crate) fn c_octets(
        &mut self,
        field: &'static str,
        max: usize,
        status: Status,
    ) -> Result<&'a [u8], DecodeError> {
        // Most are empty.
        if self.bytes.get(self.at) == Some(&0) {
            self.at += 1;
            return Ok(&[]);
        }
        let rest = self.rest();
        let max = if self.is_strict() { max } else { max.max(FARTHEST) };
        match find_nul(rest).filter(|length| *length < max) {
            Some(length) => {
                self.at += length + 1;
                Ok(rest.get(..length).unwrap_or_default())
            }
            None => Err(no_nul(rest.len(), field, max, status)),
        }
    }
}

#[cold]
fn no_nul(left: usize, field: &'static str, max: usize, status: Status) -> DecodeError {
    match left < max {
        true => DecodeError::Unterminated { field },
        false => DecodeError::TooLong { field, max, status },
    }
}

/// How many octets a string can have and be looked through: the longest field, and then some.
const FARTHEST: usize = 256;

/// Where the first NUL is, among the first [`FARTHEST`] octets. Eight octets at a time: these strings are too short for a
/// vector search to be worth its call.
#[inline(always)]
fn find_nul(octets: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;

    let (words, tail) = octets.get(..FARTHEST).unwrap_or(octets).as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // A high bit is set for each octet that is zero; of those, the lowest is exact.
        let zeros = word.wrapping_sub(ONES) & !word & HIGHS;
        if zeros != 0 {
            return Some(at * 8 + (zeros.trailing_zeros() / 8) as usize);
        }
    }
    tail.iter().position(|octet| *octet == 0).map(|at| words.len() * 8 + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_nul_is_found_wherever_it_is() {
        for length in 0..300 {
            let mut octets = vec![0x80 | 1; length];
            assert_eq!(find_nul(&octets), None);
            octets.extend([0, 0xFF, 0, 1, 0]);
            assert_eq!(
                find_nul(&octets),
                (length < FARTHEST).then_some(length),
                "behind {length} octets"
            );
        }
    }
}
