//! Lines, and the fields in them (RFC 9112 §5).

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use memchr::{memchr, memchr_iter};

use super::Fault;
use crate::protocol::octets::{alphanumeric_and, are_all};

/// The lines that have come to their end, without it; and where the next one begins.
#[inline(always)]
pub(super) fn lines(head: &[u8]) -> impl Iterator<Item = Result<(&[u8], usize), Fault>> {
    let mut start = 0;
    memchr_iter(b'\n', head).map(move |at| {
        let line = head.get(start..at).and_then(|line| line.strip_suffix(b"\r"));
        start = at + 1;
        line.map(|line| (line, start)).ok_or(Fault::BareLf)
    })
}

/// A line `name: value`, in two; none without a colon.
#[inline(always)]
pub(super) fn cut(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr(b':', line)?;
    Some((line.get(..at)?, trim(line.get(at + 1..)?)))
}

/// Without optional blanks (RFC 9112 §5).
#[inline(always)]
fn trim(mut value: &[u8]) -> &[u8] {
    while let Some((b' ' | b'\t', rest)) = value.split_first() {
        value = rest;
    }
    while let Some((b' ' | b'\t', rest)) = value.split_last() {
        value = rest;
    }
    value
}

/// The same, looked over: a name that has a blank in it or in front of it is none (RFC 9112 §5.1).
#[inline(always)]
pub(super) fn look(line: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let (name, value) = cut(line).ok_or(Fault::Field)?;
    let is_name = !name.is_empty() && name.len() <= LONGEST_NAME && are_all(name, &TOKEN);
    if is_name && is_value(value) { Ok((name, value)) } else { Err(Fault::Field) }
}

/// Whether all octets may stand in a value (RFC 9110 §5.5).
#[inline(always)]
fn is_value(value: &[u8]) -> bool {
    match value.len() {
        ..SHORT => are_all(value, &VALUE),
        // Without a way out of the loop it is done many octets at a time.
        _ => !value.iter().fold(false, |bad, octet| bad | !stands_in_value(*octet)),
    }
}

/// So many octets are looked at one by one before many at a time pays.
const SHORT: usize = 48;

/// What the type of names takes.
const LONGEST_NAME: usize = 32 << 10;

/// RFC 9110 §5.6.2.
static TOKEN: [bool; 256] = alphanumeric_and(b"!#$%&'*+-.^_`|~");

static VALUE: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = stands_in_value(octet as u8);
        octet += 1;
    }
    table
};

/// What is visible, blanks, and what is beyond ASCII.
#[inline(always)]
const fn stands_in_value(octet: u8) -> bool {
    (octet >= b' ' && octet != 0x7F) || octet == b'\t'
}

/// The same in the types for it.
#[inline(always)]
pub(super) fn field(head: &Bytes, line: &[u8]) -> Result<(HeaderName, HeaderValue), Fault> {
    let (name, value) = cut(line).ok_or(Fault::Field)?;
    let name = HeaderName::from_bytes(name).map_err(|_| Fault::Field)?;
    let value = HeaderValue::from_maybe_shared(shared(head, value));
    Ok((name, value.map_err(|_| Fault::Field)?))
}

/// The octets of a part of what was read, shared with it.
#[inline(always)]
pub(super) fn shared(head: &Bytes, part: &[u8]) -> Bytes {
    if part.is_empty() { Bytes::new() } else { head.slice_ref(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_over_is_what_the_types_take() {
        for octet in 0..=u8::MAX {
            let lines =
                [[b'a', octet, b':', b'b'], [b'a', b':', b'b', octet], [octet, b':', b'b', b'c']];
            for line in lines {
                let line = Bytes::copy_from_slice(&line);
                let (looked, taken) = (look(&line), field(&line, &line));
                assert_eq!(looked.is_ok(), taken.is_ok(), "{line:?}");
            }
        }
        let long = "a".repeat(LONGEST_NAME);
        for (name, is) in [(long.clone(), true), (long + "a", false), (String::new(), false)] {
            let line = Bytes::from(format!("{name}: b"));
            assert_eq!(look(&line).is_ok(), is);
            assert!(field(&line, &line).is_ok() || !is);
        }
    }
}
