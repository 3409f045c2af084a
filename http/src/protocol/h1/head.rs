//! The head of a request (RFC 9112 §2.1).

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, TE, TRANSFER_ENCODING, UPGRADE},
    request::Parts,
};
use memchr::memchr;

use super::{
    Fault,
    field::{field, lines, shared},
};

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
    let mut lines = lines(octets.get(skipped..).unwrap_or_default());
    if let Some(first) = lines.next() {
        let line = Line::read(octets, first?.0)?;
        let (mut fields, mut seen) = (spare, Seen::default());
        fields.clear();
        for (count, more) in lines.enumerate() {
            let (text, end) = more?;
            if skipped + end > limits.octets {
                return Err(Fault::TooMuch);
            }
            if text.is_empty() {
                return Ok(Some((line.with(fields, &seen)?, skipped + end)));
            }
            if count == FIELDS {
                return Err(Fault::TooMuch);
            }
            let (name, value) = field(octets, text)?;
            seen.look(&name, &value)?;
            fields.append(name, value);
        }
    }
    if octets.len() < limits.octets { Ok(None) } else { Err(Fault::TooMuch) }
}

/// The first line of a request (RFC 9112 §3).
struct Line {
    method: Method,
    target: Uri,
    is_1_1: bool,
}

impl Line {
    #[inline(always)]
    fn read(head: &Bytes, line: &[u8]) -> Result<Self, Fault> {
        let (rest, is_1_1) = match (line.strip_suffix(b" HTTP/1.1"), line) {
            (Some(rest), _) => (rest, true),
            (None, [rest @ .., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0']) => {
                (rest, false)
            }
            _ if names_a_version(line) => return Err(Fault::Version),
            _ => return Err(Fault::RequestLine),
        };
        let space = memchr(b' ', rest).ok_or(Fault::RequestLine)?;
        let (method, target) = rest.split_at_checked(space).ok_or(Fault::RequestLine)?;
        let target = target.get(1..).unwrap_or_default();
        let method = Method::from_bytes(method).map_err(|_| Fault::RequestLine)?;
        // The type looks at no octet of a fragment, and drops it.
        if memchr(b'#', target).is_some() && !target.iter().all(|it| is_of_a_target(*it)) {
            return Err(Fault::RequestLine);
        }
        let target = Uri::from_maybe_shared(shared(head, target)).map_err(|_| {
            if target.len() >= usize::from(u16::MAX) {
                Fault::LongTarget
            } else {
                Fault::RequestLine
            }
        })?;
        Ok(Self { method, target, is_1_1 })
    }

    /// With the fields, which have come to their end.
    #[inline(always)]
    fn with(self, fields: HeaderMap, seen: &Seen) -> Result<Head, Fault> {
        let Self { method, target, is_1_1 } = self;
        let framing = seen.framing(is_1_1)?;
        let has_body = framing != Framing::Length(0);
        let is_connect = method == Method::CONNECT;
        if is_connect && has_body {
            // It has none (RFC 9110 §9.3.6), so these are octets of what is to follow.
            return Err(Fault::Early);
        }
        let asks = seen.asks_upgrade && seen.has_upgrade && is_1_1;
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = method;
        parts.uri = target;
        parts.version = if is_1_1 { Version::HTTP_11 } else { Version::HTTP_10 };
        parts.headers = fields;
        Ok(Head {
            parts,
            framing,
            persists: !seen.closes && (is_1_1 || seen.keeps_alive),
            // RFC 9110 §10.1.1: of an HTTP/1.0 client it is ignored.
            expects: seen.expects && is_1_1,
            upgrades: is_connect || (asks && !has_body),
            trailers: seen.trailers,
        })
    }
}

/// Whether a line is one of a request but for its version.
#[cold]
fn names_a_version(line: &[u8]) -> bool {
    let mut words = line.split(|octet| *octet == b' ').skip(2);
    match (words.next(), words.next()) {
        (Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor]), None) => {
            major.is_ascii_digit() && minor.is_ascii_digit()
        }
        _ => false,
    }
}

/// Visible, or of a character beyond ASCII.
fn is_of_a_target(octet: u8) -> bool {
    octet.is_ascii_graphic() || !octet.is_ascii()
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
