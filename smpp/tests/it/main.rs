//! Tests of the crate as its users see it.

mod bad_input;
mod macros;
mod support;
