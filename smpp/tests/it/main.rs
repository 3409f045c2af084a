//! The tests of wirepath-smpp from the outside, in one program.

mod arbitrary;
mod bad_input;
mod binds;
mod client;
mod client_link;
mod defaults;
mod differential;
mod drain;
mod endings;
mod flush;
mod layers;
mod long_messages;
mod macros;
mod metrics;
mod outbind;
mod properties;
#[cfg(feature = "spool")]
mod replicas;
mod routing;
mod sessions;
#[cfg(feature = "spool")]
mod spool;
mod support;
mod throttle;
mod transport;
mod virtual_link;
mod waiting;
