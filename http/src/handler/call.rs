//! What the macros' output calls, so that it stays a few lines.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use wirepath_runtime::state::{Needs, Part, State};

pub use super::probe::{argument_kind, level, reply_kind, takes_body};
use super::{
    AnyState, Argument, BoxError, Call, Checked, Head, Hook, Level, Role,
    probe::reply as replies,
    rest::{Calls, Keeps, Rest},
};
use crate::{
    Extract, Leaving, Refusal, Reply, Response,
    middleware::Guards,
    protocol::{FieldError, Params},
    reply::{internal, of_axum},
};

/// A type that a parameter of a path can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a path",
    label = "cannot be read from a part of a path",
    note = "numbers, `String`, `bool`, `char`, dates, UUIDs and whatever else serde's `Deserialize` makes of one text can"
)]
pub trait Param: Sized + Send {
    /// Reads it: the parameter at a place of the path, counted from the last.
    ///
    /// # Errors
    ///
    /// If it is no such thing: 422.
    fn read(params: &Params<'_, '_>, place: usize) -> Result<Self, FieldError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send> Param for T {
    #[inline]
    fn read(params: &Params<'_, '_>, place: usize) -> Result<Self, FieldError> {
        params.counted_from_end(place)
    }
}

/// True: `T` can be a parameter of a path, or else there is an error here.
#[must_use]
pub const fn parameter<T: Param>() -> bool {
    true
}

/// True: `T` is an extractor, or else there is an error here.
#[must_use]
pub const fn extractor<const KIND: u8, T: Argument<KIND, S>, S>() -> bool {
    true
}

/// True: `T` is a reply, or else there is an error here.
#[must_use]
pub const fn answer<const KIND: u8, T: Answer<KIND>>() -> bool {
    true
}

/// [`Param`], for a type that a constant has been computed of with [`parameter`]; see [`Checked`].
pub trait CheckedParam<const CHECKED: bool>: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// The answer to give if it is no such thing.
    fn take<S>(call: &Call<'_, S>, place: usize) -> Result<Self, Response>;
}

impl<T: Param> CheckedParam<true> for T {
    #[inline(always)]
    fn take<S>(call: &Call<'_, S>, place: usize) -> Result<Self, Response> {
        T::read(&call.head().params(), place)
            .map_err(|error| Refusal::from(&error).respond_to(call.arrived.headers()))
    }
}

/// A parameter of the path.
#[inline(always)]
pub fn param<const CHECKED: bool, T: CheckedParam<CHECKED>, S>(
    call: &Call<'_, S>,
    place: usize,
) -> Result<T, Response> {
    T::take(call, place)
}

/// What is taken of an extractor at once.
#[inline(always)]
pub fn hold<const KIND: u8, const CHECKED: bool, T, S, A>(
    head: Head<'_>,
    state: &A,
) -> Result<T::Held, Response>
where
    T: Checked<KIND, CHECKED, S>,
    <T as Checked<KIND, CHECKED, S>>::Wants: Needs<A>,
{
    T::take(head, state)
}

/// What is taken of it later.
#[inline(always)]
pub fn finish<const KIND: u8, const CHECKED: bool, T, S, R>(
    held: T::Held,
    state: &S,
    rest: &mut R,
) -> impl Future<Output = Result<T, Box<Response>>> + Send
where
    T: Checked<KIND, CHECKED, S>,
    R: Rest,
    S: Sync,
{
    T::finish(held, state, rest)
}

/// What the extractors see.
#[inline(always)]
pub fn head<'c, S>(call: &'c Call<'_, S>) -> Head<'c> {
    call.head()
}

/// The state.
#[inline(always)]
pub fn state<'c, S>(call: &'c Call<'_, S>) -> &'c S {
    call.state
}

/// What is kept of the request.
#[inline(always)]
pub fn keep<const LEVEL: u8, S>(call: Call<'_, S>) -> <Level<LEVEL> as Keeps>::Rest
where
    Level<LEVEL>: Keeps,
{
    Level::<LEVEL>::keep(call)
}

/// Where the call of the handler stands while it runs.
#[inline(always)]
pub fn place<const LEVEL: u8, F: Calls>(call: F) -> <Level<LEVEL> as Keeps>::Place<F>
where
    Level<LEVEL>: Keeps,
{
    Level::<LEVEL>::place(call)
}

/// The state that axum's extractors look at: none.
#[must_use]
pub fn any_state<S>(_: &Call<'_, S>) -> AnyState {
    AnyState
}

/// The state that axum's extractors look at, where the attribute says which.
#[must_use]
pub fn own_state<S>(call: &Call<'_, S>) -> Arc<S> {
    Arc::clone(call.state)
}

/// The answer that an extractor gave in place of its value.
#[must_use]
#[cold]
pub fn refused(response: Box<Response>) -> Leaving {
    response.into()
}

/// All arguments are there: the rest of the request is not kept while the handler runs.
#[inline(always)]
pub fn done<R: Rest, S>(_: R, _: S) {}

/// A reply, by the kind that its probe found.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reply to a request",
    label = "not a reply",
    note = "return text, `Json<…>`, `Bytes`, a `StatusCode`, `(StatusCode, …)`, a `Response`, a `Result` of these, or whatever \
            axum has as `IntoResponse`"
)]
pub trait Answer<const KIND: u8> {
    /// The response.
    fn into_answer(self) -> Leaving;
}

impl<T: Reply> Answer<{ replies::OURS }> for T {
    #[inline(always)]
    fn into_answer(self) -> Leaving {
        self.leave()
    }
}

impl<T: IntoResponse> Answer<{ replies::AXUM }> for T {
    fn into_answer(self) -> Leaving {
        of_axum(self).into()
    }
}

/// [`Answer`], for a type that a constant has been computed of with [`answer`]; see [`Checked`].
pub trait Fits<const KIND: u8, const FITS: bool> {
    /// The response.
    fn respond(self) -> Leaving;
}

impl<const KIND: u8, T: Answer<KIND>> Fits<KIND, true> for T {
    #[inline(always)]
    fn respond(self) -> Leaving {
        self.into_answer()
    }
}

/// What a handler returned becomes a response.
#[inline(always)]
pub fn respond<const KIND: u8, const FITS: bool, T: Fits<KIND, FITS>>(reply: T) -> Leaving {
    reply.respond()
}

/// What a handler returned whose type has no name outside of its signature.
pub fn respond_unnamed(reply: impl IntoResponse) -> Leaving {
    of_axum(reply).into()
}

/// What is no route was led to: no table does that.
#[must_use]
pub fn no_route() -> Leaving {
    internal().into()
}

/// False if the route at a place would answer a request that one before it answers.
#[must_use]
pub const fn distinct(roles: &[Role], at: usize) -> bool {
    let mut earlier = 0;
    while earlier < at {
        if !roles[earlier].distinct(&roles[at]) {
            return false;
        }
        earlier += 1;
    }
    true
}

/// The kind of argument that a middleware can have.
pub const EXTRACT: u8 = super::probe::kind::EXTRACT;

/// True: `T` is taken out of a head, or else there is an error here.
#[must_use]
pub const fn from_head<T: Extract>() -> bool {
    true
}

/// True: `V` is what a guard returns, or else there is an error here.
#[must_use]
pub const fn verdict<V: Guards>() -> bool {
    true
}

/// The call of a wrapping middleware.
pub fn answering<R: IntoResponse>(
    call: impl Future<Output = R> + Send + 'static,
) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    Box::pin(async move { of_axum(call.await) })
}

/// An argument of a hook.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a hook",
    label = "there is no request to take this out of",
    note = "a hook runs before or after all requests: it can take `State<T>`"
)]
pub trait OfState: Sized {
    /// What it needs of the state.
    type Needs;

    /// Takes it.
    fn of_state(needs: Self::Needs) -> Self;
}

impl<T> OfState for State<T> {
    type Needs = Part<T>;

    fn of_state(Part(value): Part<T>) -> Self {
        Self(value)
    }
}

/// True: `T` can be an argument of a hook, or else there is an error here.
#[must_use]
pub const fn of_state<T: OfState>() -> bool {
    true
}

/// [`OfState`], for a type that a constant has been computed of with [`of_state`]; see [`Checked`].
pub trait CheckedOfState<const CHECKED: bool>: Sized {
    /// What it needs of the state.
    type Wants;

    /// Takes it.
    fn take<S>(state: &S) -> Self
    where
        <Self as CheckedOfState<CHECKED>>::Wants: Needs<S>;
}

impl<T: OfState> CheckedOfState<true> for T {
    type Wants = T::Needs;

    fn take<S>(state: &S) -> Self
    where
        T::Needs: Needs<S>,
    {
        T::of_state(T::Needs::from_state(state))
    }
}

/// What a hook returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether a hook succeeded",
    note = "return nothing, or a `Result<(), E>` whose error stops the start"
)]
pub trait Outcome {
    /// Whether it did.
    ///
    /// # Errors
    ///
    /// Why not.
    fn outcome(self) -> Result<(), BoxError>;
}

impl Outcome for () {
    fn outcome(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Into<BoxError>> Outcome for Result<(), E> {
    fn outcome(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// The call of a hook.
pub fn hooked<R: Outcome>(call: impl Future<Output = R> + Send + 'static) -> Hook {
    Box::pin(async move { call.await.outcome() })
}
