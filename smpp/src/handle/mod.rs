//! The handles that users hold: on the engine, on a session, on a pipeline of requests.

mod session;
mod smpp;

pub use self::{session::Session, smpp::Smpp};
