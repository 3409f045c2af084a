//! A part of a long message.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{MessagePdu, shares::Owner};
use crate::protocol::{Address, Status, SystemId, udh::Concatenation};

/// What joins the parts of a message. References of different kinds are apart: 7 in one is not 7 in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// Of 8 bits, in the user data header (3GPP TS 23.040 §9.2.3.24.1).
    Udh8(u8),
    /// Of 16 bits, in the user data header (§9.2.3.24.8).
    Udh16(u16),
    /// The TLV `sar_msg_ref_num` (SMPP 3.4 §5.3.2.22).
    Sar(u16),
}

/// Parts with the same key are parts of one message.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) origin: SystemId,
    source: Arc<[u8]>,
    destination: Arc<[u8]>,
    reference: Option<Reference>,
    pub(super) total: u8,
}

impl Key {
    pub(super) fn owner(&self) -> Owner {
        Owner { origin: self.origin, source: Arc::clone(&self.source) }
    }
}

/// A message of its own, or a part of a long one: a PDU, who sent it, when it came, and which part it is.
///
/// Parts are those of one message if sender, recipient, reference, number of parts and origin agree. So parts that contradict
/// each other in their number are parts of different messages, and none of them is lost by the other.
///
/// It holds octets of its own, not a share of the buffer that the PDU was read into.
#[derive(Debug, Clone)]
pub struct Part {
    pub(super) key: Arc<Key>,
    sequence: u8,
    /// Milliseconds since 1970.
    pub(super) received: u64,
    pub(super) pdu: MessagePdu,
}

/// A PDU that says it is a part that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it says that it is part {sequence} of {total}: parts count from 1, up to how many there are"
)]
pub struct BadPart {
    /// `sar_segment_seqnum`.
    pub sequence: u8,
    /// `sar_total_segments`.
    pub total: u8,
}

impl From<BadPart> for Status {
    /// SMPP 3.4 §5.1.3: an optional parameter whose value is invalid.
    fn from(_: BadPart) -> Self {
        Self::RINVOPTPARAMVAL
    }
}

impl Part {
    /// What a part costs beside its octets, at most: its place in the books, and that of its message.
    const OVERHEAD: usize = 768;

    /// Reads which part a PDU is. `origin` is whose session it came on, so that two ESMEs never join; empty if they may.
    ///
    /// The user data header counts before the TLVs. Without either, and if one of the three `sar_*` is missing (SMPP 3.4
    /// §5.3.2.22), it is a message of its own, the only part. So is one whose header says "part 0" or "part 3 of 2": 3GPP TS
    /// 23.040 §9.2.3.24.1 wants that ignored. Receipts are whole.
    ///
    /// # Errors
    ///
    /// [`BadPart`] if the TLVs say "part 0" or "part 3 of 2".
    pub fn of(
        pdu: impl Into<MessagePdu>,
        origin: SystemId,
        received: SystemTime,
    ) -> Result<Self, BadPart> {
        let received = received.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let received = u64::try_from(received.as_millis()).unwrap_or(u64::MAX);
        Self::at(pdu.into().apart(), origin, received)
    }

    pub(super) fn at(pdu: MessagePdu, origin: SystemId, received: u64) -> Result<Self, BadPart> {
        let (reference, total, sequence) = place(&pdu)?;
        let key = Key {
            origin,
            source: octets(pdu.source()),
            destination: octets(pdu.destination()),
            reference,
            total,
        };
        Ok(Self { key: Arc::new(key), sequence, received, pdu })
    }

    /// The PDU.
    #[must_use]
    pub fn pdu(&self) -> &MessagePdu {
        &self.pdu
    }

    /// Whose session it came on.
    #[must_use]
    pub fn origin(&self) -> SystemId {
        self.key.origin
    }

    /// What joins it to the others; `None` for a message of its own.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        self.key.reference
    }

    /// How many parts there are, from 1.
    #[must_use]
    pub fn total(&self) -> u8 {
        self.key.total
    }

    /// Which of them this is, from 1.
    #[must_use]
    pub fn sequence(&self) -> u8 {
        self.sequence
    }

    /// When it came, to the millisecond.
    #[must_use]
    pub fn received(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_millis(self.received))
            .unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// The memory that it is counted with, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        let Key { source, destination, .. } = &*self.key;
        let own = self.pdu.frame().as_bytes().len();
        own.saturating_add(source.len() + destination.len() + Self::OVERHEAD)
    }

    /// Whose memory it takes.
    pub(crate) fn owner(&self) -> Owner {
        self.key.owner()
    }

    /// The same part of the same message, with the same text.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        let said = |part: &Self| (part.sequence, part.pdu.data_coding());
        self.key == other.key
            && said(self) == said(other)
            && self.pdu.user_data() == other.pdu.user_data()
    }
}

/// The same part of the same message, in the same PDU; when it came does not count.
impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.sequence == other.sequence && self.pdu == other.pdu
    }
}

impl Eq for Part {}

fn octets(address: Address<'_>) -> Arc<[u8]> {
    [&[address.ton.0, address.npi.0], address.digits].concat().into()
}

fn place(pdu: &MessagePdu) -> Result<(Option<Reference>, u8, u8), BadPart> {
    const ALONE: (Option<Reference>, u8, u8) = (None, 1, 1);
    let class = pdu.esm_class();
    if class.is_receipt() || class.is_intermediate() {
        return Ok(ALONE);
    }
    if let Some(part) = pdu.udh().and_then(|udh| udh.concatenation()) {
        let Concatenation { reference, wide, total, sequence } = part;
        let [_, low] = reference.to_be_bytes();
        let reference = if wide { Reference::Udh16(reference) } else { Reference::Udh8(low) };
        return Ok((Some(reference), total, sequence));
    }
    let tlvs = pdu.tlvs();
    let (Some(reference), Some(total), Some(sequence)) =
        (tlvs.sar_msg_ref_num(), tlvs.sar_total_segments(), tlvs.sar_segment_seqnum())
    else {
        return Ok(ALONE);
    };
    match (1..=total).contains(&sequence) {
        true => Ok((Some(Reference::Sar(reference)), total, sequence)),
        false => Err(BadPart { sequence, total }),
    }
}
