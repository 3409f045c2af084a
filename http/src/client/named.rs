//! One client.

use std::{fmt, sync::Arc};

use http::Method;

use super::{ClientRequest, Http, pool::Pool, trace::Trace};

/// A client of the configuration: [`Http::client`]. Clones are cheap and share its pool.
#[derive(Clone)]
pub struct Client {
    found: Found,
    trace: Option<Arc<Trace>>,
}

/// What is behind a name.
#[derive(Clone)]
pub(super) enum Found {
    Pool(Arc<Pool>),
    /// Nobody; who is there instead.
    Nothing(String, Http),
}

impl Client {
    pub(super) fn new(found: Found, trace: Option<Arc<Trace>>) -> Self {
        Self { found, trace }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.found {
            Found::Pool(pool) => &pool.name,
            Found::Nothing(name, _) => name,
        }
    }

    /// `GET`, at a path below the base URL, with or without a query. What comes from outside is encoded first, for instance
    /// by [`encode_segment`](crate::protocol::percent::encode_segment).
    pub fn get(&self, path: &str) -> ClientRequest {
        self.request(Method::GET, path)
    }

    /// `HEAD`.
    pub fn head(&self, path: &str) -> ClientRequest {
        self.request(Method::HEAD, path)
    }

    /// `POST`.
    pub fn post(&self, path: &str) -> ClientRequest {
        self.request(Method::POST, path)
    }

    /// `PUT`.
    pub fn put(&self, path: &str) -> ClientRequest {
        self.request(Method::PUT, path)
    }

    /// `PATCH`.
    pub fn patch(&self, path: &str) -> ClientRequest {
        self.request(Method::PATCH, path)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> ClientRequest {
        self.request(Method::DELETE, path)
    }

    /// Any method. A path that leads elsewhere, as `//evil.example` or `/../x` would, fails when it is sent:
    /// [`ClientError::Path`](super::ClientError::Path).
    pub fn request(&self, method: Method, path: &str) -> ClientRequest {
        match &self.found {
            Found::Pool(pool) => ClientRequest::new(pool, self.trace.clone(), method, path),
            Found::Nothing(name, http) => ClientRequest::failed(http.unknown(name)),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.name()).finish()
    }
}
