//! Lines, and the fields in them (RFC 9112 §5).

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use memchr::{memchr, memchr_iter};

use super::Fault;

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

/// A line `name: value`. What may stand in either is for their types to judge: a name that has a blank in it or in front of it
/// is none.
#[inline(always)]
pub(super) fn field(head: &Bytes, line: &[u8]) -> Result<(HeaderName, HeaderValue), Fault> {
    let (name, value) =
        memchr(b':', line).and_then(|at| line.split_at_checked(at)).ok_or(Fault::Field)?;
    let name = HeaderName::from_bytes(name).map_err(|_| Fault::Field)?;
    // RFC 9112 §5: optional blanks.
    let mut value = value.get(1..).unwrap_or_default();
    while let Some((b' ' | b'\t', rest)) = value.split_first() {
        value = rest;
    }
    while let Some((b' ' | b'\t', rest)) = value.split_last() {
        value = rest;
    }
    let value = HeaderValue::from_maybe_shared(shared(head, value));
    Ok((name, value.map_err(|_| Fault::Field)?))
}

/// The octets of a part of what was read, shared with it.
#[inline(always)]
pub(super) fn shared(head: &Bytes, part: &[u8]) -> Bytes {
    if part.is_empty() { Bytes::new() } else { head.slice_ref(part) }
}
