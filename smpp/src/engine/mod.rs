//! The engine: one task a session, which moves octets between the socket and the protocol.
//!
//! ```text
//!  Server ── accepts ──▶ Connection ◀── Link ──▶ Session, Pipeline   (handles)
//!  Client ── connects ─▶  │ input ▶ frames ▶ SessionState ▶ Jobs ▶ handlers
//!                         │ output ◀ answers, queued requests
//!                        Hub: every Link, by number and by system_id
//! ```

mod admission;
mod advice;
mod binds;
mod buffers;
mod client;
mod connection;
mod drive;
mod gate;
mod held;
mod hub;
mod inbox;
mod jobs;
mod keeper;
mod kept;
mod link;
mod listen;
mod meters;
mod outbind;
mod pipe;
mod server;

#[cfg(any(test, feature = "testing"))]
pub(crate) use self::drive::drive_in_process;
pub use self::{
    binds::Binds,
    client::{Client, ConnectError},
    inbox::Inbox,
    kept::BindState,
    listen::ListenError,
    server::Server,
};
pub(crate) use self::{
    hub::Hub,
    kept::Kept,
    link::{Link, Order, Waiting, read_answer},
    pipe::{Pipe, Settled},
};
