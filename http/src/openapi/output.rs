//! What replies answer.

use std::any::TypeId;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde_json::json;

use super::{DescribeOutput, Operation};
use crate::{
    Body, Html, Json, Refusal, Response, Sse,
    reply::{Accepted, Created, Endless},
};

impl<T: JsonSchema> DescribeOutput for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.output_schema::<T>();
        operation.answer("200", "Done", Some(("application/json", schema)));
    }
}

macro_rules! whole {
    ($($({$($generics:tt)*})? $ty:ty as $media_type:literal, $schema:tt;)*) => {$(
        impl $(<$($generics)*>)? DescribeOutput for $ty {
            fn describe(operation: &mut Operation<'_>) {
                operation.answer("200", "Done", Some(($media_type, json!($schema))));
            }
        }
    )*};
}

whole! {
    &'static str as "text/plain", {"type": "string"};
    String as "text/plain", {"type": "string"};
    {T} Html<T> as "text/html", {"type": "string"};
    Bytes as "application/octet-stream", {};
    Vec<u8> as "application/octet-stream", {};
    &'static [u8] as "application/octet-stream", {};
}

impl DescribeOutput for () {
    fn describe(operation: &mut Operation<'_>) {
        operation.answer("204", "Done, and nothing to say", None);
    }
}

/// Which one is known when it is answered.
impl DescribeOutput for StatusCode {
    fn describe(operation: &mut Operation<'_>) {
        operation.answer("2XX", "Done", None);
        operation.answer("default", "A status alone", None);
    }
}

impl DescribeOutput for Response {
    fn describe(operation: &mut Operation<'_>) {
        operation.answer("default", "An answer", None);
    }
}

impl DescribeOutput for axum::response::Response {
    fn describe(operation: &mut Operation<'_>) {
        operation.answer("default", "An answer", None);
    }
}

impl DescribeOutput for Body {
    fn describe(operation: &mut Operation<'_>) {
        operation.answer("200", "Done", Some(("*/*", json!({}))));
    }
}

impl DescribeOutput for Refusal {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers.may_refuse();
    }
}

impl<S> DescribeOutput for Sse<S> {
    fn describe(operation: &mut Operation<'_>) {
        let content = ("text/event-stream", json!({}));
        operation.answer("200", "A stream of events", Some(content));
    }
}

impl<R: DescribeOutput> DescribeOutput for Endless<R> {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
    }
}

impl<R: DescribeOutput> DescribeOutput for Created<R> {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
        operation.answers.list(&[201]);
    }
}

impl<R: DescribeOutput> DescribeOutput for Accepted<R> {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
        operation.answers.list(&[202]);
    }
}

impl<R: DescribeOutput> DescribeOutput for (StatusCode, R) {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
        restated(operation);
    }
}

impl<R: DescribeOutput, const N: usize> DescribeOutput for ([(HeaderName, HeaderValue); N], R) {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
    }
}

impl<R: DescribeOutput, const N: usize> DescribeOutput
    for (StatusCode, [(HeaderName, HeaderValue); N], R)
{
    fn describe(operation: &mut Operation<'_>) {
        <(StatusCode, R)>::describe(operation);
    }
}

impl<R: DescribeOutput> DescribeOutput for Option<R> {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
        operation.refuses(&[404]);
    }
}

impl<R: DescribeOutput, E: 'static> DescribeOutput for Result<R, E> {
    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
        or_else::<E>(operation);
    }
}

/// The handler says which status it is.
pub(super) fn restated(operation: &mut Operation<'_>) {
    for status in ["200", "201", "202", "204"] {
        operation.answers.restate(status, "2XX");
    }
}

/// An error is whatever has a response: it may have no description, ours do. The macros take a `Result` apart, and ask further.
pub(super) fn or_else<E: 'static>(operation: &mut Operation<'_>) {
    match TypeId::of::<E>() == TypeId::of::<Refusal>() {
        true => operation.answers.may_refuse(),
        false => operation.answer("default", "An error", None),
    }
}

/// A file of a folder.
#[cfg(feature = "files")]
pub(crate) fn file(operation: &mut Operation<'_>) {
    operation.said("A file.", &[]);
    operation.answer("200", "The file", Some(("*/*", json!({}))));
    operation.answer("206", "The part of it that `Range` asks for", Some(("*/*", json!({}))));
    for (status, description) in [
        ("304", "It has not changed"),
        ("307", "It is a folder: its path ends with `/`"),
        ("412", "It is another one than `If-Match` or `If-Unmodified-Since` asks for"),
        ("416", "It has no such part"),
    ] {
        operation.answer(status, description, None);
    }
    operation.refuses(&[404]);
}
