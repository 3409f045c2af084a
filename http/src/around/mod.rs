//! What stands around all requests of a listener, made of [`config::Around`](crate::config::Around).
//!
//! Outermost is the request's id, then the access log and the metrics, CORS, and inside of these everything that answers: the
//! engine, [layers](crate::Routes::layer), [middleware](mod@crate::middleware), routes. All of it is what is done before a
//! request and what is done after it, not a service around a service: where something is on, a request meets one box.

mod access;
#[cfg(feature = "compression")]
mod compress;
mod cors;
mod meters;
mod request_id;
mod surround;
mod visit;

pub(crate) use self::{meters::RouteMeters, surround::Surround, visit::Surrounded};
pub use self::{request_id::RequestId, surround::AroundError};
