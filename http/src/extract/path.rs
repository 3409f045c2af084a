//! Parameters of the path.

use http::StatusCode;
use serde::de::DeserializeOwned;
use wirepath_runtime::state::Nothing;

use super::Extract;
use crate::{Head, Refusal};

/// The parameters of the path: one value, a tuple in their order, or a struct with fields of their names.
///
/// A parameter may also be an argument of its own, under its name in the path; that costs less to write and to run. One
/// that cannot be read is answered 422.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> Extract for Path<T> {
    type Needs = Nothing;

    #[inline]
    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        all(&head).map(Self)
    }
}

/// Reads one parameter.
#[inline]
pub(crate) fn one<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Refusal> {
    let text = text.replace('+', "%2B");
    let pairs: Vec<(String, T)> =
        serde_urlencoded::from_str(&format!("v={text}")).map_err(|error| {
            let detail = format!("path parameter `{name}`: {error}");
            Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })?;
    let mut pairs = pairs;
    pairs.pop().map(|(_, value)| value).ok_or_else(|| {
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, format!("path parameter `{name}`: missing"))
    })
}

/// Reads all of them.
fn all<T: DeserializeOwned>(head: &Head<'_>) -> Result<T, Refusal> {
    let pairs: Vec<String> = head.params().map(|(name, text)| format!("{name}={text}")).collect();
    serde_urlencoded::from_str(&pairs.join("&"))
        .map_err(|error| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
}
