//! Queries and urlencoded forms.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use wirepath_runtime::state::Nothing;

use super::{Extract, ReadBody, body::whole};
use crate::{Head, Refusal, Request, protocol::pairs};

/// What stands behind the `?`, as a struct. 422 if it is not as expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> Extract for Query<T> {
    type Needs = Nothing;

    #[inline]
    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let text = head.uri().query().unwrap_or_default();
        pairs::query(text).map(Self).map_err(|error| Refusal::from(&error))
    }
}

/// An `application/x-www-form-urlencoded` body, as a struct. 415 for another type, 422 if it is not as expected, 413 above
/// the listener's `max_body_bytes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + Send> ReadBody for Form<T> {
    async fn read(request: &mut Request) -> Result<Self, Refusal> {
        decode_form(&octets(request).await?).map(Self)
    }
}

/// The body, if it is said to be a form.
pub(super) async fn octets(request: &mut Request) -> Result<Bytes, Refusal> {
    if !is_form(request.headers()) {
        return Err(unsupported());
    }
    whole(request).await
}

pub(super) fn decode_form<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Refusal> {
    pairs::form(octets).map_err(|error| Refusal::from(&error))
}

#[cold]
fn unsupported() -> Refusal {
    Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "expected a form: send it with `content-type: application/x-www-form-urlencoded`",
    )
}

fn is_form(headers: &HeaderMap) -> bool {
    const FORM: &str = "application/x-www-form-urlencoded";
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes() == FORM.as_bytes()
            || value.to_str().is_ok_and(|value| {
                value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
            })
    })
}
