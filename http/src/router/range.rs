//! The part of a file that is asked for.

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_RANGE, ETAG, IF_RANGE, RANGE},
};

use crate::Response;

/// One range of octets (RFC 9110 §14.1.2).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Range {
    first: Option<u64>,
    last: Option<u64>,
}

impl Range {
    /// The one that a request has. None, which is the whole file, for several, for other units, and for what is no range.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(RANGE).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let (unit, range) = value.to_str().ok()?.split_once('=')?;
        let (first, last) = range.split_once('-')?;
        let range = Self { first: position(first)?, last: position(last)? };
        let is_range = match (range.first, range.last) {
            (None, None) => false,
            (Some(first), Some(last)) => first <= last,
            _ => true,
        };
        (unit.eq_ignore_ascii_case("bytes") && is_range).then_some(range)
    }

    /// As `ServeDir` reads it: it takes no zeros in front, and no capitals.
    pub(super) fn to_value(&self) -> Option<HeaderValue> {
        let text = |position: Option<u64>| position.map(|it| it.to_string()).unwrap_or_default();
        format!("bytes={}-{}", text(self.first), text(self.last)).try_into().ok()
    }

    /// Whether this answer to it is none, and the whole file is: it is not the version that the client has a part of
    /// (RFC 9110 §13.1.5; a date is too coarse to tell), it has nothing in it, or its last octets are more than there are.
    pub(super) fn is_void(&self, asked: &HeaderMap, answer: &Response) -> bool {
        let has = |name| answer.headers().get(name);
        let is_other = asked.get(IF_RANGE).is_some_and(|tag| Some(tag) != has(ETAG));
        match answer.status() {
            StatusCode::PARTIAL_CONTENT => {
                is_other || has(CONTENT_RANGE).is_some_and(|it| it.as_bytes().ends_with(b"/0"))
            }
            StatusCode::RANGE_NOT_SATISFIABLE => is_other || self.first.is_none(),
            _ => false,
        }
    }
}

/// A position, or none where nothing stands. What is too large is behind the end of any file.
fn position(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        _ if text.bytes().all(|octet| octet.is_ascii_digit()) => {
            Some(Some(text.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_octets_or_none() {
        for (value, expected) in [
            ("bytes=0-4", "bytes=0-4"),
            ("Bytes=007-", "bytes=7-"),
            ("bytes=-5", "bytes=-5"),
            ("bytes=0-99999999999999999999", "bytes=0-18446744073709551615"),
            ("bytes=4-2", ""),
            ("bytes=-", ""),
            ("bytes=", ""),
            ("bytes", ""),
            ("bytes=0-1,3-4", ""),
            ("bytes=+1-2", ""),
            ("bytes=a-b", ""),
            ("bytes= 0-4", ""),
            ("lines=0-4", ""),
        ] {
            let headers = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(value))]);
            let found = Range::of(&headers).and_then(|range| range.to_value());
            let found = found.as_ref().map_or("", |found| found.to_str().unwrap());
            assert_eq!(found, expected, "{value}");
        }
        let mut headers = HeaderMap::new();
        headers.append(RANGE, HeaderValue::from_static("bytes=0-1"));
        headers.append(RANGE, HeaderValue::from_static("bytes=3-4"));
        assert_eq!(Range::of(&headers), None);
    }
}
