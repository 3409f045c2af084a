//! The driver: listeners, connections, deadlines.
//!
//! One task a connection, which polls HTTP/1.1 of our own or hyper's HTTP/2, the handler inside it, and at most one timer that is
//! not touched per request.
//! With `threads: per_core` each thread has a listener of its own on `SO_REUSEPORT` and a current-thread runtime, so that a
//! request is read, handled and answered by one thread, without a lock or a wake-up across threads.

mod at_drain;
mod connection;
mod h1;
mod head;
mod io;
mod listen;
mod outgoing;
mod pace;
mod server;
mod serving;
mod timers;
mod tls;

pub use self::{listen::ListenError, server::Server};
