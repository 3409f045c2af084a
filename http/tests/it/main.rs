//! The integration tests: one binary.

mod engine;
mod extractors;
mod h2;
mod macros;
mod middleware;
mod multipart;
mod negotiation;
mod routing;
mod sse;
