//! From the number of a route to its handler, resolved by the compiler.

use std::{
    future::{Future, Pending},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{Call, Descriptor, Handler, Hook, Role};
use crate::{Leaving, middleware::Middleware, reply::internal};

/// A list of handlers as a type: a head and the rest.
#[derive(Debug)]
pub struct Chain<H, T>(PhantomData<fn() -> (H, T)>);

/// The end of a list of `LEN` handlers.
#[derive(Debug)]
pub struct End<const LEN: usize = 0>;

/// Two lists, the second behind the first.
#[derive(Debug)]
pub struct Join<A, B>(PhantomData<fn() -> (A, B)>);

pin_project_lite::pin_project! {
    /// The call of one of two: which one was picked, and its future.
    #[project = Picked]
    pub(crate) enum OneOf<A, B> {
        This {
            #[pin] call: A,
        },
        Rest {
            #[pin] call: B,
        },
    }
}

impl<A, B> Future for OneOf<A, B>
where
    A: Future<Output = Leaving>,
    B: Future<Output = Leaving>,
{
    type Output = Leaving;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Leaving> {
        match self.project() {
            Picked::This { call } => call.poll(cx),
            Picked::Rest { call } => call.poll(cx),
        }
    }
}

/// A list of handlers in an application with the state `S`.
pub trait Dispatch<S>: Send + Sync + 'static {
    /// How many there are.
    const COUNT: usize;
    /// Whether some of them stand in front of the others: where there are none, nothing asks for them.
    const HAS_MIDDLEWARE: bool;

    /// What they are for, and their names, in order.
    fn table() -> Vec<(Role, &'static str)>;

    /// How each describes itself, in order.
    #[cfg(feature = "openapi")]
    fn describe() -> Vec<super::Describe>;

    /// What stands in front of the routes, with its order.
    fn middleware() -> Vec<(i32, Box<dyn Middleware<S>>)>;

    /// What the hook at a place does; `None` if it is none.
    fn hook(place: usize, state: &Arc<S>) -> Option<Hook>;

    /// Takes the arguments of the handler at a place out of the request, and gives the call of it.
    ///
    /// # Errors
    ///
    /// The answer, where the handler has not to be called for it.
    fn accept(
        place: usize,
        call: Call<'_, S>,
    ) -> Result<impl Future<Output = Leaving> + Send + use<Self, S>, Leaving>;
}

impl<S, const LEN: usize> Dispatch<S> for End<LEN> {
    const COUNT: usize = 0;
    const HAS_MIDDLEWARE: bool = false;

    fn table() -> Vec<(Role, &'static str)> {
        Vec::new()
    }

    #[cfg(feature = "openapi")]
    fn describe() -> Vec<super::Describe> {
        Vec::new()
    }

    fn middleware() -> Vec<(i32, Box<dyn Middleware<S>>)> {
        Vec::new()
    }

    fn hook(_: usize, _: &Arc<S>) -> Option<Hook> {
        None
    }

    #[cold]
    fn accept(
        _: usize,
        _: Call<'_, S>,
    ) -> Result<impl Future<Output = Leaving> + Send + use<S, LEN>, Leaving> {
        // No table has such a number.
        Err::<Pending<Leaving>, _>(internal().into())
    }
}

impl<S, H: Handler<S>, T: Dispatch<S>> Dispatch<S> for Chain<H, T> {
    const COUNT: usize = 1 + T::COUNT;
    const HAS_MIDDLEWARE: bool =
        T::HAS_MIDDLEWARE || matches!(H::ROLE.kind, super::Kind::Middleware);

    fn table() -> Vec<(Role, &'static str)> {
        let mut table = vec![(<H as Descriptor>::ROLE, H::NAME)];
        table.extend(T::table());
        table
    }

    #[cfg(feature = "openapi")]
    fn describe() -> Vec<super::Describe> {
        let mut all: Vec<super::Describe> = vec![H::describe];
        all.extend(T::describe());
        all
    }

    fn middleware() -> Vec<(i32, Box<dyn Middleware<S>>)> {
        let own = H::middleware().map(|middleware| (H::ROLE.order, middleware));
        own.into_iter().chain(T::middleware()).collect()
    }

    fn hook(place: usize, state: &Arc<S>) -> Option<Hook> {
        match place.checked_sub(1) {
            None => H::hook(state),
            Some(place) => T::hook(place, state),
        }
    }

    #[inline(always)]
    fn accept(
        place: usize,
        call: Call<'_, S>,
    ) -> Result<impl Future<Output = Leaving> + Send + use<S, H, T>, Leaving> {
        match place.checked_sub(1) {
            None => H::accept(call).map(|call| OneOf::This { call }),
            Some(place) => T::accept(place, call).map(|call| OneOf::Rest { call }),
        }
    }
}

impl<S, A: Dispatch<S>, B: Dispatch<S>> Dispatch<S> for Join<A, B> {
    const COUNT: usize = A::COUNT + B::COUNT;
    const HAS_MIDDLEWARE: bool = A::HAS_MIDDLEWARE || B::HAS_MIDDLEWARE;

    fn table() -> Vec<(Role, &'static str)> {
        let mut table = A::table();
        table.extend(B::table());
        table
    }

    #[cfg(feature = "openapi")]
    fn describe() -> Vec<super::Describe> {
        let mut all = A::describe();
        all.extend(B::describe());
        all
    }

    fn middleware() -> Vec<(i32, Box<dyn Middleware<S>>)> {
        A::middleware().into_iter().chain(B::middleware()).collect()
    }

    fn hook(place: usize, state: &Arc<S>) -> Option<Hook> {
        match place.checked_sub(A::COUNT) {
            None => A::hook(place, state),
            Some(place) => B::hook(place, state),
        }
    }

    #[inline(always)]
    fn accept(
        place: usize,
        call: Call<'_, S>,
    ) -> Result<impl Future<Output = Leaving> + Send + use<S, A, B>, Leaving> {
        match place.checked_sub(A::COUNT) {
            None => A::accept(place, call).map(|call| OneOf::This { call }),
            Some(place) => B::accept(place, call).map(|call| OneOf::Rest { call }),
        }
    }
}
