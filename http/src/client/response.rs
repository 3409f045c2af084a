//! An answer.

use std::{fmt, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, Method, Response, StatusCode, Version, header::CONTENT_LENGTH, response::Parts,
};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};

use super::{ClientError, error::Waiting, flow::Flow};
use crate::Body;

/// The head of an answer, and its body, which is still to be read.
pub struct ClientResponse {
    head: Parts,
    flow: Flow,
    asked: Asked,
}

/// What was asked, for errors and for what is left of the time.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) client: Arc<str>,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) deadline: Instant,
    pub(super) timeout: Duration,
    /// Of a body that is read whole, in octets.
    pub(super) limit: usize,
}

impl ClientResponse {
    pub(super) fn new(response: Response<Body>, place: OwnedSemaphorePermit, asked: Asked) -> Self {
        let (head, body) = response.into_parts();
        let flow = Flow::new(body, place, Arc::clone(&asked.client), asked.timeout);
        Self { head, flow, asked }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header's value, empty if it is not there or not ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Itself, if the status is one of success (2xx).
    ///
    /// # Errors
    ///
    /// [`ClientError::Status`] for any other.
    pub fn error_for_status(self) -> Result<Self, ClientError> {
        if self.head.status.is_success() {
            return Ok(self);
        }
        let Asked { client, method, path, .. } = self.asked;
        Err(ClientError::Status { client, method, path, status: self.head.status })
    }

    /// The body, read whole, up to the client's `max_body_bytes`, within what is left of the request's time.
    ///
    /// # Errors
    ///
    /// [`ClientError::TooLarge`], [`ClientError::TimedOut`], [`ClientError::Broken`].
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: what has been read is lost.
    pub async fn bytes(self) -> Result<Bytes, ClientError> {
        let Self { head, mut flow, asked } = self;
        let too_large =
            || ClientError::TooLarge { client: Arc::clone(&asked.client), limit: asked.limit };
        let announced = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        // That of an answer to `HEAD` is of a body which does not come.
        if asked.method != Method::HEAD
            && announced
                .and_then(|text| text.parse().ok())
                .is_some_and(|it: u64| it > asked.limit as u64)
        {
            return Err(too_large());
        }
        let read = async {
            let (mut first, mut more) = (Bytes::new(), BytesMut::new());
            while let Some(frame) = flow.frame().await {
                let Ok(piece) = frame?.into_data() else { continue };
                if piece.len() > asked.limit.saturating_sub(first.len() + more.len()) {
                    return Err(too_large());
                }
                // What comes in one piece is not copied.
                match first.is_empty() && more.is_empty() {
                    true => first = piece,
                    false => {
                        more.extend_from_slice(&std::mem::take(&mut first));
                        more.extend_from_slice(&piece);
                    }
                }
            }
            Ok(if more.is_empty() { first } else { more.freeze() })
        };
        let late = ClientError::TimedOut {
            client: Arc::clone(&asked.client),
            waiting: Waiting::Body,
            after: asked.timeout,
        };
        timeout_at(asked.deadline, read).await.unwrap_or(Err(late))
    }

    /// The body as text, as [`bytes`](Self::bytes).
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and [`ClientError::Decode`] if it is not UTF-8.
    ///
    /// # Cancel safety
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn text(self) -> Result<String, ClientError> {
        let client = Arc::clone(&self.asked.client);
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into())
            .map_err(|_| ClientError::Decode { client, what: "it is not UTF-8".to_owned() })
    }

    /// The body as JSON, whatever its type is, as [`bytes`](Self::bytes).
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and [`ClientError::Decode`] if it is not that.
    ///
    /// # Cancel safety
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let client = Arc::clone(&self.asked.client);
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ClientError::Decode { client, what: unread(&error) })
    }

    /// The body, to be streamed. It may be of any length. It ends with an error where nothing comes for as long as the
    /// request's timeout, and it has one of the client's `max_in_flight` places until it ends or is dropped.
    #[must_use]
    pub fn into_body(self) -> Body {
        Body::boxed(self.flow)
    }

    /// The answer, to be passed on, with its body as [`into_body`](Self::into_body) gives it. Headers that belong to the connection
    /// (RFC 9110 §7.6.1) are still there. The version of HTTP is not that of the connection it came on: it is HTTP/1.1, as that of
    /// any response which a handler makes.
    pub fn into_response(self) -> crate::Response {
        let mut response = Response::from_parts(self.head, Body::boxed(self.flow));
        *response.version_mut() = Version::HTTP_11;
        response
    }
}

/// What is wrong with JSON, and where. What serde says of it has values of the body in it.
fn unread(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Eof => "it ends within its JSON",
        Category::Data => "its JSON does not fit the type that it is read as",
        Category::Syntax | Category::Io => "it is not JSON",
    };
    format!("{what}: line {}, column {}", error.line(), error.column())
}

/// Without headers: there may be secrets in them.
impl fmt::Debug for ClientResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientResponse")
            .field("client", &self.asked.client)
            .field("method", &self.asked.method)
            .field("path", &self.asked.path)
            .field("status", &self.head.status)
            .finish_non_exhaustive()
    }
}
