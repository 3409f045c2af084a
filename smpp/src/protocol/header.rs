//! The sixteen octets that every PDU begins with (SMPP 3.4 §3.2).

use bytes::{BufMut, BytesMut};

use super::{CommandId, Status};

/// A PDU's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// `command_length`: octets of the whole PDU, this header included.
    pub length: u32,
    /// `command_id`.
    pub command: CommandId,
    /// `command_status`: [`Status::ROK`] in requests.
    pub status: Status,
    /// `sequence_number`, as the peer wrote it.
    pub sequence: u32,
}

impl Header {
    /// Octets of a header.
    pub const LEN: usize = 16;

    /// Reads a header from the start of `bytes`; `None` while fewer than [`Header::LEN`] octets are there.
    #[inline]
    #[must_use]
    pub fn peek(bytes: &[u8]) -> Option<Self> {
        let (words, _) = bytes.first_chunk::<16>()?.as_chunks::<4>();
        let [length, command, status, sequence] = words else { return None };
        Some(Self {
            length: u32::from_be_bytes(*length),
            command: CommandId::new(u32::from_be_bytes(*command)),
            status: Status::from_code(u32::from_be_bytes(*status)),
            sequence: u32::from_be_bytes(*sequence),
        })
    }

    /// The header as it stands on the wire.
    #[inline]
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        let [l0, l1, l2, l3] = self.length.to_be_bytes();
        let [c0, c1, c2, c3] = self.command.get().to_be_bytes();
        let [s0, s1, s2, s3] = self.status.code().to_be_bytes();
        let [q0, q1, q2, q3] = self.sequence.to_be_bytes();
        [l0, l1, l2, l3, c0, c1, c2, c3, s0, s1, s2, s3, q0, q1, q2, q3]
    }

    /// Appends a PDU that is a header and nothing else: `enquire_link`, `unbind`, their responses, `generic_nack`, and
    /// every response that carries an error (SMPP 3.4 §4.4.2: the body is not returned then).
    #[inline]
    pub fn put_alone(command: CommandId, status: Status, sequence: u32, out: &mut BytesMut) {
        out.put_slice(&Self { length: Self::LEN as u32, command, status, sequence }.to_bytes());
    }
}
