//! Messages that go out in several parts, and are one message to their sender.
//!
//! What is known of the parts is kept in the record: while they go out, which of them an SMSC has; then their ends, until the
//! sender can be told of the message's.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wirepath_runtime::{seldom::Seldom, store::ItemId};

use super::record::Record;
use crate::{
    config::Split,
    handle::{SendError, Sent, TextError, Upstream},
    protocol::{
        MessageId, TlvList,
        long::{Policy, Report, Verdict},
        pdu::{EsmClass, SubmitSm},
        tlv_tag::Tag,
    },
};

/// Octets of a `short_message` in the default alphabet that fit one message, and of one in another coding (3GPP TS 23.040
/// §9.2.3.24).
const ONE_MESSAGE: (usize, usize) = (160, 140);

const GOING: u8 = 1;
const WAITING: u8 = 2;
const ENDED: u8 = 3;

/// What is known of the parts of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// It is one message.
    Whole,
    /// Some have gone out.
    Going(Sent),
    /// All have gone out, and their receipts are waited for. Each change has its number.
    Waiting(u32, Verdict),
    /// The message has ended: how many parts there were, and how many arrived.
    Ended(u8, u8),
}

impl Parts {
    /// All have gone out.
    pub(super) fn waiting(count: usize, policy: Policy) -> Self {
        Self::Waiting(0, Verdict::new(u8::try_from(count).unwrap_or(u8::MAX), policy))
    }

    pub(super) fn ended(report: &Report) -> Self {
        Self::Ended(report.parts, report.delivered)
    }

    /// Those of a record. What cannot be read is taken for nothing known: the parts go out again, or end by the first receipt.
    pub(super) fn of(record: &Record) -> Self {
        Self::decode(record.parts.clone()).unwrap_or(Self::Whole)
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        match self {
            Self::Whole => {}
            Self::Going(sent) => {
                out.put_u8(GOING);
                // None is 0, which is no reference of ours.
                out.put_u16(sent.reference.unwrap_or_default());
                for id in &sent.parts {
                    // 64 at most.
                    out.put_u8(id.as_bytes().len() as u8);
                    out.put_slice(id.as_bytes());
                }
            }
            Self::Waiting(changes, verdict) => {
                out.put_u8(WAITING);
                out.put_u32(*changes);
                out.put_slice(&verdict.encode());
            }
            Self::Ended(parts, delivered) => out.put_slice(&[ENDED, *parts, *delivered]),
        }
        out.freeze()
    }

    /// `None` for octets that [`encode`](Self::encode) did not write.
    fn decode(mut octets: Bytes) -> Option<Self> {
        if octets.is_empty() {
            return Some(Self::Whole);
        }
        match octets.try_get_u8().ok()? {
            GOING => {
                let reference = octets.try_get_u16().ok()?;
                let mut parts = Vec::new();
                while let Ok(length) = octets.try_get_u8() {
                    let length = usize::from(length);
                    if octets.len() < length {
                        return None;
                    }
                    parts.push(MessageId::new(&octets.split_to(length)).ok()?);
                }
                let reference = (reference != 0).then_some(reference);
                Some(Self::Going(Sent { parts, reference }))
            }
            WAITING => {
                let changes = octets.try_get_u32().ok()?;
                Some(Self::Waiting(changes, Verdict::decode(&octets).ok()?))
            }
            ENDED => Some(Self::Ended(octets.try_get_u8().ok()?, octets.try_get_u8().ok()?)),
            _ => None,
        }
    }
}

/// The key that is there while a message's parts have changed so often, and not more often: of two that know the same of it, one
/// can go on from there.
pub(super) fn change_key(id: ItemId, changes: u32) -> Bytes {
    Bytes::from([b"p:", &id.0.to_be_bytes()[..], &changes.to_be_bytes()[..]].concat())
}

/// Whether a message is to be split for a bind: it is a text that does not fit one message, nobody has split it yet, and the
/// SMSC is not said to do so.
pub(super) fn is_split(bind: &Upstream, pdu: &SubmitSm) -> bool {
    let tlvs = pdu.tlvs();
    let (default_alphabet, other) = ONE_MESSAGE;
    let room = if pdu.data_coding() == 0 { default_alphabet } else { other };
    pdu.body().len() > room
        && matches!(pdu.data_coding(), 0 | 1 | 3 | 8)
        && !EsmClass(pdu.esm_class()).has_udh()
        && tlvs.sar_total_segments().is_none()
        && bind.text_settings().split != Split::Payload
}

/// Sends the parts that have not gone out.
pub(super) async fn send(
    bind: &Upstream,
    pdu: &SubmitSm,
    before: Sent,
) -> Result<Sent, (Sent, SendError)> {
    let others = pdu.tlvs().into_iter().filter(|tlv| tlv.tag != Tag::MESSAGE_PAYLOAD);
    let tlvs = others.fold(TlvList::new(), |tlvs, tlv| tlvs.with(tlv.tag, tlv.value));
    let sending = bind
        .send_text(pdu.text())
        .from(pdu.source())
        .to(pdu.destination())
        .service_type(pdu.service_type())
        .protocol_id(pdu.protocol_id())
        .priority_flag(pdu.priority_flag())
        .registered_delivery(pdu.registered_delivery())
        .tlvs(tlvs)
        .after(before.clone())
        .send();
    sending.await.map_err(|error| match error {
        TextError::Part { sent, source, .. } => (sent, source),
        // What cannot be split so: as a PDU that cannot be built.
        error => {
            static UNSPLIT: Seldom = Seldom::new();
            if let Some(times) = UNSPLIT.times() {
                tracing::warn!(bind = bind.name(), %error, times, "a text cannot be sent as `text` of this bind says");
            }
            (before, SendError::Build(crate::protocol::BuildError::BadValue { field: "short_message" }))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::MessageState;

    #[test]
    fn what_is_written_is_read() {
        let ids = [&b"1"[..], b"", b"00C0FFEE"].map(|id| MessageId::new(id).unwrap());
        let sent = Sent { parts: ids.into(), reference: Some(4711) };
        let mut verdict = Verdict::new(3, Policy::All);
        assert_eq!(verdict.receipt(2, MessageState::DELIVERED, b"000"), None);
        for parts in [
            Parts::Whole,
            Parts::Going(Sent::default()),
            Parts::Going(sent),
            Parts::Waiting(7, verdict),
            Parts::Ended(3, 2),
        ] {
            let octets = parts.encode();
            assert_eq!(Parts::decode(octets.clone()), Some(parts.clone()));
            for length in 1..octets.len() {
                assert_ne!(Parts::decode(octets.slice(..length)), Some(parts.clone()), "{length}");
            }
        }
        assert_eq!(Parts::decode(Bytes::from_static(b"\x09")), None);
    }
}
