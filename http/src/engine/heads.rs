//! What hyper takes between the lines of HTTP/1, and a server had better not.
//!
//! hyper ends a line at a bare LF, and of a request with both `Content-Length` and `Transfer-Encoding` it drops the first
//! without a word. RFC 9112 allows both (§2.2, §6.1), and both are what requests are smuggled with through a proxy that reads
//! them otherwise. So the lines are looked at on their way to hyper. One that must not be gets a NUL for its LF: no head may
//! have one, and hyper answers 400 and closes, in the order of the requests.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use memchr::memchr;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose requests are looked at.
pub(super) struct Heads<T> {
    stream: T,
    pub(super) lines: Lines,
}

/// Where in the requests of a connection it is.
#[derive(Debug)]
pub(super) struct Lines {
    place: Place,
    head: Head,
    /// The beginning of a line whose end has not come, at most [`KEPT`] octets of it.
    part: Vec<u8>,
    /// The last octet of that beginning.
    last: u8,
}

/// What is known of the head that is read.
#[derive(Debug, Default)]
struct Head {
    has_request_line: bool,
    length: Option<u64>,
    is_chunked: bool,
    is_upgrade: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
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
    /// Nothing is looked at any more: it is no HTTP/1, or was spoiled.
    Off,
}

/// Octets of a line that are kept until its end comes: a length fits, with its name.
const KEPT: usize = 64;

impl Lines {
    pub(super) fn new(is_h2: bool) -> Self {
        let place = if is_h2 { Place::Off } else { Place::Head };
        Self { place, head: Head::default(), part: Vec::new(), last: 0 }
    }

    /// Whether it waits for the answer to a request for an upgrade.
    #[inline]
    pub(super) fn is_upgrade(&self) -> bool {
        self.place == Place::Upgrade
    }

    /// What that answer was.
    pub(super) fn answer(&mut self, is_upgraded: bool) {
        self.place = if is_upgraded { Place::Off } else { Place::Head };
    }

    /// Looks at what was read, and spoils what must not be.
    pub(super) fn look(&mut self, mut octets: &mut [u8]) {
        while !octets.is_empty() {
            let count = match &mut self.place {
                Place::Body(left) | Place::Chunk(left) => {
                    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(octets.len());
                    *left -= count as u64;
                    if *left == 0 {
                        let is_body = matches!(self.place, Place::Body(_));
                        self.place = if is_body { Place::Head } else { Place::Size };
                    }
                    count
                }
                Place::Head | Place::Size | Place::Trailers => self.line(octets),
                // Nobody may send more before the answer (RFC 6455 §4.1): who does would have it taken for what it is not.
                Place::Upgrade => {
                    octets.fill(0);
                    return self.place = Place::Off;
                }
                Place::Off => return,
            };
            octets = octets.get_mut(count..).unwrap_or_default();
        }
    }

    /// Takes a line, or as much of it as is there: how many octets that is.
    #[inline]
    fn line(&mut self, octets: &mut [u8]) -> usize {
        let Some(end) = memchr(b'\n', octets) else {
            self.keep(octets);
            return octets.len();
        };
        let (line, after) = octets.split_at_mut(end);
        let is_well = match (self.part.is_empty(), line) {
            (true, [line @ .., b'\r']) => self.whole(line, true, false),
            (true, line) => self.whole(line, false, false),
            (false, line) => self.parted(line),
        };
        if let (false, Some(lf)) = (is_well, after.first_mut()) {
            *lf = 0;
            self.place = Place::Off;
        }
        end + 1
    }

    #[cold]
    fn keep(&mut self, octets: &[u8]) {
        let room = KEPT - self.part.len().min(KEPT);
        self.part.extend_from_slice(octets.get(..room).unwrap_or(octets));
        self.last = octets.last().copied().unwrap_or(self.last);
    }

    /// The end of a line that came in parts.
    #[cold]
    fn parted(&mut self, end: &[u8]) -> bool {
        self.keep(end);
        let part = std::mem::take(&mut self.part);
        let line = part.strip_suffix(b"\r").unwrap_or(&part);
        self.whole(line, self.last == b'\r', part.len() == KEPT)
    }

    /// Whether a line may be. It is without its CRLF, or its LF, and may have been cut.
    #[inline]
    fn whole(&mut self, line: &[u8], has_cr: bool, is_cut: bool) -> bool {
        match self.place {
            Place::Head => has_cr && self.field(line, is_cut),
            Place::Size => self.size(line),
            Place::Trailers => {
                if line.is_empty() && has_cr {
                    self.place = Place::Head;
                }
                true
            }
            _ => true,
        }
    }

    /// A line of a head.
    #[inline]
    fn field(&mut self, line: &[u8], is_cut: bool) -> bool {
        let Some(first) = line.first() else {
            // Before a request hyper takes empty lines, as it has to (RFC 9112 §2.2).
            if self.head.has_request_line {
                self.end();
            }
            return true;
        };
        if !self.head.has_request_line {
            self.head.has_request_line = true;
            self.head.is_upgrade = line.starts_with(b"CONNECT ");
            return true;
        }
        match first.to_ascii_lowercase() {
            b'c' => {
                if let Some(value) = value_of(line, b"content-length") {
                    self.head.length = number(value, 10).filter(|_| !is_cut);
                    return self.head.length.is_some() && !self.head.is_chunked;
                }
            }
            b't' if value_of(line, b"transfer-encoding").is_some() => {
                self.head.is_chunked = true;
                return self.head.length.is_none();
            }
            b'u' => self.head.is_upgrade |= value_of(line, b"upgrade").is_some(),
            _ => {}
        }
        true
    }

    /// The end of a head.
    fn end(&mut self) {
        let head = std::mem::take(&mut self.head);
        self.place = match head.length {
            _ if head.is_chunked => Place::Size,
            Some(length @ 1..) => Place::Body(length),
            _ if head.is_upgrade => Place::Upgrade,
            _ => Place::Head,
        };
    }

    /// The line in front of a chunk.
    fn size(&mut self, line: &[u8]) -> bool {
        let end = line.iter().position(|octet| !octet.is_ascii_hexdigit()).unwrap_or(line.len());
        match line.get(..end).and_then(|digits| number(digits, 16)) {
            Some(0) => self.place = Place::Trailers,
            Some(size) => self.place = Place::Chunk(size.saturating_add(2)),
            None => return false,
        }
        true
    }
}

/// What stands behind a name and its colon.
#[inline]
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

/// Digits, and nothing else.
fn number(digits: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    // It would take a sign.
    let is_well = text.bytes().all(|octet| char::from(octet).is_digit(radix));
    u64::from_str_radix(text, radix).ok().filter(|_| is_well)
}

impl<T> Heads<T> {
    pub(super) fn new(stream: T, is_h2: bool) -> Self {
        Self { stream, lines: Lines::new(is_h2) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Heads<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        this.lines.look(buffer.filled_mut().get_mut(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Heads<T> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of octets, in pieces of this length.
    fn looked(octets: &str, piece: usize) -> String {
        let mut lines = Lines::new(false);
        let mut octets = octets.as_bytes().to_vec();
        octets.chunks_mut(piece).for_each(|piece| lines.look(piece));
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn what_is_well_is_left_alone_however_it_comes() {
        let body = "GET\n\n\r\n\r\ncontent-length: 1\n";
        let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let long = format!("POST / HTTP/1.1\r\nContent-Length:\t{}\r\n\r\n{body}", body.len());
        let chunks = format!(
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nx: y\r\n\r\n{:x};a=b\r\n{body}\r\n00A\r\n\n\n\n\n\n\n\n\n\n\n\r\n0\r\nt: u\r\n\r\n",
            body.len()
        );
        let other = "GET / HTTP/1.1\r\ncontent-lengths: 1\r\ntransfer-encodings: 2\r\nc\r\n\r\n";
        let wide = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(100));
        let upgrade = "GET / HTTP/1.1\r\nupgrade: websocket\r\n\r\n";
        let all = [get, &long, "\r\n", &chunks, &wide, other, get, &long, upgrade].concat();
        for piece in 1..all.len() {
            assert_eq!(looked(&all, piece), all, "{piece}");
        }
    }

    #[test]
    fn what_must_not_be_is_spoiled_however_it_comes() {
        let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let many = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n\n\r\n0\r\n\r\n";
        for bad in [
            "GET / HTTP/1.1|\n",
            "|\n",
            "GET / HTTP/1.1\r\na: b|\n",
            "GET / HTTP/1.1\r\na: b\r\n|\n",
            "POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: x\r|\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\na: b\r\nCONTENT-LENGTH: 1\r|\n",
            "POST / HTTP/1.1\r\ncontent-length: +1\r|\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n+1\r|\n",
        ] {
            let all = [get, many, bad].concat();
            let spoiled = all.replace("|\n", "\0") + get;
            let all = all.replace('|', "") + get;
            for piece in 1..all.len() {
                assert_eq!(looked(&all, piece), spoiled, "{piece}");
            }
        }
        // A length that was cut is none.
        let padded = format!("GET / HTTP/1.1\r\ncontent-length: {}5\r\n", " ".repeat(60));
        assert_eq!(looked(&padded, 1), padded.replace("5\r\n", "5\r\0"));
        assert_eq!(looked(&padded, 200), padded);
    }

    #[test]
    fn behind_a_refused_upgrade_requests_go_on() {
        let mut lines = Lines::new(false);
        lines.look(&mut b"GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n".to_vec());
        assert!(lines.is_upgrade());
        lines.answer(false);
        let mut bad = b"GET / HTTP/1.1\n".to_vec();
        lines.look(&mut bad);
        assert_eq!(bad, b"GET / HTTP/1.1\0");
        let hasty = "GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n";
        assert_eq!(looked(&format!("{hasty}GET"), 100), format!("{hasty}\0\0\0"));
        let mut lines = Lines::new(false);
        lines.look(&mut b"CONNECT x:1 HTTP/1.1\r\n\r\n".to_vec());
        lines.answer(true);
        let mut any = b"\n\n".to_vec();
        lines.look(&mut any);
        assert_eq!(any, b"\n\n");
    }
}
