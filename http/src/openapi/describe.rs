//! What types say of themselves.

use super::Operation;

/// An argument of a handler that says what it takes out of a request.
///
/// ```
/// use schemars::JsonSchema;
/// use wirepath_http::{Extract, Head, Nothing, Refusal, StatusCode};
/// use wirepath_http::openapi::{DescribeInput, Operation};
///
/// /// Whose request it is.
/// struct Tenant(String);
///
/// impl Extract for Tenant {
///     type Needs = Nothing;
///
///     fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
///         let tenant = head.headers().get("x-tenant").and_then(|value| value.to_str().ok());
///         let tenant = tenant.ok_or(Refusal::new(StatusCode::BAD_REQUEST, "name your tenant in `x-tenant`"))?;
///         Ok(Self(tenant.to_owned()))
///     }
/// }
///
/// impl DescribeInput for Tenant {
///     fn describe(operation: &mut Operation<'_>) {
///         let schema = operation.input_schema::<String>();
///         operation.parameter("header", "x-tenant", true, schema);
///         operation.refuses(&[400]);
///     }
/// }
/// ```
pub trait DescribeInput {
    /// Adds it to an operation.
    fn describe(operation: &mut Operation<'_>);
}

/// What a handler returns, if it says what answers it makes. As [`DescribeInput`].
pub trait DescribeOutput {
    /// Adds it to an operation.
    fn describe(operation: &mut Operation<'_>);
}
