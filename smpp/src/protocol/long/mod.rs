//! Long messages: the references that join their parts, the parts put together, one receipt for all of them.
//!
//! | To | use |
//! |---|---|
//! | tell messages to one recipient apart | [`References`] |
//! | put parts together, whatever their order | [`Reassembly`]; in handlers [`Reassembler`](crate::Reassembler) |
//! | keep a part in a store | [`Part::encode`], [`Part::decode`], [`Reassembly::restore`] |
//! | make one receipt of those of the parts | [`Verdict`] |
//!
//! ```
//! use std::time::{Duration, Instant, SystemTime};
//! use wirepath_smpp::{SubmitSm, SystemId};
//! use wirepath_smpp::long::{Limits, Outcome, Part, Reassembly};
//! use wirepath_smpp::text::{Method, Options, parts};
//!
//! let mut reassembly = Reassembly::new(Limits::default());
//! let text = "Olá! ".repeat(40);
//! let mut whole = None;
//! // Backwards, as the air interface likes it.
//! for part in parts(&text, Options::new(Method::Udh8(0xA7)))?.iter().rev() {
//!     let pdu = SubmitSm::builder()
//!         .source("1")
//!         .destination("2")
//!         .esm_class(part.esm_class())
//!         .data_coding(part.data_coding())
//!         .short_message(part.short_message())
//!         .build()?;
//!     let part = Part::of(&pdu, SystemId::EMPTY, SystemTime::now())?;
//!     match reassembly.offer(Instant::now(), part).outcome {
//!         Outcome::Complete(message) => whole = Some(message.text()),
//!         other => assert!(matches!(other, Outcome::Kept { .. })),
//!     }
//! }
//! assert_eq!(whole, Some(text));
//! assert_eq!(reassembly.octets(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod message;
mod message_pdu;
mod part;
mod reassembly;
mod references;
mod shares;
mod stored;
#[cfg(test)]
mod tests;
mod verdict;
mod whole;

#[cfg(feature = "spool")]
pub(crate) use self::shares::{Owner, Relief, Shares, Turn};
pub use self::{
    message::LongMessage,
    message_pdu::MessagePdu,
    part::{BadPart, Part, Reference},
    reassembly::{DropReason, Incomplete, Limits, Offered, Outcome, Reassembly, Refusal},
    references::References,
    stored::StoredError,
    verdict::{Policy, Report, UnknownPolicy, Verdict},
};
