//! Queries and urlencoded forms.

use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use wirepath_runtime::state::Nothing;

use super::{Extract, ReadBody, body::whole};
use crate::{Arrived, Head, Refusal, protocol::pairs};

/// What stands behind the `?`, as a struct. 422 if it is not as expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> Extract for Query<T> {
    type Needs = Nothing;

    #[inline]
    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let text = head.query().unwrap_or_default();
        pairs::query(text).map(Self).map_err(|error| Refusal::from(&error))
    }
}

/// An `application/x-www-form-urlencoded` body, as a struct. 415 for another type, 422 if it is not as expected, 413 above
/// the listener's `max_body_bytes`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + Send> ReadBody for Form<T> {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        decode_form(&octets(arrived).await?).map(Self)
    }
}

/// The body, if it is said to be a form.
pub(super) async fn octets(arrived: &mut Arrived) -> Result<Bytes, Refusal> {
    if !is_form(arrived.header(&CONTENT_TYPE)) {
        return Err(unsupported());
    }
    whole(arrived).await
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

fn is_form(content_type: Option<&[u8]>) -> bool {
    const FORM: &str = "application/x-www-form-urlencoded";
    content_type.is_some_and(|value| {
        value == FORM.as_bytes()
            || std::str::from_utf8(value).is_ok_and(|value| {
                value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
            })
    })
}
