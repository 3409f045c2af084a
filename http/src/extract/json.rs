//! JSON, both ways.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;

use super::{ReadBody, body::whole};
use crate::{Refusal, Request};

/// A JSON body. As an argument it reads one, as a reply it writes one.
///
/// Refused are: 415 without `application/json` or `application/…+json`, 400 for what is no JSON, 422 for JSON of another
/// shape, 413 above the listener's `max_body_bytes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Send> ReadBody for Json<T> {
    async fn read(request: &mut Request) -> Result<Self, Refusal> {
        decode(&octets(request).await?).map(Self)
    }
}

/// The body, if it is said to be JSON.
pub(super) async fn octets(request: &mut Request) -> Result<Bytes, Refusal> {
    if !is_json(request.headers()) {
        return Err(unsupported());
    }
    whole(request).await
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
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Refusal::of_body(String::new(), error.to_string()),
        _ => Refusal::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")),
    })
}

/// `application/json`, or `application/` something `+json` (RFC 6839 §3.1), with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return false };
    // What nearly everyone sends.
    if value.as_bytes() == b"application/json" {
        return true;
    }
    let Ok(value) = value.to_str() else { return false };
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
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())]);
            assert_eq!(is_json(&headers), is, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
