//! The tables of the GSM 7-bit alphabets (3GPP TS 23.038 §6.2.1, annex A), both ways.
//!
//! A locking table has a character for each of the 128 septets. A single shift table has those that follow an escape.

/// A language with national tables of its own (3GPP TS 23.038 §6.2.1.2.4).
///
/// A peer may name others; their messages are read with the default tables, as the specification wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Language {
    /// Identifier 1: a locking and a single shift table.
    Turkish,
    /// Identifier 2: a single shift table only.
    Spanish,
    /// Identifier 3: a locking and a single shift table.
    Portuguese,
}

impl Language {
    /// All of them, in the order of their identifiers.
    pub const ALL: [Self; 3] = [Self::Turkish, Self::Spanish, Self::Portuguese];

    /// The national language identifier.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::Turkish => 1,
            Self::Spanish => 2,
            Self::Portuguese => 3,
        }
    }

    /// The language of an identifier; `None` for one whose tables are not here.
    ///
    /// ```
    /// use wirepath_smpp::text::Language;
    ///
    /// assert_eq!(Language::from_id(1), Some(Language::Turkish));
    /// assert_eq!(Language::from_id(13), None);
    /// ```
    #[must_use]
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Turkish),
            2 => Some(Self::Spanish),
            3 => Some(Self::Portuguese),
            _ => None,
        }
    }

    /// Whether there is a locking shift table (annex A.3): Spanish has none.
    #[must_use]
    pub const fn has_locking(self) -> bool {
        !matches!(self, Self::Spanish)
    }
}

/// The septet that says: the next one is in the single shift table (§6.2.1, note 1).
pub(super) const ESCAPE: u8 = 0x1B;

/// What the escape stands for in the tables. No text is encoded to it.
const ESC: char = '\u{1B}';

/// No septet: see [`Locking::latin`].
const NONE: u8 = 0xFF;

/// A locking shift table, or the default alphabet.
#[derive(Debug)]
pub(super) struct Locking {
    chars: [char; 128],
    /// For each code point of Latin-1 its septet: most of a text is found here.
    latin: [u8; 256],
}

impl Locking {
    const fn new(chars: [char; 128]) -> Self {
        let mut latin = [NONE; 256];
        let mut septet = 0;
        while septet < 128 {
            let code = chars[septet as usize] as usize;
            if code < 256 && septet != ESCAPE {
                latin[code] = septet;
            }
            septet += 1;
        }
        Self { chars, latin }
    }

    /// The character of a septet; `None` above 0x7F.
    pub(super) fn char(&self, septet: u8) -> Option<char> {
        self.chars.get(usize::from(septet)).copied()
    }

    /// The septet of a character.
    pub(super) fn septet(&self, char: char) -> Option<u8> {
        match u8::try_from(char) {
            Ok(code) => self.latin.get(usize::from(code)).copied().filter(|&septet| septet != NONE),
            Err(_) => (0..).zip(&self.chars).find(|&(_, &c)| c == char).map(|(septet, _)| septet),
        }
    }
}

/// A single shift table, or the default extension table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Single(&'static [(u8, char)]);

impl Single {
    /// The character of a septet behind an escape.
    pub(super) fn char(self, septet: u8) -> Option<char> {
        self.0.iter().find(|entry| entry.0 == septet).map(|entry| entry.1)
    }

    /// The septet that a character has behind an escape.
    pub(super) fn septet(self, char: char) -> Option<u8> {
        self.0.iter().find(|entry| entry.1 == char).map(|entry| entry.0)
    }
}

/// The locking table of a language, or the default alphabet.
pub(super) fn locking(language: Option<Language>) -> &'static Locking {
    static TABLES: [Locking; 3] =
        [Locking::new(DEFAULT), Locking::new(TURKISH), Locking::new(PORTUGUESE)];
    let [default, turkish, portuguese] = &TABLES;
    match language {
        None | Some(Language::Spanish) => default,
        Some(Language::Turkish) => turkish,
        Some(Language::Portuguese) => portuguese,
    }
}

/// The single shift table of a language, or the default extension table.
pub(super) fn single(language: Option<Language>) -> Single {
    Single(match language {
        None => EXTENSION,
        Some(Language::Turkish) => TURKISH_SINGLE,
        Some(Language::Spanish) => SPANISH_SINGLE,
        Some(Language::Portuguese) => PORTUGUESE_SINGLE,
    })
}

/// The GSM 7-bit default alphabet (§6.2.1).
#[rustfmt::skip]
const DEFAULT: [char; 128] = [
    /* 00 */ '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    /* 10 */ 'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ESC, 'Æ', 'æ', 'ß', 'É',
    /* 20 */ ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    /* 30 */ '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    /* 40 */ '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    /* 50 */ 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    /* 60 */ '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    /* 70 */ 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// Turkish locking shift table (annex A.3.1).
#[rustfmt::skip]
const TURKISH: [char; 128] = [
    /* 00 */ '@', '£', '$', '¥', '€', 'é', 'ù', 'ı', 'ò', 'Ç', '\n', 'Ğ', 'ğ', '\r', 'Å', 'å',
    /* 10 */ 'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', ESC, 'Ş', 'ş', 'ß', 'É',
    /* 20 */ ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    /* 30 */ '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    /* 40 */ 'İ', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    /* 50 */ 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    /* 60 */ 'ç', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    /* 70 */ 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// Portuguese locking shift table (annex A.3.3).
#[rustfmt::skip]
const PORTUGUESE: [char; 128] = [
    /* 00 */ '@', '£', '$', '¥', 'ê', 'é', 'ú', 'í', 'ó', 'ç', '\n', 'Ô', 'ô', '\r', 'Á', 'á',
    /* 10 */ 'Δ', '_', 'ª', 'Ç', 'À', '∞', '^', '\\', '€', 'Ó', '|', ESC, 'Â', 'â', 'Ê', 'É',
    /* 20 */ ' ', '!', '"', '#', 'º', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    /* 30 */ '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    /* 40 */ 'Í', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    /* 50 */ 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ã', 'Õ', 'Ú', 'Ü', '§',
    /* 60 */ '~', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    /* 70 */ 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ã', 'õ', '`', 'ü', 'à',
];

/// The extension of the default alphabet (§6.2.1.1). 0x0A is the page break.
#[rustfmt::skip]
const EXTENSION: &[(u8, char)] = &[
    (0x0A, '\u{C}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'), (0x3C, '['),
    (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x65, '€'),
];

/// Turkish single shift table (annex A.2.1).
#[rustfmt::skip]
const TURKISH_SINGLE: &[(u8, char)] = &[
    (0x0A, '\u{C}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'), (0x3C, '['),
    (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x47, 'Ğ'), (0x49, 'İ'), (0x53, 'Ş'),
    (0x63, 'ç'), (0x65, '€'), (0x67, 'ğ'), (0x69, 'ı'), (0x73, 'ş'),
];

/// Spanish single shift table (annex A.2.2).
#[rustfmt::skip]
const SPANISH_SINGLE: &[(u8, char)] = &[
    (0x09, 'ç'), (0x0A, '\u{C}'), (0x14, '^'), (0x28, '{'), (0x29, '}'), (0x2F, '\\'),
    (0x3C, '['), (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x41, 'Á'), (0x49, 'Í'),
    (0x4F, 'Ó'), (0x55, 'Ú'), (0x61, 'á'), (0x65, '€'), (0x69, 'í'), (0x6F, 'ó'),
    (0x75, 'ú'),
];

/// Portuguese single shift table (annex A.2.3).
#[rustfmt::skip]
const PORTUGUESE_SINGLE: &[(u8, char)] = &[
    (0x05, 'ê'), (0x09, 'ç'), (0x0A, '\u{C}'), (0x0B, 'Ô'), (0x0C, 'ô'), (0x0E, 'Á'),
    (0x0F, 'á'), (0x12, 'Φ'), (0x13, 'Γ'), (0x14, '^'), (0x15, 'Ω'), (0x16, 'Π'),
    (0x17, 'Ψ'), (0x18, 'Σ'), (0x19, 'Θ'), (0x1F, 'Ê'), (0x28, '{'), (0x29, '}'),
    (0x2F, '\\'), (0x3C, '['), (0x3D, '~'), (0x3E, ']'), (0x40, '|'), (0x41, 'À'),
    (0x49, 'Í'), (0x4F, 'Ó'), (0x55, 'Ú'), (0x5B, 'Ã'), (0x5C, 'Õ'), (0x61, 'Â'),
    (0x65, '€'), (0x69, 'í'), (0x6F, 'ó'), (0x75, 'ú'), (0x7B, 'ã'), (0x7C, 'õ'),
    (0x7F, 'â'),
];
