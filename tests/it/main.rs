//! wirepath as its users see it.

mod app;
mod guide;
mod parity;
mod reassembly;
#[cfg(feature = "spool")]
mod spool;
