//! Handlers: what the attributes make of a user's `async fn`s, and how a request finds its own.
//!
//! A request passes through here without a lock, a box or a table: [`handlers!`](crate::handlers) builds one concrete
//! type, a [`Chain`] of descriptors, and the compiler resolves the way from command to function.
#![allow(
    clippy::result_large_err,
    reason = "the `Err` is the answer itself, on its way out: a box for it would be an allocation for each refusal"
)]

mod behind;
mod bind;
pub(crate) mod call;
mod chain;
mod defaults;
mod extract;
mod join;
mod relay;
mod reply;
mod request;
mod route;
mod service;
mod subject;

pub(crate) use self::join::Join;
#[cfg(feature = "spool")]
pub(crate) use self::relay::ask;
pub(crate) use self::service::call_when_ready;
pub(crate) use self::service::layer_failed;
pub use self::{
    behind::{Behind, Fallback},
    bind::{Bind, BindReply, IntoBindReply},
    chain::{Chain, Dispatch, End},
    extract::Extract,
    relay::Relay,
    reply::Reply,
    request::{Event, Request, Response, UnbindCause},
    route::IntoRoute,
    service::{BoxError, HandlerService, Handlers, handlers},
    subject::Subject,
};
pub use wirepath_runtime::state::{Needs, Nothing, Part, State};

use std::future::Future;

use crate::protocol::CommandId;

/// What a handler is for: a command, or an event of the session's life. Compared at compile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On(u64);

impl On {
    /// A bind of any kind.
    pub const BIND: Self = Self(1 << 32);
    /// A session is bound: its bind response is in front of whatever is sent now.
    pub const BOUND: Self = Self(2 << 32);
    /// A bound session is over.
    pub const UNBOUND: Self = Self(3 << 32);
    /// `"*"`: every command that no other handler is for.
    pub const ANY: Self = Self(4 << 32);

    /// The key of all vendors' commands: [`Subject`] and [`Reply`] treat them alike. No handler is for it.
    pub const VENDOR: Self = Self(5 << 32);
    /// A message without a handler that is to be relayed: which way it goes.
    pub const ROUTE: Self = Self(7 << 32);
    /// What the macros write for a handler whose attribute does not say what it is for.
    #[doc(hidden)]
    pub const UNKNOWN: Self = Self(6 << 32);

    /// A command by its number.
    #[must_use]
    pub const fn command(command: u32) -> Self {
        // Lossless: u32 into u64.
        Self(command as u64)
    }

    /// The key that [`Subject`] and [`Reply`] are indexed by.
    #[must_use]
    pub const fn key(self) -> u64 {
        self.0
    }

    /// Equality where `==` cannot go yet: in constants.
    #[must_use]
    pub const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }
}

/// As it is written in the attribute: `submit_sm`, `bind`, `"*"`.
impl std::fmt::Display for On {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::BIND => f.write_str("bind"),
            Self::BOUND => f.write_str("bound"),
            Self::UNBOUND => f.write_str("unbound"),
            Self::ANY => f.write_str("\"*\""),
            Self::VENDOR => f.write_str("vendor"),
            Self::ROUTE => f.write_str("route"),
            Self(key) => match u32::try_from(key) {
                Ok(command) => CommandId::new(command).fmt(f),
                Err(_) => f.write_str("unknown"),
            },
        }
    }
}

/// What stands beside an annotated function, under its name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not a handler",
    note = "a handler is a function under `#[on_bind]`, `#[on_pdu(\"…\")]`, `#[on_session(\"…\")]` or `#[route_message]`"
)]
pub trait Descriptor: Send + Sync + 'static {
    /// What it is for.
    const ON: On;
    /// The function's name, for the table that is logged at the start.
    const NAME: &'static str;
}

/// An annotated function, ready to be called in an application with the state `S`.
///
/// The future that [`accept`](Self::accept) returns owns the arguments: it borrows neither the request nor the state, so
/// nothing has to be cloned for it.
#[diagnostic::on_unimplemented(
    message = "the handler `{Self}` does not fit an application whose state is `{S}`",
    note = "each `State<T>` argument needs `T: FromRef<{S}>`: is `.state(…)` called with the right type?"
)]
pub trait Handler<S>: Descriptor {
    /// Takes the arguments out of the request and the state, and gives the call of the function with them.
    ///
    /// # Errors
    ///
    /// The answer to give if an extractor refused.
    fn accept(
        request: Request,
        state: &S,
    ) -> Result<impl Future<Output = Response> + Send + use<Self, S>, Response>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_handler_is_for_prints_as_it_is_written() {
        let shown = [On::BIND, On::BOUND, On::ANY, On::command(4), On::command(0x0001_0201)];
        let shown = shown.map(|on| on.to_string());
        assert_eq!(shown, ["bind", "bound", "\"*\"", "submit_sm", "0x00010201"]);
    }
}
