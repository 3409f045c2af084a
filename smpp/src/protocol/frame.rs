//! Cutting the stream into PDUs.

use bytes::{Bytes, BytesMut};

use super::{CommandId, Header, Status};

/// One whole PDU as it came: header and body, lengths agreed, nothing else checked yet.
///
/// Holds a share of the read buffer; cloning it copies nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: Bytes,
}

/// Why the stream cannot be cut any further: what follows has no boundary that could be found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("command_length {length} is outside {}..={max}", Header::LEN)]
pub struct FrameError {
    /// The `command_length` that the peer announced.
    pub length: u32,
    /// The bound that was in force, in octets.
    pub max: usize,
    /// The sequence number for the `generic_nack`; 0 while it had not arrived.
    pub sequence: u32,
}

impl FrameError {
    /// The status of the `generic_nack` that is owed before the connection closes (SMPP 3.4 §4.3.1).
    pub const STATUS: Status = Status::RINVCMDLEN;
}

impl Frame {
    /// Takes the first whole PDU off the front of `buffer`; `Ok(None)` while it is not complete.
    ///
    /// Nothing is reserved for an announced length: the caller's buffer grows only by what really arrived.
    ///
    /// # Errors
    ///
    /// [`FrameError`] as soon as the four octets of `command_length` are seen to be out of bounds.
    #[inline]
    pub fn split(buffer: &mut BytesMut, max: usize) -> Result<Option<Self>, FrameError> {
        match Self::peek(buffer, max)? {
            Some(header) => Ok(Self::split_peeked(buffer, header)),
            None => Ok(None),
        }
    }

    /// The header of the PDU at the front of `buffer` if all of that PDU is there.
    #[inline]
    pub(crate) fn peek(buffer: &[u8], max: usize) -> Result<Option<Header>, FrameError> {
        let Some(header) = Header::peek(buffer) else { return Self::peek_length(buffer, max) };
        match usize::try_from(header.length) {
            Ok(length) if (Header::LEN..=max).contains(&length) => {
                Ok((buffer.len() >= length).then_some(header))
            }
            _ => Err(FrameError { length: header.length, max, sequence: header.sequence }),
        }
    }

    /// Less than a header is there: its length may be out of bounds all the same.
    #[cold]
    fn peek_length(buffer: &[u8], max: usize) -> Result<Option<Header>, FrameError> {
        let Some(announced) = buffer.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*announced);
        match usize::try_from(length) {
            Ok(octets) if (Header::LEN..=max).contains(&octets) => Ok(None),
            _ => Err(FrameError { length, max, sequence: 0 }),
        }
    }

    /// Takes the PDU off whose header [`peek`](Self::peek) has seen at the front of `buffer`.
    #[inline]
    pub(crate) fn split_peeked(buffer: &mut BytesMut, header: Header) -> Option<Self> {
        let length = usize::try_from(header.length).ok()?;
        let is_there = (Header::LEN..=buffer.len()).contains(&length);
        is_there.then(|| Self { bytes: buffer.split_to(length).freeze() })
    }

    /// Takes a buffer that holds exactly one PDU; `None` if its length disagrees with its header.
    #[must_use]
    pub fn from_bytes(bytes: Bytes) -> Option<Self> {
        let announced = usize::try_from(Header::peek(&bytes)?.length).ok()?;
        (announced == bytes.len()).then_some(Self { bytes })
    }

    /// The header.
    #[inline]
    #[must_use]
    pub fn header(&self) -> Header {
        // A frame is never shorter than a header: both constructors see to it.
        Header::peek(&self.bytes).unwrap_or(Header {
            length: 0,
            command: CommandId::GENERIC_NACK,
            status: Status::RINVCMDLEN,
            sequence: 0,
        })
    }

    /// The `command_id`.
    #[inline]
    #[must_use]
    pub fn command(&self) -> CommandId {
        self.header().command
    }

    /// Everything behind the header.
    #[inline]
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.bytes.get(Header::LEN..).unwrap_or_default()
    }

    /// The whole PDU.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The whole PDU, without a copy.
    #[inline]
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// Prints the header and the length only: a body may hold a password.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Frame").field(&self.header()).finish()
    }
}
