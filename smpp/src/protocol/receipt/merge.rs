//! What the TLVs of a receipt add to its text.

use std::borrow::Cow;

use super::super::message_state::MessageState;
use super::{Receipt, Spans};

/// Which source counts where the text of a receipt and its TLVs differ.
///
/// It decides between ids and between states; nothing else is in both.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum SourceOrder {
    /// `receipted_message_id` and `message_state` (§5.3.2.12, §5.3.2.35), whose form is specified.
    #[default]
    TlvFirst,
    /// The text, for peers whose TLVs are wrong.
    TextFirst,
}

/// One receipt of a text, the TLVs, or both.
///
/// `receipted_message_id` ends at its first NUL, if it has one; an empty id is none. `None` if there is
/// neither a text nor an id nor a state: a `network_error_code` alone tells nobody of what.
///
/// ```
/// use wirepath_smpp::protocol::message_state::MessageState;
/// use wirepath_smpp::protocol::receipt::{Receipt, SourceOrder, merge};
///
/// let text = Receipt::parse(b"id:255 stat:ACCEPTD");
/// let receipt = merge(text, Some(b"FF\0"), Some(2), None, SourceOrder::TlvFirst).unwrap();
/// assert_eq!(receipt.id(), Some(&b"FF"[..]));
/// assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
/// assert_eq!(receipt.stat(), Some(&b"ACCEPTD"[..]));
/// ```
pub fn merge<'a>(
    text: Option<Receipt<'a>>,
    receipted_message_id: Option<&'a [u8]>,
    message_state: Option<u8>,
    network_error_code: Option<[u8; 3]>,
    order: SourceOrder,
) -> Option<Receipt<'a>> {
    let tlv_id = receipted_message_id
        .and_then(|id| id.split(|&octet| octet == 0).next())
        .filter(|id| !id.is_empty())
        .map(Cow::Borrowed);
    let tlv_state = message_state.map(MessageState::from_code);
    if text.is_none() && tlv_id.is_none() && tlv_state.is_none() {
        return None;
    }
    let text = text.unwrap_or_else(|| Receipt::from_text(Cow::Borrowed(&[]), Spans::default()));
    Some(Receipt { tlv_id, tlv_state, network_error_code, order, ..text })
}
