//! One request, from what is done before it to what is done after it.

use std::{
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::extract::MatchedPath;
use http::{HeaderValue, Method, StatusCode, Uri, header::ORIGIN};
use http_body::Body as _;
use tracing::Span;

use super::{
    RouteMeters, Surround,
    access::{self, Counted},
    meters::Seen,
    request_id,
};
use crate::{
    Body, Connected, Request, Response,
    extract::client_ip,
    handler::{Methods, RouteInfo},
};

/// What is logged and counted as the status where the client was gone before there was an answer.
const GONE: u16 = 499;

/// One request: what is kept of it for its end.
pub(crate) struct Visit {
    around: Arc<Surround>,
    pub(super) started: Instant,
    pub(super) method: Method,
    /// For the log alone.
    pub(super) uri: Option<Uri>,
    pub(super) client: Option<IpAddr>,
    pub(super) route: Option<Arc<RouteInfo>>,
    pub(super) id: Option<HeaderValue>,
    origin: Option<HeaderValue>,
    #[cfg(feature = "compression")]
    accept_encoding: Option<HeaderValue>,
    span: Option<Span>,
    is_answered: bool,
}

impl Visit {
    pub(super) fn new(
        around: Arc<Surround>,
        request: &mut Request,
        connected: &Connected,
        route: Option<&Arc<RouteInfo>>,
    ) -> Self {
        let id = around.ids.as_ref().map(|ids| ids.of(request));
        let span = id.as_ref().map(|id| {
            let (method, request_id) =
                (Methods::name_of(request.method()), id.to_str().unwrap_or_default());
            let route = route.map_or("", |route| &*route.pattern);
            tracing::info_span!(target: "wirepath::request", "request", request_id, method, route)
        });
        if let Some(meters) = &around.meters {
            meters.in_progress().increment(1.0);
        }
        let header = |is_needed: bool, name| match is_needed {
            true => request.headers().get(name).cloned(),
            false => None,
        };
        Self {
            started: Instant::now(),
            method: request.method().clone(),
            uri: around.access_log.then(|| request.uri().clone()),
            client: match around.access_log {
                true => client_ip(request.headers(), connected),
                false => None,
            },
            route: route.cloned(),
            id,
            origin: header(around.cors.is_some(), ORIGIN),
            #[cfg(feature = "compression")]
            accept_encoding: header(around.compression.is_some(), http::header::ACCEPT_ENCODING),
            span,
            is_answered: false,
            around,
        }
    }

    /// Polls what answers it, in its span.
    pub(crate) fn poll<F: Future>(
        &self,
        call: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let _entered = self.span.as_ref().map(Span::enter);
        call.poll(cx)
    }

    /// What is done once there is an answer.
    pub(crate) fn end(mut self: Box<Self>, mut response: Response) -> Response {
        self.is_answered = true;
        self.leave();
        let status = response.status();
        if self.around.meters.is_some() {
            let template = response.extensions().get::<MatchedPath>();
            self.count(status, template.map(MatchedPath::as_str));
        }
        if let Some(gate) = &self.around.gate {
            gate.explain(&mut response);
        }
        #[cfg(feature = "compression")]
        if let Some(compression) = &self.around.compression {
            let (accepts, is_head) = (self.accept_encoding.as_ref(), self.method == Method::HEAD);
            response = super::compress::compress(response, is_head, accepts, compression);
        }
        if let Some(cors) = &self.around.cors {
            cors.mark(self.origin.as_ref(), response.headers_mut());
        }
        if let Some(id) = &self.id {
            response.headers_mut().insert(request_id::HEADER, id.clone());
        }
        match self.around.access_log {
            true => self.logged(response),
            false => response,
        }
    }

    fn leave(&self) {
        if let Some(meters) = &self.around.meters {
            meters.in_progress().decrement(1.0);
        }
    }

    fn count(&self, status: StatusCode, foreign: Option<&str>) {
        let Some(meters) = &self.around.meters else { return };
        let seen = Seen { method: &self.method, status, took: self.started.elapsed() };
        match (&self.route, foreign) {
            (Some(route), _) => {
                let pattern = || RouteMeters::new(Arc::clone(&route.pattern).into()).into();
                route.meters.get_or_init(pattern).count(&seen);
            }
            (None, Some(template)) => meters.count_foreign(template, &seen),
            (None, None) => meters.unmatched().count(&seen),
        }
    }

    /// At once if the length is known, else at the end of the body.
    fn logged(self: Box<Self>, response: Response) -> Response {
        let status = response.status();
        let has_none = self.method == Method::HEAD || status == StatusCode::SWITCHING_PROTOCOLS;
        let length = if has_none { Some(0) } else { response.body().size_hint().exact() };
        match length {
            Some(octets) => {
                access::log(&self, status.as_u16(), octets, self.started.elapsed());
                response
            }
            None => response.map(|body| Body::boxed(Counted::new(body, status.as_u16(), self))),
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if !self.is_answered {
            self.leave();
            if let Ok(status) = StatusCode::from_u16(GONE) {
                self.count(status, None);
            }
            if self.around.access_log {
                access::log(self, GONE, 0, self.started.elapsed());
            }
        }
    }
}
