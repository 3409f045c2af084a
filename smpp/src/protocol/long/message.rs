//! A message whose parts are all there.

use super::{MessagePdu, Part};
use crate::protocol::{
    SystemId,
    text::{Decoder, Tables},
};

/// A message with all of its parts, in their order: at least one, at most 255.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongMessage {
    first: Part,
    rest: Vec<Part>,
}

impl LongMessage {
    pub(super) fn new(first: Part, rest: Vec<Part>) -> Self {
        Self { first, rest }
    }

    /// Of all of its parts, in any order; `None` if one is missing, there twice, or of another message.
    #[cfg(any(test, feature = "spool"))]
    pub(crate) fn of(mut parts: Vec<Part>) -> Option<Self> {
        parts.sort_by_key(Part::sequence);
        let mut parts = parts.into_iter();
        let first = parts.next()?;
        let rest: Vec<_> = parts.collect();
        let is_next =
            |(part, sequence): (&Part, u8)| part.key == first.key && part.sequence() == sequence;
        let is_whole = first.sequence() == 1
            && rest.len() + 1 == usize::from(first.total())
            && rest.iter().zip(2..=u8::MAX).all(is_next);
        is_whole.then(|| Self { first, rest })
    }

    /// The parts in their order.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// How many parts there are, from 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always a part")]
    pub fn len(&self) -> usize {
        self.rest.len() + 1
    }

    /// The PDU of the first part: sender, recipient, `registered_delivery` and so on, which the others should agree with.
    #[must_use]
    pub fn first(&self) -> &MessagePdu {
        self.first.pdu()
    }

    /// Whose session it came on.
    #[must_use]
    pub fn origin(&self) -> SystemId {
        self.first.origin()
    }

    /// The `data_coding` of all parts; `None` if they have different ones.
    #[must_use]
    pub fn data_coding(&self) -> Option<u8> {
        let coding = self.first().data_coding();
        self.parts().all(|part| part.pdu().data_coding() == coding).then_some(coding)
    }

    /// The parts without their user data headers, one behind the other: for what is no text.
    #[must_use]
    pub fn user_data(&self) -> Vec<u8> {
        self.parts().flat_map(|part| part.pdu().user_data()).copied().collect()
    }

    /// The text of the whole message.
    ///
    /// Each part is read as its own `data_coding` and header say; where those of neighbours agree, octets are put together
    /// first: senders cut between the halves of a character.
    #[must_use]
    pub fn text(&self) -> String {
        self.text_with(Decoder::new())
    }

    /// [`text`](Self::text), for peers with another default alphabet or with packed septets.
    #[must_use]
    pub fn text_with(&self, decoder: Decoder) -> String {
        let mut text = String::new();
        let mut octets: Vec<u8> = Vec::new();
        let mut parts = self.parts().map(Part::pdu).peekable();
        while let Some(pdu) = parts.next() {
            octets.extend(pdu.user_data());
            // Packed parts each begin on a boundary of their own.
            let goes_on =
                !decoder.is_packed() && parts.peek().is_some_and(|next| are_alike(pdu, next));
            if !goes_on {
                text.push_str(&decoder.decode(&octets, pdu.data_coding(), pdu.udh()));
                octets.clear();
            }
        }
        text
    }
}

/// Their octets are of one alphabet.
fn are_alike(one: &MessagePdu, other: &MessagePdu) -> bool {
    let tables = |pdu: &MessagePdu| pdu.udh().map(Tables::of).unwrap_or_default();
    one.data_coding() == other.data_coding() && tables(one) == tables(other)
}
