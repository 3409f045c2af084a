//! The head of a response (RFC 9112 §4), and its body's chunks.

use std::io::Write;

use http::{
    HeaderName, HeaderValue, Method, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING},
};

use super::front::{Front, line};

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
    /// When it is made, for `Date` (RFC 9110 §6.6.1): seconds since 1970.
    pub second: u64,
}

/// The fields of a response, but for those that are the connection's.
#[derive(Debug, Clone, Copy)]
pub enum Fields<'a> {
    /// All that there are.
    Map(&'a HeaderMap),
    /// `Content-Type` alone, or nothing.
    Typed(Option<&'static str>),
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
    ///
    /// The front may be of any head that was written before.
    #[inline(always)]
    pub fn write(&self, out: &mut Vec<u8>, front: &mut Front) -> (Sent, bool) {
        let sent = self.sent();
        let mut persists = self.persists && sent != Sent::UntilClose;
        match self.fields {
            Fields::Typed(content_type) => {
                out.extend_from_slice(front.of(self.status, content_type, self.second));
            }
            Fields::Map(fields) => {
                let date = front.date(self.second);
                persists = self.write_fields(fields, sent, persists, date, out);
            }
        }
        match (sent, self.length) {
            (Sent::Length(length), _) => length_field(out, length),
            (Sent::Nothing, Some(length @ 1..))
                if self.method == Method::HEAD && self.may_have_length() =>
            {
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

    /// The front of a head with fields of its own; whether the connection may be kept then.
    fn write_fields(
        &self,
        fields: &HeaderMap,
        sent: Sent,
        persists: bool,
        date: &[u8],
        out: &mut Vec<u8>,
    ) -> bool {
        let own = Own::of(fields);
        let persists = persists && !own.closes;
        let has_own_length = sent == Sent::Nothing
            && self.may_have_length()
            && (self.method == Method::HEAD || self.status == StatusCode::NOT_MODIFIED)
            && self.length.unwrap_or(0) == 0;
        line(out, self.status);
        for (name, value) in fields {
            let is_ours = *name == TRANSFER_ENCODING
                || *name == CONNECTION && (!persists || self.version == Version::HTTP_10)
                || *name == CONTENT_LENGTH && !has_own_length;
            if !is_ours {
                any_field(out, name, value);
            }
        }
        if !own.has_date {
            out.extend_from_slice(date);
        }
        persists
    }

    /// RFC 9110 §8.6.
    fn may_have_length(&self) -> bool {
        !self.status.is_informational() && self.status != StatusCode::NO_CONTENT
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

impl Own {
    fn of(fields: &HeaderMap) -> Self {
        let mut own = Self::default();
        for (name, value) in fields {
            own.has_date |= *name == DATE;
            if *name == CONNECTION {
                let mut tokens = value.as_bytes().split(|octet| *octet == b',');
                own.closes |= tokens.any(|it| it.trim_ascii().eq_ignore_ascii_case(b"close"));
            }
        }
        own
    }
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

#[inline(always)]
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
