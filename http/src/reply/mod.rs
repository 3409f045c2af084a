//! What handlers return.

mod endless;
mod event;
mod problem;
mod sse;
mod status;
mod text;

use std::cell::Cell;

use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;

pub(crate) use self::endless::is_endless;
pub use self::{
    endless::Endless,
    event::Event,
    problem::Refusal,
    sse::{IntoEvent, Sse},
    status::{Accepted, Created},
    text::Html,
};
use crate::{Body, Json, Response, spare};

/// What a handler can return without axum's boxed bodies: text, [`Json`], [`Bytes`], a [`StatusCode`], a pair of it and one
/// of these, with headers between them if need be, `()` for 204, a [`Response`], or a `Result`.
pub trait Reply: Sized {
    /// The response.
    fn reply(self) -> Response;
}

/// A response whose type is known, with a body that is whole.
#[inline]
fn typed(content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let mut headers = spare::fields();
    headers.insert(CONTENT_TYPE, content_type);
    *response.headers_mut() = headers;
    response
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

macro_rules! whole {
    ($($ty:ty as $content_type:ident;)*) => {$(
        impl Reply for $ty {
            #[inline]
            fn reply(self) -> Response {
                typed($content_type, self)
            }
        }
    )*};
}

whole! {
    &'static str as TEXT;
    String as TEXT;
    Bytes as OCTETS;
    Vec<u8> as OCTETS;
    &'static [u8] as OCTETS;
}

impl Reply for Response {
    #[inline]
    fn reply(self) -> Response {
        self
    }
}

impl Reply for axum::response::Response {
    #[inline]
    fn reply(self) -> Response {
        self.map(Body::from)
    }
}

/// 204: done, and nothing to say.
impl Reply for () {
    #[inline]
    fn reply(self) -> Response {
        StatusCode::NO_CONTENT.reply()
    }
}

impl Reply for StatusCode {
    #[inline]
    fn reply(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self;
        response
    }
}

impl Reply for Body {
    #[inline]
    fn reply(self) -> Response {
        Response::new(self)
    }
}

impl<R: Reply> Reply for (StatusCode, R) {
    #[inline]
    fn reply(self) -> Response {
        let mut response = self.1.reply();
        *response.status_mut() = self.0;
        response
    }
}

impl<R: Reply, const N: usize> Reply for ([(HeaderName, HeaderValue); N], R) {
    fn reply(self) -> Response {
        let mut response = self.1.reply();
        replace(response.headers_mut(), self.0);
        response
    }
}

impl<R: Reply, const N: usize> Reply for (StatusCode, [(HeaderName, HeaderValue); N], R) {
    fn reply(self) -> Response {
        (self.0, (self.1, self.2)).reply()
    }
}

/// A name that is given replaces what is there; given twice, it is there twice.
fn replace<const N: usize>(headers: &mut HeaderMap, given: [(HeaderName, HeaderValue); N]) {
    for (name, _) in &given {
        headers.remove(name);
    }
    for (name, value) in given {
        headers.append(name, value);
    }
}

/// An error may be of axum's kind.
impl<T: Reply, E: IntoResponse> Reply for Result<T, E> {
    #[inline]
    fn reply(self) -> Response {
        match self {
            Ok(reply) => reply.reply(),
            Err(error) => of_axum(error),
        }
    }
}

/// 404 for `None`.
impl<T: Reply> Reply for Option<T> {
    #[inline]
    fn reply(self) -> Response {
        match self {
            Some(reply) => reply.reply(),
            None => Refusal::new(StatusCode::NOT_FOUND, "there is no such thing here").reply(),
        }
    }
}

impl<T: Serialize> Reply for Json<T> {
    #[inline]
    fn reply(self) -> Response {
        let mut text = TEXT_ROOM.take();
        let written = serde_json::to_writer(&mut text, &self.0);
        if let Err(error) = written {
            return unwritten(&error);
        }
        if text.len() > COPIED {
            return typed(JSON, text);
        }
        let whole = Bytes::copy_from_slice(&text);
        text.clear();
        TEXT_ROOM.set(text);
        typed(JSON, whole)
    }
}

/// Octets of a JSON answer that are copied, to be no larger than they are. More than that go out in the room that they grew in.
const COPIED: usize = 8 << 10;

thread_local! {
    /// Where the answers of a thread are written: a vector that grows from nothing is moved several times.
    static TEXT_ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

#[cold]
fn unwritten(error: &serde_json::Error) -> Response {
    tracing::error!(%error, "a reply cannot be written as JSON; answered 500. Maps need keys that are texts");
    internal()
}

/// Whatever axum makes of it.
pub(crate) fn of_axum(response: impl IntoResponse) -> Response {
    response.into_response().map(Body::from)
}

/// 500.
#[cold]
pub(crate) fn internal() -> Response {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "this server failed to answer").reply()
}

/// 504.
#[cold]
pub(crate) fn late() -> Response {
    Refusal::new(StatusCode::GATEWAY_TIMEOUT, "this server took too long to answer").reply()
}

/// For handlers that mix our replies with axum's.
macro_rules! into_response {
    ($($({$($generics:tt)*})? $ty:ty;)*) => {$(
        impl $(<$($generics)*>)? IntoResponse for $ty {
            fn into_response(self) -> axum::response::Response {
                self.reply().map(Into::into)
            }
        }
    )*};
}

into_response! {
    {T: Serialize} Json<T>;
    {T: Into<Body>} Html<T>;
    Body;
    Refusal;
}
