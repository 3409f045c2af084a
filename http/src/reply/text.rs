//! Texts that are more than text.

use http::{HeaderValue, header::CONTENT_TYPE};

use super::Reply;
use crate::{Body, Leaving, Response};

/// A page: `text/html; charset=utf-8`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Html<T>(pub T);

impl<T: Into<Body>> Reply for Html<T> {
    fn reply(self) -> Response {
        self.leave().into_response()
    }

    fn leave(self) -> Leaving {
        const HTML: &str = "text/html; charset=utf-8";

        let mut body = self.0.into();
        if let Some(whole) = body.take_whole() {
            return Leaving::typed(HTML, whole);
        }
        let mut response = Response::new(body);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
        response.into()
    }
}
