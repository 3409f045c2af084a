//! The integration tests: one binary.

mod around;
mod auth;
mod client;
mod engine;
mod extractors;
mod h2;
mod layers;
mod macros;
mod middleware;
mod rates;
mod routing;
#[cfg(feature = "jwt")]
mod tokens;
mod upstream;
