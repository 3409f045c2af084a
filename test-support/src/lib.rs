//! What the tests of several packages need.

mod book;
mod log;
mod redis;

pub use book::Book;
pub use log::Log;
pub use redis::{RedisServer, free_port};
