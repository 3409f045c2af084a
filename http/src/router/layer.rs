//! tower layers around all routes.

use std::{
    convert::Infallible,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use tower_layer::Layer;
use tower_service::Service;

use super::Routes;
use crate::{
    Body, BoxError, Connected, Refusal, Reply, Request, Response,
    handler::Dispatch,
    middleware::{Answering, Onward},
    reply::{internal, late},
};

/// What a layer wraps: the layers inside of it, all middleware, and the routes. A [`tower::Service`](tower_service::Service)
/// for requests with any body that does not fail.
#[derive(Clone)]
pub struct Inside(Arc<dyn Enter>);

/// What waits for its turn to be wrapped.
pub(super) type Wrap = Box<dyn FnOnce(Inside) -> Inside + Send>;

trait Enter: Send + Sync {
    fn enter(&self, request: Request) -> Answering;
}

impl Inside {
    /// The innermost: middleware and routes.
    pub(super) fn of(routes: Arc<dyn Onward>) -> Self {
        Self(Arc::new(Core(routes)))
    }

    pub(super) fn serve(&self, mut request: Request, connected: &Connected) -> Answering {
        // Layers take requests and nothing else: what is known of the connection goes along in there.
        if let Some(peer) = connected.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        request.extensions_mut().insert(connected.clone());
        self.0.enter(request)
    }
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").finish_non_exhaustive()
    }
}

impl<B> Service<http::Request<B>> for Inside
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Entered;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Entered {
        Entered(self.0.enter(request.map(Body::boxed)))
    }
}

/// The answer of [`Inside`].
pub struct Entered(Answering);

impl Future for Entered {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(ready!(self.0.as_mut().poll(cx))))
    }
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}

/// Middleware and routes.
struct Core(Arc<dyn Onward>);

impl Enter for Core {
    fn enter(&self, mut request: Request) -> Answering {
        let connected = request.extensions_mut().remove::<Connected>().unwrap_or_default();
        Arc::clone(&self.0).onward(0, request, connected)
    }
}

/// A service that a layer made: clones of it share what it shares.
struct Layered<X>(X);

impl<X, B> Enter for Layered<X>
where
    X: Service<Request, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    X::Future: Send,
    X::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn enter(&self, request: Request) -> Answering {
        let mut service = self.0.clone();
        Box::pin(async move {
            if let Err(error) = poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::into) {
                return failed(error);
            }
            match service.call(request).await {
                Ok(response) => response.map(Body::boxed),
                Err(error) => failed(error.into()),
            }
        })
    }
}

/// The answer to what a layer failed with.
#[cold]
fn failed(error: BoxError) -> Response {
    let error = match error.downcast::<Refusal>() {
        Ok(refusal) => return refusal.reply(),
        Err(error) => error,
    };
    if error.is::<tower::timeout::error::Elapsed>() {
        return late();
    }
    if error.is::<tower::load_shed::error::Overloaded>() {
        let detail = "this server has as much to do as it can; ask again later";
        let mut response = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, detail).reply();
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    tracing::error!(%error, "a layer around the routes failed; answered 500");
    internal()
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Routes<S, L> {
    /// Wraps everything in a tower layer: any of tower-http's, a concurrency limit, one of your own.
    ///
    /// It stands around every answer that is made behind the listener: the routes, of whatever kind, what is mounted, an axum
    /// router, all middleware, 404 and 405. Layers wrap outward: the last one added sees a request first. Those of routes that
    /// are [mounted](Self::mount) stand around all routes too, inside those that are here already.
    ///
    /// The layer is asked for its service once, when the routes get their state. Each request has a clone of that service and
    /// waits for it to be ready, so a `ConcurrencyLimit` counts all requests. A service that cannot be cloned, such as
    /// `RateLimit`, goes into [`shared`](super::shared).
    ///
    /// An error that a layer makes is answered with itself if it is a [`Refusal`], tower's time-out with 504, tower's load shed
    /// with 503, any other with 500 and a line in the log. With a layer, a request meets two boxes for each; without one, none.
    ///
    /// ```
    /// use wirepath_http::{get, routes, testing::Client};
    /// use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, load_shed::LoadShedLayer};
    ///
    /// #[get("/")]
    /// async fn hello() -> &'static str {
    ///     "hello"
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// // A stack is one layer, the first in it outermost: above 100 requests at a time, 503.
    /// let limits = ServiceBuilder::new().layer(LoadShedLayer::new()).layer(ConcurrencyLimitLayer::new(100));
    /// let client = Client::new(routes![hello].layer(limits), ());
    /// assert_eq!(client.get("/").send().await.text(), "hello");
    /// assert_eq!(client.get("/none").send().await.status(), 404);
    /// # }
    /// ```
    #[must_use]
    pub fn layer<Y, B>(mut self, layer: Y) -> Self
    where
        Y: Layer<Inside> + Send + 'static,
        Y::Service: Service<Request, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        <Y::Service as Service<Request>>::Future: Send,
        <Y::Service as Service<Request>>::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let wrap = move |inside| Inside(Arc::new(Layered(layer.layer(inside))));
        self.layers.push(Box::new(wrap));
        self
    }
}
