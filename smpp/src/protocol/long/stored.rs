//! Parts as a store keeps them.

use bytes::Bytes;

use super::{BadPart, MessagePdu, Part};
use crate::protocol::{DecodeError, Frame, SystemId};

/// Of what this writes, and all that it reads.
const VERSION: u8 = 1;

/// Octets that are no stored part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// It ends before it should, or goes on behind its end: a write that was cut off, or octets of something else.
    #[error("the stored octets are torn: they are not as long as they say")]
    Torn,
    /// Written by a program that is newer, or by none of ours.
    #[error(
        "the stored octets have version {0}, this program reads {VERSION}: use the program that wrote them, or a newer one"
    )]
    Version(u8),
    /// The PDU in it cannot be read.
    #[error("the stored PDU cannot be read: {0}")]
    Pdu(#[from] DecodeError),
    /// The PDU in it cannot be a part.
    #[error("the stored PDU is no part: {0}")]
    Part(#[from] BadPart),
    /// A value that it cannot have.
    #[error("the stored {0} has a value that it cannot have")]
    Value(&'static str),
}

impl Part {
    /// Writes it for a store, so that it can be answered before its message is whole: version, when it came, origin, PDU.
    ///
    /// The octets hold the message, so guard the store as you guard messages. [`decode`](Self::decode) reads them.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wirepath_smpp::{SubmitSm, SystemId, long::{Part, StoredError}};
    ///
    /// let pdu = SubmitSm::builder().destination("2").short_message("hi").build()?;
    /// let part = Part::of(&pdu, SystemId::new(b"shop")?, SystemTime::now())?;
    /// let stored = part.encode();
    /// assert_eq!(Part::decode(&stored)?, part);
    /// assert_eq!(Part::decode(&stored[..20]), Err(StoredError::Torn));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let frame = self.pdu.frame().as_bytes();
        let origin = self.key.origin;
        let origin = origin.as_bytes();
        let mut out = Vec::with_capacity(10 + origin.len() + frame.len());
        out.push(VERSION);
        out.extend(self.received.to_be_bytes());
        // At most 15.
        out.push(origin.len() as u8);
        out.extend(origin);
        // The PDU says how long it is.
        out.extend(frame);
        out
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`StoredError`]; no octets make it panic.
    pub fn decode(stored: &[u8]) -> Result<Self, StoredError> {
        let (&version, rest) = stored.split_first().ok_or(StoredError::Torn)?;
        if version != VERSION {
            return Err(StoredError::Version(version));
        }
        let (&received, rest) = rest.split_first_chunk().ok_or(StoredError::Torn)?;
        let (&length, rest) = rest.split_first().ok_or(StoredError::Torn)?;
        let (origin, frame) = rest.split_at_checked(length.into()).ok_or(StoredError::Torn)?;
        let origin = SystemId::new(origin).map_err(|_| StoredError::Value("origin"))?;
        let frame = Frame::from_bytes(Bytes::copy_from_slice(frame)).ok_or(StoredError::Torn)?;
        let pdu = MessagePdu::decode(frame)?;
        Ok(Self::at(pdu, origin, u64::from_be_bytes(received))?)
    }
}
