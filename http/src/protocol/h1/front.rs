//! How the head of a response begins (RFC 9112 §4).

use std::{
    ptr,
    time::{Duration, UNIX_EPOCH},
};

use http::StatusCode;
use httpdate::fmt_http_date;

/// `date: Sun, 06 Nov 1994 08:49:37 GMT`, with the end of the line (RFC 9110 §6.6.1).
type DateLine = [u8; 37];

const EPOCH: DateLine = *b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

/// The last second of the year 9999: a date has no fifth digit for another.
const LAST: u64 = 253_402_300_799;

/// How the last head began of which the reply's type said all: with its status, its type and the date. Most often the next one
/// begins so.
#[derive(Debug)]
pub struct Front {
    /// Of the date.
    second: u64,
    date: DateLine,
    status: StatusCode,
    content_type: Option<&'static str>,
    /// Empty if the date is another since.
    text: Vec<u8>,
}

impl Front {
    /// Of no head.
    #[must_use]
    pub const fn new() -> Self {
        let (status, content_type) = (StatusCode::OK, None);
        Self { second: 0, date: EPOCH, status, content_type, text: Vec::new() }
    }

    /// The date, so many seconds after the year 1970 began.
    #[inline]
    pub(super) fn date(&mut self, second: u64) -> &[u8] {
        if self.second != second {
            self.set_date(second);
        }
        &self.date
    }

    #[cold]
    #[inline(never)]
    fn set_date(&mut self, second: u64) {
        let date = fmt_http_date(UNIX_EPOCH + Duration::from_secs(second.min(LAST)));
        let date = format!("date: {date}\r\n");
        self.date = date.as_bytes().try_into().unwrap_or(EPOCH);
        self.second = second;
        self.text.clear();
    }

    /// The lines of a head before those that are the connection's.
    #[inline]
    pub(super) fn of(
        &mut self,
        status: StatusCode,
        content_type: Option<&'static str>,
        second: u64,
    ) -> &[u8] {
        // Constants: what stands at one place is one text.
        let is_same_type = match (self.content_type, content_type) {
            (Some(one), Some(other)) => ptr::eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let is_same = self.second == second && self.status == status && is_same_type;
        if !is_same || self.text.is_empty() {
            self.date(second);
            (self.status, self.content_type) = (status, content_type);
            self.write();
        }
        &self.text
    }

    #[inline(never)]
    fn write(&mut self) {
        self.text.clear();
        line(&mut self.text, self.status);
        if let Some(content_type) = self.content_type {
            for part in ["content-type: ", content_type, "\r\n"] {
                self.text.extend_from_slice(part.as_bytes());
            }
        }
        self.text.extend_from_slice(&self.date);
    }
}

impl Default for Front {
    fn default() -> Self {
        Self::new()
    }
}

/// The first line.
pub(super) fn line(out: &mut Vec<u8>, status: StatusCode) {
    if status == StatusCode::OK {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_http_has_it() {
        let mut front = Front::new();
        for (second, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (LAST, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            assert_eq!(front.date(second), format!("date: {date}\r\n").as_bytes());
        }
    }
}
