//! What the tests of several packages need.

mod book;
mod files;
mod log;
mod redis;

pub use book::Book;
pub use files::Files;
pub use log::Log;
pub use redis::{RedisServer, free_port};
