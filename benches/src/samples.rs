//! The PDUs that codecs are measured with, here and by the criterion groups.

use bytes::{Bytes, BytesMut};
use smpp34::CommandHeader;
use wirepath_smpp::{Address, DeliverSm, Frame, MessageState, Pdu, SubmitSm, TlvList};

/// A receipt as most SMSCs write it (SMPP 3.4, appendix B).
pub const RECEIPT: &[u8] =
    b"id:00C0FFEE sub:001 dlvrd:001 submit date:2402291159 done date:2402291200 \
    stat:DELIVRD err:000 text:A message of the usu";

/// A receipt as some write it.
pub const UNUSUAL_RECEIPT: &[u8] = b"ID: 77, SUB: 1, DLVRD: 0, STAT: failed, ERR: A1, TEXT: x";

/// A message of the usual length, with a receipt asked for and one TLV.
///
/// # Panics
///
/// If a field does not fit, which none fails to.
#[must_use]
pub fn submit() -> SubmitSm {
    SubmitSm::builder()
        .source(Address::alphanumeric("wirepath"))
        .destination(Address::international("31612345678"))
        .registered_delivery(1)
        .short_message(
            "A message of the usual length, which is somewhere about a hundred characters long, or a few more.",
        )
        .tlvs(TlvList::new().user_message_reference(7))
        .build()
        .expect("every field fits")
}

/// A receipt, in text and in TLVs.
///
/// # Panics
///
/// If a field does not fit, which none fails to.
#[must_use]
pub fn deliver() -> DeliverSm {
    DeliverSm::builder()
        .source(Address::international("31612345678"))
        .destination(Address::international("8888"))
        .esm_class(4)
        .short_message(RECEIPT)
        .tlvs(
            TlvList::new().receipted_message_id(b"00C0FFEE").message_state(MessageState::DELIVERED),
        )
        .build()
        .expect("every field fits")
}

/// A PDU as it stands on the wire.
#[must_use]
pub fn octets(pdu: &impl Pdu) -> Bytes {
    let mut out = BytesMut::new();
    pdu.encode(7, &mut out);
    out.freeze()
}

/// A frame that shares its octets, as the engine cuts them off its input.
///
/// # Panics
///
/// If they are not one whole PDU.
#[must_use]
pub fn frame(octets: &Bytes) -> Frame {
    Frame::from_bytes(octets.clone()).expect("a whole PDU")
}

/// The header in smpp34's form, which its decoders want beside the octets.
///
/// # Panics
///
/// If they are not one whole PDU.
#[must_use]
pub fn header(octets: &[u8]) -> CommandHeader {
    CommandHeader::decode(octets).expect("a whole PDU")
}
