//! The text of short messages: alphabets, `data_coding`, and the parts of a long message.
//!
//! | To | use |
//! |---|---|
//! | read the text of a PDU | [`SubmitSm::text`](crate::SubmitSm::text), the same on `DeliverSm` and `DataSm`, or [`Decoder`] |
//! | find the cheapest alphabet for a text | [`Encoding::choose`] |
//! | know how many parts a text takes, and send them | [`parts`](fn@parts), or [`split`](fn@split) under an encoding of your own |
//! | work on septets | [`gsm7`], [`septets`] |
//!
//! ```
//! use wirepath_smpp::SubmitSm;
//! use wirepath_smpp::text::{Encoding, Method, Options, parts};
//!
//! let text = "Olá! ".repeat(40);
//! let parts = parts(&text, Options::new(Method::Udh8(0xA7)))?;
//! assert_eq!(parts.encoding(), Encoding::Ucs2);
//! assert_eq!(parts.len(), 3);
//!
//! let mut heard = String::new();
//! for part in &parts {
//!     let pdu = SubmitSm::builder()
//!         .esm_class(part.esm_class())
//!         .data_coding(part.data_coding())
//!         .short_message(part.short_message())
//!         .tlvs(part.tlvs())
//!         .build()?;
//!     heard += &pdu.text();
//! }
//! assert_eq!(heard, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The clauses are those of SMPP 3.4, of 3GPP TS 23.038 for alphabets and of 3GPP TS 23.040 for headers.

mod decode;
mod encoding;
pub mod gsm7;
mod iso8859;
pub mod septets;
mod split;
mod tables;
#[cfg(test)]
mod tests;

pub use self::{
    decode::Decoder,
    encoding::{Encoding, Options, Unencodable},
    gsm7::Tables,
    split::{Method, Part, Parts, SplitError, parts, split, split_with},
    tables::Language,
};
