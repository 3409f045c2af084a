//! TLS material from PEM files, reloaded when the files change.
//!
//! [`TlsServer`] and [`TlsClient`] give the current rustls configuration to each new connection;
//! connections that stand keep theirs. [`watch`](TlsServer::watch) looks at the files every few
//! seconds and compares their content, which also notices what file events miss: symbolic links that
//! are swapped (as Kubernetes does with secrets), network file systems, bind mounts. New files that do
//! not work are not taken: the old material stays in use and a warning says what to do.
//!
//! The cryptography is ring's, set explicitly: no process-wide default provider is needed, and one that
//! is there is not used.

mod client;
mod error;
mod files;
mod live;
mod server;
mod unverified;

pub use client::TlsClient;
pub use error::TlsError;
pub use live::{DEFAULT_PERIOD, TlsWatch};
pub use server::TlsServer;

#[cfg(test)]
mod tests;
