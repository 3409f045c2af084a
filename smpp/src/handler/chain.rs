//! From a request to its handler, resolved by the compiler.

use std::{
    future::{Future, Pending},
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

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

pin_project_lite::pin_project! {
    /// The call of one handler of a chain: which one was picked, and its future.
    #[project = Picked]
    enum OneOf<A, B> {
        /// The head.
        This {
            #[pin] call: A,
        },
        /// One of the rest.
        Rest {
            #[pin] call: B,
        },
    }
}

impl<A, B> Future for OneOf<A, B>
where
    A: Future<Output = Response>,
    B: Future<Output = Response>,
{
    type Output = Response;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        match self.project() {
            Picked::This { call } => call.poll(cx),
            Picked::Rest { call } => call.poll(cx),
        }
    }
}

/// A list of handlers in an application with the state `S`.
pub trait Dispatch<S>: Send + Sync + 'static {
    /// The handlers' names and what they are for, in order.
    fn table() -> Vec<(On, &'static str)>;

    /// True if a handler of the list is for `on`. Folds to a few comparisons with constants.
    fn serves(on: On) -> bool;

    /// Picks the handler for `on`, takes its arguments out of the request, and gives the call of it.
    ///
    /// # Errors
    ///
    /// The answer, where no handler has to be called for it.
    fn accept(
        on: On,
        request: Request,
        state: &S,
    ) -> Result<impl Future<Output = Response> + Send + use<Self, S>, Response>;
}

impl<S, const LEN: usize> Dispatch<S> for End<LEN> {
    fn table() -> Vec<(On, &'static str)> {
        Vec::new()
    }

    #[inline]
    fn serves(_: On) -> bool {
        false
    }

    fn accept(
        _: On,
        request: Request,
        _: &S,
    ) -> Result<impl Future<Output = Response> + Send + use<S, LEN>, Response> {
        Err::<Pending<Response>, _>(defaults::answer(&request))
    }
}

impl<S, H: Handler<S>, T: Dispatch<S>> Dispatch<S> for Chain<H, T> {
    fn table() -> Vec<(On, &'static str)> {
        let mut table = vec![(H::ON, H::NAME)];
        table.extend(T::table());
        table
    }

    #[inline]
    fn serves(on: On) -> bool {
        on.is(<H as Descriptor>::ON) || T::serves(on)
    }

    #[inline(always)]
    fn accept(
        on: On,
        request: Request,
        state: &S,
    ) -> Result<impl Future<Output = Response> + Send + use<S, H, T>, Response> {
        if on.is(<H as Descriptor>::ON) {
            H::accept(request, state).map(|call| OneOf::This { call })
        } else {
            T::accept(on, request, state).map(|call| OneOf::Rest { call })
        }
    }
}
