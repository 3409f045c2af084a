//! The integration tests: one binary.

mod around;
mod engine;
mod extractors;
mod h2;
mod layers;
mod macros;
mod middleware;
mod routing;
