//! What HTTP servers are measured with: eighteen routes that do their work, and the requests for them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`model`] | what the handlers take and give |
//! | [`handlers`] | the routes, as handlers under wirepath's attributes |
//! | [`workload`] | a request for each route, and the answer that is right |
//!
//! The program of this package serves them. `wirepath-load http` has the same handlers in its own process, and the same
//! model in servers of other making.

pub mod handlers;
pub mod model;
pub mod workload;

pub use self::{handlers::routes, workload::Workload};
