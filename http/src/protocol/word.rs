//! Eight octets at once.
//!
//! Heads, paths and queries are short, and most of what they are cut at is near: eight octets in a register are looked at in
//! a few operations, where a search over the whole is a call, and a loop a branch for each octet.

/// A seven-bit number in each octet.
const LOW: u64 = each(0x7F);

/// The highest bit of each octet.
const HIGH: u64 = each(0x80);

/// One octet eight times.
const fn each(octet: u8) -> u64 {
    u64::from_le_bytes([octet; 8])
}

/// Eight octets of a text, the first one lowest. Behind its end there are blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    /// How many there are.
    pub(crate) const LEN: usize = 8;

    #[inline(always)]
    pub(crate) fn of(octets: [u8; Self::LEN]) -> Self {
        Self(u64::from_le_bytes(octets))
    }

    /// Those from a place on.
    #[inline(always)]
    pub(crate) fn at(text: &[u8], from: usize) -> Self {
        match text.get(from..from + Self::LEN).and_then(<[u8]>::first_chunk) {
            Some(octets) => Self::of(*octets),
            None => Self::last(text, from),
        }
    }

    /// Less than eight are left.
    #[inline(always)]
    fn last(text: &[u8], from: usize) -> Self {
        let bits = 8 * (text.len().saturating_sub(from) % Self::LEN) as u32;
        let octets = match text.last_chunk::<{ Self::LEN }>() {
            // Those that end where the text does, without the ones in front.
            Some(octets) => u64::from_le_bytes(*octets).checked_shr(64 - bits).unwrap_or(0),
            None => packed(text.get(from..).unwrap_or_default()),
        };
        Self(octets | each(b' ') << bits)
    }

    /// The first so many octets, less than eight, as [`packed`] has them.
    #[inline(always)]
    pub(crate) fn front(self, count: usize) -> u64 {
        self.0 & !(u64::MAX << (8 * (count % Self::LEN)))
    }

    /// Where this octet is.
    #[inline(always)]
    pub(crate) fn equal(self, octet: u8) -> Hits {
        let differs = self.0 ^ each(octet);
        Hits(!(((differs & LOW) + LOW) | differs) & HIGH)
    }

    /// Where there is a control (RFC 5234, appendix B.1): what is below a blank, and the last one of ASCII.
    #[inline(always)]
    pub(crate) fn controls(self) -> Hits {
        let low = self.0 & LOW;
        let visible = low + each(0x80 - b' ');
        let last = low + each(1);
        Hits((!visible | last) & !self.0 & HIGH)
    }
}

/// A text of less than eight octets as a number, the first one lowest, and 0 behind its end.
#[inline(always)]
pub(crate) fn packed(text: &[u8]) -> u64 {
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            // Where both have an octet it is the same.
            u64::from(first) | u64::from(last) << (8 * (text.len() % Word::LEN - 4))
        }
        _ => text.iter().rev().fold(0, |packed, octet| packed << 8 | u64::from(*octet)),
    }
}

/// The octets of a word that were looked for: the highest bit of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hits(u64);

impl Hits {
    /// The place of the first, if there is one.
    #[inline(always)]
    pub(crate) fn first(self) -> Option<usize> {
        (self.0 != 0).then(|| (self.0.trailing_zeros() / 8) as usize)
    }
}

/// The place of the first such octet in a text, where it is likely to be near.
#[inline(always)]
pub(crate) fn find(octet: u8, text: &[u8]) -> Option<usize> {
    first(text, |word| word.equal(octet), |other| other == octet)
}

/// The place of the first control in a text.
// Not a part of its caller: there is much there that wants a register, and nothing here that needs one.
#[inline(never)]
pub(crate) fn control(text: &[u8]) -> Option<usize> {
    first(text, Word::controls, |octet| octet.is_ascii_control())
}

#[inline(always)]
fn first(text: &[u8], hits: impl Fn(Word) -> Hits, is: impl Fn(u8) -> bool) -> Option<usize> {
    let (words, rest) = text.as_chunks::<{ Word::LEN }>();
    for (count, word) in words.iter().enumerate() {
        if let Some(place) = hits(Word::of(*word)).first() {
            return Some(count * Word::LEN + place);
        }
    }
    let place = rest.iter().position(|octet| is(*octet))?;
    Some(text.len() - rest.len() + place)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn places(hits: Hits) -> Vec<usize> {
        (0..8).filter(|place| hits.0 >> (8 * place + 7) & 1 == 1).collect()
    }

    #[test]
    fn each_octet_is_told_from_its_neighbours() {
        for octet in 0..=u8::MAX {
            for beside in [0, 1, b'\n', b' ', 0x7E, 0x7F, 0x80, 0xFF] {
                let mut text = [beside; 8];
                text[3] = octet;
                let word = Word::at(&text, 0);
                let of = |is: &dyn Fn(u8) -> bool| {
                    (0..8).filter(|place| is(text[*place])).collect::<Vec<_>>()
                };
                assert_eq!(places(word.equal(octet)), of(&|it| it == octet));
                assert_eq!(places(word.controls()), of(&|it| it.is_ascii_control()));
            }
        }
    }

    proptest! {
        #[test]
        fn a_word_is_what_stands_there(text in vec(any::<u8>(), 0..20), from in 0..24usize) {
            let there = text.iter().skip(from).chain(std::iter::repeat(&b' ')).take(8);
            let there: Vec<u8> = there.copied().collect();
            let word = Word::at(&text, from);
            prop_assert_eq!(word.0.to_le_bytes().to_vec(), &there[..]);
            for count in 0..8 {
                prop_assert_eq!(word.front(count), packed(&there[..count]));
                let text: Vec<u8> = packed(&there[..count]).to_le_bytes().to_vec();
                prop_assert_eq!(&text[..count], &there[..count]);
                prop_assert!(text[count..].iter().all(|octet| *octet == 0));
            }
        }

        #[test]
        fn what_is_found_is_the_first(text in "[a-c /]{0,40}", octet in any::<u8>()) {
            for octet in [octet, b'/', b' ', b'a'] {
                let first = text.bytes().position(|it| it == octet);
                prop_assert_eq!(find(octet, text.as_bytes()), first);
            }
            let mut octets = text.into_bytes();
            prop_assert_eq!(control(&octets), None);
            octets.push(octet);
            let first = octets.iter().position(u8::is_ascii_control);
            prop_assert_eq!(control(&octets), first);
        }
    }
}
