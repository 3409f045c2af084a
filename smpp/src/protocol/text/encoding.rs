//! How a text becomes octets, and the `data_coding` that says so.

use super::{Language, Method, Tables, gsm7, iso8859, septets};

/// An encoding of short messages (SMPP 3.4 §5.2.19).
///
/// ```
/// use wirepath_smpp::text::Encoding;
///
/// assert_eq!(Encoding::Ucs2.data_coding(), 0x08);
/// assert_eq!(Encoding::Ucs2.encode("😀")?, b"\xD8\x3D\xDE\x00");
/// assert_eq!(Encoding::Ucs2.decode(b"\xD8\x3D\xDE\x00"), "😀");
/// # Ok::<(), wirepath_smpp::text::Unencodable>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// A GSM 7-bit alphabet, one septet an octet: 0x00, the default of the SMSC.
    Gsm7(Tables),
    /// ASCII (IA5): 0x01.
    Ascii,
    /// Latin-1 (ISO 8859-1): 0x03.
    Latin1,
    /// Cyrillic (ISO 8859-5): 0x06.
    Cyrillic,
    /// Hebrew (ISO 8859-8), in logical order: 0x07.
    Hebrew,
    /// UTF-16, big endian: 0x08. The specification says UCS-2, which lacks surrogate pairs; handsets know them.
    Ucs2,
}

/// A character that an encoding lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{char:?} at octet {at} of the text is not in the alphabet")]
pub struct Unencodable {
    /// The first such character.
    pub char: char,
    /// Where it begins in the text, in octets of UTF-8.
    pub at: usize,
}

/// What may be done with a text that is to be sent: see [`Encoding::choose`] and [`parts`](fn@super::parts).
///
/// ```
/// use wirepath_smpp::text::{Encoding, Language, Method, Options};
///
/// let plain = Options::new(Method::Udh8(1));
/// assert_eq!(Encoding::choose("İyi akşamlar", plain), Encoding::Ucs2);
/// let turkish = Encoding::choose("İyi akşamlar", plain.national(Language::Turkish));
/// assert_eq!(turkish.data_coding(), 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub(super) method: Method,
    national: [bool; Language::ALL.len()],
    latin1: bool,
    pub(super) packed: bool,
}

impl Options {
    /// GSM 7-bit with its default tables, or UTF-16; several parts as `method` says.
    #[must_use]
    pub const fn new(method: Method) -> Self {
        Self { method, national: [false; Language::ALL.len()], latin1: false, packed: false }
    }

    /// Allows the national tables of a language; none by default. To be called once for each.
    ///
    /// They save many octets over UTF-16, and handsets that are old or were sold elsewhere show other letters.
    #[must_use]
    pub fn national(mut self, language: Language) -> Self {
        for (allowed, one) in self.national.iter_mut().zip(Language::ALL) {
            *allowed |= one == language;
        }
        self
    }

    /// Allows Latin-1; not by default, as many an SMSC does not convert it.
    #[must_use]
    pub const fn latin1(mut self, allowed: bool) -> Self {
        self.latin1 = allowed;
        self
    }

    /// Whether GSM 7-bit goes out packed, eight septets in seven octets; not by default, as SMPP peers put one septet into one
    /// octet. The reader's side of it is [`Decoder::packed`](super::Decoder::packed).
    #[must_use]
    pub const fn packed(mut self, packed: bool) -> Self {
        self.packed = packed;
        self
    }

    /// The same without national tables.
    pub(super) const fn without_national(mut self) -> Self {
        self.national = [false; Language::ALL.len()];
        self
    }

    /// The pairs of tables that the languages give.
    fn tables(self) -> impl Iterator<Item = Tables> {
        let allowed = self.national.into_iter().zip(Language::ALL);
        let languages = allowed.filter_map(|(allowed, language)| allowed.then_some(language));
        languages.flat_map(|language| {
            let (this, locking) = (Some(language), Some(language).filter(|one| one.has_locking()));
            [(None, this), (locking, None), (locking, this)]
                .map(|(locking, single)| Tables { locking, single })
        })
    }
}

impl Encoding {
    /// GSM 7-bit with its default tables.
    pub const GSM7: Self = Self::Gsm7(Tables::DEFAULT);

    /// The cheapest encoding that carries the text.
    ///
    /// That is GSM 7-bit with its default tables; then with national ones, those that make the text shortest; then Latin-1;
    /// then UTF-16, which carries every text. National tables and Latin-1 have to be allowed.
    ///
    /// ```
    /// use wirepath_smpp::text::{Encoding, Method, Options};
    ///
    /// let options = Options::new(Method::Payload).latin1(true);
    /// assert_eq!(Encoding::choose("5 €", options), Encoding::GSM7);
    /// assert_eq!(Encoding::choose("São", options), Encoding::Latin1);
    /// assert_eq!(Encoding::choose("São 5 €", options), Encoding::Ucs2);
    /// ```
    #[must_use]
    pub fn choose(text: &str, options: Options) -> Self {
        if Self::GSM7.units(text).is_ok() {
            return Self::GSM7;
        }
        let octets = |tables: Tables| {
            let units = Self::Gsm7(tables).units(text).ok()?;
            Some((septets::octets(units, 0).saturating_add(tables.shifts().len()), tables))
        };
        let national = options.tables().filter_map(octets).min_by_key(|&(octets, _)| octets);
        match national {
            Some((_, tables)) => Self::Gsm7(tables),
            None if options.latin1 && Self::Latin1.units(text).is_ok() => Self::Latin1,
            None => Self::Ucs2,
        }
    }

    /// The value of `data_coding` (SMPP 3.4 §5.2.19).
    #[must_use]
    pub const fn data_coding(self) -> u8 {
        match self {
            Self::Gsm7(_) => 0x00,
            Self::Ascii => 0x01,
            Self::Latin1 => 0x03,
            Self::Cyrillic => 0x06,
            Self::Hebrew => 0x07,
            Self::Ucs2 => 0x08,
        }
    }

    /// The encoding that a `data_coding` announces; `None` for octets that are no text, and for what is unknown here.
    ///
    /// | `data_coding` | Encoding |
    /// |---|---|
    /// | 0x00, 0x01, 0x03, 0x06, 0x07, 0x08 | as [`data_coding`](Self::data_coding) has them (§5.2.19) |
    /// | 0xC0 to 0xDF: a message waits | GSM 7-bit |
    /// | 0xE0 to 0xEF: a message waits | UTF-16 (3GPP TS 23.038 §4; reserved in SMPP 3.4) |
    /// | 0xF0 to 0xFF: message class | GSM 7-bit, or no text if bit 2 is set |
    /// | 0x10 to 0x1F, 0x40 to 0x5F: reserved in SMPP 3.4 | what bits 3 and 2 say (3GPP TS 23.038 §4), as peers send |
    ///
    /// ```
    /// use wirepath_smpp::text::Encoding;
    ///
    /// assert_eq!(Encoding::from_data_coding(0x18), Some(Encoding::Ucs2)); // class 0
    /// assert_eq!(Encoding::from_data_coding(0x04), None); // 8-bit data
    /// ```
    #[must_use]
    pub const fn from_data_coding(data_coding: u8) -> Option<Self> {
        match data_coding {
            0x00 | 0xC0..=0xDF => Some(Self::GSM7),
            0x01 => Some(Self::Ascii),
            0x03 => Some(Self::Latin1),
            0x06 => Some(Self::Cyrillic),
            0x07 => Some(Self::Hebrew),
            0x08 | 0xE0..=0xEF => Some(Self::Ucs2),
            // Bit 2: GSM 7-bit, or 8-bit data.
            0xF0..=0xFF if data_coding & 0b0100 == 0 => Some(Self::GSM7),
            0x10..=0x1F | 0x40..=0x5F => match data_coding & 0b1100 {
                0b0000 => Some(Self::GSM7),
                0b1000 => Some(Self::Ucs2),
                _ => None,
            },
            _ => None,
        }
    }

    /// How much room the text takes: septets under GSM 7-bit, 16-bit units under UTF-16, octets otherwise.
    ///
    /// # Errors
    ///
    /// [`Unencodable`] names the first character that the encoding lacks.
    pub fn units(self, text: &str) -> Result<usize, Unencodable> {
        let mut units = 0_usize;
        for (at, char) in text.char_indices() {
            units = units.saturating_add(self.units_of(char).ok_or(Unencodable { char, at })?);
        }
        Ok(units)
    }

    /// The same for one character.
    pub(super) fn units_of(self, char: char) -> Option<usize> {
        match self {
            Self::Gsm7(tables) => tables.septets(char),
            Self::Ucs2 => Some(char.len_utf16()),
            _ => self.octet(char).map(|_| 1),
        }
    }

    /// The text in this encoding; GSM 7-bit with one septet an octet.
    ///
    /// # Errors
    ///
    /// [`Unencodable`] names the first character that the encoding lacks.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, Unencodable> {
        match self {
            Self::Gsm7(tables) => gsm7::encode(text, tables),
            Self::Ucs2 => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            _ => text
                .char_indices()
                .map(|(at, char)| self.octet(char).ok_or(Unencodable { char, at }))
                .collect(),
        }
    }

    /// The octet of a character in the alphabets that have one for each.
    fn octet(self, char: char) -> Option<u8> {
        match self {
            Self::Ascii => u8::try_from(char).ok().filter(u8::is_ascii),
            Self::Latin1 => u8::try_from(char).ok(),
            Self::Cyrillic => iso8859::octet(char, iso8859::cyrillic),
            Self::Hebrew => iso8859::octet(char, iso8859::hebrew),
            Self::Gsm7(_) | Self::Ucs2 => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_data_coding_leads_back() {
        use Encoding::{Ascii, Cyrillic, Hebrew, Latin1, Ucs2};
        for encoding in [Encoding::GSM7, Ascii, Latin1, Cyrillic, Hebrew, Ucs2] {
            assert_eq!(Encoding::from_data_coding(encoding.data_coding()), Some(encoding));
        }
        for (data_coding, encoding) in [
            (0x02, None),
            (0x04, None),
            (0x05, None),
            (0x0F, None),
            (0x11, Some(Encoding::GSM7)),
            (0x15, None),
            (0x19, Some(Ucs2)),
            (0x31, None), // compressed
            (0x48, Some(Ucs2)),
            (0x80, None),
            (0xC8, Some(Encoding::GSM7)),
            (0xE0, Some(Ucs2)),
            (0xF0, Some(Encoding::GSM7)),
            (0xF3, Some(Encoding::GSM7)),
            (0xF5, None),
        ] {
            assert_eq!(Encoding::from_data_coding(data_coding), encoding, "{data_coding:#04X}");
        }
    }

    #[test]
    fn the_cheapest_that_carries_the_text() {
        let plain = Options::new(Method::Udh8(0));
        let all = Language::ALL.into_iter().fold(plain, Options::national).latin1(true);
        let tables = |locking, single| Encoding::Gsm7(Tables { locking, single });
        let (turkish, portuguese) = (Some(Language::Turkish), Some(Language::Portuguese));
        for (text, without, with) in [
            ("", Encoding::GSM7, Encoding::GSM7),
            ("hello {€}", Encoding::GSM7, Encoding::GSM7),
            ("ş", Encoding::Ucs2, tables(turkish, None)),
            // The locking table has no è.
            ("èş", Encoding::Ucs2, tables(None, turkish)),
            ("ação", Encoding::Ucs2, tables(portuguese, None)),
            ("õΣ", Encoding::Ucs2, tables(None, portuguese)),
            ("ãõúíóΣ∞", Encoding::Ucs2, tables(portuguese, portuguese)),
            ("Ì", Encoding::Ucs2, Encoding::Latin1),
            ("Ì\u{1B}", Encoding::Ucs2, Encoding::Latin1),
            ("привет", Encoding::Ucs2, Encoding::Ucs2),
        ] {
            assert_eq!(Encoding::choose(text, plain), without, "{text}");
            assert_eq!(Encoding::choose(text, all), with, "{text}");
        }
    }

    #[test]
    fn what_is_lacking_is_named() {
        let error = Encoding::Ascii.encode("caf\u{E9}!").unwrap_err();
        assert_eq!(error, Unencodable { char: 'é', at: 3 });
        assert_eq!(error.to_string(), "'é' at octet 3 of the text is not in the alphabet");
        assert_eq!(Encoding::Latin1.units("5 €").unwrap_err(), Unencodable { char: '€', at: 2 });
        assert_eq!(Encoding::Cyrillic.encode("да").unwrap(), b"\xD4\xD0");
        assert_eq!(Encoding::Ucs2.units("a😀"), Ok(3));
        assert_eq!(Encoding::GSM7.units("a€"), Ok(3));
    }
}
