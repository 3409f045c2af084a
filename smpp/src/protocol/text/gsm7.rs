//! The GSM 7-bit alphabets (3GPP TS 23.038 §6.2.1, annex A), one septet an octet, as SMPP has them.
//!
//! ```
//! use wirepath_smpp::text::gsm7::{self, Tables};
//!
//! assert_eq!(gsm7::encode("5 € @ home", Tables::DEFAULT)?, b"5 \x1Be \0 home");
//! assert_eq!(gsm7::decode(b"5 \x1Be \0 home", Tables::DEFAULT), "5 € @ home");
//! # Ok::<(), wirepath_smpp::text::Unencodable>(())
//! ```

use std::borrow::Cow;

use super::{
    Language, Unencodable,
    tables::{self, ESCAPE, Locking, Single},
};
use crate::protocol::udh::Udh;

/// Which tables are in force: the default ones, or those of a language.
///
/// The text of a message with national tables has them named in its user data header (3GPP TS 23.040 §9.2.3.24.15 and
/// §9.2.3.24.16): 3 octets for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tables {
    /// The language whose locking shift table replaces the default alphabet. One that has none changes nothing.
    pub locking: Option<Language>,
    /// The language whose single shift table replaces the default extension table.
    pub single: Option<Language>,
}

/// How a character is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    One(u8),
    Escaped(u8),
}

impl Tables {
    /// The default alphabet and its extension table.
    pub const DEFAULT: Self = Self { locking: None, single: None };

    /// The tables that a header names. Of an identifier that is unknown here the default counts.
    ///
    /// ```
    /// use wirepath_smpp::protocol::udh::Udh;
    /// use wirepath_smpp::text::{Language, Tables};
    ///
    /// let (udh, _) = Udh::parse(&[3, 0x24, 1, 1]).unwrap();
    /// assert_eq!(Tables::of(udh), Tables { locking: None, single: Some(Language::Turkish) });
    /// ```
    #[must_use]
    pub fn of(udh: Udh<'_>) -> Self {
        let language = |id| match udh.element(id) {
            Some(&[language]) => Language::from_id(language),
            _ => None,
        };
        Self { locking: language(Udh::LOCKING_SHIFT), single: language(Udh::SINGLE_SHIFT) }
    }

    /// Whether these are the default tables, which no header needs to name.
    #[must_use]
    pub fn is_default(self) -> bool {
        self.shifts().is_empty()
    }

    /// How many septets the character takes, 1 or 2; `None` if these tables lack it.
    ///
    /// ```
    /// use wirepath_smpp::text::Tables;
    ///
    /// let septets = ['a', '€', 'ş'].map(|char| Tables::DEFAULT.septets(char));
    /// assert_eq!(septets, [Some(1), Some(2), None]);
    /// ```
    #[must_use]
    pub fn septets(self, char: char) -> Option<usize> {
        self.code(char).map(|code| match code {
            Code::One(_) => 1,
            Code::Escaped(_) => 2,
        })
    }

    /// The information elements that name the tables, without the length of the header: 0, 3 or 6 octets.
    pub(super) fn shifts(self) -> Vec<u8> {
        let single = self.single.map(|language| [Udh::SINGLE_SHIFT, 1, language.id()]);
        let locking = self.locking.filter(|language| language.has_locking());
        let locking = locking.map(|language| [Udh::LOCKING_SHIFT, 1, language.id()]);
        single.into_iter().chain(locking).flatten().collect()
    }

    fn code(self, char: char) -> Option<Code> {
        match self.locking_table().septet(char) {
            Some(septet) => Some(Code::One(septet)),
            None => self.single_table().septet(char).map(Code::Escaped),
        }
    }

    fn locking_table(self) -> &'static Locking {
        tables::locking(self.locking)
    }

    fn single_table(self) -> Single {
        tables::single(self.single)
    }
}

/// Writes the text, one septet an octet.
///
/// # Errors
///
/// [`Unencodable`] names the first character that the tables lack. The escape U+001B is one, as it would hide what follows.
pub fn encode(text: &str, tables: Tables) -> Result<Vec<u8>, Unencodable> {
    let mut out = Vec::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        match tables.code(char).ok_or(Unencodable { char, at })? {
            Code::One(septet) => out.push(septet),
            Code::Escaped(septet) => out.extend([ESCAPE, septet]),
        }
    }
    Ok(out)
}

/// Reads a text, one septet an octet.
///
/// - An escape and a septet that the single shift table lacks are read as the septet alone (§6.2.1.1).
/// - Two escapes are a space: they are kept for another table (§6.2.1.1, note 1).
/// - An octet above 0x7F, and an escape at the end, are U+FFFD.
///
/// It borrows the octets where they are ASCII of the same meaning.
///
/// ```
/// use wirepath_smpp::text::gsm7::{Tables, decode};
///
/// assert_eq!(decode(b"\x1Ba \x1B\x1B \x80 \x1B", Tables::DEFAULT), "a   \u{FFFD} \u{FFFD}");
/// ```
#[must_use]
pub fn decode(octets: &[u8], tables: Tables) -> Cow<'_, str> {
    let locking = tables.locking_table();
    let same = |&octet: &u8| octet != ESCAPE && locking.char(octet) == Some(char::from(octet));
    match std::str::from_utf8(octets) {
        Ok(text) if octets.iter().all(same) => Cow::Borrowed(text),
        _ => Cow::Owned(decode_each(octets, locking, tables.single_table())),
    }
}

fn decode_each(octets: &[u8], locking: &Locking, single: Single) -> String {
    let mut out = String::with_capacity(octets.len());
    let mut octets = octets.iter().copied();
    while let Some(octet) = octets.next() {
        let char = match octet {
            ESCAPE => octets.next().and_then(|next| match next {
                ESCAPE => Some(' '),
                _ => single.char(next).or_else(|| locking.char(next)),
            }),
            _ => locking.char(octet),
        };
        out.push(char.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Option<Language>; 4] =
        [None, Some(Language::Turkish), Some(Language::Spanish), Some(Language::Portuguese)];

    fn every() -> impl Iterator<Item = Tables> {
        ALL.into_iter().flat_map(|locking| ALL.map(|single| Tables { locking, single }))
    }

    #[test]
    fn every_septet_of_every_table_both_ways() {
        for tables in every() {
            for septet in (0..0x80).filter(|&septet| septet != ESCAPE) {
                let text = decode(&[septet], tables).into_owned();
                assert_eq!(encode(&text, tables).unwrap(), [septet], "{tables:?} {text:?}");
                let escaped = decode(&[ESCAPE, septet], tables).into_owned();
                let again = encode(&escaped, tables).unwrap();
                assert_eq!(decode(&again, tables), escaped, "{tables:?} {septet:02X}");
                assert_eq!(escaped.chars().count(), 1);
            }
        }
    }

    #[test]
    fn every_character_is_carried_or_refused() {
        for tables in every() {
            let mut carried = 0;
            // Beyond the first plane no table has anything.
            for char in '\0'..='\u{10FFF}' {
                let mut buffer = [0; 4];
                let text = char.encode_utf8(&mut buffer);
                match encode(text, tables) {
                    Ok(septets) => {
                        carried += 1;
                        assert_eq!(Some(septets.len()), tables.septets(char));
                        assert_eq!(decode(&septets, tables), *text);
                    }
                    Err(error) => assert_eq!(error, Unencodable { char, at: 0 }),
                }
            }
            // 127 of the alphabet, and what the single table adds to them.
            assert!(carried >= 127 + 5, "{tables:?} {carried}");
            assert_eq!(tables.septets('\u{1B}'), None);
        }
    }

    #[test]
    fn the_default_alphabet_by_code_point() {
        // §6.2.1, row by row: written here apart from the table.
        let text = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1B}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        assert_eq!(text.chars().count(), 128);
        for (septet, char) in (0..).zip(text.chars()).filter(|&(septet, _)| septet != ESCAPE) {
            assert_eq!(Tables::DEFAULT.code(char), Some(Code::One(septet)), "{char:?}");
        }
        for (septet, char) in [
            (0x0A, '\u{C}'),
            (0x14, '^'),
            (0x28, '{'),
            (0x29, '}'),
            (0x2F, '\\'),
            (0x3C, '['),
            (0x3D, '~'),
            (0x3E, ']'),
            (0x40, '|'),
            (0x65, '€'),
        ] {
            assert_eq!(Tables::DEFAULT.code(char), Some(Code::Escaped(septet)), "{char:?}");
        }
    }

    #[test]
    fn national_tables() {
        let turkish = Tables { locking: None, single: Some(Language::Turkish) };
        assert_eq!(encode("İş", turkish).unwrap(), b"\x1BI\x1Bs");
        let turkish = Tables { locking: Some(Language::Turkish), single: None };
        assert_eq!(encode("ığŞ€", turkish).unwrap(), b"\x07\x0C\x1C\x04");
        let spanish = Tables { locking: Some(Language::Spanish), single: Some(Language::Spanish) };
        assert_eq!(encode("días ç", spanish).unwrap(), b"d\x1Bias \x1B\x09");
        assert_eq!(spanish.shifts(), [0x24, 1, 2]);
        let both =
            Tables { locking: Some(Language::Portuguese), single: Some(Language::Portuguese) };
        assert_eq!(encode("ãõ∞^\\|~`", both).unwrap(), b"\x7B\x7C\x15\x16\x17\x1A\x60\x7D");
        assert_eq!(encode("Φ{", both).unwrap(), b"\x1B\x12\x1B\x28");
        assert_eq!(both.shifts(), [0x24, 1, 3, 0x25, 1, 3]);
    }

    #[test]
    fn ascii_is_borrowed() {
        assert!(matches!(decode(b"hello, world", Tables::DEFAULT), Cow::Borrowed("hello, world")));
        assert!(matches!(decode(b"hello@", Tables::DEFAULT), Cow::Owned(_)));
    }
}
