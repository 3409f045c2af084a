//! What handlers return.

mod endless;
mod event;
pub(crate) mod form;
mod problem;
mod sse;
mod status;
mod text;

use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
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
use crate::{Body, Json, Leaving, Response, spare};

/// What a handler can return without axum's boxed bodies: text, [`Json`], [`Bytes`], a [`StatusCode`], a pair of it and one
/// of these, with headers between them if need be, `()` for 204, a [`Response`], or a `Result`.
pub trait Reply: Sized {
    /// The response.
    fn reply(self) -> Response;

    /// The same as it leaves: for what is known by its type, without a map of headers.
    #[inline]
    fn leave(self) -> Leaving {
        self.reply().into()
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const OCTETS: &str = "application/octet-stream";

macro_rules! whole {
    ($($ty:ty as $content_type:ident;)*) => {$(
        impl Reply for $ty {
            fn reply(self) -> Response {
                self.leave().into_response()
            }

            #[inline]
            fn leave(self) -> Leaving {
                Leaving::typed($content_type, self.into())
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
    fn reply(self) -> Response {
        self.leave().into_response()
    }

    #[inline]
    fn leave(self) -> Leaving {
        Leaving::of_status(StatusCode::NO_CONTENT)
    }
}

impl Reply for StatusCode {
    fn reply(self) -> Response {
        self.leave().into_response()
    }

    #[inline]
    fn leave(self) -> Leaving {
        Leaving::of_status(self)
    }
}

impl Reply for Body {
    #[inline]
    fn reply(self) -> Response {
        Response::new(self)
    }
}

impl<R: Reply> Reply for (StatusCode, R) {
    fn reply(self) -> Response {
        self.leave().into_response()
    }

    #[inline]
    fn leave(self) -> Leaving {
        self.1.leave().with_status(self.0)
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
    fn reply(self) -> Response {
        match self {
            Ok(reply) => reply.reply(),
            Err(error) => of_axum(error),
        }
    }

    #[inline]
    fn leave(self) -> Leaving {
        match self {
            Ok(reply) => reply.leave(),
            Err(error) => of_axum(error).into(),
        }
    }
}

/// 404 for `None`.
impl<T: Reply> Reply for Option<T> {
    fn reply(self) -> Response {
        self.leave().into_response()
    }

    #[inline]
    fn leave(self) -> Leaving {
        match self {
            Some(reply) => reply.leave(),
            None => Refusal::new(StatusCode::NOT_FOUND, "there is no such thing here").leave(),
        }
    }
}

impl<T: Serialize> Reply for Json<T> {
    fn reply(self) -> Response {
        self.leave().into_response()
    }

    #[inline]
    fn leave(self) -> Leaving {
        let mut text = spare::text();
        match serde_json::to_writer(&mut text, &self.0) {
            Ok(()) => Leaving::written(JSON, text),
            Err(error) => unwritten(&error).into(),
        }
    }
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
