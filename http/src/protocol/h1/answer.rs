//! The head of a response (RFC 9112 §4), and its body's chunks.

use std::io::Write;

use http::{
    HeaderName, HeaderValue, Method, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING},
};

/// A response, and how it goes out.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: StatusCode,
    /// What it says besides.
    pub fields: Fields<'a>,
    /// The octets of the body, if they are known.
    pub length: Option<u64>,
    /// What was asked.
    pub method: &'a Method,
    /// How the client speaks.
    pub version: Version,
    /// Whether the connection may be kept.
    pub persists: bool,
    /// The line `Date` (RFC 9110 §6.6.1), with its end.
    pub date_line: &'a [u8],
}

/// The fields of a response, but for those that are the connection's.
#[derive(Debug, Clone, Copy)]
pub enum Fields<'a> {
    /// All that there are.
    Map(&'a HeaderMap),
    /// `Content-Type` alone, or nothing.
    Typed(Option<&'a str>),
}

/// What is to follow a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// No body.
    Nothing,
    /// A body of so many octets.
    Length(u64),
    /// A body in chunks, until [`last_chunk`].
    Chunks,
    /// A body, until the connection is closed: the client does not know chunks.
    UntilClose,
}

impl Answer<'_> {
    /// Writes the head; what has to follow, and whether the connection may be kept then.
    ///
    /// `Content-Length`, `Transfer-Encoding` and what `Connection` says of keeping are the connection's affair: what the handler
    /// put there counts only where there is no body to be measured, as for `HEAD` (RFC 9110 §8.6).
    pub fn write(&self, out: &mut Vec<u8>) -> (Sent, bool) {
        let Self { status, method, date_line, .. } = *self;
        let sent = self.sent();
        let own = self.fields.own();
        let persists = self.persists && !own.closes && sent != Sent::UntilClose;
        line(out, status);
        // RFC 9110 §8.6.
        let may_have_length = !status.is_informational() && status != StatusCode::NO_CONTENT;
        let has_own_length = sent == Sent::Nothing
            && may_have_length
            && (method == Method::HEAD || status == StatusCode::NOT_MODIFIED)
            && self.length.unwrap_or(0) == 0;
        match self.fields {
            Fields::Typed(Some(content_type)) => {
                field(out, b"content-type: ", content_type.as_bytes());
            }
            Fields::Typed(None) => {}
            Fields::Map(fields) => {
                for (name, value) in fields {
                    let is_ours = *name == TRANSFER_ENCODING
                        || *name == CONNECTION && (!persists || self.version == Version::HTTP_10)
                        || *name == CONTENT_LENGTH && !has_own_length;
                    if !is_ours {
                        any_field(out, name, value);
                    }
                }
            }
        }
        if !own.has_date {
            out.extend_from_slice(date_line);
        }
        match (sent, self.length) {
            (Sent::Length(length), _) => length_field(out, length),
            (Sent::Nothing, Some(length @ 1..)) if method == Method::HEAD && may_have_length => {
                length_field(out, length);
            }
            (Sent::Chunks, _) => field(out, b"transfer-encoding: ", b"chunked"),
            (Sent::Nothing | Sent::UntilClose, _) => {}
        }
        match (persists, self.version) {
            (false, _) => field(out, b"connection: ", b"close"),
            (true, Version::HTTP_10) => field(out, b"connection: ", b"keep-alive"),
            (true, _) => {}
        }
        out.extend_from_slice(b"\r\n");
        (sent, persists)
    }

    fn sent(&self) -> Sent {
        let status = self.status;
        // RFC 9112 §6.3, the first rule.
        let has_none = *self.method == Method::HEAD
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        match self.length {
            _ if has_none => Sent::Nothing,
            Some(length) => Sent::Length(length),
            None if self.version == Version::HTTP_10 => Sent::UntilClose,
            None => Sent::Chunks,
        }
    }
}

/// What a handler said itself. A pass over a few fields costs less than looking two of them up.
#[derive(Default)]
struct Own {
    closes: bool,
    has_date: bool,
}

impl Fields<'_> {
    fn own(&self) -> Own {
        let mut own = Own::default();
        let Self::Map(fields) = self else { return own };
        for (name, value) in *fields {
            own.has_date |= *name == DATE;
            if *name == CONNECTION {
                let mut tokens = value.as_bytes().split(|octet| *octet == b',');
                own.closes |= tokens.any(|it| it.trim_ascii().eq_ignore_ascii_case(b"close"));
            }
        }
        own
    }
}

fn line(out: &mut Vec<u8>, status: StatusCode) {
    if status == StatusCode::OK {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// A field whose name is known here: its length is too, and copying it is no call.
#[inline(always)]
fn field<const NAME: usize>(out: &mut Vec<u8>, name: &[u8; NAME], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn any_field(out: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    out.extend_from_slice(name.as_str().as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn length_field(out: &mut Vec<u8>, length: u64) {
    field(out, b"content-length: ", itoa::Buffer::new().format(length).as_bytes());
}

/// What goes in front of a chunk of so many octets; CRLF goes behind it.
pub fn chunk(out: &mut Vec<u8>, length: usize) {
    // Writing to a vector does not fail.
    let _ = write!(out, "{length:x}\r\n");
}

/// The end of a body in chunks, with trailers if there are any.
pub fn last_chunk(out: &mut Vec<u8>, trailers: Option<&HeaderMap>) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers.into_iter().flatten() {
        // RFC 9110 §6.5.1: nothing of the framing.
        if *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING && *name != CONNECTION {
            any_field(out, name, value);
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests;
