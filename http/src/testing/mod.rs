//! Handlers under test: requests without a socket.
//!
//! ```
//! use wirepath_http::{Json, get, routes, testing::Client};
//!
//! #[get("/double/{number}")]
//! async fn double(number: u64) -> Json<u64> {
//!     Json(number * 2)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let client = Client::new(routes![double], ());
//! let answer = client.get("/double/21").send().await;
//! assert_eq!(answer.status(), 200);
//! assert_eq!(answer.json::<u64>(), 42);
//! assert_eq!(client.get("/double/x").send().await.status(), 422);
//! # }
//! ```

#[cfg(feature = "client")]
mod upstream;

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "client")]
pub use self::upstream::{Sent, Upstream, http, http_with};
use crate::{
    Body, Connected, Request, Router, Routes, Serve,
    around::{AroundError, Surround},
    config::Around,
    handler::Dispatch,
    router::apart,
};

/// Sends requests to routes, in process.
///
/// Its methods panic where a test is wrong, with what is wrong with it.
#[derive(Debug)]
pub struct Client<X> {
    serve: X,
    connected: Connected,
    around: Option<Arc<Surround>>,
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Client<Router<S, L>> {
    /// For a list of routes with a state. Hooks of the start and the end are not run.
    ///
    /// # Panics
    ///
    /// If the routes cannot stand in one table.
    #[track_caller]
    pub fn new(routes: Routes<S, L>, state: S) -> Self {
        match routes.with_state(Arc::new(state)) {
            Ok(router) => Self::of(router),
            Err(error) => panic!("{error}"),
        }
    }
}

impl<X: Serve> Client<X> {
    /// For whatever answers requests.
    pub fn of(serve: X) -> Self {
        Self { serve, connected: Connected::default(), around: None }
    }

    /// Requests come from this address.
    #[must_use]
    pub fn from_peer(mut self, peer: SocketAddr) -> Self {
        self.connected.peer = Some(peer);
        self
    }

    /// Handlers' requests by the client of this name are answered by `upstream`.
    ///
    /// # Panics
    ///
    /// If the name cannot stand in a URL.
    #[cfg(feature = "client")]
    #[must_use]
    #[track_caller]
    pub fn upstream(mut self, name: &str, upstream: &Upstream) -> Self {
        let added = http([(name, upstream)]);
        let mut pools = self.connected.http.map(|http| http.pools()).unwrap_or_default();
        pools.extend(added.pools());
        self.connected.http = Some(crate::Http::of(pools));
        self
    }

    /// Handlers send by these clients: those of [`http()`], or of a configuration.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn with_http(mut self, http: &crate::Http) -> Self {
        self.connected.http = Some(http.clone());
        self
    }

    /// With this around all requests, as around those of a listener. Spans are entered and logs written as there.
    ///
    /// # Errors
    ///
    /// If a setting does not work.
    pub fn around(mut self, around: &Around) -> Result<Self, AroundError> {
        self.around = Surround::new(around)?;
        Ok(self)
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Asking<'_, X> {
        self.request(Method::GET, path)
    }

    /// `POST`.
    pub fn post(&self, path: &str) -> Asking<'_, X> {
        self.request(Method::POST, path)
    }

    /// `PUT`.
    pub fn put(&self, path: &str) -> Asking<'_, X> {
        self.request(Method::PUT, path)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Asking<'_, X> {
        self.request(Method::DELETE, path)
    }

    /// Any method, with a path and if need be a query.
    ///
    /// # Panics
    ///
    /// If the path is none.
    #[track_caller]
    pub fn request(&self, method: Method, path: &str) -> Asking<'_, X> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = match path.parse() {
            Ok(uri) => uri,
            Err(error) => panic!("`{path}` is not a path: {error}"),
        };
        Asking { client: self, request }
    }
}

/// A request that is not sent yet.
#[derive(Debug)]
#[must_use = "it is sent by `send`"]
pub struct Asking<'c, X> {
    client: &'c Client<X>,
    request: Request,
}

impl<X: Serve> Asking<'_, X> {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// If it cannot stand in a request.
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("the name of a header");
        let value = HeaderValue::from_str(value).expect("the value of a header");
        self.request.headers_mut().append(name, value);
        self
    }

    /// A body, without a type.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// A JSON body.
    ///
    /// # Panics
    ///
    /// If the value cannot be written as JSON.
    #[track_caller]
    pub fn json(self, value: &impl Serialize) -> Self {
        let text = serde_json::to_vec(value).expect("a value that JSON can hold");
        self.typed("application/json").body(text)
    }

    /// An urlencoded form, as it is on the wire.
    pub fn form(self, text: &'static str) -> Self {
        self.typed("application/x-www-form-urlencoded").body(text)
    }

    fn typed(mut self, content_type: &'static str) -> Self {
        let value = HeaderValue::from_static(content_type);
        self.request.headers_mut().insert(CONTENT_TYPE, value);
        self
    }

    /// Sends it, and reads the whole answer.
    ///
    /// # Panics
    ///
    /// If the body of the answer cannot be read.
    pub async fn send(self) -> Answer {
        let Client { serve, connected, around } = self.client;
        let mut request = self.request;
        let begun = around.as_ref().map(|it| it.begin_at(serve, &mut request, connected));
        let (visit, refused) = begun.unwrap_or_default();
        let response = match refused {
            Some(response) => response,
            None => apart(serve, request.into(), connected, visit.as_deref()).await.into_response(),
        };
        let response = match visit {
            Some(visit) => visit.end(response),
            None => response,
        };
        let (head, body) = response.into_parts();
        let body = body.read().await.expect("the body of the answer");
        Answer { status: head.status, headers: head.headers, body }
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers; what hyper adds on a connection is not among them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header's value, empty if it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of UTF-8")
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not that.
    #[must_use]
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {:?}", self.body),
        }
    }
}
