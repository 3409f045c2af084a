//! Receipts as PDUs.

use wirepath::smpp::{
    BuildError, DeliverSm, EsmClass, ReceiptBuilder, ReceiptForm, TlvList,
    protocol::receipt::ReceiptDate,
};

use crate::message::Notice;

/// The `deliver_sm` that tells the ESME: from the recipient back to the sender.
pub(crate) fn deliver_sm(notice: &Notice, form: ReceiptForm) -> Result<DeliverSm, BuildError> {
    let message = &notice.message;
    let id = notice.id;
    let mut receipt = ReceiptBuilder::new(id.as_bytes(), notice.state)
        .text(&message.quote)
        .err(if notice.is_failure() { b"001" } else { b"000" })
        .form(form);
    if let Some(date) = ReceiptDate::from_system_time(message.submitted, 0) {
        receipt = receipt.submitted(date);
    }
    if let Some(date) = ReceiptDate::from_system_time(notice.at, 0) {
        receipt = receipt.done(date);
    }
    let text = receipt.to_vec();
    // Those who ask for the other forms want to see their client read the text.
    let tlvs = match form {
        ReceiptForm::HexId | ReceiptForm::Short => TlvList::new(),
        _ => receipt.tlvs().iter().fold(TlvList::new(), |tlvs, (tag, value)| tlvs.with(tag, value)),
    };
    let esm_class = if notice.is_final() { EsmClass::RECEIPT } else { EsmClass::INTERMEDIATE };
    let Some(recipient) = message.recipients.get(notice.recipient) else {
        return Err(BuildError::BadValue { field: "recipient" });
    };
    DeliverSm::builder()
        .service_type(&message.service_type)
        .source(recipient.address())
        .destination(message.source.address())
        .esm_class(esm_class)
        .short_message(&text)
        .tlvs(tlvs)
        .build()
}

#[cfg(test)]
mod tests {
    use wirepath::smpp::{MessageState, Receipt};

    use super::*;
    use crate::message::tests::notice;

    #[test]
    fn the_canonical_form_has_text_and_tlvs() {
        let pdu = deliver_sm(&notice(MessageState::DELIVERED), ReceiptForm::Canonical).unwrap();
        assert!(pdu.is_receipt());
        assert_eq!((pdu.source().digits, pdu.destination().digits), (&b"200"[..], &b"100"[..]));
        let receipt = Receipt::parse(pdu.body()).unwrap();
        assert_eq!(receipt.id(), Some(&b"3054"[..]));
        assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
        assert_eq!((receipt.err(), receipt.text()), (Some(&b"000"[..]), Some(&b"hello"[..])));
        assert!(receipt.done_at().is_some() && receipt.submitted_at().is_some());
        assert_eq!(pdu.tlvs().message_state(), Some(MessageState::DELIVERED));
    }

    #[test]
    fn the_other_forms() {
        let failed = notice(MessageState::EXPIRED);
        let hex = deliver_sm(&failed, ReceiptForm::HexId).unwrap();
        assert!(hex.body().starts_with(b"id:bee "), "{hex:?}");
        assert!(hex.tlvs().is_empty());
        let short = deliver_sm(&failed, ReceiptForm::Short).unwrap();
        assert!(short.body().starts_with(b"id:3054 submit date:"), "{short:?}");
        assert_eq!(Receipt::parse(short.body()).unwrap().err(), Some(&b"001"[..]));
        let tlv = deliver_sm(&failed, ReceiptForm::Tlv).unwrap();
        assert!(tlv.body().is_empty());
        assert_eq!(tlv.tlvs().message_state(), Some(MessageState::EXPIRED));
        assert_eq!(tlv.tlvs().receipted_message_id(), Some(&b"3054"[..]));
    }

    #[test]
    fn an_intermediate_notification_is_no_receipt() {
        let pdu = deliver_sm(&notice(MessageState::ENROUTE), ReceiptForm::Canonical).unwrap();
        assert!(!pdu.is_receipt());
        assert!(EsmClass(pdu.esm_class()).is_intermediate());
    }
}
