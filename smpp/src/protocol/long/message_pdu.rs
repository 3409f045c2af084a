//! The PDUs that carry a message, as one type.

use std::fmt;

use bytes::Bytes;

use crate::protocol::{
    Address, CommandId, DecodeError, Frame, Rules, Tlvs,
    pdu::{DataSm, DeliverSm, EsmClass, Pdu, SubmitSm},
    udh::Udh,
};

/// A PDU that carries a message, or a part of one.
#[derive(Clone, PartialEq, Eq)]
pub enum MessagePdu {
    /// From an ESME.
    SubmitSm(SubmitSm),
    /// To an ESME.
    DeliverSm(DeliverSm),
    /// Either way.
    DataSm(DataSm),
}

macro_rules! each {
    ($self:ident, $pdu:ident => $value:expr) => {
        match $self {
            MessagePdu::SubmitSm($pdu) => $value,
            MessagePdu::DeliverSm($pdu) => $value,
            MessagePdu::DataSm($pdu) => $value,
        }
    };
}

impl MessagePdu {
    /// Reads a frame under the lenient rules: it was let in before, or this side built it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another command, and for a body that does not hold together.
    pub fn decode(frame: Frame) -> Result<Self, DecodeError> {
        match frame.command() {
            CommandId::SUBMIT_SM => SubmitSm::decode(frame, Rules::Lenient).map(Self::SubmitSm),
            CommandId::DELIVER_SM => DeliverSm::decode(frame, Rules::Lenient).map(Self::DeliverSm),
            CommandId::DATA_SM => DataSm::decode(frame, Rules::Lenient).map(Self::DataSm),
            _ => Err(DecodeError::WrongCommand),
        }
    }

    /// The sender.
    #[must_use]
    pub fn source(&self) -> Address<'_> {
        each!(self, pdu => pdu.source())
    }

    /// The recipient.
    #[must_use]
    pub fn destination(&self) -> Address<'_> {
        each!(self, pdu => pdu.destination())
    }

    /// What kind of service it is for.
    #[must_use]
    pub fn service_type(&self) -> &[u8] {
        each!(self, pdu => pdu.service_type())
    }

    /// Mode, type and features.
    #[must_use]
    pub fn esm_class(&self) -> EsmClass {
        EsmClass(each!(self, pdu => pdu.esm_class()))
    }

    /// How the text is encoded.
    #[must_use]
    pub fn data_coding(&self) -> u8 {
        each!(self, pdu => pdu.data_coding())
    }

    /// Which receipts are asked for.
    #[must_use]
    pub fn registered_delivery(&self) -> u8 {
        each!(self, pdu => pdu.registered_delivery())
    }

    /// The message with its user data header.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        each!(self, pdu => pdu.body())
    }

    /// The message without its user data header.
    #[must_use]
    pub fn user_data(&self) -> &[u8] {
        each!(self, pdu => pdu.user_data())
    }

    /// The user data header, if `esm_class` announces one and it is whole.
    #[must_use]
    pub fn udh(&self) -> Option<Udh<'_>> {
        let octets = each!(self, pdu => pdu.udh())?;
        Udh::parse(octets).map(|(udh, _)| udh)
    }

    /// The optional parameters.
    #[must_use]
    pub fn tlvs(&self) -> Tlvs<'_> {
        each!(self, pdu => pdu.tlvs())
    }

    /// The PDU as it came.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        each!(self, pdu => pdu.frame())
    }

    /// The same with octets of its own: a PDU shares the buffer that it was read into, and would keep all of it.
    pub(super) fn apart(self) -> Self {
        let octets = Bytes::copy_from_slice(self.frame().as_bytes());
        // What was a frame is one.
        Frame::from_bytes(octets).and_then(|frame| Self::decode(frame).ok()).unwrap_or(self)
    }
}

impl fmt::Debug for MessagePdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        each!(self, pdu => fmt::Debug::fmt(pdu, f))
    }
}

macro_rules! from {
    ($($name:ident)*) => {$(
        impl From<$name> for MessagePdu {
            fn from(pdu: $name) -> Self {
                Self::$name(pdu)
            }
        }

        impl From<&$name> for MessagePdu {
            fn from(pdu: &$name) -> Self {
                Self::$name(pdu.clone())
            }
        }
    )*};
}

from! { SubmitSm DeliverSm DataSm }
