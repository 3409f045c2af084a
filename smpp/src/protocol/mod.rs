//! The pure protocol: bytes in, bytes out, `Instant`s as arguments.

pub mod status;
pub mod time;
