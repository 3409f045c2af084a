//! Who may ask.

mod caller;
mod gate;
#[cfg(feature = "jwt")]
mod jwt;
mod keys;
#[cfg(feature = "jwt")]
mod ring;

pub use self::caller::Caller;
#[cfg(feature = "jwt")]
pub use self::caller::Claims;
pub(super) use self::gate::Gate;
