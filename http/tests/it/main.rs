//! The integration tests: one binary.

mod extractors;
mod middleware;
mod routing;
