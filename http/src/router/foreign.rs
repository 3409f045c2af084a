//! A router of axum's behind our routes.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::extract::{ConnectInfo, MatchedPath};
use tower_layer::Layer;
use tower_service::Service;

use super::Routes;
use crate::{
    Connected, Request, Response,
    handler::{Dispatch, End},
    middleware::Answering,
    reply::of_axum,
};

/// What wirepath's `App::http` takes: [`Routes`], or an [`axum::Router`] as it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of routes for an application whose state is `{S}`",
    label = "neither `routes![…]` nor an `axum::Router`",
    note = "give an axum router its state first: `.with_state(…)` makes an `axum::Router<()>` of it"
)]
pub trait IntoRoutes<S> {
    /// The list, as a type.
    type List: Dispatch<S>;

    /// The routes.
    fn into_routes(self) -> Routes<S, Self::List>;
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> IntoRoutes<S> for Routes<S, L> {
    type List = L;

    fn into_routes(self) -> Self {
        self
    }
}

impl<S: Send + Sync + 'static> IntoRoutes<S> for axum::Router {
    type List = End;

    fn into_routes(self) -> Routes<S, End> {
        super::routes::<S, End>().axum(self)
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Routes<S, L> {
    /// Leads what no route here has the path of to an axum router: its routes, and its answer where it has none either.
    /// Middleware and [layers](Self::layer) of this list stand around it. A further one is merged with the one before.
    ///
    /// In there the futures and bodies are axum's, boxes and all.
    ///
    /// ```
    /// use wirepath_http::{get, routes, testing::Client};
    ///
    /// #[get("/ours")]
    /// async fn ours() -> &'static str {
    ///     "ours"
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let theirs = axum::Router::new().route("/theirs", axum::routing::get(async || "theirs"));
    /// let client = Client::new(routes![ours].axum(theirs), ());
    /// assert_eq!(client.get("/ours").send().await.text(), "ours");
    /// assert_eq!(client.get("/theirs").send().await.text(), "theirs");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`axum::Router::merge`], where two axum routers have the same route or both a fallback.
    #[must_use]
    #[track_caller]
    pub fn axum(mut self, router: axum::Router) -> Self {
        let router = router.layer(Named);
        self.otherwise = Some(match self.otherwise.take() {
            Some(before) => before.merge(router),
            None => router,
        });
        self
    }
}

/// Leaves the template of an axum route in its response, for whoever counts requests.
#[derive(Clone, Copy)]
struct Named;

impl<X> Layer<X> for Named {
    type Service = NamedService<X>;

    fn layer(&self, inner: X) -> NamedService<X> {
        NamedService(inner)
    }
}

#[derive(Clone)]
struct NamedService<X>(X);

impl<X> Service<axum::extract::Request> for NamedService<X>
where
    X: Service<axum::extract::Request, Response = axum::response::Response>,
    X::Future: Send + 'static,
{
    type Response = X::Response;
    type Error = X::Error;
    type Future = Pin<Box<dyn Future<Output = Result<X::Response, X::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), X::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: axum::extract::Request) -> Self::Future {
        let template = request.extensions().get::<MatchedPath>().cloned();
        let call = self.0.call(request);
        Box::pin(async move {
            let mut response = call.await?;
            if let Some(template) = template {
                response.extensions_mut().insert(template);
            }
            Ok(response)
        })
    }
}

/// One of them mounted, as [`Routes::mount`] has it.
pub(super) fn joined(
    own: Option<axum::Router>,
    prefix: &str,
    other: Option<axum::Router>,
) -> Option<axum::Router> {
    let other = match prefix {
        "" => other,
        prefix => other.map(|other| axum::Router::new().nest(prefix, other)),
    };
    match (own, other) {
        (Some(own), Some(other)) => Some(own.merge(other)),
        (own, other) => own.or(other),
    }
}

/// Its answer to a request.
pub(super) fn answer(
    router: &Arc<axum::Router>,
    mut request: Request,
    connected: &Connected,
) -> Answering {
    if let Some(peer) = connected.peer {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    let mut router = axum::Router::clone(router);
    Box::pin(async move {
        let answered: Result<axum::response::Response, Infallible> =
            router.call(request.map(axum::body::Body::from)).await;
        match answered {
            Ok(response) => Response::from(of_axum(response)),
            Err(never) => match never {},
        }
    })
}
