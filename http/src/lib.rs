//! HTTP for wirepath.

mod body;
pub mod config;
mod connected;
pub mod engine;
pub mod extract;
pub mod handler;
pub mod middleware;
pub mod protocol;
pub mod reply;
pub mod router;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use body::{Body, BodyError};
pub use connected::Connected;
pub use engine::{ListenError, Server};
pub use extract::{ClientIp, Extract, Form, Json, MatchedPath, Path, Peer, Query, ReadBody};
pub use handler::{BoxError, Head, Methods};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header};
pub use reply::{Html, Refusal, Reply};
pub use router::{Router, Routes, Serve};
pub use wirepath_macros::{
    delete, get, head, middleware, on_shutdown, on_startup, options, patch, post, put, route,
    routes,
};
pub use wirepath_runtime::state::{FromRef, Nothing, Part, State};

/// A request: its head, and a [`Body`].
pub type Request = http::Request<Body>;

/// A response: its head, and a [`Body`].
pub type Response = http::Response<Body>;

/// What the macros' output calls. Not for anyone else: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::{
        Request, Response,
        handler::{call::*, *},
        middleware::{Middleware, Next, guard, wrap},
        router::routes,
    };
    pub use std::{boxed::Box, sync::Arc};
    pub use wirepath_runtime::state::Needs;
}
