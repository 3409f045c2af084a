//! wirepath as its users see it.

mod app;
mod guide;
mod parity;
mod reassembly;
#[cfg(feature = "redis")]
mod replicas;
#[cfg(feature = "spool")]
mod spool;
