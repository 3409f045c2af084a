//! What became of a text that was to be sent, and what it takes.

use super::SendError;
use crate::protocol::{
    MessageId, Status,
    text::{Encoding, SplitError},
};

/// What sending a text takes: see [`SendText::plan`](super::SendText::plan).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextPlan {
    /// How the text is encoded.
    pub encoding: Encoding,
    /// How many messages it takes, 1 to 255. Under `split: payload` it is 1, and the SMSC makes more.
    pub parts: usize,
    /// The room that the text takes without headers: septets under GSM 7-bit, 16-bit units under UTF-16, octets otherwise.
    pub units: usize,
    /// The octets of all messages, user data headers included.
    pub octets: usize,
}

/// What has gone out of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Sent {
    /// The id that the peer gave each part, in their order; ids of `deliver_sm` are empty.
    pub parts: Vec<MessageId>,
    /// The reference that joins the parts, if there are several and they are joined by one.
    pub reference: Option<u16>,
}

/// A text that has not gone out whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The text cannot be split so, or its alphabet lacks a character. Nothing was sent.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// It takes more parts than `max_parts` allows. Nothing was sent.
    #[error(
        "the text takes {parts} parts, `max_parts` allows {max}: shorten it, or raise `text.max_parts` of the bind"
    )]
    TooManyParts {
        /// How many it would take.
        parts: usize,
        /// How many are allowed.
        max: u8,
    },
    /// A part was not accepted; those behind it were not sent.
    #[error("part {part} of {total} was not accepted, {} went before it: {source}", sent.parts.len())]
    Part {
        /// Which part, from 1.
        part: usize,
        /// How many there are.
        total: usize,
        /// The parts before it, which the peer has. [`SendText::after`](super::SendText::after) takes it, to send the rest.
        sent: Sent,
        /// Why.
        source: SendError,
    },
}

impl TextError {
    /// The part that failed may have arrived all the same: sending it again may double it.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Part { source, .. } if source.may_have_arrived())
    }
}

/// For handlers that relay: what [`SendError`] says of the part that failed; `RSYSERR` for a text that cannot be split.
impl From<TextError> for Status {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Part { source, .. } => source.into(),
            TextError::Split(_) | TextError::TooManyParts { .. } => Self::RSYSERR,
        }
    }
}
