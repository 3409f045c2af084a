//! The gateway binary over real sockets.

mod commands;
mod parts;
mod shared;
mod start;
#[path = "../support/mod.rs"]
mod support;
