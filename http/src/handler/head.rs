//! A request on its way into a handler.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use http::{Extensions, HeaderMap, Method, Uri, Version};

use super::RouteLimits;
use crate::{
    Arrived, Connected, Request,
    around::RouteMeters,
    protocol::{Params, Spans, Template},
};

/// What is known of a route at run time.
#[derive(Debug)]
pub struct RouteInfo {
    /// The template, with the prefix that it is mounted at; none in front of the routes.
    pub(crate) template: Option<Template>,
    /// The same as text.
    pub(crate) pattern: Arc<str>,
    /// What axum's router makes of such a path, for its extractors; made when the first one asks.
    pub(crate) of_axum: OnceLock<axum::Router>,
    /// In place of its listener's.
    pub(crate) limits: RouteLimits,
    /// Its series, if requests are counted.
    pub(crate) meters: OnceLock<Box<RouteMeters>>,
    /// The folder whose files it serves.
    #[cfg(feature = "files")]
    pub(crate) folder: Option<Arc<crate::router::Folder>>,
    /// The document that it serves.
    #[cfg(feature = "openapi")]
    pub(crate) api: Option<crate::router::Made>,
}

impl RouteInfo {
    pub(crate) fn new(template: Option<Template>, pattern: &str) -> Self {
        Self {
            template,
            pattern: Arc::from(pattern),
            of_axum: OnceLock::new(),
            limits: RouteLimits::NONE,
            meters: OnceLock::new(),
            #[cfg(feature = "files")]
            folder: None,
            #[cfg(feature = "openapi")]
            api: None,
        }
    }
}

/// A request, and everything that its handler may take out of it or of what is around it.
#[derive(Debug)]
pub struct Call<'a, S> {
    /// Borrowed like all the rest: whoever keeps it takes it, and most handlers do not.
    pub(crate) arrived: &'a mut Arrived,
    pub(crate) spans: &'a Spans,
    pub(crate) route: &'a Arc<RouteInfo>,
    pub(crate) connected: &'a Connected,
    pub(crate) state: &'a Arc<S>,
}

impl<S> Call<'_, S> {
    /// What extractors see.
    #[inline]
    pub(crate) fn head(&self) -> Head<'_> {
        Head {
            source: Source::Arrived(self.arrived),
            spans: self.spans,
            route: self.route,
            connected: self.connected,
        }
    }
}

/// What an extractor takes its value out of: a request without its body, the route that it found, and the connection.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) spans: &'a Spans,
    pub(crate) route: &'a RouteInfo,
    pub(crate) connected: &'a Connected,
}

/// Where the request is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// On its way to its handler.
    Arrived(&'a Arrived),
    /// With a middleware.
    Request(&'a Request),
}

/// The same of either.
macro_rules! of {
    ($source:expr, $request:ident => $value:expr) => {
        match $source {
            Source::Arrived($request) => $value,
            Source::Request($request) => $value,
        }
    };
}

impl<'a> Head<'a> {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &'a Method {
        of!(self.source, request => request.method())
    }

    /// The target.
    #[must_use]
    pub fn uri(&self) -> &'a Uri {
        of!(self.source, request => request.uri())
    }

    /// The path of the target.
    #[must_use]
    #[inline]
    pub fn path(&self) -> &'a str {
        match self.source {
            Source::Arrived(arrived) => arrived.path(),
            Source::Request(request) => request.uri().path(),
        }
    }

    /// What stands behind `?` in the target.
    #[must_use]
    #[inline]
    pub fn query(&self) -> Option<&'a str> {
        match self.source {
            Source::Arrived(arrived) => arrived.query(),
            Source::Request(request) => request.uri().query(),
        }
    }

    /// HTTP/1.0, 1.1 or 2.
    #[must_use]
    pub fn version(&self) -> Version {
        of!(self.source, request => request.version())
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        of!(self.source, request => request.headers())
    }

    /// What layers and middleware put there.
    #[must_use]
    pub fn extensions(&self) -> &'a Extensions {
        of!(self.source, request => request.extensions())
    }

    /// The template of the route, as `/orders/{id}`.
    #[must_use]
    pub fn matched_path(&self) -> &'a str {
        &self.route.pattern
    }

    /// Who is at the other end of the connection; none for a Unix socket, and in tests.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.connected.peer
    }

    /// The path's parameters.
    #[must_use]
    #[inline]
    pub fn params(&self) -> Params<'a, 'a> {
        let names = self.route.template.as_ref().map(Template::name_list);
        let names = names.unwrap_or_default();
        match self.source {
            Source::Arrived(arrived) => Params::of_octets(names, self.spans, arrived.path_octets()),
            Source::Request(request) => Params::new(names, self.spans, request.uri().path()),
        }
    }
}
