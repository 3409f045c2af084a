//! What the wirepath protocols share, each thing once.
//!
//! | module | what it holds |
//! |---|---|
//! | [`accept`] | the accept loop of listeners |
//! | [`backoff`] | delays between attempts: exponential, with jitter |
//! | [`config`] | YAML with `${VAR}` expansion, loaded into serde types; errors name file, line and key |
//! | [`net`] | lists of networks, to allow or to trust |
//! | [`rate`] | a token bucket that takes the time as an argument |
//! | [`secret`] | secrets that never print, and password checks |
//! | [`seldom`] | when to tell of what a peer can provoke, so that it cannot fill a log |
//! | [`shutdown`] | graceful shutdown: trigger, wait, drain |
//! | [`state`] | how handlers get at the application's state |
//! | `store` | keys with a time to live, durable queues and a bus, in memory, on disk or in Redis |
//! | `tls` | TLS material from PEM files, reloaded when the files change |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `store` | no | the `store` module, with its memory backend |
//! | `store-embedded` | no | the backend on disk |
//! | `store-redis` | no | the Redis backend |
//! | `tls` | yes | the `tls` module, on rustls with the ring provider |

pub mod accept;
pub mod backoff;
pub mod config;
pub mod net;
pub mod rate;
pub mod secret;
pub mod seldom;
pub mod shutdown;
pub mod state;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "tls")]
pub mod tls;
