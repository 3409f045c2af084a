//! From a request to its handler, resolved by the compiler.

use std::{future::Future, marker::PhantomData};

use super::{Descriptor, Handler, On, Request, Response, defaults};

/// A list of handlers as a type: a head and the rest.
#[derive(Debug)]
pub struct Chain<H, T>(PhantomData<fn() -> (H, T)>);

/// The end of a list of `LEN` handlers.
#[derive(Debug)]
pub struct End<const LEN: usize = 0>;

impl<H, T> Chain<H, T> {
    /// A chain has no content: it is its type.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "written by `handlers!` only")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// Which handler of a chain was picked, with its arguments.
#[derive(Debug)]
pub enum OneOf<A, B> {
    /// The head.
    This(A),
    /// One of the rest.
    Rest(B),
}

/// A list of handlers in an application with the state `S`.
pub trait Dispatch<S>: Send + Sync + 'static {
    /// The picked handler's arguments.
    type Call: Send;

    /// The handlers' names and what they are for, in order.
    fn table() -> Vec<(On, &'static str)>;

    /// True if a handler of the list is for `on`. Folds to a few comparisons with constants.
    fn serves(on: On) -> bool;

    /// Picks the handler for `on` and takes its arguments out of the request.
    ///
    /// # Errors
    ///
    /// The answer, where no handler has to be called for it.
    fn accept(on: On, request: Request, state: &S) -> Result<Self::Call, Response>;

    /// Calls the picked handler.
    fn run(call: Self::Call) -> impl Future<Output = Response> + Send;
}

impl<S, const LEN: usize> Dispatch<S> for End<LEN> {
    type Call = std::convert::Infallible;

    fn table() -> Vec<(On, &'static str)> {
        Vec::new()
    }

    #[inline]
    fn serves(_: On) -> bool {
        false
    }

    fn accept(_: On, request: Request, _: &S) -> Result<Self::Call, Response> {
        Err(defaults::answer(&request))
    }

    async fn run(call: Self::Call) -> Response {
        match call {}
    }
}

impl<S, H: Handler<S>, T: Dispatch<S>> Dispatch<S> for Chain<H, T> {
    type Call = OneOf<H::Call, T::Call>;

    fn table() -> Vec<(On, &'static str)> {
        let mut table = vec![(H::ON, H::NAME)];
        table.extend(T::table());
        table
    }

    #[inline]
    fn serves(on: On) -> bool {
        on.is(<H as Descriptor>::ON) || T::serves(on)
    }

    #[inline]
    fn accept(on: On, request: Request, state: &S) -> Result<Self::Call, Response> {
        if on.is(<H as Descriptor>::ON) {
            H::accept(request, state).map(OneOf::This)
        } else {
            T::accept(on, request, state).map(OneOf::Rest)
        }
    }

    async fn run(call: Self::Call) -> Response {
        match call {
            OneOf::This(call) => H::run(call).await,
            OneOf::Rest(call) => T::run(call).await,
        }
    }
}
