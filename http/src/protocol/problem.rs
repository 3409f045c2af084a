//! Problem details (RFC 9457): why a request failed, as JSON or as text.

use std::borrow::Cow;

use bytes::{BufMut, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header::ACCEPT};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::{
    accept,
    field_error::{FieldError, Place},
    pointer,
};

/// The most entries of `errors`. Of further ones the body says how many there were, as `errors_omitted`.
pub const MAX_ERRORS: usize = 100;

/// The members that RFC 9457 and this crate have given a meaning to.
const TAKEN: [&str; 7] =
    ["type", "title", "status", "detail", "instance", "errors", "errors_omitted"];

/// Why a request failed.
///
/// The title is the status' own unless another is given, as RFC 9457 §4.2.1 wants it where there is no `type`. Nothing that
/// the server would rather keep to itself belongs here: all of it is sent.
///
/// ```
/// use http::StatusCode;
/// use wirepath_http::protocol::problem::{FieldProblem, Problem};
///
/// let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY)
///     .detail("the order has 1 mistake")
///     .error(FieldProblem::new("/items/0/count", "expected at least 1"))
///     .extension("order", "A-1");
/// let mut body = bytes::BytesMut::new();
/// problem.write_json(&mut body);
/// assert_eq!(
///     &body[..],
///     br#"{"title":"Unprocessable Entity","status":422,"detail":"the order has 1 mistake","#
///         .iter()
///         .chain(br#""errors":[{"detail":"expected at least 1","pointer":"/items/0/count"}],"order":"A-1"}"#)
///         .copied()
///         .collect::<Vec<u8>>()
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    status: StatusCode,
    kind: Option<Cow<'static, str>>,
    title: Option<Cow<'static, str>>,
    detail: Option<Cow<'static, str>>,
    instance: Option<Cow<'static, str>>,
    errors: Vec<FieldProblem>,
    errors_omitted: usize,
    extensions: Map<String, Value>,
}

/// One of several mistakes in a request: an entry of `errors`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldProblem {
    detail: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<Cow<'static, str>>,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    place: Option<&'static str>,
}

impl FieldProblem {
    /// A mistake in the body, at a JSON pointer (RFC 6901): `/items/0/count`; the empty one is all of it.
    #[must_use]
    pub fn new(
        pointer: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { detail: detail.into(), pointer: Some(pointer.into()), parameter: None, place: None }
    }

    /// A mistake in a parameter, which a JSON pointer cannot name. `place` is `path`, `query`, `header` or `cookie`, as in
    /// OpenAPI.
    #[must_use]
    pub fn parameter(
        place: &'static str,
        name: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (detail, parameter) = (detail.into(), Some(name.into()));
        Self { detail, pointer: None, parameter, place: Some(place) }
    }

    /// What is wrong there.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The JSON pointer, if it is about the body.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    fn line(&self) -> String {
        let name = match (&self.parameter, self.place, &self.pointer) {
            (Some(parameter), Some(place), _) => format!("{place} parameter {parameter}"),
            (_, _, Some(pointer)) if !pointer.is_empty() => pointer.to_string(),
            _ => "body".to_owned(),
        };
        format!("{name}: {}", self.detail)
    }
}

impl From<&FieldError> for FieldProblem {
    fn from(error: &FieldError) -> Self {
        let detail = match error.was_sent() {
            Some(sent) => format!("`{sent}`: {}", error.problem()),
            None => error.problem().to_owned(),
        };
        let name = error.name().unwrap_or_default();
        match error.place() {
            Place::Path => Self::parameter("path", name.to_owned(), detail),
            Place::Query => Self::parameter("query", name.to_owned(), detail),
            Place::Form if name.is_empty() => Self::new("", detail),
            Place::Form => {
                let mut at = String::new();
                pointer::push(&mut at, name);
                Self::new(at, detail)
            }
        }
    }
}

/// 422 with the error as its only one; 500 without a word about it if it is the handler's fault.
///
/// ```
/// use wirepath_http::protocol::{Problem, pairs};
///
/// let error = pairs::query::<std::collections::BTreeMap<String, u8>>("page=x").unwrap_err();
/// assert_eq!(
///     Problem::from(&error).to_text(),
///     "422 Unprocessable Entity\nquery parameter page: `x`: expected a whole number from 0 to 255\n"
/// );
/// ```
impl From<&FieldError> for Problem {
    fn from(error: &FieldError) -> Self {
        match error.is_handlers_fault() {
            true => Self::new(StatusCode::INTERNAL_SERVER_ERROR),
            false => Self::new(StatusCode::UNPROCESSABLE_ENTITY).error(error.into()),
        }
    }
}

/// How a problem is written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// `application/problem+json`.
    #[default]
    Json,
    /// `text/plain`.
    Text,
}

impl Form {
    /// What the client takes, by the values of its `Accept` lines; JSON if it takes neither, because an answer that says
    /// why is worth more than one that says 406.
    ///
    /// Whoever takes `application/json` gets problem details, which are that as well (RFC 9457 §3).
    #[must_use]
    pub fn of_accept<'h, L>(lines: L) -> Self
    where
        L: IntoIterator<Item = &'h [u8], IntoIter: Clone>,
    {
        let offers = ["application/problem+json", "application/json", "text/plain"];
        match accept::best(lines, &offers) {
            Some(2) => Self::Text,
            _ => Self::Json,
        }
    }

    /// The same for one line, as nearly all clients send it.
    pub(crate) fn of_line(line: &[u8]) -> Self {
        match line {
            b"*/*" | b"application/json" => Self::Json,
            _ => Self::of_accept([line]),
        }
    }

    /// The same for a map of headers.
    #[must_use]
    pub fn of_headers(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(ACCEPT).iter().map(HeaderValue::as_bytes);
        match (lines.next(), lines.next()) {
            (None, _) => Self::Json,
            (Some(line), None) => Self::of_line(line),
            (Some(one), Some(other)) => {
                let all: Vec<_> = [one, other].into_iter().chain(lines).collect();
                Self::of_accept(all)
            }
        }
    }

    /// The `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/problem+json",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

impl Problem {
    /// A problem with nothing but a status.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            kind: None,
            title: None,
            detail: None,
            instance: None,
            errors: Vec::new(),
            errors_omitted: 0,
            extensions: Map::new(),
        }
    }

    /// What kind of problem it is: a URI that stays the same, and may lead to its documentation. `about:blank` if none is
    /// given, and then it is left out (RFC 9457 §3.1.1).
    #[must_use]
    pub fn kind(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.kind = Some(uri.into());
        self
    }

    /// The kind in a few words, the same for all problems of it.
    #[must_use]
    pub fn title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// What is wrong this time, and how to mend it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A URI for this one occurrence.
    #[must_use]
    pub fn instance(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.instance = Some(uri.into());
        self
    }

    /// Adds one of several mistakes. Beyond [`MAX_ERRORS`] they are only counted.
    #[must_use]
    pub fn error(mut self, error: FieldProblem) -> Self {
        match self.errors.len() < MAX_ERRORS {
            true => self.errors.push(error),
            false => self.errors_omitted = self.errors_omitted.saturating_add(1),
        }
        self
    }

    /// Adds a member of your own (RFC 9457 §3.2). A name that has a meaning already (`type`, `title`, `status`, `detail`,
    /// `instance`, `errors`, `errors_omitted`) is left out: there are methods for those.
    #[must_use]
    pub fn extension(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        if !TAKEN.contains(&&*name) {
            self.extensions.insert(name, value.into());
        }
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The mistakes.
    #[must_use]
    pub fn errors(&self) -> &[FieldProblem] {
        &self.errors
    }

    /// What it is about, in words, as far as it was said.
    #[must_use]
    pub fn detail_text(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    fn title_text(&self) -> &str {
        let title = self.title.as_deref().or_else(|| self.status.canonical_reason());
        title.unwrap_or("Unknown Problem")
    }

    /// Appends the JSON.
    pub fn write_json(&self, out: &mut BytesMut) {
        let start = out.len();
        // It fails for maps whose keys are no strings, of which there are none, and where writing does, which grows here.
        if serde_json::to_writer(out.writer(), self).is_err() {
            out.truncate(start);
            out.extend_from_slice(b"{}");
        }
    }

    /// Appends the text: the status and its title, the detail, and a line for each of the errors. Line breaks in them are
    /// written as blanks, so that a line stays one.
    pub fn write_text(&self, out: &mut BytesMut) {
        let mut line = |text: &str| {
            text.bytes()
                .for_each(|octet| out.put_u8(if octet.is_ascii_control() { b' ' } else { octet }));
            out.put_u8(b'\n');
        };
        line(&format!("{} {}", self.status.as_str(), self.title_text()));
        self.detail.iter().for_each(|detail| line(detail));
        self.errors.iter().for_each(|error| line(&error.line()));
        if self.errors_omitted > 0 {
            line(&format!("and {} more", self.errors_omitted));
        }
    }

    /// Appends one or the other.
    pub fn write(&self, form: Form, out: &mut BytesMut) {
        match form {
            Form::Json => self.write_json(out),
            Form::Text => self.write_text(out),
        }
    }

    /// The text by itself.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = BytesMut::new();
        self.write_text(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if let Some(kind) = &self.kind {
            members.serialize_entry("type", kind)?;
        }
        members.serialize_entry("title", self.title_text())?;
        members.serialize_entry("status", &self.status.as_u16())?;
        for (name, text) in [("detail", &self.detail), ("instance", &self.instance)] {
            if let Some(text) = text {
                members.serialize_entry(name, text)?;
            }
        }
        if !self.errors.is_empty() {
            members.serialize_entry("errors", &self.errors)?;
        }
        if self.errors_omitted > 0 {
            members.serialize_entry("errors_omitted", &self.errors_omitted)?;
        }
        for (name, value) in &self.extensions {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests;
