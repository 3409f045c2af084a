//! Who may ask.

mod caller;
mod gate;
#[cfg(feature = "jwt")]
mod jwt;
mod keys;
#[cfg(feature = "jwt")]
mod ring;

#[cfg(feature = "jwt")]
pub use self::caller::Claims;
pub use self::caller::{Caller, CallerKind};
pub(super) use self::gate::Gate;
