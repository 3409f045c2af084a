//! What a client is told when it cannot have what it asked for.

use std::{borrow::Cow, fmt};

use bytes::BytesMut;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, VARY},
};

use super::{Reply, form};
use crate::{
    Leaving, Response,
    protocol::{
        FieldError, Problem,
        problem::{FieldProblem, Form},
    },
};

/// Why a request is not answered as it was meant: a [`Problem`] on its way.
///
/// It goes out as `application/problem+json` (RFC 9457), or as text where the client asks for text. A response is made of it
/// while its request is at work: in a handler, an extractor or middleware. One that is made elsewhere, in a task of its own, is
/// JSON; [`respond_to`](Self::respond_to) is told what the client asks for. Caches are told that it depends on `Accept`.
// In a box: it is rare, and every extractor's `Result` has room for it.
#[derive(Clone, PartialEq)]
pub struct Refusal(Box<Problem>);

impl Refusal {
    /// With a sentence for the client. It goes out as it is: put nothing in it that is secret.
    #[cold]
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(status).detail(detail).into()
    }

    /// With one mistake in the body: 422.
    #[cold]
    pub(crate) fn of_body(pointer: String, detail: impl Into<Cow<'static, str>>) -> Self {
        let error = FieldProblem::new(pointer, detail);
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY).error(error).into()
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// All of it.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0
    }

    /// The answer to a request with these headers.
    #[must_use]
    #[cold]
    pub fn respond_to(&self, headers: &HeaderMap) -> Response {
        self.respond(Form::of_headers(headers))
    }

    fn respond(&self, form: Form) -> Response {
        let mut text = BytesMut::new();
        self.0.write(form, &mut text);
        let whole = Leaving::typed(form.content_type(), text.freeze());
        let mut response = whole.with_status(self.0.status()).into_response();
        // A 404 may be kept by a cache unasked (RFC 9110 §15.5.5), and the next client may want the other form (§12.5.5).
        response.headers_mut().insert(VARY, HeaderValue::from(ACCEPT));
        response
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<&FieldError> for Refusal {
    #[cold]
    fn from(error: &FieldError) -> Self {
        if error.is_handlers_fault() {
            tracing::error!(%error, "a handler asks for a type that its route cannot give; answered 500");
        }
        Problem::from(error).into()
    }
}

impl Reply for Refusal {
    fn reply(self) -> Response {
        self.respond(form::at_hand())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_text().trim_end())
    }
}

impl std::error::Error for Refusal {}
