//! The integration tests: one binary.

mod client;
mod engine;
mod extractors;
mod h2;
mod macros;
mod middleware;
mod routing;
mod upstream;
