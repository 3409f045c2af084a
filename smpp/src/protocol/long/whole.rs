//! One `deliver_sm` of all parts of a message.

use super::{LongMessage, MessagePdu};
use crate::protocol::{
    TlvList,
    pdu::{DeliverSm, EsmClass},
    tlv_tag::Tag,
    udh::Udh,
};

/// Octets that `short_message` holds (SMPP 3.4 §5.2.22); a longer text goes into `message_payload` (§5.3.2.32).
const SHORT: usize = 254;

/// The longest PDU that peers are expected to take.
const MAX_PDU: usize = 65_536;

/// What says that a message is a part, and what `message_payload` is written in place of.
const OF_PARTS: [Tag; 5] = [
    Tag::SAR_MSG_REF_NUM,
    Tag::SAR_TOTAL_SEGMENTS,
    Tag::SAR_SEGMENT_SEQNUM,
    Tag::MORE_MESSAGES_TO_SEND,
    Tag::MESSAGE_PAYLOAD,
];

impl LongMessage {
    /// The parts of `deliver_sm`s as one: in all else as the first of them is.
    ///
    /// Where the parts are of one coding, their octets are put together as they are. Texts of several codings are put together in
    /// UTF-16. `None` for what cannot be one message: octets that are no text in several codings, user data headers that differ in
    /// what is no table of letters, what is too long for a PDU, and other PDUs.
    ///
    /// ```
    /// use std::time::{Instant, SystemTime};
    /// use wirepath_smpp::{DeliverSm, EsmClass, SystemId, long::{Limits, Outcome, Part, Reassembly}};
    ///
    /// let mut reassembly = Reassembly::new(Limits::default());
    /// let mut whole = None;
    /// for part in [b"\x05\0\x03\x07\x02\x02two", b"\x05\0\x03\x07\x02\x01one"] {
    ///     let pdu = DeliverSm::builder().esm_class(EsmClass::UDHI).short_message(part).build()?;
    ///     let part = Part::of(&pdu, SystemId::EMPTY, SystemTime::now())?;
    ///     if let Outcome::Complete(message) = reassembly.offer(Instant::now(), part).outcome {
    ///         whole = message.to_deliver_sm();
    ///     }
    /// }
    /// assert_eq!(whole.expect("both are there").short_message(), b"onetwo");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_deliver_sm(&self) -> Option<DeliverSm> {
        let MessagePdu::DeliverSm(first) = self.first() else { return None };
        let elements = elements(self.first(), |_| true);
        let is_alike = self.data_coding().is_some()
            && self.parts().all(|part| self::elements(part.pdu(), |_| true) == elements);
        let (data_coding, elements, text) = match is_alike {
            true => (first.data_coding(), elements, self.user_data()),
            false => (8, Vec::new(), in_utf16(self)?),
        };
        let (esm_class, body) = match u8::try_from(elements.len()).ok()? {
            0 => (first.esm_class() & !EsmClass::UDHI, text),
            length => {
                (first.esm_class() | EsmClass::UDHI, [&[length], &elements[..], &text].concat())
            }
        };
        let others = first.tlvs().into_iter().filter(|tlv| !OF_PARTS.contains(&tlv.tag));
        let mut tlvs = others.fold(TlvList::new(), |tlvs, tlv| tlvs.with(tlv.tag, tlv.value));
        let short = match body.len() {
            0..=SHORT => &body[..],
            length if length <= usize::from(u16::MAX) => {
                tlvs = tlvs.message_payload(&body);
                &[]
            }
            _ => return None,
        };
        let whole = first
            .to_builder()
            .esm_class(esm_class)
            .data_coding(data_coding)
            .short_message(short)
            .tlvs(tlvs)
            .build()
            .ok()?;
        (whole.frame().as_bytes().len() <= MAX_PDU).then_some(whole)
    }
}

/// The elements of a header that are meant, but those that say which part it is.
fn elements(pdu: &MessagePdu, is_meant: impl Fn(u8) -> bool) -> Vec<u8> {
    let all = pdu.udh().into_iter().flat_map(Udh::elements);
    let meant = all.filter(|element| {
        !matches!(element.id, Udh::CONCATENATION_8 | Udh::CONCATENATION_16) && is_meant(element.id)
    });
    // 255 at most: it was one octet in the header.
    meant.flat_map(|it| [&[it.id, it.data.len() as u8], it.data].concat()).collect()
}

/// The text of parts in several codings.
fn in_utf16(message: &LongMessage) -> Option<Vec<u8>> {
    let is_table = |id| matches!(id, Udh::SINGLE_SHIFT | Udh::LOCKING_SHIFT);
    let is_text = |pdu: &MessagePdu| {
        matches!(pdu.data_coding(), 0 | 1 | 3 | 8) && elements(pdu, |id| !is_table(id)).is_empty()
    };
    let is_text = message.parts().all(|part| is_text(part.pdu()));
    is_text.then(|| message.text().encode_utf16().flat_map(u16::to_be_bytes).collect())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::{SystemId, protocol::long::Part};

    fn whole(parts: &[(&[u8], u8, &[u8])]) -> Option<DeliverSm> {
        let parts = parts.iter().map(|(header, data_coding, text)| {
            let tlvs = TlvList::new().user_message_reference(9).more_messages_to_send(1);
            let pdu = DeliverSm::builder()
                .source("31612345678")
                .destination("100")
                .esm_class(EsmClass::UDHI)
                .data_coding(*data_coding)
                .short_message(&[header, *text].concat())
                .tlvs(tlvs)
                .build()
                .unwrap();
            Part::of(&pdu, SystemId::EMPTY, UNIX_EPOCH).unwrap()
        });
        LongMessage::of(parts.collect()).unwrap().to_deliver_sm()
    }

    #[test]
    fn octets_of_one_coding_are_one_behind_the_other() {
        let pdu = whole(&[
            (b"\x05\0\x03\x07\x02\x01", 0, b"one "),
            (b"\x05\0\x03\x07\x02\x02", 0, b"two"),
        ]);
        let pdu = pdu.unwrap();
        assert_eq!((pdu.esm_class(), pdu.short_message()), (0, &b"one two"[..]));
        assert_eq!(
            (pdu.source().digits, pdu.destination().digits),
            (&b"31612345678"[..], &b"100"[..])
        );
        assert_eq!(pdu.tlvs().user_message_reference(), Some(9));
        assert_eq!(pdu.tlvs().more_messages_to_send(), None);
    }

    #[test]
    fn a_long_text_is_a_payload_and_other_elements_stay() {
        let port = |sequence| [11, 5, 4, 1, 2, 3, 4, 0, 3, 7, 2, sequence];
        let (one, two) = (port(1), port(2));
        let pdu = whole(&[(&one, 4, &[1; 130]), (&two, 4, &[2; 130])]).unwrap();
        assert_eq!((pdu.esm_class(), pdu.short_message()), (EsmClass::UDHI, &[][..]));
        assert_eq!(pdu.udh(), Some(&[6, 5, 4, 1, 2, 3, 4][..]));
        assert_eq!(pdu.user_data(), [[1; 130], [2; 130]].concat());
    }

    #[test]
    fn texts_of_several_codings_are_put_together_and_other_octets_are_not() {
        let (one, two) = (b"\x05\0\x03\x07\x02\x01", b"\x05\0\x03\x07\x02\x02");
        let pdu = whole(&[(one, 0, b"a"), (two, 8, b"\x20\xAC")]).unwrap();
        assert_eq!((pdu.data_coding(), &*pdu.text()), (8, "a€"));
        assert_eq!(whole(&[(one, 0, b"a"), (two, 4, b"b")]), None);
    }
}
