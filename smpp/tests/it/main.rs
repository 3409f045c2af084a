//! Tests of the crate as its users see it.

mod bad_input;
mod client;
mod defaults;
mod drain;
mod layers;
mod macros;
mod metrics;
mod sessions;
mod support;
mod throttle;
mod transport;
