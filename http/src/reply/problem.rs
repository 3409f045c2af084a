//! What a client is told when it cannot have what it asked for.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, StatusCode, header::ACCEPT};

use super::{Reply, typed};
use crate::Response;

/// Why a request is not answered as it was meant: a status, and what the client can do about it.
///
/// It becomes an RFC 9457 problem in `application/problem+json`, or plain text where the client asks for text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {detail}")]
pub struct Refusal {
    status: StatusCode,
    detail: Cow<'static, str>,
}

impl Refusal {
    /// With a sentence for the client. It goes out as it is: put nothing in it that is secret.
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into() }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The answer to a request with these headers.
    #[must_use]
    pub fn respond_to(&self, headers: &HeaderMap) -> Response {
        if wants_text(headers) { self.text() } else { self.json() }
    }

    fn json(&self) -> Response {
        const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
        let title = self.status.canonical_reason().unwrap_or_default();
        let body = serde_json::json!({
            "title": title, "status": self.status.as_u16(), "detail": self.detail,
        });
        self.with_status(typed(PROBLEM, body.to_string()))
    }

    fn text(&self) -> Response {
        self.with_status(typed(super::TEXT, format!("{}\n", self.detail)))
    }

    fn with_status(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status;
        response
    }
}

impl Reply for Refusal {
    fn reply(self) -> Response {
        self.json()
    }
}

fn wants_text(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/plain") && !accept.contains("json"))
}
