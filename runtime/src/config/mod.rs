//! Configuration: YAML with `${VAR}` expansion, loaded into serde types.
//!
//! ```
//! use serde::Deserialize;
//! use wirepath_runtime::config::{Document, Env};
//!
//! #[derive(Debug, Default, Deserialize)]
//! #[serde(default)]
//! struct Server {
//!     bind_address: String,
//!     port: u16,
//! }
//!
//! let env = Env::from_iter([("PORT", "2776")]);
//! let text = "bind_address: 127.0.0.1\nport: ${PORT:-2775}\n";
//! let server: Server = Document::parse(text, "server.yaml", &env)?.root().load()?;
//! assert_eq!(server.port, 2776);
//!
//! let text = "bind_adress: 127.0.0.1\n";
//! let error = Document::parse(text, "server.yaml", &env)?.root().load::<Server>().unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "unknown key `bind_adress` at server.yaml:1:1; did you mean `bind_address`?"
//! );
//! # Ok::<(), wirepath_runtime::config::ConfigError>(())
//! ```
//!
//! What the loader adds to serde:
//!
//! - `${VAR}` and `${VAR:-default}` are [expanded](expand()) in values, after the document has been
//!   parsed: what a variable holds can change a value, never the structure, and line numbers stay true.
//! - Unknown keys are errors, all of them reported at once; `deny_unknown_fields` is not needed.
//! - Errors name file, line, column, key, and the nearest known key. A value that loads into a
//!   [`Secret`](crate::secret::Secret) is never repeated in one.
//! - A key without a value counts as absent. Numbers and booleans may be quoted. A text is taken as it
//!   is written: `password: 0042` keeps its zeros, `password: yes` is three letters.
//! - Documents are bounded: 1 MiB, 32 levels, 20,000 nodes after aliases are followed. Duplicate keys
//!   are errors. Merge keys (`<<`) work.

mod de;
mod document;
mod env;
mod error;
mod expand;
mod suggest;

pub use document::{Document, Section};
pub use env::Env;
pub use error::{ConfigError, Problem, ProblemKind};
pub use expand::{ExpandError, expand};
pub use suggest::nearest;
