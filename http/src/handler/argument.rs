//! How an argument of each kind is taken.

use std::future::Future;

use axum::extract::{FromRequest, FromRequestParts};
use http::HeaderMap;
use wirepath_runtime::state::{Needs, Nothing};

use super::{
    AnyState, Head, Rest,
    probe::{at_once, kind},
};
use crate::{
    Extract, ReadBody, Refusal, Request, Response,
    extract::foreign,
    reply::{internal, of_axum},
};

/// An argument of a handler, by the kind that its probe found.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler",
    label = "neither a parameter of the path nor an extractor",
    note = "arguments are: a parameter of the path, under its name in the path (`id: u64` for `{{id}}`); an extractor of \
            wirepath's (`Path<T>`, `Query<T>`, `Form<T>`, `Json<T>`, `State<T>`, `HeaderMap`, `Bytes`, …); or any of axum's",
    note = "the `T` of `Json<T>`, `Query<T>` and `Form<T>` derives `serde::Deserialize`; in a `Valid<…>`, `garde::Validate` as well",
    note = "one that is an extractor for a state of yours only needs that state in the attribute: \
            `#[get(\"/…\", state = AppState)]`"
)]
pub trait Argument<const KIND: u8, S = AnyState>: Sized + Send {
    /// What it needs of the state.
    type Needs: Send;
    /// What is taken before the handler's future is made.
    type Held: Send;

    /// Takes what can be taken at once.
    ///
    /// # Errors
    ///
    /// The answer to give if it cannot be taken.
    fn hold(head: Head<'_>, needs: Self::Needs) -> Result<Self::Held, Response>;

    /// Takes what is left to be taken. The answer to give if it cannot be taken is in a box: the handler's future has room for
    /// it beside the argument.
    fn finish<R: Rest>(
        held: Self::Held,
        state: &S,
        rest: &mut R,
    ) -> impl Future<Output = Result<Self, Box<Response>>> + Send;
}

impl<T: Extract, S: Sync> Argument<{ kind::EXTRACT }, S> for T {
    type Needs = T::Needs;
    type Held = T;

    #[inline(always)]
    fn hold(head: Head<'_>, needs: T::Needs) -> Result<T, Response> {
        T::extract(head, needs).map_err(|refusal| refused(refusal, head.headers()))
    }

    #[inline(always)]
    fn finish<R: Rest>(
        held: T,
        _: &S,
        _: &mut R,
    ) -> impl Future<Output = Result<Self, Box<Response>>> + Send {
        at_once(Ok(held))
    }
}

impl<T: ReadBody, S: Sync> Argument<{ kind::BODY }, S> for T {
    type Needs = Nothing;
    type Held = ();

    #[inline(always)]
    fn hold(_: Head<'_>, _: Nothing) -> Result<(), Response> {
        Ok(())
    }

    #[inline(always)]
    async fn finish<R: Rest>((): (), _: &S, rest: &mut R) -> Result<Self, Box<Response>> {
        let Some(arrived) = rest.arrived() else { return Err(internal().into()) };
        match T::read(arrived).await {
            Ok(value) => Ok(value),
            Err(refusal) => Err(refused(refusal, arrived.headers()).into()),
        }
    }
}

impl<T: FromRequestParts<S> + Send, S: Sync> Argument<{ kind::PARTS }, S> for T {
    type Needs = Nothing;
    type Held = ();

    fn hold(_: Head<'_>, _: Nothing) -> Result<(), Response> {
        Ok(())
    }

    async fn finish<R: Rest>((): (), state: &S, rest: &mut R) -> Result<Self, Box<Response>> {
        foreign::prepare(rest).await;
        let Some(request) = rest.take() else { return Err(internal().into()) };
        let (mut parts, body) = request.into_parts();
        let taken = T::from_request_parts(&mut parts, state).await;
        if let Some(slot) = rest.arrived() {
            *slot = Request::from_parts(parts, body).into();
        }
        taken.map_err(|refusal| of_axum(refusal).into())
    }
}

impl<T: FromRequest<S> + Send, S: Sync> Argument<{ kind::REQUEST }, S> for T {
    type Needs = Nothing;
    type Held = ();

    fn hold(_: Head<'_>, _: Nothing) -> Result<(), Response> {
        Ok(())
    }

    async fn finish<R: Rest>((): (), state: &S, rest: &mut R) -> Result<Self, Box<Response>> {
        foreign::prepare(rest).await;
        let Some(request) = rest.take() else { return Err(internal().into()) };
        T::from_request(request.map(Into::into), state)
            .await
            .map_err(|refusal| of_axum(refusal).into())
    }
}

#[cold]
fn refused(refusal: Refusal, headers: &HeaderMap) -> Response {
    refusal.respond_to(headers)
}

/// [`Argument`], for a type that a constant has been computed of with [`extractor`](super::call::extractor). If that was an
/// error, nothing that names the constant can be one of its own.
pub trait Checked<const KIND: u8, const CHECKED: bool, S = AnyState>: Argument<KIND, S> {
    /// What it needs of the state.
    type Wants: Send;

    /// As [`Argument::hold`].
    ///
    /// # Errors
    ///
    /// The answer to give if it cannot be taken.
    fn take<A>(head: Head<'_>, state: &A) -> Result<Self::Held, Response>
    where
        <Self as Checked<KIND, CHECKED, S>>::Wants: Needs<A>;
}

impl<const KIND: u8, S, T: Argument<KIND, S>> Checked<KIND, true, S> for T {
    type Wants = T::Needs;

    #[inline(always)]
    fn take<A>(head: Head<'_>, state: &A) -> Result<Self::Held, Response>
    where
        T::Needs: Needs<A>,
    {
        T::hold(head, T::Needs::from_state(state))
    }
}
