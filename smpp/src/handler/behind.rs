//! What answers when no handler does.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::Either;
use tower_service::Service;

use super::{Event, HandlerService, On, Request, Response};

/// What answers requests that no handler is for, in place of the defaults.
pub trait Fallback: Send + Sync + 'static {
    /// Whether it answers such a request; the defaults do otherwise. Asked for each PDU without a handler.
    fn takes(&self, request: &Request) -> bool;

    /// The answer. `handlers` are there if one of them is for `#[route_message]`.
    fn answer<X: HandlerService>(
        self: Arc<Self>,
        request: Request,
        handlers: Option<X>,
    ) -> impl Future<Output = Response> + Send;
}

/// Handlers, and what answers behind them: a service around a service.
///
/// It is outermost: the layers around the handlers are not around what is answered behind them.
pub struct Behind<X, B> {
    handlers: X,
    served: Served,
    behind: Arc<B>,
}

/// What the handlers are for.
#[derive(Clone, Debug)]
struct Served(Arc<[On]>);

impl Served {
    fn has(&self, on: On) -> bool {
        self.0.iter().any(|served| served.is(on))
    }

    /// `"*"` is for every command.
    fn answers(&self, request: &Request) -> bool {
        !matches!(request.event, Event::Pdu(_)) || self.has(request.on()) || self.has(On::ANY)
    }
}

impl<X, B: Fallback> Behind<X, B> {
    /// Puts `behind` behind the handlers, whose [table](super::Handlers::table) this is.
    pub fn new(handlers: X, table: &[(On, &'static str)], behind: B) -> Self {
        let served = Served(table.iter().map(|(on, _)| *on).collect());
        Self { handlers, served, behind: Arc::new(behind) }
    }
}

impl<X: Clone, B> Clone for Behind<X, B> {
    fn clone(&self) -> Self {
        Self {
            handlers: self.handlers.clone(),
            served: self.served.clone(),
            behind: Arc::clone(&self.behind),
        }
    }
}

impl<X, B> fmt::Debug for Behind<X, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behind").field("served", &self.served.0).finish_non_exhaustive()
    }
}

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

impl<X: HandlerService, B: Fallback> Service<Request> for Behind<X, B>
where
    X::Error: 'static,
{
    type Response = Response;
    type Error = X::Error;
    type Future = Either<X::Future, Answering<X::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), X::Error>> {
        self.handlers.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request) -> Self::Future {
        if self.served.answers(&request) || !self.behind.takes(&request) {
            return Either::Left(self.handlers.call(request));
        }
        let behind = Arc::clone(&self.behind);
        let handlers = self.served.has(On::ROUTE).then(|| self.handlers.clone());
        Either::Right(Box::pin(async move { Ok(behind.answer(request, handlers).await) }))
    }
}
