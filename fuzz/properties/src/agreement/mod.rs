//! wirepath and smpp34 read the same of the same octets, where smpp34 is right.
//!
//! Both decode a frame; what each took from it is laid out as [`Fields`] and compared one by one. What smpp34 is known to
//! do wrong is in [`exclusions`], one function a fault.

mod ours;
mod theirs;

use theirs::Theirs;
use wirepath_smpp::{DecodeError, Frame, Pdu, RequestPdu, ResponsePdu, Rules, SmppTime};

use crate::{exclusions, pdu};

/// A field as both sides can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// An integer of any width.
    Number(u32),
    /// Octets that are text to smpp34.
    Text(Vec<u8>),
    /// Octets that are octets to both.
    Octets(Vec<u8>),
    /// A time: wirepath has parsed it, or found none.
    Time(Option<SmppTime>),
    /// The optional parameters.
    Tlvs(Vec<(u16, Vec<u8>)>),
}

/// What a side took from a PDU, in the order of the PDU.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(pub Vec<(&'static str, Value)>);

impl Fields {
    fn number(mut self, name: &'static str, value: impl Into<u32>) -> Self {
        self.0.push((name, Value::Number(value.into())));
        self
    }

    fn text(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.0.push((name, Value::Text(value.as_ref().to_vec())));
        self
    }

    fn octets(mut self, name: &'static str, value: &[u8]) -> Self {
        self.0.push((name, Value::Octets(value.to_vec())));
        self
    }

    fn time(mut self, name: &'static str, value: Option<SmppTime>) -> Self {
        self.0.push((name, Value::Time(value)));
        self
    }

    fn address(self, ton: u8, npi: u8, digits: impl AsRef<[u8]>) -> Self {
        self.number("ton", ton).number("npi", npi).text("digits", digits)
    }

    fn tlvs(mut self, list: impl IntoIterator<Item = (u16, Vec<u8>)>) -> Self {
        self.0.push(("tlvs", Value::Tlvs(list.into_iter().collect())));
        self
    }
}

/// What wirepath takes from a frame.
///
/// # Errors
///
/// As `Pdu::decode`.
pub fn ours(frame: &Frame, rules: Rules) -> Result<Fields, DecodeError> {
    if frame.command().is_response() {
        ResponsePdu::decode(frame.clone(), rules).map(|pdu| ours::response(&pdu))
    } else {
        RequestPdu::decode(frame.clone(), rules).map(|pdu| ours::request(&pdu))
    }
}

/// Compares what both take from one frame.
///
/// # Panics
///
/// If they differ and no exclusion says why.
pub fn with_smpp34(frame: &Frame) {
    let Some(theirs) = theirs::decode(frame) else { return };
    for rules in [Rules::Lenient, Rules::Strict] {
        match (ours(frame, rules), &theirs) {
            (Ok(ours), Ok(theirs)) => {
                same(frame, &ours, &theirs.fields);
                if let Some(octets) = &theirs.encoded {
                    same_octets(frame, &ours, theirs, octets);
                }
            }
            (Err(_), Err(_)) => {}
            (Err(error), Ok(_)) => {
                let known = exclusions::takes_what_is_wrong(frame, &error);
                assert!(known, "smpp34 takes what is refused with {error}: {:?}", frame.as_bytes());
            }
            (Ok(ours), Err(error)) => {
                let known = exclusions::refuses_what_is_right(frame);
                assert!(known, "smpp34 refuses {ours:?} with {error:?}: {:?}", frame.as_bytes());
            }
        }
    }
}

fn same(frame: &Frame, ours: &Fields, theirs: &Fields) {
    if exclusions::ignores_the_body_of_a_failure(frame) {
        assert_eq!(ours.0.first(), theirs.0.first(), "the status is all that is left");
        return;
    }
    assert_eq!(ours.0.len(), theirs.0.len(), "{ours:?}\n{theirs:?}");
    for ((name, our), (their_name, their)) in ours.0.iter().zip(&theirs.0) {
        assert_eq!(name, their_name);
        let same = match (our, their) {
            (Value::Text(our), Value::Text(their)) => {
                our == their
                    || exclusions::alters_text_that_is_not_utf8(our)
                    || pdu::is_cut(frame) && their.starts_with(our)
            }
            (Value::Time(Some(time)), Value::Text(their)) => time.to_octets() == their[..],
            // Nothing, or no time: only the lenient rules let that pass.
            (Value::Time(None), Value::Text(their)) => SmppTime::parse(their).is_err(),
            (Value::Tlvs(our), Value::Tlvs(their)) => {
                our == their || exclusions::knows_no_tlvs(frame.command())
            }
            (our, their) => our == their,
        };
        assert!(same, "{name}: {our:?} is {their:?} to smpp34, in {:?}", frame.as_bytes());
    }
}

/// What smpp34 writes of what it read is what it was given; so wirepath, which reads that, reads the same.
fn same_octets(frame: &Frame, ours: &Fields, theirs: &Theirs, octets: &[u8]) {
    let is_altered =
        ours.0.iter().zip(&theirs.fields.0).any(|(ours, theirs)| match (&ours.1, &theirs.1) {
            (Value::Text(text), _) => exclusions::alters_text_that_is_not_utf8(text),
            // What is no time to wirepath may have been no text to smpp34.
            (Value::Time(None), Value::Text(text)) => {
                text.windows(3).any(|c| c == "\u{FFFD}".as_bytes())
            }
            _ => false,
        });
    if is_altered || pdu::is_cut(frame) || exclusions::writes_less_than_it_read(frame) {
        return;
    }
    assert_eq!(octets, &frame.as_bytes()[..], "smpp34 writes something else");
}
