//! The handlers as a `tower::Service`.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tower_layer::Layer;
use tower_service::Service;

use super::{Dispatch, On, Request, Response};
use crate::protocol::Status;

/// What layers may fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What the engine asks of a service, in one name; every `tower::Service` that fits has it.
pub trait HandlerService:
    Service<
        Request,
        Response = Response,
        Error: Into<BoxError> + Send,
        Future: Future<Output = Result<Response, Self::Error>> + Send,
    > + Clone
    + Send
    + 'static
{
}

impl<T> HandlerService for T where
    T: Service<Request, Response = Response, Error: Into<BoxError> + Send, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// What [`handlers!`](crate::handlers) builds: the handlers as a service `X` that waits for its state `S`.
///
/// ```
/// use std::sync::Arc;
/// use wirepath_smpp::{Status, SubmitSm, handlers, on_pdu};
///
/// #[on_pdu("submit_sm")]
/// async fn refuse(_pdu: SubmitSm) -> Status {
///     Status::RSUBMITFAIL
/// }
///
/// // A `tower::Service<Request, Response = Response>`, with no box and no lock in it.
/// let service = handlers![refuse].with_state(Arc::new(()));
/// ```
pub struct Handlers<S, X> {
    make: Box<dyn FnOnce(Arc<S>) -> X + Send>,
    table: Vec<(On, &'static str)>,
}

impl<S, X> fmt::Debug for Handlers<S, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers").field("table", &self.table).finish_non_exhaustive()
    }
}

impl<S: 'static, X: HandlerService> Handlers<S, X> {
    /// Wraps the handlers in a tower layer: a time-out, a concurrency limit, one of your own.
    ///
    /// Layers wrap outward: the last one added sees a request first. An error that a layer makes is answered with itself
    /// if it is a [`Status`](crate::Status), and with `ESME_RSYSERR` and a log line otherwise.
    #[must_use]
    pub fn layer<Y>(self, layer: Y) -> Handlers<S, Y::Service>
    where
        Y: Layer<X, Service: HandlerService> + Send + 'static,
    {
        let Self { make, table } = self;
        Handlers { make: Box::new(move |state| layer.layer(make(state))), table }
    }

    /// Gives the handlers their state.
    #[must_use]
    pub fn with_state(self, state: Arc<S>) -> X {
        (self.make)(state)
    }

    /// The handlers and what they are for, in order.
    #[must_use]
    pub fn table(&self) -> &[(On, &'static str)] {
        &self.table
    }
}

/// Builds the service over a list of handlers. `handlers!` writes this call; the list is a type and nothing else.
#[must_use]
pub fn handlers<S, L>() -> Handlers<S, impl HandlerService>
where
    S: Send + Sync + 'static,
    L: Dispatch<S>,
{
    Handlers { make: Box::new(service::<S, L>), table: L::table() }
}

fn service<S, L>(state: Arc<S>) -> impl HandlerService
where
    S: Send + Sync + 'static,
    L: Dispatch<S>,
{
    Leaf(move |request| lead::<S, L>(request, &state))
}

/// Leads a request to its handler.
#[inline(always)]
fn lead<S, L: Dispatch<S>>(
    request: Request,
    state: &S,
) -> impl Future<Output = Result<Response, Infallible>> + use<S, L> {
    let on = request.on();
    let on = match request.command() {
        // `"*"` takes the PDUs that nobody else does.
        Some(_) if !L::serves(on) && L::serves(On::ANY) && on != On::BIND => On::ANY,
        _ => on,
    };
    match L::accept(on, request, state) {
        Ok(call) => Picked::Called { call },
        Err(response) => Picked::Answered { response: Some(response) },
    }
}

/// A closure as a service. The closure's future is a type of its own, so nothing is boxed.
#[derive(Clone)]
struct Leaf<F>(F);

impl<F, R> Service<Request> for Leaf<F>
where
    F: FnMut(Request) -> R,
    R: Future<Output = Result<Response, Infallible>>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = R;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    // Into the engine's dispatch, with the handler behind it: what is moved at every step costs more than the steps.
    #[inline(always)]
    fn call(&mut self, request: Request) -> R {
        (self.0)(request)
    }
}

/// Calls the service once it is ready. What a layer fails with becomes a status.
pub(crate) async fn call_when_ready<X: HandlerService>(
    service: &mut X,
    request: Request,
) -> Result<Response, Status> {
    std::future::poll_fn(|cx| service.poll_ready(cx))
        .await
        .map_err(|error| layer_failed(error.into()))?;
    service.call(request).await.map_err(|error| layer_failed(error.into()))
}

/// The status for what a layer failed with: itself if it is one.
pub(crate) fn layer_failed(error: BoxError) -> Status {
    match error.downcast_ref::<Status>() {
        Some(status) => *status,
        None => {
            tracing::warn!(%error, "a layer around the handlers failed; answered ESME_RSYSERR");
            Status::RSYSERR
        }
    }
}

pin_project_lite::pin_project! {
    /// The handler that was picked, or the answer where none had to be.
    #[project = PickedNow]
    enum Picked<C> {
        Called {
            #[pin]
            call: C,
        },
        Answered {
            response: Option<Response>,
        },
    }
}

impl<C: Future<Output = Response>> Future for Picked<C> {
    type Output = Result<Response, Infallible>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            PickedNow::Called { call } => call.poll(cx).map(Ok),
            // It is polled once: it is ready then.
            PickedNow::Answered { response } => {
                Poll::Ready(Ok(response.take().unwrap_or(Response::Silent)))
            }
        }
    }
}
