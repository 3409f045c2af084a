//! A number by which most texts that differ are told apart.

use super::word::{Word, find, packed};

/// The last eight octets; of a shorter text all of them.
///
/// Texts with two tags are two. Texts with one tag have to be compared.
#[inline]
pub(super) fn tag(text: &[u8]) -> u64 {
    match text.last_chunk::<{ Word::LEN }>() {
        Some(last) => u64::from_le_bytes(*last),
        None => packed(text),
    }
}

/// A segment of a path: what is known of it once its end is.
pub(super) struct Segment {
    pub(super) len: usize,
    pub(super) tag: u64,
    /// No slash is behind it.
    pub(super) is_last: bool,
}

impl Segment {
    /// The one that begins at a place of a path.
    #[inline(always)]
    pub(super) fn at(path: &[u8], from: usize) -> Self {
        let rest = path.get(from..).unwrap_or_default();
        // The first word has all of a short one.
        if let Some(word) = rest.first_chunk()
            && let word = Word::of(*word)
            && let Some(len) = word.equal(b'/').first()
        {
            return Self { len, tag: word.front(len), is_last: false };
        }
        let end = find(b'/', rest);
        let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        Self { len: part.len(), tag: tag(part), is_last: end.is_none() }
    }
}

/// Whether two texts of one tag are the same.
///
/// Up to eight octets, the tag and the length say so. Beyond, it is what is in front of the last eight that is compared, octet by
/// octet: there is little of it, and a call of `memcmp` costs more.
#[inline]
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    let front = one.len().saturating_sub(8);
    one.len() == other.len() && one.iter().zip(other).take(front).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_of_one_length_have_their_own() {
        let mut tags: Vec<u64> = [
            "",
            "a",
            "b",
            "ab",
            "ba",
            "abc",
            "abcd",
            "abce",
            "abcdefg",
            "abddefg",
            "resource1",
            "resource2",
        ]
        .map(|text| tag(text.as_bytes()))
        .into();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), 12);
        assert_eq!(tag(b"xabcdefgh"), tag(b"yabcdefgh"));
        assert!(!same(b"xabcdefgh", b"yabcdefgh") && !same(b"xabcdefgh", b"abcdefgh"));
        assert!(same(b"xabcdefgh", b"xabcdefgh") && same(b"", b""));
    }

    proptest::proptest! {
        #[test]
        fn a_segment_ends_at_a_slash(path in "[ab/]{0,30}", from in 0..40usize) {
            let rest = path.get(from..).unwrap_or_default();
            let (first, is_last) = rest.split_once('/').map_or((rest, true), |it| (it.0, false));
            let segment = Segment::at(path.as_bytes(), from);
            proptest::prop_assert_eq!(segment.len, first.len());
            proptest::prop_assert_eq!(segment.tag, tag(first.as_bytes()));
            proptest::prop_assert_eq!(segment.is_last, is_last);
        }

        #[test]
        fn one_tag_and_the_same_are_equal(one in "[ab\0\u{1}]{0,11}", other in "[ab\0\u{1}]{0,11}") {
            let (one, other) = (one.as_bytes(), other.as_bytes());
            proptest::prop_assert_eq!(tag(one) == tag(other) && same(one, other), one == other);
        }
    }
}
