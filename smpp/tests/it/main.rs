//! Tests of the crate as its users see it.

mod bad_input;
mod defaults;
mod drain;
mod macros;
mod sessions;
mod support;
