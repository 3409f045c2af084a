//! What replies answer.

use std::any::TypeId;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde_json::json;

use super::{DescribeOutput, Operation};
use crate::{Html, Json, Refusal, Response};

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

impl DescribeOutput for Refusal {
    fn describe(operation: &mut Operation<'_>) {
        operation.may_refuse();
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
    operation.restate("200", "2XX");
    operation.restate("204", "2XX");
}

/// An error is whatever has a response: it may have no description, ours do.
pub(super) fn or_else<E: 'static>(operation: &mut Operation<'_>) {
    match TypeId::of::<E>() == TypeId::of::<Refusal>() {
        true => operation.may_refuse(),
        false => operation.answer("default", "An error", None),
    }
}
