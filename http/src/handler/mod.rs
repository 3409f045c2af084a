//! Handlers: what the attributes make of a user's `async fn`s, and how a request finds its own.
//!
//! A request passes through here without a lock, and without a box unless its body is read ([`Calls`] says why):
//! [`routes!`](crate::routes) builds one concrete type, a [`Chain`] of descriptors. A table finds the route's number by the path, and from there the compiler knows the way.
#![allow(
    clippy::result_large_err,
    reason = "the `Err` is the answer itself, on its way out: a box for it would be an allocation for each refusal"
)]

mod argument;
pub(crate) mod call;
mod chain;
pub(crate) mod content;
mod describe;
mod head;
mod limits;
mod methods;
mod probe;
mod rest;
mod role;

use std::{future::Future, pin::Pin, sync::Arc};

pub use self::{
    argument::{Argument, Checked},
    chain::{Chain, Dispatch, End, Join},
    head::{Call, Head, RouteInfo},
    limits::RouteLimits,
    methods::Methods,
    probe::{AnyState, NoBody, NoExtract, NoParts, NoReply, NoRequest, NoResponse, Probe},
    rest::{Around, Calls, Keeps, Level, Rest, Whole},
    role::Role,
};
pub(crate) use self::{head::Source, role::Kind};
use crate::{Leaving, middleware::Middleware};

/// What stands beside an annotated function, under its name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a route",
    label = "not a route",
    note = "a route is a function under `#[get(\"/…\")]`, `#[post(\"/…\")]` and the like, or `#[route(\"/…\", methods = […])]`; \
            `#[middleware]`, `#[on_startup]` and `#[on_shutdown]` go into the same list"
)]
pub trait Descriptor: Send + Sync + 'static {
    /// What it is for.
    const ROLE: Role;
    /// The function's name, for the table that is logged at the start.
    const NAME: &'static str;

    /// Adds what its types say to an OpenAPI document.
    #[cfg(feature = "openapi")]
    fn describe(_: &mut crate::openapi::Operation<'_>) {}
}

/// [`Descriptor::describe`] of some handler.
#[cfg(feature = "openapi")]
pub(crate) type Describe = fn(&mut crate::openapi::Operation<'_>);

/// What a hook of the application's life does.
pub type Hook = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// Whatever a hook fails with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An annotated function, ready to be called in an application with the state `S`.
///
/// The future that [`accept`](Self::accept) returns owns the arguments: it borrows neither the request nor the state, so
/// nothing has to be cloned for it.
#[diagnostic::on_unimplemented(
    message = "the handler `{Self}` does not fit an application whose state is `{S}`",
    note = "each `State<T>` argument needs `T: FromRef<{S}>`, and a handler with `state = …` in its attribute needs that very \
            state: is `.state(…)` called with the right type?"
)]
pub trait Handler<S>: Descriptor {
    /// Takes the arguments out of the request and the state, and gives the call of the function with them.
    ///
    /// # Errors
    ///
    /// The answer to give if an extractor refused.
    fn accept(
        call: Call<'_, S>,
    ) -> Result<impl Future<Output = Leaving> + Send + use<Self, S>, Leaving>;

    /// What stands in front of the routes, if it is that.
    fn middleware() -> Option<Box<dyn Middleware<S>>> {
        None
    }

    /// What it does at the start or at the end, if it is a hook.
    fn hook(_state: &Arc<S>) -> Option<Hook> {
        None
    }
}
