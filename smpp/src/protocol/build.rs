//! What may be wrong with a PDU that is being built here.

/// A value that no PDU can carry.
///
/// Returned by `build()`, so that what goes to the wire is valid by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A string that does not fit its field.
    #[error("{field} is {length} octets long, it can have {max}")]
    TooLong {
        /// The field.
        field: &'static str,
        /// What was given, in octets.
        length: usize,
        /// The most that fits, in octets, without its NUL.
        max: usize,
    },
    /// A C-octet string with a NUL inside.
    #[error("{field} holds a NUL, which would end it early")]
    Nul {
        /// The field.
        field: &'static str,
    },
    /// A value that the specification does not have.
    #[error("{field} has a value outside the specification")]
    BadValue {
        /// The field.
        field: &'static str,
    },
}
