//! What the macros' output calls where an attribute says what is produced.

use futures_core::Stream;

use super::Call;
use crate::{
    Accepts, Leaving, Refusal, Reply, Response, Sse,
    reply::{IntoEvent, of_axum},
};

/// Whether the client takes something of what a route produces.
///
/// # Errors
///
/// The answer if it does not: 406.
pub fn acceptable<S>(call: &Call<'_, S>, produces: &[&'static str]) -> Result<(), Response> {
    let headers = call.arrived.headers();
    Accepts::of(headers)
        .best(produces)
        .map(drop)
        .map_err(|refusal: Refusal| refusal.respond_to(headers))
}

/// What a function under `#[sse]` returns. `KIND` tells its `impl`s apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream of events",
    label = "returns what is no stream of events",
    note = "return `impl Stream<Item = Event>`, a stream of `Result<Event, E>`s, an `Sse` with one, or a `Result` of either whose \
            error is the answer"
)]
pub trait IntoEvents<KIND> {
    /// The response.
    fn into_events(self) -> Response;
}

/// A stream as it is.
#[derive(Debug)]
pub struct OfStream;

/// One in an [`Sse`].
#[derive(Debug)]
pub struct OfSse;

/// Either in a `Result`.
#[derive(Debug)]
pub struct OfResult<KIND>(KIND);

// What else is a stream is no help to anyone.
#[diagnostic::do_not_recommend]
impl<S> IntoEvents<OfStream> for S
where
    S: Stream<Item: IntoEvent> + Send + 'static,
{
    fn into_events(self) -> Response {
        Sse::new(self).reply()
    }
}

impl<S> IntoEvents<OfSse> for Sse<S>
where
    S: Stream<Item: IntoEvent> + Send + 'static,
{
    fn into_events(self) -> Response {
        self.reply()
    }
}

impl<KIND, T, E> IntoEvents<OfResult<KIND>> for Result<T, E>
where
    T: IntoEvents<KIND>,
    E: axum::response::IntoResponse,
{
    fn into_events(self) -> Response {
        match self {
            Ok(events) => events.into_events(),
            Err(error) => of_axum(error),
        }
    }
}

/// What a function under `#[sse]` returned becomes a response.
pub fn events<KIND>(events: impl IntoEvents<KIND>) -> Leaving {
    events.into_events().into()
}
