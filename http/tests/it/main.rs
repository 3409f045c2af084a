//! The integration tests: one binary.

mod engine;
mod extractors;
mod files;
mod h2;
mod lifecycle;
mod macros;
mod middleware;
mod multipart;
mod negotiation;
mod routing;
mod sse;
mod websocket;
