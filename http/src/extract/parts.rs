//! What is in every request's head.

use http::{HeaderMap, Method, Uri, Version};
use wirepath_runtime::state::Nothing;

use super::Extract;
use crate::{Head, Refusal};

macro_rules! parts {
    ($($ty:ty = $method:ident;)*) => {$(
        impl Extract for $ty {
            type Needs = Nothing;

            #[inline]
            fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
                Ok(head.$method().clone())
            }
        }
    )*};
}

parts! {
    Method = method;
    Uri = uri;
    HeaderMap = headers;
}

impl Extract for Version {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        Ok(head.version())
    }
}

/// `None` where the extractor refuses.
impl<T: Extract> Extract for Option<T> {
    type Needs = T::Needs;

    fn extract(head: Head<'_>, needs: T::Needs) -> Result<Self, Refusal> {
        Ok(T::extract(head, needs).ok())
    }
}

/// For a handler that answers a refusal itself.
impl<T: Extract> Extract for Result<T, Refusal> {
    type Needs = T::Needs;

    fn extract(head: Head<'_>, needs: T::Needs) -> Result<Self, Refusal> {
        Ok(T::extract(head, needs))
    }
}
