//! Percent-decoding (RFC 3986 §2.1), of paths and of forms.
//!
//! A `%` without two hexadecimal digits behind it stands for itself, as in browsers (WHATWG URL §1.3), so
//! `100%` is no error. What does not come out as UTF-8 is one: it is told, not patched.
//!
//! ```
//! use wirepath_http::protocol::percent;
//!
//! assert_eq!(percent::path("caf%C3%A9+1").unwrap(), "café+1");
//! assert_eq!(percent::form("John+Doe%2B1").unwrap(), "John Doe+1");
//! assert!(percent::path("%FF").is_err());
//! ```

use std::borrow::Cow;

use super::{
    scalar::Scalar,
    word::{Word, find},
};

/// What was encoded is not UTF-8.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not UTF-8 when it is percent-decoded")]
pub struct NotUtf8;

/// Decodes a part of a path. `+` is a plus.
///
/// Nothing is allocated where nothing is encoded.
///
/// # Errors
///
/// If the octets that come out are not UTF-8.
#[inline]
pub fn path(text: &str) -> Result<Cow<'_, str>, NotUtf8> {
    match memchr::memchr(b'%', text.as_bytes()) {
        None => Ok(Cow::Borrowed(text)),
        Some(first) => decode(text, first, false),
    }
}

/// The octets of a path, UTF-8 or not: to compare with, where nothing may slip through.
pub(crate) fn octets(text: &str) -> Cow<'_, [u8]> {
    match memchr::memchr(b'%', text.as_bytes()).and_then(|first| decoded(text, first, false)) {
        None => Cow::Borrowed(text.as_bytes()),
        Some(decoded) => Cow::Owned(decoded),
    }
}

/// What anybody might take for the segments of a decoded path: some servers part them at backslashes, too, and leave out
/// what stands behind a `;`.
pub(crate) fn segments(decoded: &[u8]) -> impl Iterator<Item = &[u8]> {
    let parts = decoded.split(|octet| matches!(octet, b'/' | b'\\'));
    parts.map(|part| part.split(|octet| *octet == b';').next().unwrap_or_default())
}

/// Decodes a name or a value of a query or a form (WHATWG URL §5.1). `+` is a space.
///
/// Nothing is allocated where nothing is encoded.
///
/// # Errors
///
/// If the octets that come out are not UTF-8.
#[inline]
pub fn form(text: &str) -> Result<Cow<'_, str>, NotUtf8> {
    match memchr::memchr2(b'%', b'+', text.as_bytes()) {
        None => Ok(Cow::Borrowed(text)),
        Some(first) => decode(text, first, true),
    }
}

/// Decodes what has something encoded, from the place where that begins.
fn decode(text: &str, first: usize, plus_is_space: bool) -> Result<Cow<'_, str>, NotUtf8> {
    match decoded(text, first, plus_is_space) {
        None => Ok(Cow::Borrowed(text)),
        Some(decoded) => String::from_utf8(decoded).map(Cow::Owned).map_err(|_| NotUtf8),
    }
}

/// The same in octets; `None` if it is as it was.
fn decoded(text: &str, first: usize, plus_is_space: bool) -> Option<Vec<u8>> {
    // Decoded it is no longer than before.
    let mut decoded = text.as_bytes().to_vec();
    let count = fill(&mut decoded, text.as_bytes(), first, plus_is_space)?;
    decoded.truncate(count);
    Some(decoded)
}

/// Reads a part of a path, decoded: what [`path`] gives, where it is wanted for a moment.
///
/// Up to 64 octets are decoded on the stack: nothing is allocated.
///
/// ```
/// use wirepath_http::protocol::percent;
///
/// assert_eq!(percent::with_path("caf%C3%A9", |text| text.chars().count()), Ok(4));
/// ```
///
/// # Errors
///
/// If the octets that come out are not UTF-8.
#[inline]
pub fn with_path<T>(text: &str, read: impl FnOnce(&str) -> T) -> Result<T, NotUtf8> {
    match find(b'%', text.as_bytes()) {
        None => Ok(read(text)),
        Some(first) => with(text, first, false, |scalar| read(scalar.text())),
    }
}

/// So long a text is decoded on the stack.
const SHORT: usize = 64;

/// Room for it. What is not aligned is checked octet by octet for UTF-8.
#[repr(align(16))]
struct Room([u8; SHORT]);

/// The same of a path or a form, told from what is as it was sent. In front of `first` there is nothing encoded.
#[inline]
pub(super) fn with<'a, T>(
    text: &'a str,
    first: usize,
    plus_is_space: bool,
    read: impl for<'t> FnOnce(Scalar<'a, 't>) -> T,
) -> Result<T, NotUtf8> {
    if text.len() > SHORT {
        let decoded = decode(text, first, plus_is_space)?;
        return Ok(read(Scalar::of(&decoded)));
    }
    let Room(room) = &mut Room([0; SHORT]);
    let first = front(room, text.as_bytes(), first);
    match fill(room, text.as_bytes(), first, plus_is_space) {
        None => Ok(read(Scalar::Lasting(text))),
        Some(count) => {
            // Sixteen at a time they are checked many times as fast as one by one: with the zeros behind them.
            let padded = room.get(..count.next_multiple_of(16)).unwrap_or_default();
            let text = std::str::from_utf8(padded).ok().and_then(|text| text.get(..count));
            Ok(read(Scalar::Passing(text.ok_or(NotUtf8)?)))
        }
    }
}

/// Copies what is in front of the first thing encoded, and nothing else, if that is less than a word. Says how much it copied.
#[inline]
fn front(room: &mut [u8; SHORT], octets: &[u8], first: usize) -> usize {
    match room.first_chunk_mut() {
        Some(room) if first < Word::LEN => {
            *room = Word::at(octets, 0).front(first).to_le_bytes();
            first
        }
        _ => 0,
    }
}

/// Decodes what begins at `from` to the same place of a room for as many octets, and says where it ends; `None` if it is as
/// it was.
#[inline]
fn fill(room: &mut [u8], octets: &[u8], from: usize, plus_is_space: bool) -> Option<usize> {
    let (mut from, mut count, mut changed) = (from, from, false);
    while let Some(&sent) = octets.get(from) {
        let decoded = match sent {
            b'%' => octets.get(from + 1..).and_then(triplet).map(|octet| (octet, 3)),
            b'+' if plus_is_space => Some((b' ', 1)),
            _ => None,
        };
        changed |= decoded.is_some();
        let (octet, length) = decoded.unwrap_or((sent, 1));
        *room.get_mut(count)? = octet;
        count += 1;
        from += length;
    }
    changed.then_some(count)
}

/// The octet that two hexadecimal digits stand for.
#[inline]
fn triplet(behind: &[u8]) -> Option<u8> {
    let [high, low] = behind.first_chunk()?.map(digit);
    (high | low < NO_DIGIT).then_some(high << 4 | low)
}

/// No four bits.
const NO_DIGIT: u8 = 0x10;

#[inline]
fn digit(octet: u8) -> u8 {
    static DIGITS: [u8; 256] = {
        let mut digits = [NO_DIGIT; 256];
        let mut value = 0;
        while value < 16 {
            let digit = b"0123456789abcdef"[value as usize];
            digits[digit as usize] = value;
            digits[digit.to_ascii_uppercase() as usize] = value;
            value += 1;
        }
        digits
    };
    DIGITS.get(usize::from(octet)).copied().unwrap_or(NO_DIGIT)
}

/// Encodes what may not stand in a segment of a path (RFC 3986 §3.3), with capital digits.
///
/// ```
/// use wirepath_http::protocol::percent;
///
/// assert_eq!(percent::encode_segment("café 1/2"), "caf%C3%A9%201%2F2");
/// assert_eq!(percent::encode_segment("a-b@c"), "a-b@c");
/// ```
#[must_use]
pub fn encode_segment(text: &str) -> Cow<'_, str> {
    encode(text, stands_in_segment)
}

/// Encodes the octets that do not stand for themselves.
pub(crate) fn encode(text: &str, stands: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if text.bytes().all(&stands) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 8);
    for octet in text.bytes() {
        match stands(octet) {
            true => encoded.push(char::from(octet)),
            false => {
                encoded.push('%');
                encoded.extend([octet >> 4, octet & 15].map(hexadecimal));
            }
        }
    }
    Cow::Owned(encoded)
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()
}

/// `pchar` of RFC 3986 §3.3, but for the triplets.
pub(crate) fn stands_in_segment(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&octet)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_encoded_is_borrowed() {
        for text in ["", "test123", "caf\u{e9}", "a+b", "100%", "%zz%4", "%%%"] {
            assert!(matches!(path(text), Ok(Cow::Borrowed(same)) if same == text), "{text}");
        }
        assert!(matches!(form("%+"), Ok(Cow::Owned(_))));
        assert!(matches!(form("100%25%"), Ok(Cow::Owned(_))));
        assert!(matches!(form("a%2"), Ok(Cow::Borrowed("a%2"))));
    }

    #[test]
    fn a_plus_is_a_space_in_forms_only() {
        assert_eq!(path("New+York").unwrap(), "New+York");
        assert_eq!(form("New+York").unwrap(), "New York");
        assert_eq!(form("%2B1234567890").unwrap(), "+1234567890");
    }

    #[test]
    fn decoded_once() {
        assert_eq!(path("%2541").unwrap(), "%41");
        assert_eq!(path("%%41").unwrap(), "%A");
        assert_eq!(path("%4%41").unwrap(), "%4A");
        assert_eq!(path("%2e%2E%2f").unwrap(), "../");
    }

    #[test]
    fn what_stays_undecoded_behind_the_text_is_not_checked() {
        // Eight octets end within a letter, and what they stand for ends before them.
        assert_eq!(with_path("%41%42aé", str::to_owned).as_deref(), Ok("ABaé"));
        assert_eq!(with_path("a%41%42é%43", str::to_owned).as_deref(), Ok("aABéC"));
    }

    #[test]
    fn what_is_not_utf8_is_told() {
        for text in ["%FF", "caf%E9", "%C3", "%ED%A0%80", "%C0%80", "\u{e9}%C3"] {
            assert_eq!(path(text), Err(NotUtf8), "{text}");
        }
        assert_eq!(path("%F0%9F%98%80").unwrap(), "😀");
    }

    proptest! {
        #[test]
        fn agrees_with_percent_encoding(text in "([%+a-fA-F0-9é/]|%[0-9a-fA-F]{2}|\\PC){0,40}") {
            let theirs = percent_encoding::percent_decode_str(&text).decode_utf8().ok();
            prop_assert_eq!(path(&text).ok(), theirs.clone());
            prop_assert_eq!(with_path(&text, str::to_owned).ok(), theirs.map(Cow::into_owned));
            let spaced = text.replace('+', " ");
            let theirs = percent_encoding::percent_decode_str(&spaced).decode_utf8().ok();
            prop_assert_eq!(form(&text).ok(), theirs.clone());
            let with = |scalar: Scalar<'_, '_>| (scalar.text().to_owned(), matches!(scalar, Scalar::Lasting(_)));
            let is_plain = theirs.as_deref() == Some(&*text);
            prop_assert_eq!(super::with(&text, 0, true, with).ok(), theirs.map(|it| (it.into_owned(), is_plain)));
        }

        #[test]
        fn what_is_encoded_reads_back(text in "\\PC{0,24}") {
            let encoded = encode_segment(&text);
            prop_assert!(encoded.bytes().all(|octet| octet == b'%' || stands_in_segment(octet)));
            prop_assert_eq!(path(&encoded).unwrap(), &*text);
        }
    }
}
