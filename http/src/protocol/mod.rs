//! The pure part: octets in, values out. No socket, no clock, no task.
//!
//! | Module | From | To |
//! |---|---|---|
//! | [`percent`] | a percent-encoded text | the text, borrowed where nothing is encoded |
//! | [`template`] | `/users/{id}` | its segments and names |
//! | [`table`] | all templates, and a path | the route's number, and where its parameters stand in the path |
//! | [`params`] | the parameters of a path | typed values |
//! | [`pairs`] | a query, or a form | typed values |
//! | [`forwarded`] | `X-Forwarded-For` and `Forwarded` | the client's address |
//! | [`accept`] | `Accept` | which of our media types it is |
//! | [`problem`] | what went wrong | an RFC 9457 body |
//! | [`h1`] | HTTP/1.1 on the wire | heads and bodies of requests; and from responses, the wire |

pub mod accept;
pub mod field_error;
pub mod forwarded;
pub mod h1;
pub(crate) mod host;
pub(crate) mod octets;
pub mod pairs;
pub mod params;
pub mod percent;
pub(crate) mod pointer;
pub mod problem;
mod scalar;
pub mod spans;
pub mod table;
mod tag;
pub mod template;
mod tree;
pub(crate) mod whole;
pub(crate) mod word;

/// Dates and times for parameters: `jiff::civil::Date` reads `2024-01-15`.
#[cfg(feature = "jiff")]
pub use jiff;
/// UUIDs for parameters.
#[cfg(feature = "uuid")]
pub use uuid;

pub use self::{
    field_error::{FieldError, Place},
    pairs::Pairs,
    params::Params,
    problem::Problem,
    spans::Spans,
    table::Table,
    template::Template,
};
