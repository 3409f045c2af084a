//! What stands around all requests of a listener, made of [`config::Around`](crate::config::Around).
//!
//! Outermost is the request's id, then the access log and the metrics, CORS, rate limits by address and header,
//! authentication, rate limits by key, and inside of these everything that answers: the
//! engine, [layers](crate::Routes::layer), [middleware](mod@crate::middleware), routes. All of it is what is done before a
//! request and what is done after it, not a service around a service: where something is on, a request meets one box.

mod access;
mod auth;
#[cfg(feature = "compression")]
mod compress;
mod cors;
mod meters;
mod paths;
mod rate;
mod request_id;
mod surround;
mod visit;

#[cfg(feature = "jwt")]
pub use self::auth::Claims;
#[cfg(feature = "client")]
pub(crate) use self::request_id::{HEADER as REQUEST_ID, is_sane};
pub use self::{
    auth::{Caller, CallerKind},
    request_id::RequestId,
    surround::AroundError,
};
pub(crate) use self::{meters::RouteMeters, surround::Surround, visit::Visit};
