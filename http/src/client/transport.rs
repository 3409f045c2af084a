//! What carries requests: a pool of connections, or a test.

use http::{Request, Response};
use hyper_util::client::legacy;

use super::connect::Connector;
#[cfg(any(test, feature = "testing"))]
use crate::testing::Upstream;
use crate::{Body, BodyError, BoxError};

/// What carries requests.
pub(crate) enum Transport {
    Pool(Box<legacy::Client<Connector, Body>>),
    #[cfg(any(test, feature = "testing"))]
    Canned(Upstream),
}

/// Why there is no head of an answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing was sent.
    NotSent(BoxError),
    /// Something may have been.
    Broken(BoxError),
    /// The request's own body failed.
    Body(BodyError),
}

impl Transport {
    /// Sends a request once, and waits for the head of its answer.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the request is given up: its connection is closed, or its stream reset.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        match self {
            Self::Pool(pool) => match pool.request(request).await {
                // Whoever reads it counts.
                Ok(response) => Ok(response.map(|body| Body::incoming(body, usize::MAX))),
                Err(error) if error.is_connect() => Err(Failure::NotSent(error.into())),
                Err(error) => Err(broken(error.into())),
            },
            #[cfg(any(test, feature = "testing"))]
            Self::Canned(upstream) => upstream.answer(request).await,
        }
    }
}

/// Whose fault it is that it broke: hyper wraps what the request's own body said.
fn broken(error: BoxError) -> Failure {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&*error);
    while let Some(this) = source {
        match this.downcast_ref() {
            Some(BodyError::TooLarge) => return Failure::Body(BodyError::TooLarge),
            Some(body @ BodyError::Broken(_)) => {
                return Failure::Body(BodyError::Broken(body.to_string().into()));
            }
            None => source = this.source(),
        }
    }
    Failure::Broken(error)
}
