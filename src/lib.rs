//! wirepath: SMPP handlers as `async fn`s, compiled straight into the wire path.
//!
//! An SMSC that lets one ESME in and takes every message:
//!
//! ```no_run
//! use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
//!
//! use wirepath::smpp::{Bind, BindReply, Status, SubmitSm, SubmitSmResp, on_bind, on_pdu};
//! use wirepath::{App, State, handlers, secret::Secret};
//!
//! #[derive(Clone)]
//! struct Gateway {
//!     password: Secret,
//!     ids: Arc<AtomicU64>,
//! }
//!
//! #[on_bind]
//! async fn authorise(bind: Bind, State(gateway): State<Gateway>) -> BindReply {
//!     match bind.system_id() == "esme1" && gateway.password.matches(bind.password()) {
//!         true => bind.accept(),
//!         false => bind.reject(Status::RBINDFAIL, "not esme1"),
//!     }
//! }
//!
//! #[on_pdu("submit_sm")]
//! async fn take(pdu: SubmitSm, State(gateway): State<Gateway>) -> SubmitSmResp {
//!     pdu.accept(gateway.ids.fetch_add(1, Ordering::Relaxed))
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), wirepath::Error> {
//!     let gateway = Gateway { password: Secret::from("secret"), ids: Arc::default() };
//!     App::new().state(gateway).smpp(handlers![authorise, take]).run().await
//! }
//! ```
//!
//! [`App`] puts configuration, state and handlers together and runs them until SIGTERM or SIGINT. With
//! [`App::from_file`] the listener, its timers and limits, TLS and who may bind come out of `smpp.yaml`; see
//! [`smpp::config`].
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `http` | no | HTTP: `http`, and [`App`] |
//! | `client` | no | HTTP clients by name: `http::client` |
//! | `compression` | no | answers over HTTP compressed with gzip, br and zstd |
//! | `jwt` | no | JSON web tokens over HTTP |
//! | `files` | no | `App::files`, with `http`: files from a folder |
//! | `multipart` | no | `http::Multipart`: forms with files in them |
//! | `validate` | no | `http::Valid`: bodies and queries checked by the rules of their types |
//! | `smpp` | yes | SMPP 3.4: [`smpp`], and [`App`] |
//! | `spool` | no | `smpp::spool`: messages are kept on disk until their end; `store` |
//! | `store` | no | `store` alone: keys with a time to live, queues and a bus |
//! | `redis` | no | the same in Redis, for several processes that share it |
//! | `smpp34` | no | `smpp::convert`: from and to the PDUs of the crate smpp34 |
//! | `testing` | no | `smpp::testing`: handlers under test, in process. For `[dev-dependencies]` |

#[cfg(any(feature = "smpp", feature = "http"))]
mod app;
#[cfg(any(feature = "smpp", feature = "http"))]
mod error;
#[cfg(all(doctest, feature = "smpp"))]
mod guide;
#[cfg(feature = "smpp")]
mod running;
#[cfg(feature = "http")]
mod running_http;

#[cfg(feature = "http")]
pub mod http {
    //! HTTP/1.1 and HTTP/2.
    pub use wirepath_http::*;
    pub use wirepath_macros::{
        facade_delete as delete, facade_get as get, facade_head as head,
        facade_middleware as middleware, facade_on_error as on_error,
        facade_on_response as on_response, facade_on_shutdown as on_shutdown,
        facade_on_startup as on_startup, facade_options as options, facade_patch as patch,
        facade_post as post, facade_put as put, facade_route as route, facade_routes as routes,
        facade_sse as sse,
    };
}

#[cfg(feature = "smpp")]
pub mod smpp {
    //! SMPP 3.4.
    pub use wirepath_macros::{
        facade_handlers as handlers, facade_on_bind as on_bind, facade_on_pdu as on_pdu,
        facade_on_session as on_session, facade_route_message as route_message,
    };
    pub use wirepath_smpp::*;
}

pub mod config {
    //! What configuration is loaded with: the environment as a value, and errors that name file, line and key.
    pub use wirepath_runtime::config::{ConfigError, Env, Problem, ProblemKind};
}

pub mod tls {
    //! TLS of connections that this side opens: what [`smpp::Client::tls`](crate::smpp::Client::tls) takes.
    pub use wirepath_runtime::tls::{TlsClient, TlsError, TlsWatch};
}

#[cfg(feature = "store")]
pub use wirepath_runtime::store;
pub use wirepath_runtime::{secret, shutdown, state::FromRef};

#[cfg(all(feature = "smpp", feature = "http"))]
pub use crate::app::RunningBoth;
#[cfg(feature = "smpp")]
pub use crate::running::Running;
#[cfg(feature = "http")]
pub use crate::running_http::RunningHttp;
#[cfg(any(feature = "smpp", feature = "http"))]
pub use crate::{
    app::{App, NoHandlers, NoRoutes},
    error::Error,
};
#[cfg(feature = "smpp")]
pub use wirepath_macros::facade_handlers as handlers;
#[cfg(feature = "http")]
pub use wirepath_macros::facade_routes as routes;
pub use wirepath_runtime::state::State;
