//! The head of a request (RFC 9112 §2.1).

use std::{fmt, hint::cold_path, num::NonZeroU32};

use http::{Method, Uri, Version};

use super::{
    Fault, Hosts, Lines,
    field::{cut, lines, look},
    lines::{Place, Target},
};
use crate::protocol::{host::is_host, octets::Set, problem::Form, word::find};

/// Fields of a head, at most. It bounds what a head can take beyond its octets.
const FIELDS: usize = 100;

/// How long a head may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Octets, with the empty line at the end.
    pub octets: usize,
}

/// A head, and what it says of its body and of the connection.
#[derive(Debug)]
pub struct Head {
    /// Method, target, version and fields.
    pub lines: Lines,
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

/// Reads the heads of a connection.
///
/// A client says the same fields with each request, but for few: what is octet for octet as it was in the last head is not
/// looked over again. That takes [`Reader::KEPT`] octets of a connection at most.
///
/// ```
/// use wirepath_http::protocol::h1::{Framing, Limits, Reader};
///
/// let limits = Limits { octets: 16 << 10 };
/// let mut octets = &b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi"[..];
/// let head = Reader::default().read(&mut octets, limits)?.expect("its end is there");
/// assert_eq!((head.lines.path_and_query(), head.framing), (Some(("/a", None)), Framing::Length(2)));
/// assert_eq!(octets, b"hi");
/// # Ok::<(), wirepath_http::protocol::h1::Fault>(())
/// ```
#[derive(Default)]
pub struct Reader {
    /// All lines of the last head but the first, with the empty one.
    fields: Vec<u8>,
    /// What they say.
    seen: Seen,
}

impl Reader {
    /// The longest fields that are kept, in octets.
    pub const KEPT: usize = 1 << 10;

    /// Takes the head of a request off the front of what was read; `None` if its end has not come yet. Empty lines in front of it
    /// are dropped, as clients once sent them behind bodies (RFC 9112 §2.2).
    ///
    /// # Errors
    ///
    /// [`Fault`], and then nothing more of the connection can be read.
    #[inline(always)]
    pub fn read(&mut self, octets: &mut &[u8], limits: Limits) -> Result<Option<Head>, Fault> {
        while let Some(rest) = octets.strip_prefix(b"\r\n") {
            cold_path();
            *octets = rest;
        }
        let Some((first, length)) = self.look_over(octets, limits)? else { return Ok(None) };
        let (head, rest) = octets.split_at_checked(length).unwrap_or_default();
        *octets = rest;
        first.with(head, &self.seen).map(Some)
    }

    /// What the first line says, and how many octets there are to the end; nothing before that has come.
    #[inline(always)]
    fn look_over(
        &mut self,
        octets: &[u8],
        limits: Limits,
    ) -> Result<Option<(First, usize)>, Fault> {
        let found = match First::plain(octets) {
            Some(first) => Some(first),
            None => First::of(octets)?,
        };
        let found = match found {
            Some(first) => {
                let end = first.end as usize;
                let behind = octets.get(end..).unwrap_or_default();
                self.fields(behind, end, limits)?.map(|length| (first, end + length))
            }
            None => None,
        };
        match found {
            Some((_, length)) if length > limits.octets => Err(Fault::TooMuch),
            None if octets.len() >= limits.octets => Err(Fault::TooMuch),
            _ => Ok(found),
        }
    }

    /// Looks over the fields; how many octets they are, with the empty line.
    #[inline(always)]
    fn fields(
        &mut self,
        octets: &[u8],
        before: usize,
        limits: Limits,
    ) -> Result<Option<usize>, Fault> {
        let known = self.fields.len();
        if known > 0 && octets.get(..known).is_some_and(|octets| are_same(octets, &self.fields)) {
            return Ok(Some(known));
        }
        self.new_fields(octets, before, limits)
    }

    /// The same of others than the last.
    #[inline(never)]
    fn new_fields(
        &mut self,
        octets: &[u8],
        before: usize,
        limits: Limits,
    ) -> Result<Option<usize>, Fault> {
        let mut seen = Seen::default();
        for (count, line) in lines(octets).enumerate() {
            let line = line?;
            if before + line.end > limits.octets {
                return Err(Fault::TooMuch);
            }
            if line.text.is_empty() {
                if seen.accepts > 1 {
                    seen.form = form(octets);
                }
                self.seen = seen;
                self.fields.clear();
                let kept = octets.get(..line.end).filter(|octets| octets.len() <= Self::KEPT);
                self.fields.extend_from_slice(kept.unwrap_or_default());
                return Ok(Some(line.end));
            }
            if count == FIELDS {
                return Err(Fault::TooMuch);
            }
            let (name, value) = look(&line)?;
            seen.look(name, value)?;
            if name.len() == 12 && name.eq_ignore_ascii_case(b"content-type") {
                seen.content_type.get_or_insert(Place::of(value, octets));
            }
        }
        Ok(None)
    }
}

/// Without the fields, which may be secret.
impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("fields", &self.fields.len()).finish_non_exhaustive()
    }
}

/// Whether two texts of one length are the same. It takes the same time wherever they differ: a proxy may send the requests of
/// several people on one connection, and what one of them sent is not for the others to feel their way to.
fn are_same(one: &[u8], other: &[u8]) -> bool {
    let differ =
        |one: &[u8; 8], other: &[u8; 8]| u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
    let words = one.as_chunks().0.iter().zip(other.as_chunks().0);
    let words = words.fold(0, |all, (one, other)| all | differ(one, other));
    let rest = match (one.last_chunk(), other.last_chunk()) {
        (Some(one), Some(other)) => differ(one, other),
        _ => one.iter().zip(other).fold(0, |all, (one, other)| all | u64::from(one ^ other)),
    };
    words | rest == 0
}

/// The first line of a request (RFC 9112 §3).
struct First {
    method: Method,
    target: Target,
    is_1_1: bool,
    /// Where the fields begin.
    end: u32,
}

impl First {
    /// A line as most are: a path and a query in octets that need no second look, and the last version. One pass finds that it is
    /// one, and where the target ends.
    #[inline(always)]
    fn plain(octets: &[u8]) -> Option<Self> {
        let (method, start) = common_method(octets)?;
        let target = octets.get(start..).filter(|target| target.first() == Some(&b'/'))?;
        let target = target.get(..SHORT).unwrap_or(target);
        let path = PLAIN_PATH.front(target);
        let length = match target.get(path..) {
            Some(query @ [b'?', ..]) => path + PLAIN.front(query),
            _ => path,
        };
        if target.get(length..)?.first_chunk() != Some(LAST_VERSION) {
            return None;
        }
        let place = |at: usize| u32::try_from(at).ok();
        let path_end = NonZeroU32::new(place(start + path)?);
        let target = Target { start: place(start)?, path_end, end: place(start + length)? };
        Some(Self { method, target, is_1_1: true, end: target.end + LAST_VERSION.len() as u32 })
    }

    /// Any other, once it has come to its end.
    #[inline(never)]
    fn of(octets: &[u8]) -> Result<Option<Self>, Fault> {
        let Some(line) = lines(octets).next() else { return Ok(None) };
        let line = line?;
        Self::read(line.text, line.end).map(Some)
    }

    fn read(line: &[u8], end: usize) -> Result<Self, Fault> {
        let (rest, is_1_1) = match (line.strip_suffix(b" HTTP/1.1"), line) {
            (Some(rest), _) => (rest, true),
            (None, [rest @ .., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0']) => {
                (rest, false)
            }
            _ if names_a_version(line) => return Err(Fault::Version),
            _ => return Err(Fault::RequestLine),
        };
        let (method, start) = method(rest).ok_or(Fault::RequestLine)?;
        let target = rest.get(start..).unwrap_or_default();
        let place = |at: usize| u32::try_from(at).map_err(|_| Fault::TooMuch);
        let path_end = if is_plain(target) {
            let path = find(b'?', target).unwrap_or(target.len());
            NonZeroU32::new(place(start + path)?)
        } else {
            look_at_target(target)?;
            None
        };
        let target = Target { start: place(start)?, path_end, end: place(rest.len())? };
        Ok(Self { method, target, is_1_1, end: place(end)? })
    }

    /// With the fields, which have come to their end.
    #[inline(always)]
    fn with(self, octets: &[u8], seen: &Seen) -> Result<Head, Fault> {
        let Self { method, target, is_1_1, end } = self;
        let framing = seen.framing(is_1_1)?;
        let has_body = framing != Framing::Length(0);
        let is_connect = method == Method::CONNECT;
        if is_connect && has_body {
            // It has none (RFC 9110 §9.3.6), so these are octets of what is to follow.
            return Err(Fault::Early);
        }
        let asks = seen.asks_upgrade && seen.has_upgrade && is_1_1;
        let version = if is_1_1 { Version::HTTP_11 } else { Version::HTTP_10 };
        let Seen { hosts, form, .. } = *seen;
        let content_type = seen.content_type.map_or_else(Place::default, |it| it.behind(end));
        let lines = Lines::of(octets, |read| {
            (read.method, read.target, read.version) = (method, target, version);
            (read.hosts, read.content_type, read.form) = (hosts, content_type, form);
        });
        Ok(Head {
            lines,
            framing,
            persists: !seen.closes && (is_1_1 || seen.keeps_alive),
            // RFC 9110 §10.1.1: of an HTTP/1.0 client it is ignored.
            expects: seen.expects && is_1_1,
            upgrades: is_connect || (asks && !has_body),
            trailers: seen.trailers,
        })
    }
}

/// What most first lines end with.
const LAST_VERSION: &[u8; 11] = b" HTTP/1.1\r\n";

/// The method, and where the target begins.
#[inline(always)]
fn common_method(line: &[u8]) -> Option<(Method, usize)> {
    match line {
        [b'G', b'E', b'T', b' ', ..] => Some((Method::GET, 4)),
        [b'P', b'O', b'S', b'T', b' ', ..] => Some((Method::POST, 5)),
        _ => None,
    }
}

/// The same of any.
fn method(line: &[u8]) -> Option<(Method, usize)> {
    common_method(line).or_else(|| {
        let space = find(b' ', line)?;
        Some((Method::from_bytes(line.get(..space)?).ok()?, space + 1))
    })
}

/// Whether a target is a path and a query in octets that are fine in either (RFC 3986 §3.3, §3.4).
#[inline(always)]
fn is_plain(target: &[u8]) -> bool {
    target.first() == Some(&b'/') && target.len() <= SHORT && PLAIN.has_all(target)
}

/// Octets of a target that need no look at how many there are.
const SHORT: usize = 32 << 10;

static PLAIN_PATH: Set = Set::alphanumeric_and(b"!$%&'()*+,-./:;=@[\\]^_|~");

/// With the query.
static PLAIN: Set = Set::alphanumeric_and(b"!$%&'()*+,-./:;=?@[\\]^_|~");

/// Any other: the type for targets knows what may stand in them.
#[cold]
fn look_at_target(target: &[u8]) -> Result<(), Fault> {
    // It looks at no octet of a fragment, and drops it.
    let is_visible = |octet: u8| octet.is_ascii_graphic() || !octet.is_ascii();
    if !str::from_utf8(target).is_ok_and(|target| target.bytes().all(is_visible)) {
        return Err(Fault::RequestLine);
    }
    match Uri::try_from(target) {
        Ok(_) => Ok(()),
        Err(_) if target.len() >= usize::from(u16::MAX) => Err(Fault::LongTarget),
        Err(_) => Err(Fault::RequestLine),
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
    hosts: Hosts,
    /// In the fields. The first one counts.
    content_type: Option<Place>,
    /// How many lines of `Accept` there are, as far as it matters.
    accepts: u8,
    form: Form,
}

impl Seen {
    #[inline(always)]
    fn look(&mut self, name: &[u8], value: &[u8]) -> Result<(), Fault> {
        let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
        match name.len() {
            2 if is(b"te") => {
                self.trailers |= tokens(value).any(|it| it.eq_ignore_ascii_case(b"trailers"));
            }
            4 if is(b"host") => self.host(value),
            6 if is(b"accept") => {
                self.accepts = self.accepts.saturating_add(1);
                self.form = Form::of_line(value);
            }
            6 if is(b"expect") => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Fault::Expectation);
                }
                self.expects = true;
            }
            7 if is(b"upgrade") => {
                self.has_upgrade |= tokens(value).any(|it| !it.eq_ignore_ascii_case(b"h2c"));
            }
            10 if is(b"connection") => self.connection(value),
            14 if is(b"content-length") => {
                let length = Some(number(value).ok_or(Fault::Length)?);
                if self.length.is_some() && self.length != length {
                    return Err(Fault::Length);
                }
                self.length = length;
            }
            17 if is(b"transfer-encoding") => {
                for token in tokens(value) {
                    self.codings += 1;
                    self.is_chunked = token.eq_ignore_ascii_case(b"chunked");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn host(&mut self, value: &[u8]) {
        self.hosts = match self.hosts {
            Hosts::None if is_host(value) => Hosts::One,
            Hosts::None => Hosts::Bad,
            Hosts::One | Hosts::Bad | Hosts::Several => Hosts::Several,
        };
    }

    fn connection(&mut self, value: &[u8]) {
        for token in tokens(value) {
            self.closes |= token.eq_ignore_ascii_case(b"close");
            self.keeps_alive |= token.eq_ignore_ascii_case(b"keep-alive");
            self.asks_upgrade |= token.eq_ignore_ascii_case(b"upgrade");
        }
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

/// What several lines of `Accept` say together.
#[cold]
fn form(fields: &[u8]) -> Form {
    let fields = lines(fields).map_while(|line| cut(line.ok()?.text));
    let accepts = fields.filter(|(name, _)| name.eq_ignore_ascii_case(b"accept"));
    Form::of_accept(accepts.map(|(_, value)| value))
}

/// The parts of a list; one that is empty for a value that is.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|octet| *octet == b',').map(<[u8]>::trim_ascii)
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
