//! Delivery receipts: the text of SMPP 3.4 appendix B as peers really write it, and the TLVs.
//!
//! Appendix B calls its text vendor-specific, and vendors took it at its word. [`Receipt::parse`]
//! reads all the forms that are known: keys and states in any case, fields missing or empty, blanks
//! or commas between and behind, dates of many lengths, `Text:` or none, UCS-2, bodies cut off
//! anywhere. [`merge`] adds what the TLVs say. [`ReceiptBuilder`] writes receipts.
//!
//! # What counts as a receipt
//!
//! `esm_class` says that a message is a receipt (§5.2.12), and the caller looks there first. The
//! parser demands in addition that the text
//!
//! - begins with one of the keys, blanks aside, and
//! - has an `id` and one more of `sub`, `dlvrd`, the dates, `stat` and `err`; or, without an `id`
//!   (some peers give it in a TLV only), `stat` and two more of them.
//!
//! So a person's `id: 7` is none, and a receipt that was cut off behind its second field still is one.
//!
//! # What a field holds
//!
//! Its octets, as they came: an id is text of any form and never goes through a number. A value ends
//! at a blank, comma, semicolon or control character; `text` is last and takes the rest, so a message
//! that quotes a receipt changes nothing. Of a key that comes twice the first value counts.
//!
//! ```
//! use wirepath_smpp::protocol::message_state::MessageState;
//! use wirepath_smpp::protocol::receipt::Receipt;
//!
//! let body = b"id:00C0FFEE sub:001 dlvrd:001 submit date:2402291159 done date:2402291200 \
//!     stat:DELIVRD err:000 text:Hello";
//! let receipt = Receipt::parse(body).unwrap();
//! assert_eq!(receipt.id(), Some(&b"00C0FFEE"[..]));
//! assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
//! assert_eq!(receipt.done_at().unwrap().minute(), 0);
//! assert_eq!(receipt.text(), Some(&b"Hello"[..]));
//! assert!(Receipt::parse(b"id: 7, please").is_none());
//! ```

mod build;
mod date;
mod merge;
mod parse;
#[cfg(test)]
mod tests;
mod wide;

use std::borrow::Cow;
use std::fmt;

use super::message_state::MessageState;

pub use build::{ParseFormError, ReceiptBuilder, ReceiptForm, ReceiptTlvs};
pub use date::ReceiptDate;
pub use merge::{SourceOrder, merge};

/// A delivery receipt, read in place.
///
/// It borrows the body it was parsed from and allocates nothing, unless the body was in UCS-2;
/// [`Receipt::into_owned`] makes one that can be kept. Every field can be missing.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt<'a> {
    raw: Cow<'a, [u8]>,
    spans: Spans,
    tlv_id: Option<Cow<'a, [u8]>>,
    tlv_state: Option<MessageState>,
    network_error_code: Option<[u8; 3]>,
    order: SourceOrder,
}

/// Where in the body each value is.
#[derive(Copy, Clone, Default, PartialEq, Eq)]
struct Spans {
    id: Span,
    sub: Span,
    dlvrd: Span,
    submit_date: Span,
    done_date: Span,
    stat: Span,
    err: Span,
    text: Span,
}

/// A part of the body. `start > end` stands for a missing value.
#[derive(Copy, Clone, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    const MISSING: Self = Self { start: 1, end: 0 };

    /// A part of the body; missing if it lies beyond 4 GiB, which no PDU does.
    fn new(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self { start, end },
            _ => Self::MISSING,
        }
    }

    fn is_missing(self) -> bool {
        self.start > self.end
    }

    fn of(self, raw: &[u8]) -> Option<&[u8]> {
        raw.get(self.start as usize..self.end as usize)
    }
}

impl Default for Span {
    fn default() -> Self {
        Self::MISSING
    }
}

impl<'a> Receipt<'a> {
    /// Reads the text of a receipt; `None` if it is none (see the [module](self) for what counts).
    ///
    /// A receipt in UCS-2 is seen by its first octets, whatever `data_coding` says; it is turned into
    /// UTF-8, and [`Receipt::raw`] is then that. Every other receipt is borrowed.
    ///
    /// ```
    /// use wirepath_smpp::protocol::receipt::Receipt;
    ///
    /// let wide: Vec<u8> = "id:7 stat:UNDELIV err:12".bytes().flat_map(|octet| [0, octet]).collect();
    /// assert_eq!(Receipt::parse(&wide).unwrap().err(), Some(&b"12"[..]));
    /// ```
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let raw = wide::narrow(body);
        let spans = parse::parse(&raw)?;
        Some(Self::from_text(raw, spans))
    }

    fn from_text(raw: Cow<'a, [u8]>, spans: Spans) -> Self {
        let order = SourceOrder::default();
        Self { raw, spans, tlv_id: None, tlv_state: None, network_error_code: None, order }
    }

    /// The same receipt, with nothing borrowed.
    pub fn into_owned(self) -> Receipt<'static> {
        Receipt {
            raw: Cow::Owned(self.raw.into_owned()),
            spans: self.spans,
            tlv_id: self.tlv_id.map(|id| Cow::Owned(id.into_owned())),
            tlv_state: self.tlv_state,
            network_error_code: self.network_error_code,
            order: self.order,
        }
    }

    /// The id of the message, as its centre gave it: verbatim, never empty.
    ///
    /// It may be written differently from the one in `submit_sm_resp` (hexadecimal for decimal);
    /// that is for whoever compares them.
    pub fn id(&self) -> Option<&[u8]> {
        let text = || self.spans.id.of(&self.raw);
        match self.order {
            SourceOrder::TlvFirst => self.tlv_id.as_deref().or_else(text),
            SourceOrder::TextFirst => text().or(self.tlv_id.as_deref()),
        }
    }

    /// What became of the message, if either source says so in a way that is understood.
    pub fn state(&self) -> Option<MessageState> {
        let text = || self.stat().and_then(MessageState::from_receipt);
        match self.order {
            // A state that nobody defined says less than the text does.
            SourceOrder::TlvFirst => {
                self.tlv_state.filter(|state| state.is_known()).or_else(text).or(self.tlv_state)
            }
            SourceOrder::TextFirst => text().or(self.tlv_state),
        }
    }

    /// `stat` as it was written: `DELIVRD`, but also `FAILED` or `deliv`.
    pub fn stat(&self) -> Option<&[u8]> {
        self.spans.stat.of(&self.raw)
    }

    /// `sub`: how many messages were submitted.
    pub fn sub(&self) -> Option<&[u8]> {
        self.spans.sub.of(&self.raw)
    }

    /// `dlvrd`: how many were delivered.
    pub fn dlvrd(&self) -> Option<&[u8]> {
        self.spans.dlvrd.of(&self.raw)
    }

    /// `submit date` as it was written.
    pub fn submit_date(&self) -> Option<&[u8]> {
        self.spans.submit_date.of(&self.raw)
    }

    /// `done date` as it was written.
    pub fn done_date(&self) -> Option<&[u8]> {
        self.spans.done_date.of(&self.raw)
    }

    /// `submit date`, if it is a date.
    pub fn submitted_at(&self) -> Option<ReceiptDate> {
        self.submit_date().and_then(ReceiptDate::parse)
    }

    /// `done date`, if it is a date.
    pub fn done_at(&self) -> Option<ReceiptDate> {
        self.done_date().and_then(ReceiptDate::parse)
    }

    /// `err`: the network's or the centre's own code, in one to four digits or letters as a rule.
    pub fn err(&self) -> Option<&[u8]> {
        self.spans.err.of(&self.raw)
    }

    /// `text`: the beginning of the message, blanks kept. Empty if the key stands alone.
    pub fn text(&self) -> Option<&[u8]> {
        self.spans.text.of(&self.raw)
    }

    /// The whole text that the receipt was read from; empty if it came in TLVs alone.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The `message_state` TLV, whatever the text says.
    pub fn message_state(&self) -> Option<MessageState> {
        self.tlv_state
    }

    /// The `network_error_code` TLV (§5.3.2.31): a network type, then a code of two octets.
    pub fn network_error_code(&self) -> Option<[u8; 3]> {
        self.network_error_code
    }
}

impl fmt::Debug for Receipt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("id", &self.id().map(String::from_utf8_lossy))
            .field("state", &self.state())
            .field("err", &self.err().map(String::from_utf8_lossy))
            .field("network_error_code", &self.network_error_code)
            .field("raw", &String::from_utf8_lossy(&self.raw))
            .finish_non_exhaustive()
    }
}
