//! Octets to text, whatever the octets are.

use std::borrow::Cow;

use super::{Encoding, Tables, gsm7, iso8859, septets};
use crate::protocol::udh::Udh;

/// Reads the text of messages. The defaults fit most SMSCs; [`default_alphabet`](Self::default_alphabet) and
/// [`packed`](Self::packed) are for the others.
///
/// ```
/// use wirepath_smpp::text::{Decoder, Encoding};
///
/// assert_eq!(Decoder::new().decode(b"caf\x05 @", 0x00, None), "café ¡");
/// let latin1 = Decoder::new().default_alphabet(Encoding::Latin1);
/// assert_eq!(latin1.decode(b"caf\xE9 @", 0x00, None), "café @");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoder {
    default: Encoding,
    packed: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// GSM 7-bit as default alphabet, one septet an octet.
    #[must_use]
    pub const fn new() -> Self {
        Self { default: Encoding::GSM7, packed: false }
    }

    /// What `data_coding` 0 means, the "SMSC default alphabet" (SMPP 3.4 §5.2.19); GSM 7-bit by default.
    ///
    /// With some SMSCs it is Latin-1: then `@` comes as 0x40, not as 0.
    #[must_use]
    pub const fn default_alphabet(mut self, encoding: Encoding) -> Self {
        self.default = encoding;
        self
    }

    /// Whether GSM 7-bit comes packed, eight septets in seven octets (3GPP TS 23.038 §6.1.2.1); not by default.
    ///
    /// A carriage return that ends with the last octet is padding then, and left out.
    #[must_use]
    pub const fn packed(mut self, packed: bool) -> Self {
        self.packed = packed;
        self
    }

    pub(crate) const fn is_packed(&self) -> bool {
        self.packed
    }

    /// Reads octets that follow `udh`, if there is one. It never fails:
    ///
    /// - What is broken becomes U+FFFD: octets outside the alphabet, lone surrogates, a half unit at the end.
    /// - Where `data_coding` announces no text, or something unknown, ASCII is read as such, and the rest is U+FFFD.
    ///
    /// Of the header the national tables count (3GPP TS 23.040 §9.2.3.24.15), and its length for packed text.
    #[must_use]
    pub fn decode<'a>(
        &self,
        octets: &'a [u8],
        data_coding: u8,
        udh: Option<Udh<'_>>,
    ) -> Cow<'a, str> {
        let encoding = match data_coding {
            0 => Some(self.default),
            _ => Encoding::from_data_coding(data_coding),
        };
        let Some(encoding) = encoding else { return each(octets, ascii) };
        let Encoding::Gsm7(tables) = encoding else { return encoding.decode(octets) };
        let named = udh.map(Tables::of).unwrap_or_default();
        let tables = Tables {
            locking: named.locking.or(tables.locking),
            single: named.single.or(tables.single),
        };
        if !self.packed {
            return gsm7::decode(octets, tables);
        }
        let fill = septets::fill_bits(udh.map_or(0, Udh::octets));
        let unpacked = septets::unpack_cr(octets, fill);
        Cow::Owned(gsm7::decode(&unpacked, tables).into_owned())
    }
}

impl Encoding {
    /// The text of octets in this encoding; what is broken becomes U+FFFD. It borrows the octets where they are ASCII.
    ///
    /// ```
    /// use wirepath_smpp::text::Encoding;
    ///
    /// assert_eq!(Encoding::Latin1.decode(b"\xA1Ol\xE9!"), "¡Olé!");
    /// assert_eq!(Encoding::Ucs2.decode(b"\0a\xD8\x3D\0b\0"), "a\u{FFFD}b\u{FFFD}");
    /// ```
    #[must_use]
    pub fn decode(self, octets: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Gsm7(tables) => gsm7::decode(octets, tables),
            Self::Ascii => each(octets, ascii),
            Self::Latin1 => each(octets, |octet| Some(char::from(octet))),
            Self::Cyrillic => each(octets, iso8859::cyrillic),
            Self::Hebrew => each(octets, iso8859::hebrew),
            Self::Ucs2 => Cow::Owned(utf16(octets)),
        }
    }
}

fn ascii(octet: u8) -> Option<char> {
    octet.is_ascii().then(|| char::from(octet))
}

/// Octet by octet, in an alphabet whose lower half is ASCII.
fn each(octets: &[u8], alphabet: impl Fn(u8) -> Option<char>) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => octets
            .iter()
            .map(|&octet| alphabet(octet).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
    }
}

fn utf16(octets: &[u8]) -> String {
    let (units, rest) = octets.as_chunks::<2>();
    let chars = char::decode_utf16(units.iter().map(|&unit| u16::from_be_bytes(unit)));
    let half = (!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
    chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).chain(half).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    fn decode(octets: &[u8], data_coding: u8) -> Cow<'_, str> {
        Decoder::new().decode(octets, data_coding, None)
    }

    #[test]
    fn by_data_coding() {
        assert_eq!(decode(b"\x00 \x1B\x65", 0x00), "@ €");
        assert_eq!(decode(b"a\xE9", 0x01), "a\u{FFFD}");
        assert_eq!(decode(b"a\xE9", 0x03), "aé");
        assert_eq!(decode(b"\xE9", 0x06), "щ");
        assert_eq!(decode(b"\xE9", 0x07), "י");
        assert_eq!(decode(&hex!("0041 20AC D83D DE00"), 0x08), "A€😀");
        assert_eq!(decode(b"\x00", 0xF1), "@");
        assert_eq!(decode(b"BM\x80", 0x04), "BM\u{FFFD}");
        assert_eq!(decode(b"BM\x80", 0x7F), "BM\u{FFFD}");
    }

    #[test]
    fn broken_utf16() {
        for (octets, text) in [
            (&hex!("D83D")[..], "\u{FFFD}"),
            (&hex!("DE00 0041"), "\u{FFFD}A"),
            (&hex!("D83D D83D DE00"), "\u{FFFD}😀"),
            (&hex!("0041 00"), "A\u{FFFD}"),
            (&hex!("00"), "\u{FFFD}"),
            (b"", ""),
        ] {
            assert_eq!(decode(octets, 0x08), text, "{octets:02X?}");
        }
    }

    #[test]
    fn the_header_names_the_tables() {
        let udh = |octets: &'static [u8]| Udh::parse(octets).map(|(udh, _)| udh);
        let decoder = Decoder::new();
        let single = udh(&[3, 0x24, 1, 1]);
        assert_eq!(decoder.decode(b"\x1Bs\x1Be", 0, single), "ş€");
        assert_eq!(decoder.decode(b"\x1Bs", 0, None), "s");
        let both = udh(&[6, 0x25, 1, 3, 0x24, 1, 3]);
        assert_eq!(decoder.decode(b"\x18\x1B\x12", 0, both), "€Φ");
        // An identifier without a table here (13 is Urdu), and one of a wrong length, change nothing.
        for header in [udh(&[3, 0x25, 1, 13]), udh(&[4, 0x25, 2, 1, 1])] {
            assert_eq!(decoder.decode(b"\x07\x00", 0, header), "ì@");
        }
        // They say nothing of other encodings.
        assert_eq!(decoder.decode(b"\0s", 8, single), "s");
    }

    #[test]
    fn packed_behind_a_header() {
        let packed = Decoder::new().packed(true);
        assert_eq!(packed.decode(&hex!("E8329BFD4697D9EC37"), 0, None), "hellohello");
        let (udh, rest) =
            Udh::parse(&hex!("050003A70201 82")).map(|(u, r)| (u, r.to_vec())).unwrap();
        assert_eq!(packed.decode(&rest, 0, Some(udh)), "A");
        // Seven spare bits: the padding is no text.
        assert_eq!(packed.decode(&hex!("31D98C56B3DD1A"), 0, None), "1234567");
        assert_eq!(packed.decode(b"\0a", 8, None), "a");
    }
}
