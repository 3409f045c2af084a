//! A message that the SMSC has taken.

use std::{sync::Arc, time::SystemTime};

use wirepath::smpp::{
    Address, DataSm, Destination, MessageId, MessageState, Npi, Session, SessionId, SmppTime,
    SubmitMulti, SubmitSm, SystemId, Ton,
};

/// How much of a text is kept: what a receipt quotes (SMPP 3.4 appendix B).
const QUOTED: usize = 20;

/// An address that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Party {
    ton: Ton,
    npi: Npi,
    digits: Box<[u8]>,
}

impl Party {
    pub(crate) fn of(address: Address<'_>) -> Self {
        Self { ton: address.ton, npi: address.npi, digits: address.digits.into() }
    }

    pub(crate) fn address(&self) -> Address<'_> {
        Address::new(self.ton, self.npi, &self.digits)
    }

    /// An empty address in a query or a replacement stands for the right one: many clients leave it out.
    pub(crate) fn answers_to(&self, address: Address<'_>) -> bool {
        address.digits.is_empty() || address.digits == &*self.digits
    }
}

/// A message as it was submitted.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) system_id: SystemId,
    /// The session that submitted it.
    pub(crate) session: Option<SessionId>,
    pub(crate) service_type: Box<[u8]>,
    pub(crate) source: Party,
    /// One, save for submit_multi.
    pub(crate) recipients: Vec<Party>,
    pub(crate) asked: Asked,
    /// It takes the place of a message like it that is pending (SMPP 3.4 §5.2.18).
    pub(crate) replaces: bool,
    pub(crate) schedule: Option<SmppTime>,
    pub(crate) validity: Option<SmppTime>,
    pub(crate) quote: Box<[u8]>,
    pub(crate) submitted: SystemTime,
}

/// `registered_delivery` (SMPP 3.4 §5.2.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked(pub(crate) u8);

impl Asked {
    /// Whether a receipt is asked for a final state. 3 is reserved in SMPP 3.4; in 5.0 it asks for successes.
    pub(crate) fn receipt(self, state: MessageState) -> bool {
        match self.0 & 0b11 {
            1 => true,
            2 => !succeeded(state),
            3 => succeeded(state),
            _ => false,
        }
    }

    /// Whether an intermediate notification is asked for.
    pub(crate) fn intermediate(self) -> bool {
        self.0 & 0x10 != 0
    }
}

fn succeeded(state: MessageState) -> bool {
    matches!(state, MessageState::DELIVERED | MessageState::ACCEPTED)
}

/// Who submits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender {
    pub(crate) system_id: SystemId,
    /// None in tests: a session's number cannot be made up.
    pub(crate) session: Option<SessionId>,
}

impl Sender {
    pub(crate) fn of(session: &Session) -> Self {
        Self { system_id: session.system_id(), session: Some(session.id()) }
    }
}

impl Message {
    fn new(sender: Sender, source: Address<'_>, service_type: &[u8], asked: u8) -> Self {
        Self {
            system_id: sender.system_id,
            session: sender.session,
            service_type: service_type.into(),
            source: Party::of(source),
            recipients: Vec::new(),
            asked: Asked(asked),
            replaces: false,
            schedule: None,
            validity: None,
            quote: Box::default(),
            submitted: SystemTime::now(),
        }
    }

    pub(crate) fn of_submit_sm(pdu: &SubmitSm, sender: Sender) -> Self {
        Self {
            recipients: vec![Party::of(pdu.destination())],
            replaces: pdu.replace_if_present_flag() == 1,
            schedule: pdu.schedule_delivery_time(),
            validity: pdu.validity_period(),
            quote: quote(pdu.user_data()),
            ..Self::new(sender, pdu.source(), pdu.service_type(), pdu.registered_delivery())
        }
    }

    /// Whether the same sender sends it from the same source to the same destination under the same service type: what a
    /// replacement has to match (SMPP 3.4 §5.2.18).
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.system_id == other.system_id
            && self.source == other.source
            && self.recipients == other.recipients
            && self.service_type == other.service_type
    }

    /// For the handsets among the recipients; the lists are the caller's to refuse.
    pub(crate) fn of_submit_multi(pdu: &SubmitMulti, sender: Sender) -> Self {
        let handsets = pdu.destinations().iter().filter_map(|destination| match destination {
            Destination::Sme(address) => Some(Party::of(address)),
            Destination::List(_) => None,
        });
        Self {
            recipients: handsets.collect(),
            schedule: pdu.schedule_delivery_time(),
            validity: pdu.validity_period(),
            quote: quote(pdu.body()),
            ..Self::new(sender, pdu.source(), pdu.service_type(), pdu.registered_delivery())
        }
    }

    pub(crate) fn of_data_sm(pdu: &DataSm, sender: Sender) -> Self {
        Self {
            recipients: vec![Party::of(pdu.destination())],
            quote: quote(pdu.user_data()),
            ..Self::new(sender, pdu.source(), pdu.service_type(), pdu.registered_delivery())
        }
    }
}

/// What a receipt may quote of a text. It is sent as plain text, so a text in another coding is not quoted.
pub(crate) fn quote(text: &[u8]) -> Box<[u8]> {
    let text = text.get(..QUOTED).unwrap_or(text);
    let is_plain = text.iter().all(|octet| (b' '..=b'~').contains(octet));
    if is_plain { text.into() } else { Box::default() }
}

/// Something to tell the ESME about a message: its receipt, or an intermediate notification.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) id: MessageId,
    pub(crate) message: Arc<Message>,
    /// Which of the recipients it is about.
    pub(crate) recipient: usize,
    pub(crate) state: MessageState,
    pub(crate) at: SystemTime,
}

impl Notice {
    /// The message has reached its end: this is its receipt.
    pub(crate) fn is_final(&self) -> bool {
        self.state.is_final()
    }

    /// The message did not arrive, and never will.
    pub(crate) fn is_failure(&self) -> bool {
        self.is_final() && !succeeded(self.state)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A message from 100 to 200 with the id 3054.
    pub(crate) fn notice(state: MessageState) -> Notice {
        let message = Message {
            system_id: SystemId::EMPTY,
            service_type: Box::default(),
            source: Party::of("100".into()),
            recipients: vec![Party::of("200".into())],
            asked: Asked(1),
            replaces: false,
            schedule: None,
            validity: None,
            quote: quote(b"hello"),
            submitted: SystemTime::now(),
            session: None,
        };
        let id = MessageId::decimal(3054);
        Notice { id, message: Arc::new(message), recipient: 0, state, at: SystemTime::now() }
    }

    #[test]
    fn registered_delivery_bits() {
        let asks = |bits| {
            let asked = Asked(bits);
            [MessageState::DELIVERED, MessageState::EXPIRED].map(|state| asked.receipt(state))
        };
        assert_eq!(asks(0), [false, false]);
        assert_eq!(asks(1), [true, true]);
        assert_eq!(asks(2), [false, true]);
        assert_eq!(asks(3), [true, false]);
        assert_eq!(asks(0x10), [false, false]);
        assert_eq!(asks(0x11), [true, true]);
        assert!(Asked(0x12).intermediate());
        assert!(!Asked(0x0D).intermediate(), "the bits between are for other acknowledgements");
    }

    #[test]
    fn plain_text_is_quoted() {
        assert_eq!(&*quote(b"hello"), b"hello");
        assert_eq!(&*quote(b"a text of more than twenty"), b"a text of more than ");
        assert_eq!(&*quote("日本".as_bytes()), b"");
    }
}
