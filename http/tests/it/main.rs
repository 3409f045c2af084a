//! The integration tests: one binary.

mod around;
mod auth;
mod bodies;
mod client;
mod engine;
mod extractors;
mod files;
mod flood;
mod h2;
mod hostile;
mod layers;
mod lifecycle;
mod macros;
mod middleware;
mod multipart;
mod negotiation;
#[cfg(feature = "openapi")]
mod openapi;
mod problems;
mod rates;
mod route_limits;
mod routing;
mod slow;
mod sse;
#[cfg(feature = "jwt")]
mod tokens;
mod upgrades;
mod upstream;
#[cfg(feature = "validate")]
mod valid;
mod websocket;
