//! A message, whichever PDU it came in.

use std::borrow::Cow;

use crate::protocol::TlvList;
use crate::protocol::{
    Address, BuildError, SystemId,
    long::MessagePdu,
    pdu::{DataSm, DeliverSm, EsmClass, SubmitSm},
};

use super::Query;

/// A message that has to find its way: a `submit_sm`, `deliver_sm` or `data_sm`, and where it comes from. Cheap to clone.
///
/// ```
/// use wirepath_smpp::{SubmitSm, routing::Message};
///
/// let pdu = SubmitSm::builder().source("SHOP").destination("31612345678").short_message("hi").build()?;
/// let message = Message::from(pdu);
/// assert_eq!(message.destination().digits, b"31612345678");
/// assert_eq!(message.text(), "hi");
/// # Ok::<(), wirepath_smpp::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) carrier: Carrier,
    origin: Origin,
}

/// The PDU that carries it.
#[derive(Clone, Debug)]
pub(crate) enum Carrier {
    Submit(SubmitSm),
    Deliver(DeliverSm),
    Data(DataSm),
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// This program.
    #[default]
    Here,
    /// The ESME that is bound here under this system id.
    Esme(SystemId),
    /// An outbound bind: it is on its way to an ESME, and never to another bind.
    Bind,
}

macro_rules! either {
    ($message:expr, $pdu:ident => $value:expr) => {
        match &$message.carrier {
            Carrier::Submit($pdu) => $value,
            Carrier::Deliver($pdu) => $value,
            Carrier::Data($pdu) => $value,
        }
    };
}

impl Message {
    pub(crate) fn new(carrier: Carrier, origin: Origin) -> Self {
        Self { carrier, origin }
    }

    /// The same from somewhere else: what the key `esme` of a rule is compared with, and whether `bind:` steps are for it.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// Where it goes.
    #[must_use]
    pub fn destination(&self) -> Address<'_> {
        either!(self, pdu => pdu.destination())
    }

    /// Who sends it.
    #[must_use]
    pub fn source(&self) -> Address<'_> {
        either!(self, pdu => pdu.source())
    }

    /// Where it comes from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The system id of the ESME that it comes from; empty if it comes from none.
    #[must_use]
    pub fn esme(&self) -> SystemId {
        match self.origin {
            Origin::Esme(system_id) => system_id,
            Origin::Here | Origin::Bind => SystemId::EMPTY,
        }
    }

    /// The message itself: `message_payload` if it is there, else `short_message`.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        either!(self, pdu => pdu.body())
    }

    /// The text of it, as `data_coding` says.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        either!(self, pdu => pdu.text())
    }

    /// Mode, type and features (SMPP 3.4 §5.2.12).
    #[must_use]
    pub fn esm_class(&self) -> EsmClass {
        EsmClass(either!(self, pdu => pdu.esm_class()))
    }

    /// Whether it is a delivery receipt.
    #[must_use]
    pub fn is_receipt(&self) -> bool {
        self.esm_class().is_receipt()
    }

    /// The PDU, if it is a `submit_sm`.
    #[must_use]
    pub fn submit_sm(&self) -> Option<&SubmitSm> {
        if let Carrier::Submit(pdu) = &self.carrier { Some(pdu) } else { None }
    }

    /// The PDU, if it is a `deliver_sm`.
    #[must_use]
    pub fn deliver_sm(&self) -> Option<&DeliverSm> {
        if let Carrier::Deliver(pdu) = &self.carrier { Some(pdu) } else { None }
    }

    /// The PDU, if it is a `data_sm`.
    #[must_use]
    pub fn data_sm(&self) -> Option<&DataSm> {
        if let Carrier::Data(pdu) = &self.carrier { Some(pdu) } else { None }
    }

    /// What a [`Router`](crate::routing::Router) is asked.
    #[must_use]
    pub fn query(&self) -> Query<'_> {
        let query = Query::new(self.destination().digits).source(self.source().digits);
        match &self.origin {
            Origin::Esme(system_id) => query.esme(system_id),
            Origin::Here | Origin::Bind => query,
        }
    }

    /// The `deliver_sm` that an ESME gets of it.
    pub(crate) fn to_deliver_sm(&self) -> Result<DeliverSm, BuildError> {
        let builder = DeliverSm::builder()
            .source(self.source())
            .destination(self.destination())
            .service_type(either!(self, pdu => pdu.service_type()))
            .data_coding(either!(self, pdu => pdu.data_coding()))
            .tlvs(either!(self, pdu => TlvList::from(pdu.tlvs())));
        match &self.carrier {
            Carrier::Deliver(pdu) => Ok(pdu.clone()),
            // Of a data_sm from a bind all bits hold, as those of a deliver_sm do.
            Carrier::Data(pdu) if self.origin == Origin::Bind => builder
                .esm_class(pdu.esm_class())
                .registered_delivery(pdu.registered_delivery())
                .build(),
            Carrier::Data(pdu) => {
                towards_esme(builder, pdu.esm_class(), pdu.registered_delivery()).build()
            }
            // Times and what replaces what are for the SMSC that stores it: none of them goes on (SMPP 3.4 §4.6.1).
            Carrier::Submit(pdu) => {
                towards_esme(builder, pdu.esm_class(), pdu.registered_delivery())
                    .protocol_id(pdu.protocol_id())
                    .priority_flag(pdu.priority_flag())
                    .short_message(pdu.short_message())
                    .build()
            }
        }
    }
}

/// The octets of a message from an ESME, for another one: the messaging mode and the receipts that it asks for are between it
/// and us (SMPP 3.4 §5.2.12, §5.2.17).
fn towards_esme<'a>(
    builder: crate::protocol::pdu::DeliverSmBuilder<'a>,
    esm_class: u8,
    registered_delivery: u8,
) -> crate::protocol::pdu::DeliverSmBuilder<'a> {
    const MODE: u8 = 0b11;
    const ACKNOWLEDGEMENTS: u8 = 0b1100;
    builder.esm_class(esm_class & !MODE).registered_delivery(registered_delivery & ACKNOWLEDGEMENTS)
}

macro_rules! carried {
    ($($pdu:ident = $carrier:ident;)*) => {$(
        impl From<$pdu> for Message {
            fn from(pdu: $pdu) -> Self {
                Self::new(Carrier::$carrier(pdu), Origin::Here)
            }
        }

        impl From<&$pdu> for Message {
            fn from(pdu: &$pdu) -> Self {
                pdu.clone().into()
            }
        }
    )*};
}

carried! {
    SubmitSm = Submit;
    DeliverSm = Deliver;
    DataSm = Data;
}

/// Whichever of them it is.
impl From<MessagePdu> for Message {
    fn from(pdu: MessagePdu) -> Self {
        match pdu {
            MessagePdu::SubmitSm(pdu) => pdu.into(),
            MessagePdu::DeliverSm(pdu) => pdu.into(),
            MessagePdu::DataSm(pdu) => pdu.into(),
        }
    }
}

impl From<&Self> for Message {
    fn from(message: &Self) -> Self {
        message.clone()
    }
}
