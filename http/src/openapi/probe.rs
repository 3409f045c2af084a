//! Whether a type describes itself, asked where it is known.
//!
//! The macros call methods on a reference to [`Asked`], and method resolution takes the first that fits: what the type says
//! (inherent), what is known of it without a schema (a trait of `Asked`), nothing (a trait of a reference to it).

use http::{HeaderName, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde_json::json;

use super::{DescribeInput, DescribeOutput, Operation, input, output};
use crate::{
    Form, Json, Path, Query, Refusal,
    reply::{Accepted, Created},
};

/// A type to be asked.
#[derive(Debug)]
pub struct Asked<T>(std::marker::PhantomData<T>);

impl<T> Asked<T> {
    /// About `T`.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "for the macros' output alone")]
    pub const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<T: DescribeInput> Asked<T> {
    /// It is an argument.
    pub fn input(&self, operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}

impl<T: DescribeOutput> Asked<T> {
    /// It is returned.
    pub fn output(&self, operation: &mut Operation<'_>) {
        T::describe(operation);
    }

    /// It is returned where all does not go well.
    pub fn error(&self, operation: &mut Operation<'_>) {
        operation.or_else(T::describe);
    }
}

impl<T: JsonSchema> Asked<T> {
    /// It is a parameter of the path.
    pub fn parameter(&self, operation: &mut Operation<'_>, name: &str) {
        let schema = operation.fields::<T>();
        operation.path_parameter(name, schema);
        operation.refuses(&[422]);
    }
}

/// Where the type in it has no schema.
pub trait WithoutSchema {
    /// It is an argument.
    fn input(&self, operation: &mut Operation<'_>);
}

impl<T: BareInput> WithoutSchema for Asked<T> {
    fn input(&self, operation: &mut Operation<'_>) {
        T::bare(operation);
    }
}

/// As [`WithoutSchema`], for what is returned.
pub trait WithoutSchemaReturned {
    /// It is returned.
    fn output(&self, operation: &mut Operation<'_>);

    /// It is returned where all does not go well.
    fn error(&self, operation: &mut Operation<'_>);
}

impl<T: BareOutput> WithoutSchemaReturned for Asked<T> {
    fn output(&self, operation: &mut Operation<'_>) {
        T::bare(operation);
    }

    fn error(&self, operation: &mut Operation<'_>) {
        operation.or_else(T::bare);
    }
}

/// Where nothing is known of it.
pub trait OfNoKind {
    /// It is an argument.
    fn input(&self, operation: &mut Operation<'_>);

    /// It is returned.
    fn output(&self, operation: &mut Operation<'_>);

    /// It is returned where all does not go well.
    fn error(&self, operation: &mut Operation<'_>);
}

impl<T> OfNoKind for &Asked<T> {
    fn input(&self, operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
    }

    fn output(&self, operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
        unnamed(operation);
    }

    fn error(&self, operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
        operation.or_else(|operation| operation.answer("default", "An error", None));
    }
}

/// Where a parameter of the path has no schema.
pub trait OfNoParameter {
    /// It is a parameter of the path.
    fn parameter(&self, operation: &mut Operation<'_>, name: &str);
}

impl<T> OfNoParameter for &Asked<T> {
    fn parameter(&self, operation: &mut Operation<'_>, _: &str) {
        operation.lacks_schema::<T>();
        operation.refuses(&[422]);
    }
}

/// What is returned has no name.
pub fn unnamed(operation: &mut Operation<'_>) {
    operation.answer("default", "An answer", None);
}

/// What is known of an argument whatever is in it.
pub trait BareInput {
    /// Adds it to an operation.
    fn bare(operation: &mut Operation<'_>);
}

/// As [`BareInput`], for what is returned.
pub trait BareOutput {
    /// Adds it to an operation.
    fn bare(operation: &mut Operation<'_>);
}

impl<T> BareInput for Json<T> {
    fn bare(operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
        input::json_body(operation, json!({}));
    }
}

impl<T> BareInput for Form<T> {
    fn bare(operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
        input::form_body(operation, json!({}));
    }
}

impl<T> BareInput for Query<T> {
    fn bare(operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
        operation.refuses(&[422]);
    }
}

impl<T> BareInput for Path<T> {
    fn bare(operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
        operation.refuses(&[422]);
    }
}

#[cfg(feature = "validate")]
impl<E: BareInput> BareInput for crate::Valid<E> {
    fn bare(operation: &mut Operation<'_>) {
        E::bare(operation);
    }
}

impl<E: BareInput> BareInput for Option<E> {
    fn bare(operation: &mut Operation<'_>) {
        operation.maybe(E::bare);
    }
}

impl<E: BareInput> BareInput for Result<E, Refusal> {
    fn bare(operation: &mut Operation<'_>) {
        E::bare(operation);
    }
}

impl<T> BareOutput for Json<T> {
    fn bare(operation: &mut Operation<'_>) {
        operation.lacks_schema::<T>();
        operation.answer("200", "Done", Some(("application/json", json!({}))));
    }
}

impl<R: BareOutput> BareOutput for (StatusCode, R) {
    fn bare(operation: &mut Operation<'_>) {
        R::bare(operation);
        output::restated(operation);
    }
}

impl<R: BareOutput, const N: usize> BareOutput for ([(HeaderName, HeaderValue); N], R) {
    fn bare(operation: &mut Operation<'_>) {
        R::bare(operation);
    }
}

impl<R: BareOutput, const N: usize> BareOutput for (StatusCode, [(HeaderName, HeaderValue); N], R) {
    fn bare(operation: &mut Operation<'_>) {
        <(StatusCode, R)>::bare(operation);
    }
}

impl<R: BareOutput> BareOutput for Created<R> {
    fn bare(operation: &mut Operation<'_>) {
        R::bare(operation);
        operation.answers.list(&[201]);
    }
}

impl<R: BareOutput> BareOutput for Accepted<R> {
    fn bare(operation: &mut Operation<'_>) {
        R::bare(operation);
        operation.answers.list(&[202]);
    }
}

impl<R: BareOutput> BareOutput for Option<R> {
    fn bare(operation: &mut Operation<'_>) {
        R::bare(operation);
        operation.refuses(&[404]);
    }
}

impl<R: BareOutput, E: 'static> BareOutput for Result<R, E> {
    fn bare(operation: &mut Operation<'_>) {
        R::bare(operation);
        output::or_else::<E>(operation);
    }
}
