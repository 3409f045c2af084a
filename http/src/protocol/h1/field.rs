//! Lines, and the fields in them (RFC 9112 §5).

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use memchr::memchr;

use super::Fault;
use crate::protocol::{
    octets::Set,
    word::{control, find},
};

/// A line that has come to its end, without it.
pub(super) struct Line<'a> {
    pub(super) text: &'a [u8],
    /// Where the next one begins.
    pub(super) end: usize,
    /// There is no control in it but tabs, so whatever value it has is well (RFC 9110 §5.5).
    pub(super) is_visible: bool,
}

/// The lines that have come to their end.
#[inline(always)]
pub(super) fn lines(head: &[u8]) -> Lines<'_> {
    Lines { head, start: 0 }
}

/// What [`lines`] gives. The ends of lines are controls, and so is all that a value must not have: one search finds both.
#[derive(Clone)]
pub(super) struct Lines<'a> {
    head: &'a [u8],
    start: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, Fault>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.head.get(self.start..)?;
        let at = control(rest)?;
        let (text, behind) = rest.split_at_checked(at)?;
        let (text, length, is_visible) = match behind {
            [b'\r', b'\n', ..] => (text, at + 2, true),
            _ => match end(rest, at)? {
                Ok((text, is_visible)) => (text, text.len() + 2, is_visible),
                Err(fault) => return Some(Err(fault)),
            },
        };
        self.start += length;
        Some(Ok(Line { text, end: self.start, is_visible }))
    }
}

/// The line in front of the next line's end, where another control comes first; and whether all such controls are tabs.
#[cold]
fn end(rest: &[u8], control: usize) -> Option<Result<(&[u8], bool), Fault>> {
    let line = rest.get(..memchr(b'\n', rest)?)?;
    let Some(text) = line.strip_suffix(b"\r") else { return Some(Err(Fault::BareLf)) };
    let mut behind = text.get(control..).unwrap_or_default().iter();
    let is_visible = behind.all(|octet| *octet == b'\t' || !octet.is_ascii_control());
    Some(Ok((text, is_visible)))
}

/// A line `name: value`, in two; none without a colon.
#[inline(always)]
pub(super) fn cut(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = find(b':', line)?;
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
pub(super) fn look<'a>(line: &Line<'a>) -> Result<(&'a [u8], &'a [u8]), Fault> {
    let (name, value) = cut(line.text).ok_or(Fault::Field)?;
    let is_name = !name.is_empty() && name.len() <= LONGEST_NAME && TOKEN.has_all(name);
    if is_name && line.is_visible { Ok((name, value)) } else { Err(Fault::Field) }
}

/// What the type of names takes.
const LONGEST_NAME: usize = 32 << 10;

/// RFC 9110 §5.6.2.
static TOKEN: Set = Set::alphanumeric_and(b"!#$%&'*+-.^_`|~");

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
            let those =
                [[b'a', octet, b':', b'b'], [b'a', b':', b'b', octet], [octet, b':', b'b', b'c']];
            for line in those {
                let head = Bytes::from([&line[..], b"\r\n"].concat());
                let line = head.slice(..line.len());
                let looked = lines(&head).next().unwrap().and_then(|line| look(&line).map(drop));
                assert_eq!(looked.is_ok(), field(&line, &line).is_ok(), "{line:?}");
            }
        }
        let long = "a".repeat(LONGEST_NAME);
        for (name, is) in [(long.clone(), true), (long + "a", false), (String::new(), false)] {
            let line = Bytes::from(format!("{name}: b"));
            let looked = Line { text: &line, end: line.len(), is_visible: true };
            assert_eq!(look(&looked).is_ok(), is);
            assert!(field(&line, &line).is_ok() || !is);
        }
    }
}
