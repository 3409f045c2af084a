//! JSON, both ways.

use std::fmt::Display;

use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;

use super::{ReadBody, body::whole};
use crate::{Arrived, Refusal, protocol::whole};

/// A JSON body. As an argument it reads one, as a reply it writes one.
///
/// A whole number may be written as `12.0` where an integer is read.
///
/// Refused are: 415 without `application/json` or `application/…+json`, 400 for what is no JSON, 422 for JSON of another
/// shape, 413 above the listener's `max_body_bytes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Send> ReadBody for Json<T> {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        decode(&octets(arrived).await?).map(Self)
    }
}

/// The body, if it is said to be JSON.
pub(super) async fn octets(arrived: &mut Arrived) -> Result<Bytes, Refusal> {
    if !is_json(arrived.header(&CONTENT_TYPE)) {
        return Err(unsupported());
    }
    whole(arrived).await
}

#[cold]
fn unsupported() -> Refusal {
    Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "expected a JSON body: send it with `content-type: application/json`",
    )
}

/// The one place that knows which JSON engine it is.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    // Checked once, and not text by text.
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let octet = error.valid_up_to();
        no_json(format_args!("it is not UTF-8 from octet {octet} on, counted from 0"))
    })?;
    serde_json::from_str(text).or_else(|error| match error.classify() {
        serde_json::error::Category::Data => {
            decode_whole(bytes).ok_or_else(|| Refusal::of_body(String::new(), error.to_string()))
        }
        _ => Err(no_json(error)),
    })
}

#[cold]
fn no_json(why: impl Display) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {why}"))
}

/// The same where `12.0` is said for 12: to the schema of an integer that is one.
#[cold]
fn decode_whole<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let whole = whole::rewrite(bytes)?;
    serde_json::from_slice(&whole).ok()
}

/// `application/json`, or `application/` something `+json` (RFC 6839 §3.1), with or without parameters.
fn is_json(content_type: Option<&[u8]>) -> bool {
    let Some(value) = content_type else { return false };
    // What nearly everyone sends.
    if value == b"application/json" {
        return true;
    }
    let Ok(value) = std::str::from_utf8(value) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_types_are_json() {
        for (value, is) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("application/jsonl", false),
            ("text/json", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(is_json(Some(value.as_bytes())), is, "{value}");
        }
        assert!(!is_json(None));
    }

    #[test]
    fn what_is_not_utf8_is_no_json() {
        let refusal = decode::<serde::de::IgnoredAny>(b"{\"a\": \"\xE9\"}").unwrap_err();
        assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
        assert!(refusal.to_string().contains("not UTF-8 from octet 7 on"), "{refusal}");
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction() {
        let read = |text: &str| decode::<(u8, f64)>(text.as_bytes()).map_err(|it| it.to_string());
        assert_eq!(read("[12.0, 1.5]"), Ok((12, 1.5)));
        assert_eq!(read("[1.2e1, 2.0]"), Ok((12, 2.0)));
        // What is said of a mistake is said of what was sent.
        assert!(read("[12.5, 1.0]").unwrap_err().contains("floating point `12.5`"));
        assert!(read("[300.0, 1.0]").unwrap_err().contains("floating point `300.0`"));
    }
}
