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
    at: usize,
    pub(crate) rules: Rules,
}

impl<'a> Cursor<'a> {
    /// Starts behind the header of a whole PDU.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], at: usize, rules: Rules) -> Self {
        Self { bytes, at, rules }
    }

    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn is_strict(&self) -> bool {
        self.rules == Rules::Strict
    }

    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        let value = *self.bytes.get(self.at).ok_or(DecodeError::Truncated { field })?;
        self.at += 1;
        Ok(value)
    }

    #[inline]
    pub(crate) fn take(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let (taken, _) = self.rest().split_at_checked(n).ok_or(DecodeError::Truncated { field })?;
        self.at += n;
        Ok(taken)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let word = self.rest().first_chunk::<4>().ok_or(DecodeError::Truncated { field })?;
        self.at += 4;
        Ok(u32::from_be_bytes(*word))
    }

    /// A C-octet string of at most `max` octets with its NUL; the NUL is consumed and not returned.
    #[inline]
    pub(crate) fn c_octets(
        &mut self,
        field: &'static str,
        max: usize,
        status: Status,
    ) -> Result<&'a [u8], DecodeError> {
        // Half of these fields are empty in most PDUs.
        if self.bytes.get(self.at) == Some(&0) {
            self.at += 1;
            return Ok(&[]);
        }
        self.c_octets_with_text(field, max, status)
    }

    #[inline]
    fn c_octets_with_text(
        &mut self,
        field: &'static str,
        max: usize,
        status: Status,
    ) -> Result<&'a [u8], DecodeError> {
        let max = if self.is_strict() { max } else { max.max(256) };
        let rest = self.rest();
        let window = rest.get(..max).unwrap_or(rest);
        let Some(length) = find_nul(window) else {
            return Err(if window.len() < max {
                DecodeError::Unterminated { field }
            } else {
                DecodeError::TooLong { field, max, status }
            });
        };
        self.at += length + 1;
        Ok(window.get(..length).unwrap_or_default())
    }
}

/// Where the first NUL is.
///
/// These fields are empty or a handful of octets: eight at a time beats both a plain scan and a call into a vector search.
#[inline]
fn find_nul(octets: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

    let (words, tail) = octets.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The lowest bit that is set belongs to the first octet that is zero; bits above it may be set for others too.
        let zeros = word.wrapping_sub(ONES) & !word & HIGH;
        if zeros != 0 {
            return Some(index * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    let at = tail.iter().position(|octet| *octet == 0)?;
    Some(words.len() * 8 + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::find_nul;

    proptest! {
        #[test]
        fn the_first_nul_is_found(octets in prop::collection::vec(prop_oneof![0..3_u8, 0x7F..0x82_u8, any::<u8>()], 0..70)) {
            prop_assert_eq!(find_nul(&octets), octets.iter().position(|octet| *octet == 0));
        }

        #[test]
        fn a_nul_behind_text_is_found(text in prop::collection::vec(1..=255_u8, 0..70), rest: Vec<u8>) {
            let octets = [&text[..], &[0], &rest[..]].concat();
            prop_assert_eq!(find_nul(&octets), Some(text.len()));
            prop_assert_eq!(find_nul(&text), None);
        }
    }
}
