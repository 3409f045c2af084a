//! What is known of a message that is not whole: which of its parts are stored, and where.
//!
//! | key | value |
//! |---|---|
//! | `g:` and what joins the parts | version, deadline (milliseconds since 1970, u64), number of the newest part (u64), and for each part its sequence number and its number (u8, u64) |
//! | `l:` and the number of the newest part | nothing: it is there while the parts are those of above |
//! | `e:` and what joins the parts | a digest of each part (u64) of the message of that name which was whole last |

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wirepath_runtime::store::{Batch, ItemId};

use crate::protocol::long::{LongMessage, Part, Reference};

const VERSION: u8 = 1;

/// What a group is named by, at most. What would have a longer name is not put together.
const MAX_NAME: usize = Batch::MAX_KEY - 2;

/// The parts that are stored of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// When they are given up.
    pub(super) deadline: SystemTime,
    /// The part that came last: who knows it knows them all.
    pub(super) newest: ItemId,
    /// By sequence number.
    pub(super) parts: BTreeMap<u8, ItemId>,
}

/// What the parts of one message have in common, and those of another have not: ESME, addresses, reference and their number.
pub(super) fn name(part: &Part) -> Option<Bytes> {
    let mut out = BytesMut::with_capacity(64);
    let (kind, number) = match part.reference()? {
        Reference::Udh8(number) => (0, number.into()),
        Reference::Udh16(number) => (1, number),
        Reference::Sar(number) => (2, number),
    };
    out.put_slice(&[part.total(), kind]);
    out.put_u16(number);
    let origin = part.origin();
    // 15 at most.
    out.put_u8(origin.as_bytes().len() as u8);
    out.put_slice(origin.as_bytes());
    let source = part.pdu().source();
    let length = u16::try_from(source.digits.len()).ok()?;
    out.put_slice(&[source.ton.0, source.npi.0]);
    out.put_u16(length);
    out.put_slice(source.digits);
    let destination = part.pdu().destination();
    out.put_slice(&[destination.ton.0, destination.npi.0]);
    out.put_slice(destination.digits);
    (out.len() <= MAX_NAME).then(|| out.freeze())
}

/// The key of a group.
pub(super) fn key(name: &[u8]) -> Bytes {
    Bytes::from([b"g:", name].concat())
}

/// The key that is there while this part is the newest of its group.
pub(super) fn newest_key(newest: ItemId) -> Bytes {
    Bytes::from([b"l:", &newest.0.to_be_bytes()[..]].concat())
}

/// The key of what is remembered of a message that was whole.
pub(super) fn echo_key(name: &[u8]) -> Bytes {
    Bytes::from([b"e:", name].concat())
}

/// What is remembered of a message that was whole, so that a part of it that comes once more is known.
pub(super) fn echo(message: &LongMessage) -> Bytes {
    let digests = message.parts().map(|part| digest(part).to_be_bytes());
    digests.collect::<Vec<_>>().concat().into()
}

/// Whether a part was one of the message that this is remembered of.
pub(super) fn is_echo(part: &Part, echo: &[u8]) -> bool {
    let (digests, _) = echo.as_chunks();
    digests.iter().any(|known| u64::from_be_bytes(*known) == digest(part))
}

/// FNV-1a of 64 bits over what a part says: the same in every version of this program.
fn digest(part: &Part) -> u64 {
    let head = [part.sequence(), part.pdu().data_coding()];
    let octets = head.iter().chain(part.pdu().user_data());
    octets.fold(0xCBF2_9CE4_8422_2325, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

impl Group {
    /// None of its parts is there yet.
    pub(super) fn new(deadline: SystemTime) -> Self {
        Self { deadline, newest: ItemId::default(), parts: BTreeMap::new() }
    }

    /// The same with one part more.
    pub(super) fn with(mut self, sequence: u8, id: ItemId) -> Self {
        self.parts.insert(sequence, id);
        self.newest = id;
        self
    }

    pub(super) fn encode(&self) -> Bytes {
        let since = self.deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut out = BytesMut::with_capacity(17 + 9 * self.parts.len());
        out.put_u8(VERSION);
        out.put_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        out.put_u64(self.newest.0);
        for (sequence, id) in &self.parts {
            out.put_u8(*sequence);
            out.put_u64(id.0);
        }
        out.freeze()
    }

    /// `None` for octets that [`encode`](Self::encode) did not write.
    pub(super) fn decode(mut octets: Bytes) -> Option<Self> {
        if octets.try_get_u8().ok()? != VERSION {
            return None;
        }
        let since = Duration::from_millis(octets.try_get_u64().ok()?);
        let mut group = Self::new(UNIX_EPOCH.checked_add(since)?);
        group.newest = ItemId(octets.try_get_u64().ok()?);
        while octets.has_remaining() {
            let sequence = octets.try_get_u8().ok()?;
            group.parts.insert(sequence, ItemId(octets.try_get_u64().ok()?));
        }
        Some(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        SystemId, TlvList,
        protocol::pdu::{DeliverSm, EsmClass},
    };

    fn part(esme: &str, source: &str, header: [u8; 6], text: &[u8]) -> Part {
        let pdu = DeliverSm::builder()
            .source(source)
            .destination("100")
            .esm_class(EsmClass::UDHI)
            .short_message(&[&header[..], text].concat())
            .build()
            .unwrap();
        Part::of(&pdu, SystemId::new(esme.as_bytes()).unwrap(), UNIX_EPOCH).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let at = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let group = Group::new(at).with(3, ItemId(7)).with(1, ItemId(9));
        assert_eq!(group.newest, ItemId(9));
        let octets = group.encode();
        assert_eq!(Group::decode(octets.clone()), Some(group.clone()));
        for length in 0..octets.len() {
            assert_ne!(Group::decode(octets.slice(..length)), Some(group.clone()), "{length}");
        }
    }

    #[test]
    fn parts_of_one_message_have_one_name_and_no_others_have_it() {
        let first = name(&part("shop", "12", [5, 0, 3, 7, 2, 1], b"a"));
        assert_eq!(name(&part("shop", "12", [5, 0, 3, 7, 2, 2], b"b")), first);
        for other in [
            part("bank", "12", [5, 0, 3, 7, 2, 1], b"a"),
            part("shop", "1", [5, 0, 3, 7, 2, 1], b"a"),
            part("shop", "12", [5, 0, 3, 8, 2, 1], b"a"),
            part("shop", "12", [5, 0, 3, 7, 3, 1], b"a"),
        ] {
            assert_ne!(name(&other), first);
        }
        let tlvs = TlvList::new().sar_msg_ref_num(7).sar_total_segments(2).sar_segment_seqnum(1);
        let sar = DeliverSm::builder().source("12").destination("100").tlvs(tlvs).build().unwrap();
        let sar = Part::of(&sar, SystemId::new(b"shop").unwrap(), UNIX_EPOCH).unwrap();
        assert_ne!(name(&sar), first);
    }

    #[test]
    fn a_part_is_known_again() {
        let parts = [[5, 0, 3, 7, 2, 1], [5, 0, 3, 7, 2, 2]].map(|at| part("shop", "1", at, b"x"));
        let [first, second] = parts.clone();
        let known = echo(&LongMessage::of(parts.into()).unwrap());
        assert!(is_echo(&first, &known) && is_echo(&second, &known));
        assert!(!is_echo(&part("shop", "1", [5, 0, 3, 7, 2, 2], b"y"), &known));
    }
}
