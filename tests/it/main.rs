//! wirepath as its users see it.

mod app;
mod guide;
mod parity;
#[cfg(feature = "spool")]
mod spool;
