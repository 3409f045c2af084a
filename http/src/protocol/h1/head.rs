//! The head of a request (RFC 9112 §2.1).

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, TE, TRANSFER_ENCODING, UPGRADE},
    request::Parts,
};
use memchr::memchr_iter;

use super::Fault;

/// Fields of a head, at most. It bounds what a head can take beyond its octets.
const FIELDS: usize = 100;

/// How long a head may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Octets, with the empty line at the end.
    pub octets: usize,
}

/// A head, read.
#[derive(Debug)]
pub struct Head {
    /// Method, target, version and fields.
    pub parts: Parts,
    /// How the body ends.
    pub framing: Framing,
    /// Whether the client means to send more on the connection (RFC 9112 §9.3).
    pub persists: bool,
    /// Whether it waits for `100 Continue` before it sends the body.
    pub expects: bool,
    /// Whether it wants to speak something else on the connection than HTTP: `CONNECT`, or `Upgrade` without a body, but for
    /// HTTP/2, which it can have without asking (RFC 9113 §3.1 took that kind of upgrade back).
    pub upgrades: bool,
    /// Whether it reads trailers (RFC 9110 §10.1.4).
    pub trailers: bool,
}

/// How a body ends (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// After so many octets; there is none if that is 0.
    Length(u64),
    /// With the last chunk.
    Chunked,
}

/// Reads the head of a request at the front of what was read, and how many octets of it that is; `None` if its end has not
/// come yet.
///
/// `spare` is a map whose room is used again; what it holds is dropped.
///
/// # Errors
///
/// [`Fault`], and then nothing more of the connection can be read.
///
/// ```
/// use wirepath_http::{HeaderMap, protocol::h1::{Framing, Limits, read}};
///
/// let limits = Limits { octets: 16 << 10 };
/// let octets = "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi".into();
/// let (head, length) = read(&octets, limits, HeaderMap::new())?.expect("its end is there");
/// assert_eq!((head.parts.uri.path(), head.framing), ("/a", Framing::Length(2)));
/// assert_eq!(octets[length..], *b"hi");
/// # Ok::<(), wirepath_http::protocol::h1::Fault>(())
/// ```
pub fn read(
    octets: &Bytes,
    limits: Limits,
    spare: HeaderMap,
) -> Result<Option<(Head, usize)>, Fault> {
    // Empty lines before a request are passed over, as clients once sent them behind bodies (RFC 9112 §2.2).
    let mut skipped = 0;
    while octets.get(skipped..).is_some_and(|rest| rest.starts_with(b"\r\n")) {
        skipped += 2;
    }
    let mut room = [const { MaybeUninit::uninit() }; FIELDS];
    let mut parsed = httparse::Request::new(&mut []);
    let head = octets.get(skipped..).unwrap_or_default();
    let length = match parsed.parse_with_uninit_headers(head, &mut room) {
        Ok(httparse::Status::Complete(length)) if skipped + length <= limits.octets => length,
        Ok(httparse::Status::Partial) if octets.len() < limits.octets => return Ok(None),
        Ok(_) => return Err(Fault::TooMuch),
        Err(error) => return Err(fault(error, head)),
    };
    if !ends_with_crlf(head.get(..length).unwrap_or_default()) {
        return Err(Fault::BareLf);
    }
    Ok(Some((assemble(octets, &parsed, spare)?, skipped + length)))
}

#[cold]
fn fault(error: httparse::Error, head: &[u8]) -> Fault {
    match error {
        httparse::Error::TooManyHeaders => Fault::TooMuch,
        httparse::Error::HeaderName | httparse::Error::HeaderValue => Fault::Field,
        httparse::Error::Version if names_a_version(head) => Fault::Version,
        _ => Fault::RequestLine,
    }
}

/// Whether the first line is one of a request, and its version is what is wrong with it.
fn names_a_version(head: &[u8]) -> bool {
    let line = head.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    let mut words = line.split(|octet| *octet == b' ').skip(2);
    match (words.next(), words.next()) {
        (Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor]), None) => {
            major.is_ascii_digit() && minor.is_ascii_digit()
        }
        _ => false,
    }
}

/// Whether each line does.
fn ends_with_crlf(head: &[u8]) -> bool {
    memchr_iter(b'\n', head).all(|at| at.checked_sub(1).and_then(|at| head.get(at)) == Some(&b'\r'))
}

/// The octets of a part of what was read, shared with it.
fn shared(head: &Bytes, part: &[u8]) -> Bytes {
    if part.is_empty() { Bytes::new() } else { head.slice_ref(part) }
}

fn assemble(
    head: &Bytes,
    parsed: &httparse::Request<'_, '_>,
    mut fields: HeaderMap,
) -> Result<Head, Fault> {
    let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version)
    else {
        return Err(Fault::RequestLine);
    };
    fields.clear();
    fields.reserve(parsed.headers.len());
    let is_1_1 = version == 1;
    let mut seen = Seen::default();
    for field in parsed.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| Fault::Field)?;
        let value = HeaderValue::from_maybe_shared(shared(head, field.value));
        let value = value.map_err(|_| Fault::Field)?;
        seen.look(&name, &value)?;
        fields.append(name, value);
    }
    let framing = seen.framing(is_1_1)?;
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Fault::RequestLine)?;
    let has_body = framing != Framing::Length(0);
    let is_connect = method == Method::CONNECT;
    if is_connect && has_body {
        // It has none (RFC 9110 §9.3.6), so these are octets of what is to follow.
        return Err(Fault::Early);
    }
    let asks = seen.asks_upgrade && seen.has_upgrade && is_1_1;
    let upgrades = is_connect || (asks && !has_body);
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.uri = Uri::from_maybe_shared(shared(head, target.as_bytes())).map_err(|_| {
        if target.len() >= usize::from(u16::MAX) { Fault::LongTarget } else { Fault::RequestLine }
    })?;
    parts.method = method;
    parts.version = if is_1_1 { Version::HTTP_11 } else { Version::HTTP_10 };
    parts.headers = fields;
    Ok(Head {
        parts,
        framing,
        persists: !seen.closes && (is_1_1 || seen.keeps_alive),
        // RFC 9110 §10.1.1: of an HTTP/1.0 client it is ignored.
        expects: seen.expects && is_1_1,
        upgrades,
        trailers: seen.trailers,
    })
}

/// What the fields say of the connection and of the body.
#[derive(Default)]
struct Seen {
    length: Option<u64>,
    /// How many codings there are.
    codings: usize,
    /// The last one is `chunked`.
    is_chunked: bool,
    closes: bool,
    keeps_alive: bool,
    asks_upgrade: bool,
    has_upgrade: bool,
    expects: bool,
    trailers: bool,
}

impl Seen {
    #[inline]
    fn look(&mut self, name: &HeaderName, value: &HeaderValue) -> Result<(), Fault> {
        if *name == CONTENT_LENGTH {
            let length = Some(number(value.as_bytes()).ok_or(Fault::Length)?);
            if self.length.is_some() && self.length != length {
                return Err(Fault::Length);
            }
            self.length = length;
        } else if *name == CONNECTION {
            for token in tokens(value) {
                self.closes |= token.eq_ignore_ascii_case(b"close");
                self.keeps_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                self.asks_upgrade |= token.eq_ignore_ascii_case(b"upgrade");
            }
        } else if *name == TRANSFER_ENCODING {
            for token in tokens(value) {
                self.codings += 1;
                self.is_chunked = token.eq_ignore_ascii_case(b"chunked");
            }
        } else if *name == UPGRADE {
            self.has_upgrade |= tokens(value).any(|it| !it.eq_ignore_ascii_case(b"h2c"));
        } else if *name == EXPECT {
            if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") {
                return Err(Fault::Expectation);
            }
            self.expects = true;
        } else if *name == TE {
            self.trailers |= tokens(value).any(|token| token.eq_ignore_ascii_case(b"trailers"));
        }
        Ok(())
    }

    fn framing(&self, is_1_1: bool) -> Result<Framing, Fault> {
        match (self.codings, self.length) {
            (0, length) => Ok(Framing::Length(length.unwrap_or(0))),
            (_, Some(_)) => Err(Fault::LengthAndCoding),
            _ if !self.is_chunked || !is_1_1 => Err(Fault::Endless),
            (1, None) => Ok(Framing::Chunked),
            _ => Err(Fault::Coding),
        }
    }
}

/// The parts of a list; one that is empty for a value that is.
fn tokens(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    value.as_bytes().split(|octet| *octet == b',').map(<[u8]>::trim_ascii)
}

/// Digits, and nothing else.
fn number(digits: &[u8]) -> Option<u64> {
    let add = |number: u64, digit: &u8| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number.checked_mul(10)?.checked_add(u64::from(digit))).flatten()
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

#[cfg(test)]
mod tests;
