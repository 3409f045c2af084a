//! The integration tests: one binary.

mod engine;
mod extractors;
mod macros;
mod middleware;
mod routing;
