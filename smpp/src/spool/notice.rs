//! The `deliver_sm` that tells an ESME what became of its message.

use wirepath_runtime::store::ItemId;

use super::{
    parts::Parts,
    record::{Record, RecordError},
};
use crate::protocol::{
    ReceiptBuilder, TlvList,
    pdu::{DeliverSm, EsmClass},
    receipt::ReceiptDate,
};

/// The receipt of a settled message: from its recipient back to its sender (SMPP 3.4 appendix B).
pub(super) fn receipt(id: ItemId, record: &Record) -> Result<DeliverSm, RecordError> {
    report(id, record, EsmClass::RECEIPT)
}

/// How a message goes that has not ended, written as its receipt will be (SMPP 3.4 §5.2.12).
pub(super) fn intermediate(id: ItemId, record: &Record) -> Result<DeliverSm, RecordError> {
    report(id, record, EsmClass::INTERMEDIATE)
}

fn report(id: ItemId, record: &Record, esm_class: u8) -> Result<DeliverSm, RecordError> {
    let message = record.submitted()?;
    // Of several messages with one number, the address that the receipt comes from says which of them it is for.
    let name = record.multi.unwrap_or(id).to_string();
    let quote = match message.data_coding() {
        // SMSC default, ASCII, Latin-1: what can stand in a receipt as it is.
        0 | 1 | 3 => message.user_data(),
        _ => &[],
    };
    let mut receipt =
        ReceiptBuilder::new(name.as_bytes(), record.state).err(record.err.as_bytes()).text(quote);
    if let Some(date) = ReceiptDate::from_system_time(record.accepted, 0) {
        receipt = receipt.submitted(date);
    }
    if let Some(date) = ReceiptDate::from_system_time(record.settled, 0) {
        receipt = receipt.done(date);
    }
    if let Parts::Ended(parts, delivered) = Parts::of(record) {
        receipt = receipt.counts(parts.into(), delivered.into());
    }
    let tlvs = receipt.tlvs();
    let tlvs = tlvs.iter().fold(TlvList::new(), |tlvs, (tag, value)| tlvs.with(tag, value));
    DeliverSm::builder()
        .service_type(message.service_type())
        .source(message.destination())
        .destination(message.source())
        .esm_class(esm_class)
        .short_message(&receipt.to_vec())
        .tlvs(tlvs)
        .build()
        .map_err(|_| RecordError::Value("receipt"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::{
        MessageState, SubmitSm, SystemId,
        spool::record::{ErrorCode, Stage},
    };

    fn settled(data_coding: u8) -> Record {
        let pdu = SubmitSm::builder()
            .source("SHOP")
            .destination("31612345678")
            .data_coding(data_coding)
            .short_message("A text of more than twenty characters")
            .build()
            .unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let esme = SystemId::new(b"shop").unwrap();
        let mut record = Record::accepted(&pdu, Stage::Settled, esme, now);
        record.settled = now + Duration::from_secs(60);
        record.state = MessageState::DELIVERED;
        record.err = ErrorCode::new(b"");
        record
    }

    #[test]
    fn it_goes_from_the_recipient_to_the_sender() {
        let pdu = receipt(ItemId(4711), &settled(0)).unwrap();
        assert_eq!(
            (pdu.source().digits, pdu.destination().digits),
            (&b"31612345678"[..], &b"SHOP"[..])
        );
        let receipt = pdu.receipt().unwrap();
        assert_eq!(receipt.id(), Some(&b"4711"[..]));
        assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
        assert_eq!(receipt.text(), Some(&b"A text of more than "[..]));
        assert_eq!(
            receipt.done_at().unwrap().minute(),
            receipt.submitted_at().unwrap().minute() + 1
        );
    }

    #[test]
    fn octets_of_another_coding_are_not_quoted() {
        let pdu = receipt(ItemId(1), &settled(8)).unwrap();
        assert_eq!(pdu.receipt().unwrap().text(), Some(&b""[..]));
    }
}
