//! A request on its way into a handler.

use std::{net::SocketAddr, sync::Arc};

use http::{Extensions, HeaderMap, Method, Uri, Version};

use super::Captures;
use crate::{Connected, Request};

/// What is known of a route at run time.
#[derive(Debug)]
pub struct RouteInfo {
    /// The template, with the prefix that it is mounted at.
    pub(crate) pattern: Arc<str>,
    /// The names of its parameters, in order.
    pub(crate) names: Vec<Box<str>>,
}

/// A request, and everything that its handler may take out of it or of what is around it.
#[derive(Debug)]
pub struct Call<'a, S> {
    pub(crate) request: Request,
    pub(crate) captures: Captures,
    pub(crate) route: &'a Arc<RouteInfo>,
    pub(crate) connected: &'a Connected,
    pub(crate) state: &'a Arc<S>,
}

impl<S> Call<'_, S> {
    /// What extractors see.
    #[inline]
    pub(crate) fn head(&self) -> Head<'_> {
        Head {
            request: &self.request,
            captures: &self.captures,
            route: self.route,
            connected: self.connected,
        }
    }
}

/// What an extractor takes its value out of: a request without its body, the route that it found, and the connection.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    pub(crate) request: &'a Request,
    pub(crate) captures: &'a Captures,
    pub(crate) route: &'a RouteInfo,
    pub(crate) connected: &'a Connected,
}

impl<'a> Head<'a> {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &'a Method {
        self.request.method()
    }

    /// The target.
    #[must_use]
    pub fn uri(&self) -> &'a Uri {
        self.request.uri()
    }

    /// HTTP/1.0, 1.1 or 2.
    #[must_use]
    pub fn version(&self) -> Version {
        self.request.version()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        self.request.headers()
    }

    /// What layers and middleware put there.
    #[must_use]
    pub fn extensions(&self) -> &'a Extensions {
        self.request.extensions()
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

    /// The path's parameters with their names, still encoded.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let path = self.request.uri().path();
        let names = self.route.names.iter().map(|name| &**name);
        names.zip(self.captures.iter(path))
    }

    /// The `at`th parameter of the handler's own template, counted without those of a prefix that it is mounted at.
    #[inline]
    pub(crate) fn own_param(&self, at: usize, own: usize) -> Option<&'a str> {
        let of_prefix = self.captures.len().saturating_sub(own);
        self.captures.get(self.request.uri().path(), of_prefix + at)
    }
}
