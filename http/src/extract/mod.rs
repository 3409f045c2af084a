//! What handlers take out of requests.
//!
//! Two traits: [`Extract`] for what is there at once, [`ReadBody`] for what has to be read. Ours read straight from hyper's
//! parts and body. axum's extractors work as well; they cost a map of extensions and a boxed body, as they do there.

mod accepts;
mod body;
mod client;
mod drain;
pub(crate) mod foreign;
mod json;
mod last_event_id;
#[cfg(feature = "multipart")]
mod multipart;
mod parts;
pub(crate) mod path;
mod query;
#[cfg(feature = "validate")]
mod valid;

use std::future::Future;

use wirepath_runtime::state::{Part, State};

pub(crate) use self::client::client_ip;
#[cfg(feature = "multipart")]
pub use self::multipart::{Field, Multipart};
#[cfg(feature = "validate")]
pub use self::valid::Valid;
pub use self::{
    accepts::Accepts,
    client::{ClientIp, MatchedPath, Peer},
    drain::Drain,
    json::Json,
    last_event_id::LastEventId,
    path::Path,
    query::{Form, Query},
};
use crate::{Arrived, Head, Refusal};
/// The crate whose rules [`Valid`] checks, for rules of your own.
#[cfg(feature = "validate")]
pub use ::garde;

/// An argument that can be taken out of a request's head, and if need be out of the application's state.
///
/// It is taken before the handler's future is made, in the order of the arguments.
///
/// ```
/// use wirepath_http::{Extract, Head, Nothing, Refusal, StatusCode};
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
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken out of a request's head",
    label = "not an extractor",
    note = "a middleware takes `State<T>`, `HeaderMap`, `Method`, `Uri`, `Query<T>`, `Peer` or a type of yours that implements \
            `Extract`; one that wraps ends with `request: Request, next: Next`"
)]
pub trait Extract: Sized + Send {
    /// What it needs of the state: [`Nothing`](crate::Nothing), or [`Part<T>`].
    type Needs: Send;

    /// Takes it.
    ///
    /// # Errors
    ///
    /// The answer; the handler is not called then.
    fn extract(head: Head<'_>, needs: Self::Needs) -> Result<Self, Refusal>;
}

/// The last argument, if it takes the body.
///
/// ```
/// use wirepath_http::{Arrived, ReadBody, Refusal, StatusCode};
///
/// /// The lines of a text.
/// struct Lines(Vec<String>);
///
/// impl ReadBody for Lines {
///     async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
///         let text = String::read(arrived).await?;
///         Ok(Self(text.lines().map(str::to_owned).collect()))
///     }
/// }
/// ```
pub trait ReadBody: Sized + Send {
    /// Reads it. The body is taken out of the request, whose headers are there for a refusal afterwards.
    ///
    /// # Errors
    ///
    /// The answer; the handler is not called then.
    fn read(arrived: &mut Arrived) -> impl Future<Output = Result<Self, Refusal>> + Send;
}

impl<T: Send> Extract for State<T> {
    type Needs = Part<T>;

    #[inline]
    fn extract(_: Head<'_>, Part(value): Part<T>) -> Result<Self, Refusal> {
        Ok(Self(value))
    }
}

/// axum's, for handlers that come from there.
impl<T: Send> Extract for axum::extract::State<T> {
    type Needs = Part<T>;

    #[inline]
    fn extract(_: Head<'_>, Part(value): Part<T>) -> Result<Self, Refusal> {
        Ok(Self(value))
    }
}
