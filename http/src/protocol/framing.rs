//! Where in the requests of an HTTP/1 connection its octets are, and which of them had better not reach a server.
//!
//! A line may end with a bare LF, and of a request with both `Content-Length` and `Transfer-Encoding` the first may be
//! dropped: RFC 9112 allows both (§2.2, §6.1), hyper does both, and both are what requests are smuggled with through a proxy
//! that reads them otherwise. So the octets are looked at on their way. What hyper refuses by itself is left to it.

mod number;

use memchr::memchr;

use self::number::Number;

/// Follows the requests of a connection, however their octets are cut into reads. It allocates nothing.
///
/// ```
/// use wirepath_http::protocol::Framing;
///
/// let mut framing = Framing::default();
/// assert_eq!(framing.look(b"POST / HTTP/1.1\r\nContent-Len"), Ok(()));
/// assert_eq!(framing.look(b"gth: 2\r\n\r\n\n\nGET / HTTP/1.1\r\n\r\n"), Ok(()));
/// assert_eq!(framing.heads(), 2);
/// // The LF has no CR before it.
/// assert_eq!(framing.look(b"GET / HTTP/1.1\n"), Err(14));
/// ```
#[derive(Debug, Default)]
pub struct Framing {
    place: Place,
    head: Head,
    /// What is known of a line whose end has not come.
    part: Part,
    heads: u32,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Head,
    /// In a body of which so many octets are to come.
    Body(u64),
    /// In the line with the size of a chunk.
    Size,
    /// In a chunk, of which with its CRLF so many octets are to come.
    Chunk(u64),
    Trailers,
    /// Behind a request for an upgrade: if that is refused, requests go on.
    Upgrade,
    /// Nothing is looked at any more.
    Off,
}

/// What is known of a request from its head.
#[derive(Debug, Default)]
struct Head {
    has_request_line: bool,
    length: Option<u64>,
    is_chunked: bool,
    is_upgrade: bool,
}

impl Framing {
    /// Looks at the octets that come next.
    ///
    /// # Errors
    ///
    /// If one of them must not be passed on, which one; those before it may be. The connection is to be refused there: what is
    /// looked at from then on has no meaning.
    #[inline]
    pub fn look(&mut self, octets: &[u8]) -> Result<(), usize> {
        let mut at = 0;
        while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
            at += match &mut self.place {
                Place::Head | Place::Size | Place::Trailers => match self.line(rest) {
                    (length, true) => length,
                    (length, false) => return Err(at + length - 1),
                },
                Place::Body(left) | Place::Chunk(left) => {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= length as u64;
                    if *left == 0 {
                        self.passed();
                    }
                    length
                }
                // Nobody may send more before the answer (RFC 6455 §4.1): who does would have it taken for what it is not.
                Place::Upgrade => return Err(at),
                Place::Off => break,
            };
        }
        Ok(())
    }

    /// How many heads came to their end; it wraps.
    #[inline]
    #[must_use]
    pub fn heads(&self) -> u32 {
        self.heads
    }

    /// Whether it stands behind a request for an upgrade, or `CONNECT`, whose answer it has to be told.
    #[inline]
    #[must_use]
    pub fn is_upgrade(&self) -> bool {
        self.place == Place::Upgrade
    }

    /// The request for an upgrade was refused: what follows is a request.
    #[cold]
    pub fn go_on(&mut self) {
        if self.is_upgrade() {
            self.place = Place::Head;
        }
    }

    /// What follows is not HTTP/1, and nothing is looked at.
    #[inline]
    pub fn off(&mut self) {
        self.place = Place::Off;
    }

    /// Takes a line, or as much of it as is there: how many octets that is, and whether it may be.
    #[inline]
    fn line(&mut self, octets: &[u8]) -> (usize, bool) {
        let Some(end) = memchr(b'\n', octets) else {
            self.part.push(octets, self.place == Place::Size);
            return (octets.len(), true);
        };
        let line = octets.get(..end).unwrap_or_default();
        let is_well = if self.part.length > 0 { self.parted(line) } else { self.whole(line) };
        (end + 1, is_well)
    }

    /// The end of a line that came in parts.
    #[cold]
    fn parted(&mut self, end: &[u8]) -> bool {
        self.part.push(end, self.place == Place::Size);
        let part = std::mem::take(&mut self.part);
        let is_empty = part.length == 1;
        part.last == b'\r'
            && match self.place {
                Place::Size => self.size(part.number),
                Place::Trailers => self.trailer(is_empty),
                _ => self.field(part.start(), is_empty, || part.number),
            }
    }

    /// A line that is there as a whole, without its LF.
    #[inline]
    fn whole(&mut self, line: &[u8]) -> bool {
        let [line @ .., b'\r'] = line else { return false };
        match self.place {
            Place::Size => self.size(Number::hexadecimal(line)),
            Place::Trailers => self.trailer(line.is_empty()),
            _ => self.field(line, line.is_empty(), || {
                Number::decimal(line.get(LENGTH.len()..).unwrap_or_default())
            }),
        }
    }

    /// A line of a head, or its beginning. The number is what stands behind [`LENGTH`].
    #[inline]
    fn field(&mut self, line: &[u8], is_empty: bool, number: impl FnOnce() -> Number) -> bool {
        if is_empty {
            // Before a request hyper takes empty lines, as it has to (RFC 9112 §2.2).
            if self.head.has_request_line {
                self.end();
            }
            return true;
        }
        if !self.head.has_request_line {
            self.head = Head { has_request_line: true, ..Head::default() };
            self.head.is_upgrade = line.starts_with(b"CONNECT ");
            return true;
        }
        match line.first() {
            Some(b'c' | b'C') if starts(line, LENGTH) => {
                self.head.length = number().value();
                self.head.length.is_some() && !self.head.is_chunked
            }
            Some(b't' | b'T') if starts(line, CODING) => {
                self.head.is_chunked = true;
                self.head.length.is_none()
            }
            Some(b'u' | b'U') if starts(line, UPGRADE) => {
                self.head.is_upgrade = true;
                true
            }
            _ => true,
        }
    }

    /// The end of a head.
    #[inline]
    fn end(&mut self) {
        self.heads = self.heads.wrapping_add(1);
        match self.head.length {
            _ if self.head.is_chunked => self.place = Place::Size,
            Some(length @ 1..) => self.place = Place::Body(length),
            _ => self.request(),
        }
    }

    /// The end of a request.
    #[inline]
    fn request(&mut self) {
        self.head.has_request_line = false;
        self.place = if self.head.is_upgrade { Place::Upgrade } else { Place::Head };
    }

    /// The end of octets that are counted.
    fn passed(&mut self) {
        match self.place {
            Place::Chunk(_) => self.place = Place::Size,
            _ => self.request(),
        }
    }

    /// The line in front of a chunk.
    fn size(&mut self, size: Number) -> bool {
        match size.value() {
            Some(0) => self.place = Place::Trailers,
            Some(size) => self.place = Place::Chunk(size.saturating_add(2)),
            None => return false,
        }
        true
    }

    fn trailer(&mut self, is_empty: bool) -> bool {
        if is_empty {
            self.request();
        }
        true
    }
}

const LENGTH: &[u8] = b"content-length:";
const CODING: &[u8] = b"transfer-encoding:";
const UPGRADE: &[u8] = b"upgrade:";

#[inline]
fn starts(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// The part of a line that has come, as far as it matters.
#[derive(Debug, Default)]
struct Part {
    /// Its first octets: the longest name fits.
    start: [u8; CODING.len()],
    /// How many octets have come; it stays at the largest.
    length: usize,
    last: u8,
    /// It is the one of a body's length.
    is_length: bool,
    /// A chunk's size, or what stands behind [`LENGTH`].
    number: Number,
}

impl Part {
    #[cold]
    fn push(&mut self, octets: &[u8], is_size: bool) {
        for (at, &octet) in octets.iter().enumerate() {
            if let Some(place) = self.start.get_mut(self.length) {
                *place = octet;
            } else if !is_size && !self.is_length {
                // Nothing of the rest matters, but how it ends.
                self.length = self.length.saturating_add(octets.len() - at);
                break;
            }
            if is_size {
                self.number.hexadecimal_digit(octet);
            } else if self.is_length {
                self.number.decimal_digit(octet);
            }
            self.length = self.length.saturating_add(1);
            if self.length == LENGTH.len() {
                self.is_length = starts(&self.start, LENGTH);
            }
        }
        self.last = octets.last().copied().unwrap_or(self.last);
    }

    fn start(&self) -> &[u8] {
        self.start.get(..self.length).unwrap_or(&self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where octets are refused, in pieces of this length.
    fn refused(octets: &str, piece: usize) -> Option<usize> {
        let (mut framing, mut before) = (Framing::default(), 0);
        for piece in octets.as_bytes().chunks(piece) {
            if let Err(at) = framing.look(piece) {
                return Some(before + at);
            }
            before += piece.len();
        }
        None
    }

    #[test]
    fn what_is_well_is_left_alone_however_it_comes() {
        let body = "GET\n\n\r\n\r\ncontent-length: 1\n";
        let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let long = format!("POST / HTTP/1.1\r\nContent-Length:\t{}\r\n\r\n{body}", body.len());
        let padded = format!(
            "POST / HTTP/1.1\r\ncontent-length:{0}000{1}{0}\r\n\r\n{body}",
            " ".repeat(40),
            body.len()
        );
        let chunks = format!(
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nx: y\r\n\r\n{:x};a=b\r\n{body}\r\n{}A\r\n\n\n\n\n\n\n\n\n\n\n\r\n0\r\nt: u\r\n\r\n",
            body.len(),
            "0".repeat(70)
        );
        let other = "GET / HTTP/1.1\r\ncontent-lengths: 1\r\ntransfer-encodings: 2\r\nc\r\n\r\n";
        let wide = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(100));
        let upgrade = "POST / HTTP/1.1\r\nupgrade: websocket\r\ncontent-length: 1\r\n\r\n\n";
        let all =
            [get, &long, "\r\n", &chunks, &padded, &wide, other, get, &long, upgrade].concat();
        for piece in 1..all.len() {
            assert_eq!(refused(&all, piece), None, "{piece}");
        }
        assert_eq!(refused(&format!("{all}G"), 7), Some(all.len()));
    }

    #[test]
    fn what_must_not_be_is_refused_however_it_comes() {
        let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let many = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n\n\r\n0\r\n\r\n";
        for bad in [
            "GET / HTTP/1.1",
            "",
            "GET / HTTP/1.1\r\na: b",
            "GET / HTTP/1.1\r\na: b\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: x\r",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\na: b\r\nCONTENT-LENGTH: 1\r",
            "POST / HTTP/1.1\r\ncontent-length: +1\r",
            "POST / HTTP/1.1\r\ncontent-length: 1 1\r",
            "POST / HTTP/1.1\r\ncontent-length:\r",
            "POST / HTTP/1.1\r\ncontent-length: 18446744073709551616\r",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n+1\r",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n10000000000000000\r",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1",
            // hyper would look for the end of the trailers behind it.
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx:",
        ] {
            let before = [get, many, bad].concat();
            let all = [&before, "\n", get].concat();
            for piece in 1..all.len() {
                assert_eq!(refused(&all, piece), Some(before.len()), "{bad:?} in {piece}");
            }
        }
    }

    #[test]
    fn behind_a_refused_upgrade_requests_go_on() {
        for head in ["GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\n\r\n"] {
            let mut framing = Framing::default();
            assert_eq!(framing.look(head.as_bytes()), Ok(()));
            assert!(framing.is_upgrade());
            framing.go_on();
            assert_eq!(framing.look(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\n"), Err(32));
            assert_eq!(framing.heads(), 2);
        }
        let mut framing = Framing::default();
        framing.off();
        assert_eq!(framing.look(b"\n\n"), Ok(()));
    }
}
