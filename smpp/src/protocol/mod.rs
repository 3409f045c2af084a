//! The pure protocol: bytes in, bytes out, `Instant`s as arguments.

pub mod message_state;
pub mod proxy;
pub mod receipt;
pub mod status;
pub mod time;
pub mod tlv_tag;
pub mod udh;
