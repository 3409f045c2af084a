//! A number by which most texts that differ are told apart.

/// The last eight octets; of a shorter text all of them.
///
/// Texts with two tags are two. Texts with one tag have to be compared.
#[inline]
pub(super) fn tag(text: &[u8]) -> u64 {
    if let Some(last) = text.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    text.iter().fold(1, |tag, octet| tag << 8 | u64::from(*octet))
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
        fn one_tag_and_the_same_are_equal(one in "[ab\0\u{1}]{0,11}", other in "[ab\0\u{1}]{0,11}") {
            let (one, other) = (one.as_bytes(), other.as_bytes());
            proptest::prop_assert_eq!(tag(one) == tag(other) && same(one, other), one == other);
        }
    }
}
