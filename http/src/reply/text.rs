//! Texts that are more than text.

use http::HeaderValue;

use super::{Reply, typed};
use crate::{Body, Response};

/// A page: `text/html; charset=utf-8`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Html<T>(pub T);

impl<T: Into<Body>> Reply for Html<T> {
    fn reply(self) -> Response {
        const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
        typed(HTML, self.0)
    }
}
