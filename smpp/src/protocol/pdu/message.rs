//! The PDUs that carry a message: `submit_sm`, `deliver_sm`, `data_sm`.

use std::borrow::Cow;

use super::{
    Request,
    response::{IntoMessageId, accepted, response},
    view::{value_of, view},
};
use crate::protocol::{
    DecodeError, MessageId, MessageState, Receipt, Status, TlvList,
    field::{Addr, Message, Octet, Text, When},
    receipt::{SourceOrder, merge},
    text::Decoder,
    udh::Udh,
};

view! {
    /// A message from an ESME for a handset (SMPP 3.4 §4.4.1).
    ///
    /// ```
    /// use wirepath_smpp::{Address, SubmitSm};
    ///
    /// let pdu = SubmitSm::builder()
    ///     .source(Address::alphanumeric("wirepath"))
    ///     .destination(Address::international("31612345678"))
    ///     .registered_delivery(1)
    ///     .short_message("hello")
    ///     .build()?;
    /// assert_eq!(pdu.destination().digits, b"31612345678");
    /// assert_eq!(pdu.body(), b"hello");
    /// # Ok::<(), wirepath_smpp::BuildError>(())
    /// ```
    SubmitSm, SubmitSmBuilder = SUBMIT_SM, check esm_class by check_submit_sm {
        /// Up to 5 octets; empty for the SMSC's default (§5.2.11).
        service_type: Text = Text::new(6, Status::RINVSERTYP);
        /// The sender: TON, NPI and up to 20 octets (§5.2.8).
        source: Addr = Addr::source(21);
        /// The recipient: TON, NPI and up to 20 octets (§5.2.9).
        destination: Addr = Addr::destination(21);
        /// Mode, type and features (§5.2.12); see [`EsmClass`].
        esm_class: Octet = Octet::ANY;
        /// GSM TP-PID (§5.2.13).
        protocol_id: Octet = Octet::ANY;
        /// 0 (lowest) to 3 (§5.2.14).
        priority_flag: Octet = Octet::up_to(3, Status::RINVPRTFLG);
        /// When to deliver; `None` for at once (§5.2.15).
        schedule_delivery_time: When = When(Status::RINVSCHED);
        /// Until when to try; `None` for the SMSC's default (§5.2.16).
        validity_period: When = When(Status::RINVEXPIRY);
        /// Which receipts are asked for (§5.2.17).
        registered_delivery: Octet = Octet::up_to(0x1F, Status::RINVREGDLVFLG);
        /// 1 to replace a message with the same source, destination and service type (§5.2.18).
        replace_if_present_flag: Octet = Octet::up_to(1, Status::RINVREPFLAG);
        /// How the text is encoded (§5.2.19).
        data_coding: Octet = Octet::ANY;
        /// A message held by the SMSC, by its number (§5.2.20).
        sm_default_msg_id: Octet = Octet::ANY;
        /// Up to 254 octets (§5.2.22); longer ones go in the TLV `message_payload`.
        short_message: Message = Message;
    }
}

view! {
    /// A message or a receipt for an ESME (SMPP 3.4 §4.6.1).
    DeliverSm, DeliverSmBuilder = DELIVER_SM, check esm_class by check_deliver_sm {
        /// Up to 5 octets (§5.2.11).
        service_type: Text = Text::new(6, Status::RINVSERTYP);
        /// The sender (§5.2.8).
        source: Addr = Addr::source(21);
        /// The recipient (§5.2.9).
        destination: Addr = Addr::destination(21);
        /// Mode, type and features (§5.2.12); see [`EsmClass`].
        esm_class: Octet = Octet::ANY;
        /// GSM TP-PID (§5.2.13).
        protocol_id: Octet = Octet::ANY;
        /// 0 (lowest) to 3 (§5.2.14).
        priority_flag: Octet = Octet::up_to(3, Status::RINVPRTFLG);
        /// Unused in this direction: `None` (§4.6.1).
        schedule_delivery_time: When = When(Status::RINVSCHED);
        /// Unused in this direction: `None` (§4.6.1).
        validity_period: When = When(Status::RINVEXPIRY);
        /// Which acknowledgements are asked for (§5.2.17).
        registered_delivery: Octet = Octet::up_to(0x1F, Status::RINVREGDLVFLG);
        /// Unused in this direction (§4.6.1).
        replace_if_present_flag: Octet = Octet::up_to(1, Status::RINVREPFLAG);
        /// How the text is encoded (§5.2.19).
        data_coding: Octet = Octet::ANY;
        /// Unused in this direction (§4.6.1).
        sm_default_msg_id: Octet = Octet::ANY;
        /// Up to 254 octets (§5.2.22); longer ones go in the TLV `message_payload`.
        short_message: Message = Message;
    }
}

view! {
    /// A message in either direction whose text is a TLV (SMPP 3.4 §4.7.1).
    DataSm, DataSmBuilder = DATA_SM, check esm_class by check_data_sm {
        /// Up to 5 octets (§5.2.11).
        service_type: Text = Text::new(6, Status::RINVSERTYP);
        /// The sender: up to 64 octets (§5.2.8).
        source: Addr = Addr::source(65);
        /// The recipient: up to 64 octets (§5.2.9).
        destination: Addr = Addr::destination(65);
        /// Mode, type and features (§5.2.12); see [`EsmClass`].
        esm_class: Octet = Octet::ANY;
        /// Which receipts are asked for (§5.2.17).
        registered_delivery: Octet = Octet::up_to(0x1F, Status::RINVREGDLVFLG);
        /// How the text is encoded (§5.2.19).
        data_coding: Octet = Octet::ANY;
    }
}

/// `esm_class` taken apart (SMPP 3.4 §5.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EsmClass(pub u8);

impl EsmClass {
    /// The message-type bits, 5 to 2.
    const TYPE: u8 = 0b0011_1100;
    /// Message type: the body is an SMSC delivery receipt.
    pub const RECEIPT: u8 = 0x04;
    /// Message type: the body is an intermediate notification.
    pub const INTERMEDIATE: u8 = 0x20;
    /// GSM feature: the message begins with a user data header.
    pub const UDHI: u8 = 0x40;
    /// GSM feature: set the reply path.
    pub const REPLY_PATH: u8 = 0x80;

    /// The type is "SMSC delivery receipt". The bits are compared as a field: an intermediate notification (0x20) or a
    /// user acknowledgement (0x10) is none.
    #[must_use]
    pub const fn is_receipt(self) -> bool {
        self.0 & Self::TYPE == Self::RECEIPT
    }

    /// The type is "intermediate delivery notification".
    #[must_use]
    pub const fn is_intermediate(self) -> bool {
        self.0 & Self::TYPE == Self::INTERMEDIATE
    }

    /// A user data header leads the message.
    #[inline]
    #[must_use]
    pub const fn has_udh(self) -> bool {
        self.0 & Self::UDHI != 0
    }
}

/// UDHI is set: the first octet says how long the header is, and all of it must be there (3GPP TS 23.040 §9.2.3.24).
///
/// The body is asked for only then: finding it may mean a walk over the TLVs.
#[inline]
pub(super) fn check_udh<'a>(
    esm_class: u8,
    body: impl FnOnce() -> &'a [u8],
) -> Result<(), DecodeError> {
    if !EsmClass(esm_class).has_udh() || split_udh(body()).is_some() {
        return Ok(());
    }
    Err(DecodeError::BadValue { field: "esm_class", status: Status::RINVESMCLASS })
}

/// The user data header, its length octet included, and what follows it.
fn split_udh(body: &[u8]) -> Option<(&[u8], &[u8])> {
    body.split_at_checked(usize::from(*body.first()?) + 1)
}

macro_rules! message {
    ($name:ident, $check:ident, $example:literal, $message:expr) => {
        impl $name {
            /// The message: `message_payload` if there is one, `short_message` otherwise. A user data header is part of it.
            #[must_use]
            pub fn body(&self) -> &[u8] {
                let short: fn(&Self) -> &[u8] = $message;
                self.tlvs().message_payload().unwrap_or_else(|| short(self))
            }

            /// The user data header with its length octet, if `esm_class` announces one and it is whole.
            #[must_use]
            pub fn udh(&self) -> Option<&[u8]> {
                if !EsmClass(self.esm_class()).has_udh() {
                    return None;
                }
                split_udh(self.body()).map(|(udh, _)| udh)
            }

            /// The message without its user data header.
            #[must_use]
            pub fn user_data(&self) -> &[u8] {
                let body = self.body();
                match EsmClass(self.esm_class()).has_udh().then(|| split_udh(body)).flatten() {
                    Some((_, rest)) => rest,
                    None => body,
                }
            }

            /// The text of the message: [`user_data`](Self::user_data) as `data_coding` says, read with the national tables
            /// that the user data header names.
            ///
            /// It never fails: what is broken, and octets that are no text, become U+FFFD, as [`Decoder::decode`] has it. It
            /// borrows the PDU where the octets are ASCII of the same meaning.
            ///
            /// ```
            #[doc = $example]
            /// use wirepath_smpp::{EsmClass, TlvList};
            ///
            /// let tlvs = TlvList::new().message_payload(b"\x05\x00\x03\xA7\x02\x01Ol\x7F, 5 \x1Be");
            /// let pdu = Pdu::builder().esm_class(EsmClass::UDHI).tlvs(tlvs).build()?;
            /// assert_eq!(pdu.text(), "Olà, 5 €");
            /// # Ok::<(), wirepath_smpp::BuildError>(())
            /// ```
            #[must_use]
            pub fn text(&self) -> Cow<'_, str> {
                self.text_with(Decoder::new())
            }

            /// [`text`](Self::text), for peers with another default alphabet or with packed septets.
            ///
            /// ```
            #[doc = $example]
            /// use wirepath_smpp::{TlvList, text::{Decoder, Encoding}};
            ///
            /// let tlvs = TlvList::new().message_payload(b"caf\xE9");
            /// let pdu = Pdu::builder().tlvs(tlvs).build()?;
            /// let latin1 = Decoder::new().default_alphabet(Encoding::Latin1);
            /// assert_eq!(pdu.text_with(latin1), "café");
            /// # Ok::<(), wirepath_smpp::BuildError>(())
            /// ```
            #[must_use]
            pub fn text_with(&self, decoder: Decoder) -> Cow<'_, str> {
                let body = self.body();
                let (udh, text) = match EsmClass(self.esm_class()).has_udh() {
                    true => Udh::parse(body).map_or((None, body), |(udh, text)| (Some(udh), text)),
                    false => (None, body),
                };
                decoder.decode(text, self.data_coding(), udh)
            }

            /// `esm_class` says that this is a delivery receipt (message type 0x04).
            #[must_use]
            pub fn is_receipt(&self) -> bool {
                EsmClass(self.esm_class()).is_receipt()
            }
        }

        #[cold]
        fn $check(pdu: &$name) -> Result<(), DecodeError> {
            check_udh(pdu.esm_class(), || pdu.body())
        }
    };
}

message!(SubmitSm, check_submit_sm, "use wirepath_smpp::SubmitSm as Pdu;", |pdu| pdu
    .short_message());
message!(DeliverSm, check_deliver_sm, "use wirepath_smpp::DeliverSm as Pdu;", |pdu| pdu
    .short_message());
message!(DataSm, check_data_sm, "use wirepath_smpp::DataSm as Pdu;", |_| &[]);

macro_rules! receipted {
    ($name:ident, $example:literal) => {
        impl $name {
            /// The delivery receipt that this is, or `None`.
            ///
            /// `esm_class` has to say that it is one ([`is_receipt`](Self::is_receipt)): a person's text that looks like a
            /// receipt is none, nor is an intermediate notification (SMPP 3.4 §5.2.12). Text and TLVs are put together; where
            /// they differ, the TLVs count. `None` too if it claims to be a receipt and nothing in it can be read as one.
            ///
            /// It borrows the PDU; [`Receipt::into_owned`] makes one that can be kept.
            ///
            /// ```
            #[doc = $example]
            /// use wirepath_smpp::{EsmClass, MessageState, TlvList};
            ///
            /// let tlvs = TlvList::new()
            ///     .message_payload(b"id:255 stat:ACCEPTD err:000")
            ///     .receipted_message_id(b"FF")
            ///     .message_state(MessageState::DELIVERED);
            /// let pdu = Pdu::builder().esm_class(EsmClass::RECEIPT).tlvs(tlvs.clone()).build()?;
            /// let receipt = pdu.receipt().expect("it is one");
            /// assert_eq!(receipt.id(), Some(&b"FF"[..]));
            /// assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
            /// assert_eq!(receipt.err(), Some(&b"000"[..]));
            ///
            /// let text = Pdu::builder().tlvs(tlvs).build()?;
            /// assert!(text.receipt().is_none());
            /// # Ok::<(), wirepath_smpp::BuildError>(())
            /// ```
            #[must_use]
            pub fn receipt(&self) -> Option<Receipt<'_>> {
                self.receipt_in(SourceOrder::default())
            }

            /// [`receipt`](Self::receipt), and which source counts where text and TLVs differ: for peers whose TLVs are wrong.
            #[must_use]
            pub fn receipt_in(&self, order: SourceOrder) -> Option<Receipt<'_>> {
                if !self.is_receipt() {
                    return None;
                }
                self.report(order)
            }

            /// What an intermediate notification says: it is written as a receipt is. `None` if this is none.
            #[cfg(feature = "spool")]
            pub(crate) fn notification(&self) -> Option<Receipt<'_>> {
                if !EsmClass(self.esm_class()).is_intermediate() {
                    return None;
                }
                self.report(SourceOrder::default())
            }

            fn report(&self, order: SourceOrder) -> Option<Receipt<'_>> {
                let tlvs = self.tlvs();
                merge(
                    Receipt::parse(self.user_data()),
                    tlvs.receipted_message_id(),
                    tlvs.message_state().map(MessageState::code),
                    tlvs.network_error_code().and_then(|code| code.try_into().ok()),
                    order,
                )
            }
        }
    };
}

receipted!(DeliverSm, "use wirepath_smpp::DeliverSm as Pdu;");
receipted!(DataSm, "use wirepath_smpp::DataSm as Pdu;");

response! {
    /// SMPP 3.4 §4.4.2.
    SubmitSmResp = SUBMIT_SM_RESP {
        /// The SMSC's id of the message. Of one above 64 octets, which is taken under lenient rules, the first 64; the receipt has
        /// it whole.
        message_id: MessageId,
    }
}

response! {
    /// SMPP 3.4 §4.6.2.
    DeliverSmResp = DELIVER_SM_RESP {
        /// Unused: empty.
        message_id: MessageId,
    }
}

response! {
    /// SMPP 3.4 §4.7.2.
    DataSmResp = DATA_SM_RESP {
        /// The SMSC's id of the message.
        message_id: MessageId,
    }
}

impl Request for SubmitSm {
    type Response = SubmitSmResp;
}

impl Request for DeliverSm {
    type Response = DeliverSmResp;
}

impl Request for DataSm {
    type Response = DataSmResp;
}

impl SubmitSm {
    /// Takes the message under an id of yours: a `u64`, a `MessageId`, or text of up to 64 octets.
    #[inline]
    pub fn accept(&self, id: impl IntoMessageId) -> SubmitSmResp {
        let (status, message_id) = accepted(id);
        SubmitSmResp { status, message_id, tlvs: TlvList::new() }
    }

    /// Refuses the message.
    #[inline]
    #[must_use]
    pub fn reject(&self, status: Status) -> SubmitSmResp {
        SubmitSmResp { status, ..SubmitSmResp::default() }
    }
}

impl DeliverSm {
    /// Takes the message or receipt.
    #[inline]
    #[must_use]
    pub fn accept(&self) -> DeliverSmResp {
        DeliverSmResp::default()
    }

    /// Refuses it; whether it comes again is the SMSC's policy.
    #[inline]
    #[must_use]
    pub fn reject(&self, status: Status) -> DeliverSmResp {
        DeliverSmResp { status, ..DeliverSmResp::default() }
    }
}

impl DataSm {
    /// Takes the message under an id of yours.
    #[inline]
    pub fn accept(&self, id: impl IntoMessageId) -> DataSmResp {
        let (status, message_id) = accepted(id);
        DataSmResp { status, message_id, tlvs: TlvList::new() }
    }

    /// Refuses the message.
    #[inline]
    #[must_use]
    pub fn reject(&self, status: Status) -> DataSmResp {
        DataSmResp { status, ..DataSmResp::default() }
    }
}

impl DataSmResp {
    /// Adds an optional parameter: `delivery_failure_reason`, `network_error_code`, … (SMPP 3.4 §4.7.2).
    #[must_use]
    pub fn tlv(mut self, tag: crate::protocol::Tag, value: &[u8]) -> Self {
        self.tlvs = self.tlvs.with(tag, value);
        self
    }
}
