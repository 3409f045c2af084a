//! A router as a tower service, and in axum.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::extract::ConnectInfo;
use bytes::Bytes;
use tower_service::Service;

use super::{Router, apart};
use crate::{Body, BoxError, Connected, Request, Response, handler::Dispatch};

type Serving = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S, L, B> Service<http::Request<B>> for Router<S, L>
where
    S: Send + Sync + 'static,
    L: Dispatch<S>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Serving;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Serving {
        let connected = Connected {
            peer: request.extensions().get::<ConnectInfo<_>>().map(|ConnectInfo(peer)| *peer),
            ..Connected::default()
        };
        let request: Request = request.map(Body::boxed);
        let router = self.clone();
        Box::pin(async move {
            Ok(apart(&router, request.into(), &connected, None).await.into_response())
        })
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Router<S, L> {
    /// As an [`axum::Router`], to be nested in one or to get its layers. What is not found here is answered here.
    ///
    /// In there the futures and bodies are axum's, boxes and all. The limits of routes hold; those of a listener are those of
    /// whatever serves it.
    pub fn into_axum(self) -> axum::Router {
        axum::Router::new().fallback_service(AsAxum(self))
    }
}

/// With axum's body in the response.
struct AsAxum<S, L>(Router<S, L>);

impl<S, L> Clone for AsAxum<S, L> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Service<axum::extract::Request> for AsAxum<S, L> {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::extract::Request) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move { Ok(answer.await?.map(Into::into)) })
    }
}
