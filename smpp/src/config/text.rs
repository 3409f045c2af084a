//! How texts are sent.

use serde::Deserialize;

use crate::protocol::text::{
    Encoding, Language, Method, Options, Parts, SplitError, parts, split_with,
};

/// How texts go out over a bind: the key `text` of a bind.
///
/// ```
/// use wirepath_smpp::config::{Alphabet, Split, TextConfig};
///
/// let text = TextConfig::default();
/// assert_eq!((text.alphabet, text.split, text.max_parts), (Alphabet::Auto, Split::Udh8, 255));
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default)]
#[non_exhaustive]
pub struct TextConfig {
    /// The alphabet. Default: `auto`.
    pub alphabet: Alphabet,
    /// The languages whose national GSM 7-bit tables may be used, under `auto` and `gsm`. Default: none.
    ///
    /// A header names the tables, so they are not used where the SMSC writes the headers: under `split: sar` and `payload`.
    pub national: Vec<Language>,
    /// Whether GSM 7-bit is packed, eight septets in seven octets. Default: `false`, as SMPP has it.
    pub packed: bool,
    /// What becomes of a text that is too long for one message. Default: `udh8`.
    pub split: Split,
    /// The most parts that a text may take, 1 to 255; a longer one is an error, and nothing of it is sent. Default: 255.
    ///
    /// Parts that the SMSC makes, under `split: payload`, are not counted.
    pub max_parts: u8,
}

impl Default for TextConfig {
    fn default() -> Self {
        Self {
            alphabet: Alphabet::Auto,
            national: Vec::new(),
            packed: false,
            split: Split::Udh8,
            max_parts: u8::MAX,
        }
    }
}

impl TextConfig {
    /// The parts that a text takes under these settings, with this reference if there are several.
    pub(crate) fn parts(&self, text: &str, reference: u16) -> Result<Parts, SplitError> {
        let method = self.split.method(reference);
        let plain = Options::new(method).packed(self.packed);
        let national = self.national.iter().copied().fold(plain, Options::national);
        match self.alphabet {
            Alphabet::Auto => parts(text, national),
            Alphabet::Gsm => parts_in_gsm(text, national, plain),
            Alphabet::Latin1 => split_with(text, Encoding::Latin1, plain),
            Alphabet::Ucs2 => split_with(text, Encoding::Ucs2, plain),
        }
    }
}

/// The cheapest of the GSM 7-bit tables that are allowed; with the default ones, which name what they lack, if none fits.
fn parts_in_gsm(text: &str, national: Options, plain: Options) -> Result<Parts, SplitError> {
    match parts(text, national)? {
        found if matches!(found.encoding(), Encoding::Gsm7(_)) => Ok(found),
        _ => split_with(text, Encoding::GSM7, plain),
    }
}

/// What a text is encoded in: the key `text.alphabet` of a bind.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Alphabet {
    /// GSM 7-bit if it has every character, the national tables that are allowed among it; UTF-16 otherwise.
    #[default]
    Auto,
    /// GSM 7-bit; a text with a character that it lacks is an error.
    Gsm,
    /// Latin-1 (`data_coding` 3); a text with a character that it lacks is an error.
    Latin1,
    /// UTF-16 (`data_coding` 8), always.
    Ucs2,
}

/// How a text that is too long for one message is sent: the key `text.split` of a bind.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Split {
    /// Parts with a user data header and a reference of 8 bits: 153 septets each. All handsets know it.
    #[default]
    Udh8,
    /// Parts with a user data header and a reference of 16 bits: 152 septets each.
    Udh16,
    /// Parts with the TLVs `sar_*`, a reference of 16 bits: 152 septets each.
    Sar,
    /// Whole, in the TLV `message_payload`: the SMSC splits it.
    Payload,
}

impl Split {
    /// The method under a reference; its lower 8 bits where it has no more room.
    pub(crate) const fn method(self, reference: u16) -> Method {
        match self {
            Self::Udh8 => Method::Udh8(reference.to_be_bytes()[1]),
            Self::Udh16 => Method::Udh16(reference),
            Self::Sar => Method::Sar(reference),
            Self::Payload => Method::Payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(config: &TextConfig, text: &str) -> Option<Encoding> {
        config.parts(text, 0x100).ok().map(|parts| parts.encoding())
    }

    #[test]
    fn an_alphabet_is_chosen_or_kept_to() {
        let of = |alphabet| TextConfig { alphabet, ..TextConfig::default() };
        for (alphabet, hello, cafe, euro, turkish) in [
            (Alphabet::Auto, Some(0), Some(0), Some(0), Some(8)),
            (Alphabet::Gsm, Some(0), Some(0), Some(0), None),
            (Alphabet::Latin1, Some(3), Some(3), None, None),
            (Alphabet::Ucs2, Some(8), Some(8), Some(8), Some(8)),
        ] {
            for (text, expected) in
                [("hello", hello), ("caf\u{E9}", cafe), ("5 €", euro), ("ş", turkish)]
            {
                let coding = encoding(&of(alphabet), text).map(Encoding::data_coding);
                assert_eq!(coding, expected, "{alphabet:?} {text}");
            }
        }
        let national = TextConfig { national: vec![Language::Turkish], ..of(Alphabet::Gsm) };
        assert_eq!(encoding(&national, "ş").map(Encoding::data_coding), Some(0));
        assert_eq!(encoding(&TextConfig { split: Split::Sar, ..national }, "ş"), None);
    }

    #[test]
    fn packed_parts_are_140_octets_at_most() {
        let config = TextConfig { packed: true, ..TextConfig::default() };
        for text in ["a".repeat(160), "a".repeat(400), "\r".repeat(400), "\r".repeat(160)] {
            let parts = config.parts(&text, 7).unwrap();
            assert!(parts.iter().all(|part| part.body().len() <= 140), "{:?}", parts);
            let decoder = crate::text::Decoder::new().packed(true);
            let read: String = parts
                .iter()
                .map(|part| decoder.decode(part.user_data(), 0, part.udh()).into_owned())
                .collect();
            // A carriage return that was doubled stays double (3GPP TS 23.038 §6.1.2.3.1).
            assert_eq!(read.trim_end_matches('\r'), text.trim_end_matches('\r'));
        }
    }
}
