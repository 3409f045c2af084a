//! A layer whose service cannot be cloned.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::sync::Mutex;
use tower_layer::Layer;
use tower_service::Service;

/// Makes one service of a layer's for all requests, where the service cannot be cloned: tower's `RateLimit`.
///
/// Requests wait for it in the order in which they came. As many wait as a listener lets in: one for each of `max_connections`, and
/// with HTTP/2 up to `h2_max_streams` for each; put a `LoadShed` and a `ConcurrencyLimit` around it to have fewer. Who waits longer
/// than [`request_timeout_ms`](crate::config::ServerConfig::request_timeout_ms) is answered 504.
///
/// ```
/// use std::time::Duration;
/// use wirepath_http::{get, router::shared, routes, testing::Client};
/// use tower::limit::RateLimitLayer;
///
/// #[get("/")]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = Client::new(routes![hello].layer(shared(RateLimitLayer::new(1_000, Duration::from_secs(1)))), ());
/// assert_eq!(client.get("/").send().await.text(), "hello");
/// # }
/// ```
#[must_use]
pub fn shared<Y>(layer: Y) -> Shared<Y> {
    Shared(layer)
}

/// What [`shared`] makes of a layer.
#[derive(Debug, Clone)]
pub struct Shared<Y>(Y);

impl<Y: Layer<X>, X> Layer<X> for Shared<Y> {
    type Service = SharedService<Y::Service>;

    fn layer(&self, inner: X) -> Self::Service {
        SharedService(Arc::new(Mutex::new(self.0.layer(inner))))
    }
}

/// One service, and a queue in front of it.
#[derive(Debug)]
pub struct SharedService<X>(Arc<Mutex<X>>);

impl<X> Clone for SharedService<X> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<X, Q> Service<Q> for SharedService<X>
where
    X: Service<Q> + Send + 'static,
    X::Future: Send,
    Q: Send + 'static,
{
    type Response = X::Response;
    type Error = X::Error;
    type Future = Pin<Box<dyn Future<Output = Result<X::Response, X::Error>> + Send>>;

    /// At once: the waiting is done in the call, where it has a place in the queue.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), X::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let service = Arc::clone(&self.0);
        Box::pin(async move {
            // Who is ready is called before anybody else can be: such a service wakes only the last one that asked.
            let call = {
                let mut service = service.lock().await;
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request)
            };
            call.await
        })
    }
}
