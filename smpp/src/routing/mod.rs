//! Routing: which way a message goes. Pure: nothing is sent here, and no clock is read.
//!
//! A [`Router`] is compiled once from the key `routing` and then asked for every message. What it answers, a [`Found`], are the
//! steps to try, one after the other, and after which failures the next one is to be tried.
//!
//! ```
//! use wirepath_smpp::config::{FailoverOn, SmppConfig, Step};
//! use wirepath_smpp::routing::{Query, Router};
//! # use wirepath_runtime::config::Env;
//!
//! let text = "
//! binds:
//!   - {name: alpha, host: smsc-a.example.net, system_id: me, password: pw}
//!   - {name: beta, host: smsc-b.example.net, system_id: me, password: pw}
//! routing:
//!   default_chain: ['bind:alpha', queue]
//!   rules:
//!     - {prefix: 31, chain: ['bind:alpha', 'bind:beta', queue], balance: round_robin}
//!     - {prefix: 31, esme: shop, chain: ['bind:beta']}
//!     - {prefix: 3197, chain: ['esme:shop'], failover_on: []}
//! ";
//! let config = SmppConfig::from_str(text, "smpp.yaml", &Env::empty())?;
//! let router = Router::compile(&config.routing);
//!
//! let route = router.route(&Query::new("31612345678"));
//! let steps: Vec<String> = route.steps().map(Step::to_string).collect();
//! assert_eq!(steps, ["bind:alpha", "bind:beta", "queue"]);
//! assert!(route.fails_over(FailoverOn::Down) && !route.fails_over(FailoverOn::Permanent));
//!
//! let route = router.route(&Query::new("31612345678"));
//! assert_eq!(route.steps().next(), Some(&Step::Bind("beta".into())));
//! # Ok::<(), wirepath_runtime::config::ConfigError>(())
//! ```

mod class;
mod explain;
mod found;
mod message;
mod names;
mod numbers;
mod route;
mod router;
mod rule;
mod table;

pub use class::StatusClass;
pub use explain::Explanation;
pub use found::{Found, Query, Steps};
pub(crate) use message::Carrier;
pub use message::{Message, Origin};
pub use route::Route;
pub use router::Router;
pub use table::{Matches, PrefixTable};

#[cfg(test)]
mod tests;
