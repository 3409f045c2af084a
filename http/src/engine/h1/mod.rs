//! HTTP/1.1: one connection, from its first request to its last.
//!
//! What is asked for and answered at once takes one read and one write. A connection that waits for its next request holds its
//! socket and its state alone: no buffer but for the fields of its last head, 1 KiB at most, and of handlers' calls only the room
//! for those that read no body.

mod clock;
mod inbox;
mod intake;
mod outbox;
mod room;
mod sending;
mod wire;

pub(super) use self::wire::{Ended, Wire};

#[cfg(test)]
mod tests;
