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
    }
}
