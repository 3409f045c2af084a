//! From a request to its answer.
#![allow(
    clippy::result_large_err,
    reason = "the `Err` is the answer itself, on its way out: a box for it would be an allocation for each refusal"
)]

mod answer;
mod apart;
#[cfg(feature = "openapi")]
mod api;
#[cfg(feature = "files")]
mod files;
mod foreign;
mod layer;
#[cfg(feature = "files")]
mod range;
mod routes;
mod service;
mod shared;
mod table;

use std::{fmt, future::Future, sync::Arc};

#[cfg(feature = "openapi")]
pub(crate) use self::api::Made;
#[cfg(feature = "openapi")]
pub use self::api::{ApiList, ApiRoute};
#[cfg(feature = "files")]
pub(crate) use self::files::Folder;
#[cfg(feature = "files")]
pub use self::files::{FileRoute, Files, FilesList};
use self::{
    answer::Answer,
    table::{Found, Table},
};
pub(crate) use self::{answer::panicked, apart::apart};
pub use self::{
    foreign::IntoRoutes,
    layer::{Entered, Inside},
    routes::{RouteError, Routes, routes},
    shared::{Shared, SharedService, shared},
};
use crate::{
    Arrived, Connected, Leaving, Request,
    handler::{Call, Dispatch, Hook, RouteInfo, RouteLimits},
    middleware::{Answering, Middleware, Next, Onward},
    protocol::Spans,
};

/// What the engine calls for each request. It does not fail: what goes wrong has an answer too.
pub trait Serve: Send + Sync + 'static {
    /// Answers a request that came on a connection. It takes what it keeps of it.
    fn serve(
        &self,
        arrived: &mut Arrived,
        connected: &Connected,
    ) -> impl Future<Output = Leaving> + Send + use<Self>;

    /// The route that a request will find, for what is logged and counted of it; `None` if that is not known.
    fn route(&self, _request: &Request) -> Option<&Arc<RouteInfo>> {
        None
    }

    /// What the route of a request has in place of its listener's limits.
    fn limits(&self, _arrived: &Arrived) -> RouteLimits {
        RouteLimits::NONE
    }
}

impl<X: Serve> Serve for Arc<X> {
    #[inline(always)]
    fn serve(
        &self,
        arrived: &mut Arrived,
        connected: &Connected,
    ) -> impl Future<Output = Leaving> + Send + use<X> {
        X::serve(self, arrived, connected)
    }

    fn route(&self, request: &Request) -> Option<&Arc<RouteInfo>> {
        X::route(self, request)
    }

    #[inline(always)]
    fn limits(&self, arrived: &Arrived) -> RouteLimits {
        X::limits(self, arrived)
    }
}

/// Routes with their state: ready to answer requests. Clones share all of it.
///
/// It is also a [`tower::Service`](tower_service::Service) for requests with any body, whose futures are boxed.
pub struct Router<S, L> {
    inner: Arc<Inner<S, L>>,
    /// All of it with the layers around it; none where there are no layers, and then nothing asks for them.
    layered: Option<Inside>,
}

struct Inner<S, L> {
    table: Table,
    state: Arc<S>,
    /// Who answers where the table has no such path.
    otherwise: Option<Arc<axum::Router>>,
    /// The outermost first.
    middleware: Vec<Box<dyn Middleware<S>>>,
    list: std::marker::PhantomData<fn() -> L>,
}

impl<S, L> Clone for Router<S, L> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), layered: self.layered.clone() }
    }
}

impl<S, L> fmt::Debug for Router<S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").field("table", &self.inner.table).finish_non_exhaustive()
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Router<S, L> {
    fn new(
        table: Table,
        state: Arc<S>,
        otherwise: Option<axum::Router>,
        layers: Vec<layer::Wrap>,
    ) -> Self {
        let mut middleware = L::middleware();
        middleware.sort_by_key(|(order, _)| *order);
        let inner = Arc::new(Inner {
            table,
            state,
            otherwise: otherwise.map(Arc::new),
            middleware: middleware.into_iter().map(|(_, middleware)| middleware).collect(),
            list: std::marker::PhantomData,
        });
        let layered = layers.into_iter().fold(None, |inside, wrap| {
            Some(wrap(inside.unwrap_or_else(|| Inside::of(Arc::clone(&inner) as _))))
        });
        Self { inner, layered }
    }

    /// What is to be done before the first connection, in order.
    pub fn startup(&self) -> impl Iterator<Item = (&'static str, Hook)> {
        self.hooks(crate::handler::Kind::Startup)
    }

    /// What is to be done after the last connection, in order.
    pub fn shutdown(&self) -> impl Iterator<Item = (&'static str, Hook)> {
        self.hooks(crate::handler::Kind::Shutdown)
    }

    /// The call of what stands around the handlers.
    #[inline(never)]
    fn wrapped(&self, arrived: &mut Arrived, connected: &Connected) -> Answering {
        if let Some(layered) = &self.layered {
            return layered.serve(arrived.take(), connected);
        }
        let onward: Arc<dyn Onward> = Arc::clone(&self.inner) as _;
        onward.onward(0, arrived.take(), connected.clone())
    }

    fn hooks(&self, kind: crate::handler::Kind) -> impl Iterator<Item = (&'static str, Hook)> {
        let state = Arc::clone(&self.inner.state);
        let hooks =
            L::table().into_iter().enumerate().filter(move |(_, (role, _))| role.kind == kind);
        hooks.filter_map(move |(place, (_, name))| Some((name, L::hook(place, &state)?)))
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Serve for Router<S, L> {
    #[inline(always)]
    fn serve(
        &self,
        arrived: &mut Arrived,
        connected: &Connected,
    ) -> impl Future<Output = Leaving> + Send + use<S, L> {
        match L::HAS_MIDDLEWARE || self.layered.is_some() {
            true => Answer::Wrapped { call: self.wrapped(arrived, connected) },
            false => self.inner.lead(arrived, connected),
        }
    }

    fn route(&self, request: &Request) -> Option<&Arc<RouteInfo>> {
        let spans = &mut Spans::default();
        match self.inner.table.find(request.method(), request.uri().path(), spans) {
            Found::Route(_, info) => Some(info),
            Found::Other(entry) => entry.info(),
            Found::Nothing => None,
        }
    }

    #[inline(always)]
    fn limits(&self, arrived: &Arrived) -> RouteLimits {
        match self.inner.table.has_limits {
            true => self.inner.limits(arrived),
            false => RouteLimits::NONE,
        }
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Inner<S, L> {
    /// What the route of a request has in place of its listener's limits.
    #[inline(never)]
    fn limits(&self, arrived: &Arrived) -> RouteLimits {
        let table = &self.table;
        match table.find(arrived.method(), arrived.path_octets(), &mut Spans::default()) {
            Found::Route(_, info) => info.limits,
            Found::Other(_) | Found::Nothing => RouteLimits::NONE,
        }
    }

    /// Leads a request to its handler.
    #[inline(always)]
    fn lead(
        &self,
        arrived: &mut Arrived,
        connected: &Connected,
    ) -> Answer<impl Future<Output = Leaving> + Send + use<S, L>> {
        let mut spans = Spans::default();
        let found = self.table.find(arrived.method(), arrived.path_octets(), &mut spans);
        let Found::Route(place, route) = found else {
            return self.elsewhere(&found, arrived, connected);
        };
        let accepted = answer::caught(|| {
            let (spans, state) = (&spans, &self.state);
            L::accept(place, Call { arrived, spans, route, connected, state })
        });
        match accepted {
            Ok(call) => Answer::Called { call },
            Err(leaving) => Answer::Given { leaving },
        }
    }

    /// The answer where no handler is found.
    #[inline(never)]
    fn elsewhere<C>(
        &self,
        found: &Found<'_>,
        arrived: &mut Arrived,
        connected: &Connected,
    ) -> Answer<C> {
        match (found, &self.otherwise) {
            (Found::Nothing, Some(router)) => {
                Answer::Wrapped { call: foreign::answer(router, arrived.take(), connected) }
            }
            (Found::Other(entry), _) => Answer::Given { leaving: entry.refuse(arrived).into() },
            _ => Answer::Given { leaving: answer::not_found(arrived).into() },
        }
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Onward for Inner<S, L> {
    fn onward(self: Arc<Self>, place: usize, request: Request, connected: Connected) -> Answering {
        match self.middleware.get(place) {
            Some(middleware) => {
                let next = Next::new(Arc::clone(&self) as _, place + 1, connected);
                middleware.handle(request, next, &self.state)
            }
            None => {
                let call = self.lead(&mut request.into(), &connected);
                Box::pin(async move { call.await.into_response() })
            }
        }
    }
}
