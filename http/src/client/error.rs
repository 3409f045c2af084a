//! Why there is no answer.

use std::{fmt, sync::Arc, time::Duration};

use axum::response::IntoResponse;
use http::{Method, StatusCode};
use wirepath_runtime::tls::TlsError;

use crate::{
    BodyError, BoxError, Refusal, Reply,
    config::{BadPath, BaseUrl},
};

/// Why a client has no answer, or not the one that was hoped for. None of the texts has a header, a query or a body in it.
///
/// As a handler's error it is an answer by itself: 504 for one that came too late, 413 or 400 where the handler's own request
/// could not be read while it was passed on, 500 for what the program has to mend, 502 for all else. The details are logged,
/// and kept from whoever asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No client has this name.
    #[error("no client is called `{name}`{}", hint(nearest.as_deref(), known))]
    Unknown {
        /// The name.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
        /// All of them.
        known: Vec<String>,
    },
    /// The path leads elsewhere.
    #[error("client `{client}`: {source}")]
    Path {
        /// The client.
        client: Arc<str>,
        /// What is wrong with it.
        source: BadPath,
    },
    /// The request was put together from what cannot stand in one.
    #[error("client `{client}`: {what}")]
    Request {
        /// The client.
        client: Arc<str>,
        /// What is wrong with it.
        what: String,
    },
    /// No connection could be made; nothing was sent.
    #[error(
        "client `{client}` cannot reach {base_url}: {}; does it run there, and is `clients.{client}.base_url` right?",
        Chain(&**source)
    )]
    Connect {
        /// The client.
        client: Arc<str>,
        /// Where it would have gone.
        base_url: Box<BaseUrl>,
        /// What the system or TLS says.
        source: BoxError,
    },
    /// The connection broke after something of the request had been sent, or in the answer's body.
    #[error("client `{client}`: the connection broke: {}", Chain(&**source))]
    Broken {
        /// The client.
        client: Arc<str>,
        /// How.
        source: BoxError,
    },
    /// The body of the request could not be read while it was sent.
    #[error("client `{client}`: the body of the request failed: {source}")]
    Body {
        /// The client.
        client: Arc<str>,
        /// How.
        source: BodyError,
    },
    /// It took too long.
    #[error("client `{client}`: {waiting} after {} ms; `timeout_ms` says how long it may take", after.as_millis())]
    TimedOut {
        /// The client.
        client: Arc<str>,
        /// For what.
        waiting: Waiting,
        /// How long that was.
        after: Duration,
    },
    /// The status is none of success, and [`error_for_status`](super::ClientResponse::error_for_status) was asked for.
    #[error("client `{client}`: {method} {path} was answered {status}")]
    Status {
        /// The client.
        client: Arc<str>,
        /// The method.
        method: Method,
        /// The path, without its query.
        path: String,
        /// The status.
        status: StatusCode,
    },
    /// The body is longer than `max_body_bytes`.
    #[error(
        "client `{client}`: the answer's body is longer than {limit} octets; raise `max_body_bytes`, or stream it"
    )]
    TooLarge {
        /// The client.
        client: Arc<str>,
        /// The limit, in octets.
        limit: usize,
    },
    /// The body is not what it was to be read as.
    #[error("client `{client}`: the answer's body cannot be read: {what}")]
    Decode {
        /// The client.
        client: Arc<str>,
        /// What is wrong with it.
        what: String,
    },
}

/// What was waited for when the time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// One of the `max_in_flight` places.
    Place,
    /// A connection, and the head of the answer.
    Head,
    /// The body of the answer, or a piece of it.
    Body,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Place => "too many requests were on their way (`max_in_flight`), still",
            Self::Head => "no answer",
            Self::Body => "the body of the answer was not there",
        })
    }
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    match (nearest, known) {
        (Some(nearest), _) => format!("; did you mean `{nearest}`?"),
        (None, []) => "; there are none: name it under `clients` in the configuration".to_owned(),
        (None, known) => format!("; those of the configuration are {}", known.join(", ")),
    }
}

/// An error and what it comes from: hyper's own texts say only which step failed.
pub(super) struct Chain<'a>(pub(super) &'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut error, mut said) = (Some(self.0), String::new());
        while let Some(this) = error {
            let text = this.to_string();
            // Some repeat their source.
            if !said.ends_with(&text) {
                if !said.is_empty() {
                    said.push_str(": ");
                }
                said.push_str(&text);
            }
            error = this.source();
        }
        f.write_str(&said)
    }
}

impl ClientError {
    /// The status that a handler which fails with it answers.
    #[must_use]
    pub fn answer_status(&self) -> StatusCode {
        match self {
            Self::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Body { source: BodyError::TooLarge, .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body { .. } => StatusCode::BAD_REQUEST,
            Self::Unknown { .. } | Self::Path { .. } | Self::Request { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            _ => StatusCode::BAD_GATEWAY,
        }
    }

    /// For the metric.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "connect",
            Self::TimedOut { .. } => "timeout",
            Self::Body { .. } => "body",
            _ => "broken",
        }
    }
}

impl From<ClientError> for Refusal {
    #[cold]
    fn from(error: ClientError) -> Self {
        let status = error.answer_status();
        tracing::warn!(%error, status = status.as_u16(), "a request failed by a client of ours");
        let detail = match status {
            StatusCode::GATEWAY_TIMEOUT => "a server behind this one took too long to answer",
            StatusCode::PAYLOAD_TOO_LARGE => return BodyError::TooLarge.into(),
            StatusCode::BAD_REQUEST => "the body cannot be read",
            StatusCode::BAD_GATEWAY => "a server behind this one failed to answer",
            _ => "this server failed to answer",
        };
        Self::new(status, detail)
    }
}

impl IntoResponse for ClientError {
    fn into_response(self) -> axum::response::Response {
        Refusal::from(self).reply().map(Into::into)
    }
}

/// A client that cannot be made as its configuration says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadClient {
    /// A value that it cannot have; a configuration that was read from a file has none.
    #[error("clients.{client}.{key}: {what}")]
    Value {
        /// The client.
        client: String,
        /// The key.
        key: String,
        /// What is wrong, and what mends it.
        what: String,
    },
    /// Its TLS files cannot be used.
    #[error("clients.{client}: {source}")]
    Tls {
        /// The client.
        client: String,
        /// Which file, and what mends it.
        source: TlsError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer: {0}")]
        struct Outer(#[source] std::io::Error);

        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(Chain(&error).to_string(), "outer: inner");
    }
}
