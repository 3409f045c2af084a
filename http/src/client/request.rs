//! A request that is not sent yet.

use std::{fmt, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde::Serialize;
use wirepath_runtime::secret::Secret;

use super::{ClientError, ClientResponse, pool::Pool, send, trace::Trace};
use crate::Body;

/// A request that is not sent yet. What is wrong with it is said by [`send`](Self::send).
#[must_use = "it is sent by `send`"]
pub struct ClientRequest(Result<Box<Ready>, ClientError>);

/// A request that can be sent.
pub(super) struct Ready {
    pub(super) pool: Arc<Pool>,
    pub(super) trace: Option<Arc<Trace>>,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) timeout: Duration,
    pub(super) retries: u32,
    pub(super) is_idempotent: bool,
}

impl ClientRequest {
    pub(super) fn new(
        pool: &Arc<Pool>,
        trace: Option<Arc<Trace>>,
        method: Method,
        path: &str,
    ) -> Self {
        let uri = pool.config.base_url.join(path);
        let client = Arc::clone(&pool.name);
        Self(uri.map_err(|source| ClientError::Path { client, source }).map(|uri| {
            Box::new(Ready {
                trace,
                is_idempotent: method.is_idempotent(),
                method,
                uri,
                headers: HeaderMap::new(),
                body: Body::empty(),
                timeout: pool.config.timeout(),
                retries: pool.config.retries,
                pool: Arc::clone(pool),
            })
        }))
    }

    pub(super) fn failed(error: ClientError) -> Self {
        Self(Err(error))
    }

    fn with(self, change: impl FnOnce(&mut Ready) -> Result<(), String>) -> Self {
        Self(self.0.and_then(|mut ready| match change(&mut ready) {
            Ok(()) => Ok(ready),
            Err(what) => Err(ClientError::Request { client: Arc::clone(&ready.pool.name), what }),
        }))
    }

    /// Sets a header, in place of the client's own of that name.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|ready| {
            let parsed = name.parse::<HeaderName>();
            let name =
                parsed.map_err(|_| format!("`{}` is no name of a header", name.escape_debug()))?;
            let value = HeaderValue::from_str(value).map_err(|_| {
                format!("what `{name}` was set to cannot stand in a header: visible ASCII")
            })?;
            ready.headers.insert(name, value);
            Ok(())
        })
    }

    /// Adds all of these headers, for what passes a request on. The caller leaves out what belongs to the connection that they
    /// came on (RFC 9110 §7.6.1), `host` and `content-length`.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.with(|ready| {
            ready.headers.extend(headers);
            Ok(())
        })
    }

    /// `authorization: Bearer …`, which is never printed.
    pub fn bearer(self, token: &Secret) -> Self {
        self.with(|ready| {
            let text = [b"Bearer ", token.expose()].concat();
            let mut value = HeaderValue::from_bytes(&text).map_err(|_| {
                "the bearer token cannot stand in a header: visible ASCII".to_owned()
            })?;
            value.set_sensitive(true);
            ready.headers.insert(AUTHORIZATION, value);
            Ok(())
        })
    }

    /// Adds a pair to the query, encoded as a form's is.
    ///
    /// ```
    /// use wirepath_http::testing::{self, Upstream};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), wirepath_http::client::ClientError> {
    /// let api = Upstream::new();
    /// api.add_response("/search", "nothing");
    /// let http = testing::http([("api", &api)]);
    /// http.client("api").get("/search").query("q", "tea & milk").query("page", 2).send().await?;
    /// assert_eq!(api.sent_requests()[0].target(), "/search?q=tea+%26+milk&page=2");
    /// # Ok(()) }
    /// ```
    pub fn query(self, name: &str, value: impl fmt::Display) -> Self {
        self.with(|ready| {
            let pair = form_urlencoded::Serializer::new(String::new())
                .append_pair(name, &value.to_string())
                .finish();
            let between = if ready.uri.query().is_some() { '&' } else { '?' };
            let uri = format!("{}{between}{pair}", ready.uri);
            ready.uri =
                uri.parse().map_err(|error| format!("the query cannot be sent: {error}"))?;
            Ok(())
        })
    }

    /// A body: what is whole, or a [`Body`] that is streamed. The latter cannot be sent twice, so such a request is never
    /// repeated.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|ready| {
            ready.body = body.into();
            Ok(())
        })
    }

    /// A JSON body, with its type.
    pub fn json(self, value: &impl Serialize) -> Self {
        self.with(|ready| {
            let text = serde_json::to_vec(value)
                .map_err(|error| format!("the body cannot be written as JSON: {error}"))?;
            let content_type = HeaderValue::from_static("application/json");
            ready.headers.entry(CONTENT_TYPE).or_insert(content_type);
            ready.body = text.into();
            Ok(())
        })
    }

    /// Another time than the client's `timeout_ms`.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|ready| {
            ready.timeout = timeout;
            Ok(())
        })
    }

    /// Another number of repetitions than the client's `retries`.
    pub fn retries(self, retries: u32) -> Self {
        self.with(|ready| {
            ready.retries = retries;
            Ok(())
        })
    }

    /// Says that it does no harm twice, whatever its method: a `POST` with a key by which the server knows it again.
    pub fn idempotent(self) -> Self {
        self.with(|ready| {
            ready.is_idempotent = true;
            Ok(())
        })
    }

    /// Sends it, and waits for the head of the answer. Any status is one.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, the request is given up, and whether the server has had it is not known.
    pub async fn send(self) -> Result<ClientResponse, ClientError> {
        send::send(self.0?).await
    }
}

/// Without headers and query: there are secrets in them.
impl fmt::Debug for ClientRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ClientRequest");
        match &self.0 {
            Ok(ready) => shown
                .field("client", &ready.pool.name)
                .field("method", &ready.method)
                .field("path", &ready.uri.path()),
            Err(error) => shown.field("error", error),
        };
        shown.finish_non_exhaustive()
    }
}
