//! wirepath as its users see it.

mod app;
mod guide;
#[cfg(feature = "http")]
mod http;
mod parity;
mod reassembly;
#[cfg(feature = "redis")]
mod replicas;
#[cfg(feature = "spool")]
mod spool;
