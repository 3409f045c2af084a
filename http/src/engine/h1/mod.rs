//! HTTP/1.1: one connection, from its first request to its last.
//!
//! What is asked for and answered at once takes one read and one write, and nothing is held in between: no buffer, no box. A
//! connection that waits for its next request holds its socket and its state alone.

mod date;
mod intake;
mod outbox;
mod room;
mod sending;
mod wire;

pub(super) use self::wire::{Ended, Wire};

#[cfg(test)]
mod tests;
