//! Why a command failed.

use std::fmt;

/// Why a command failed, and what to do about it: what is shown.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
