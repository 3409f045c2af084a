//! Parameters of the path.

use serde::de::DeserializeOwned;
use wirepath_runtime::state::Nothing;

use super::Extract;
use crate::{Head, Refusal};

/// The parameters of the path: one value, a tuple in their order, or a struct with fields of their names.
///
/// A parameter may also be an argument of its own, under its name in the path; that costs less to write and to run. One
/// that cannot be read is answered 422.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> Extract for Path<T> {
    type Needs = Nothing;

    #[inline]
    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        head.params().deserialize().map(Self).map_err(|error| Refusal::from(&error))
    }
}
