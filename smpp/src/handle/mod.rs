//! The handles that users hold: on the engine, on a session, on a pipeline of requests.

mod downstream;
mod error;
mod lend;
mod pipeline;
mod reassembler;
mod requests;
mod routed;
mod send_text;
mod sent;
mod session;
mod smpp;
mod upstream;

pub(crate) use self::session::Counters;
pub use self::{
    downstream::Downstream,
    error::SendError,
    pipeline::Pipeline,
    reassembler::Reassembler,
    routed::{RouteError, Routed},
    send_text::SendText,
    sent::{Sent, TextError, TextPlan},
    session::{Session, SessionCounters, SessionId},
    smpp::Smpp,
    upstream::Upstream,
};
