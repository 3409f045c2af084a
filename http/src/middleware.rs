//! What stands in front of all routes, and of 404 and 405 too.
//!
//! A function under [`#[middleware]`](macro@crate::middleware) either decides whether a request goes on, a guard, or wraps what
//! comes after it. They are asked for, so they may box: without one, a request meets none of this.
#![allow(
    clippy::result_large_err,
    reason = "the `Err` is the answer itself, on its way out: a box for it would be an allocation for each refusal"
)]

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use axum::response::IntoResponse;

use crate::{
    Connected, Head, Reply, Request, Response,
    handler::{RouteInfo, Source},
    protocol::Spans,
    reply::of_axum,
};

/// A response to come.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What stands in front of routes, in an application with the state `S`.
pub trait Middleware<S>: Send + Sync {
    /// Answers a request, by what comes next or without it.
    fn handle(&self, request: Request, next: Next, state: &Arc<S>) -> Answering;
}

/// What comes after a middleware: the next one, and at the end the route.
///
/// ```
/// use std::time::Instant;
/// use wirepath_http::{Request, Response, middleware, middleware::Next};
///
/// #[middleware]
/// async fn timed(request: Request, next: Next) -> Response {
///     let started = Instant::now();
///     let mut response = next.run(request).await;
///     let took = format!("total;dur={}", started.elapsed().as_millis());
///     response.headers_mut().insert("server-timing", took.parse().unwrap());
///     response
/// }
/// ```
pub struct Next {
    onward: Arc<dyn Onward>,
    place: usize,
    connected: Connected,
}

impl Next {
    pub(crate) fn new(onward: Arc<dyn Onward>, place: usize, connected: Connected) -> Self {
        Self { onward, place, connected }
    }

    /// Goes on with a request: the one that came, or another.
    pub async fn run(self, request: Request) -> Response {
        self.onward.onward(self.place, request, self.connected).await
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("place", &self.place).finish_non_exhaustive()
    }
}

/// All that stands in a row, and the routes at its end.
pub(crate) trait Onward: Send + Sync {
    /// Goes on at a place of the row.
    fn onward(self: Arc<Self>, place: usize, request: Request, connected: Connected) -> Answering;
}

/// What a guard returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether a request goes on",
    label = "not what a guard returns",
    note = "return an `Option` of a reply, whose `None` lets the request go on, or a `Result<(), E>`, whose error is the answer; \
            to wrap what comes after, take `(request: Request, next: Next)` last"
)]
pub trait Guards {
    /// The answer, if the request does not go on.
    fn verdict(self) -> Option<Response>;
}

impl<R: Reply> Guards for Option<R> {
    fn verdict(self) -> Option<Response> {
        self.map(Reply::reply)
    }
}

impl<E: IntoResponse> Guards for Result<(), E> {
    fn verdict(self) -> Option<Response> {
        self.err().map(of_axum)
    }
}

/// [`Guards`], for a type that a constant has been computed of; see [`Checked`](crate::handler::Checked).
pub trait CheckedGuards<const FITS: bool> {
    /// The answer, if the request does not go on.
    fn checked_verdict(self) -> Option<Response>;
}

impl<V: Guards> CheckedGuards<true> for V {
    fn checked_verdict(self) -> Option<Response> {
        self.verdict()
    }
}

/// A guard, of what the macro wrote: the arguments taken out of the head, and the call with them.
pub fn guard<const FITS: bool, S, F, C, V>(take: F) -> Box<dyn Middleware<S>>
where
    F: Fn(Head<'_>, &Arc<S>) -> Result<C, Response> + Send + Sync + 'static,
    C: Future<Output = V> + Send + 'static,
    V: CheckedGuards<FITS>,
    S: Send + Sync + 'static,
{
    Box::new(Guard::<FITS, F>(take))
}

struct Guard<const FITS: bool, F>(F);

impl<const FITS: bool, S, F, C, V> Middleware<S> for Guard<FITS, F>
where
    F: Fn(Head<'_>, &Arc<S>) -> Result<C, Response> + Send + Sync,
    C: Future<Output = V> + Send + 'static,
    V: CheckedGuards<FITS>,
{
    fn handle(&self, request: Request, next: Next, state: &Arc<S>) -> Answering {
        match with_head(&request, &next, |head| (self.0)(head, state)) {
            Ok(call) => Box::pin(async move {
                match call.await.checked_verdict() {
                    Some(response) => response,
                    None => next.run(request).await,
                }
            }),
            Err(response) => Box::pin(std::future::ready(response)),
        }
    }
}

/// A wrapping middleware, of what the macro wrote: the arguments taken, and the call with them, the request and the rest.
pub fn wrap<S, F, C>(take: F) -> Box<dyn Middleware<S>>
where
    F: Fn(Head<'_>, &Arc<S>) -> Result<C, Response> + Send + Sync + 'static,
    C: FnOnce(Request, Next) -> Answering + 'static,
    S: Send + Sync + 'static,
{
    Box::new(Wrap(take))
}

struct Wrap<F>(F);

impl<S, F, C> Middleware<S> for Wrap<F>
where
    F: Fn(Head<'_>, &Arc<S>) -> Result<C, Response> + Send + Sync,
    C: FnOnce(Request, Next) -> Answering,
{
    fn handle(&self, request: Request, next: Next, state: &Arc<S>) -> Answering {
        match with_head(&request, &next, |head| (self.0)(head, state)) {
            Ok(call) => call(request, next),
            Err(response) => Box::pin(std::future::ready(response)),
        }
    }
}

/// What is done with a response, of what the macro wrote: the arguments taken, and the call with them and the response.
pub fn after<const ONLY_ERRORS: bool, S, F, C>(take: F) -> Box<dyn Middleware<S>>
where
    F: Fn(Head<'_>, &Arc<S>) -> Result<C, Response> + Send + Sync + 'static,
    C: FnOnce(Response) -> Answering + Send + 'static,
    S: Send + Sync + 'static,
{
    Box::new(After::<ONLY_ERRORS, F>(take))
}

struct After<const ONLY_ERRORS: bool, F>(F);

impl<const ONLY_ERRORS: bool, S, F, C> Middleware<S> for After<ONLY_ERRORS, F>
where
    F: Fn(Head<'_>, &Arc<S>) -> Result<C, Response> + Send + Sync,
    C: FnOnce(Response) -> Answering + Send + 'static,
{
    fn handle(&self, request: Request, next: Next, state: &Arc<S>) -> Answering {
        // Taken before, as with the others: the request goes on, and is not there afterwards.
        match with_head(&request, &next, |head| (self.0)(head, state)) {
            Ok(call) => Box::pin(async move {
                let response = next.run(request).await;
                let status = response.status();
                match ONLY_ERRORS && !status.is_client_error() && !status.is_server_error() {
                    true => response,
                    false => call(response).await,
                }
            }),
            Err(response) => Box::pin(std::future::ready(response)),
        }
    }
}

/// What extractors see in front of the routes: no route yet.
fn with_head<T>(request: &Request, next: &Next, take: impl FnOnce(Head<'_>) -> T) -> T {
    let route = RouteInfo::new(None, "");
    let source = Source::Request(request);
    take(Head { source, spans: &Spans::default(), route: &route, connected: &next.connected })
}
