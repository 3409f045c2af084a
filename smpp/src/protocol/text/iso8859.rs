//! The one-octet alphabets of ISO 8859 that `data_coding` names (SMPP 3.4 §5.2.19). ASCII and the control characters are
//! the same in all.

/// ISO 8859-5, Cyrillic.
pub(super) fn cyrillic(octet: u8) -> Option<char> {
    match octet {
        0..=0xA0 | 0xAD => Some(char::from(octet)),
        0xF0 => Some('№'),
        0xFD => Some('§'),
        _ => char::from_u32(u32::from(octet) + 0x360),
    }
}

/// ISO 8859-8, Hebrew.
pub(super) fn hebrew(octet: u8) -> Option<char> {
    match octet {
        0..=0xA0 | 0xA2..=0xA9 | 0xAB..=0xB9 | 0xBB..=0xBE => Some(char::from(octet)),
        0xAA => Some('×'),
        0xBA => Some('÷'),
        0xDF => Some('‗'),
        0xE0..=0xFA => char::from_u32(u32::from(octet) + 0x4F0),
        0xFD => Some('\u{200E}'),
        0xFE => Some('\u{200F}'),
        _ => None,
    }
}

/// The octet of a character in one of these.
pub(super) fn octet(char: char, alphabet: fn(u8) -> Option<char>) -> Option<u8> {
    match u8::try_from(char) {
        Ok(octet @ 0..0x80) => Some(octet),
        _ => (0x80..=0xFF).find(|&octet| alphabet(octet) == Some(char)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_letters_and_the_way_back() {
        let read = |octets: &[u8], alphabet: fn(u8) -> Option<char>| {
            octets.iter().filter_map(|&octet| alphabet(octet)).collect::<String>()
        };
        assert_eq!(
            read(b"\xBF\xE0\xD8\xD2\xD5\xE2 \xA1\xF1\xF0\xFD\xFF", cyrillic),
            "Привет Ёё№§џ"
        );
        assert_eq!(read(b"\xF9\xEC\xE5\xED \xE0\xFA\xAA\xBA", hebrew), "שלום את×÷");
        for alphabet in [cyrillic, hebrew] {
            let mut seen = Vec::new();
            for code in 0..=0xFF {
                let Some(char) = alphabet(code) else { continue };
                assert_eq!(octet(char, alphabet), Some(code));
                assert!(!seen.contains(&char));
                seen.push(char);
            }
        }
        assert_eq!(octet('é', cyrillic), None);
    }
}
