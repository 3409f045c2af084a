//! The integration tests: one binary.

mod engine;
mod extractors;
mod middleware;
mod routing;
