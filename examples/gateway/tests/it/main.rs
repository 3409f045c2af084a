//! The gateway binary over real sockets.

mod commands;
mod shared;
mod start;
#[path = "../support/mod.rs"]
mod support;
