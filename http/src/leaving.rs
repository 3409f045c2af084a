//! A response on its way out.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

use crate::{Body, Response, spare};

/// A response as it leaves: where a reply's type says all that its head has to, no map of headers is made for it.
///
/// What stands around a handler and wants to look at headers, or to change them, has
/// [`into_response`](Self::into_response). It is the counterpart of [`Arrived`](crate::Arrived).
pub struct Leaving(Kind);

enum Kind {
    Typed(Typed),
    /// In a box: few answers need it, and what is small is moved fast.
    Whole(Box<Response>),
}

/// A body that is there, and what its type says.
pub(crate) struct Typed {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Whole,
}

/// A body that is there.
pub(crate) enum Whole {
    Shared(Bytes),
    /// A few octets in a thread's room, to be copied to where they go.
    Spare(Vec<u8>),
}

impl Whole {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Shared(octets) => octets.len(),
            Self::Spare(text) => text.len(),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Shared(octets) => octets,
            Self::Spare(text) => {
                let octets = Bytes::copy_from_slice(&text);
                spare::give_text(text);
                octets
            }
        }
    }
}

impl Typed {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body.into_bytes()));
        *response.status_mut() = self.status;
        if let Some(content_type) = self.content_type {
            let mut headers = spare::fields();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            *response.headers_mut() = headers;
        }
        response
    }
}

impl Leaving {
    #[inline]
    pub(crate) fn typed(content_type: &'static str, body: Bytes) -> Self {
        Self::of(content_type, Whole::Shared(body))
    }

    /// With a body that has been written into [`spare::text`].
    #[inline]
    pub(crate) fn written(content_type: &'static str, text: Vec<u8>) -> Self {
        match text.len() <= spare::TEXT {
            true => Self::of(content_type, Whole::Spare(text)),
            // As it is: in the room that it grew in.
            false => Self::typed(content_type, text.into()),
        }
    }

    #[inline]
    fn of(content_type: &'static str, body: Whole) -> Self {
        let content_type = Some(content_type);
        Self(Kind::Typed(Typed { status: StatusCode::OK, content_type, body }))
    }

    /// Without a body.
    #[inline]
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self(Kind::Typed(Typed { status, content_type: None, body: Whole::Shared(Bytes::new()) }))
    }

    /// The status.
    #[must_use]
    #[inline]
    pub fn status(&self) -> StatusCode {
        match &self.0 {
            Kind::Typed(typed) => typed.status,
            Kind::Whole(response) => response.status(),
        }
    }

    /// With another status.
    #[must_use]
    #[inline]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        match &mut self.0 {
            Kind::Typed(typed) => typed.status = status,
            Kind::Whole(response) => *response.status_mut() = status,
        }
        self
    }

    /// All of it.
    #[must_use]
    pub fn into_response(self) -> Response {
        match self.0 {
            Kind::Typed(typed) => typed.into_response(),
            Kind::Whole(response) => *response,
        }
    }

    /// Whether it may take long to send.
    #[inline]
    pub(crate) fn is_lasting(&self) -> bool {
        match &self.0 {
            Kind::Typed(typed) => Body::is_long(typed.body.len() as u64),
            Kind::Whole(response) => response.body().is_lasting(),
        }
    }

    /// Whether its body is there as a whole.
    #[inline]
    pub(crate) fn is_whole(&self) -> bool {
        match &self.0 {
            Kind::Typed(_) => true,
            Kind::Whole(response) => response.body().is_whole(),
        }
    }

    /// What its type says, or else all of it.
    #[inline]
    pub(crate) fn into_typed(self) -> Result<Typed, Box<Response>> {
        match self.0 {
            Kind::Typed(typed) => Ok(typed),
            Kind::Whole(response) => Err(response),
        }
    }
}

/// 200, with nothing in it.
impl Default for Leaving {
    #[inline]
    fn default() -> Self {
        Self::of_status(StatusCode::OK)
    }
}

impl From<Response> for Leaving {
    fn from(response: Response) -> Self {
        Box::new(response).into()
    }
}

impl From<Box<Response>> for Leaving {
    fn from(response: Box<Response>) -> Self {
        Self(Kind::Whole(response))
    }
}

impl fmt::Debug for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaving").field("status", &self.status()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Html, Json, Reply, reply::Created};

    fn text(reply: impl Reply) -> String {
        let (head, mut body) = reply.leave().into_response().into_parts();
        let content_type = head.headers.get(CONTENT_TYPE).map(|it| it.to_str().unwrap());
        let whole = body.take_whole().unwrap();
        format!("{} {} {}", head.status.as_u16(), content_type.unwrap_or("-"), whole.escape_ascii())
    }

    #[test]
    fn what_leaves_is_what_is_replied() {
        assert_eq!(text("a"), "200 text/plain; charset=utf-8 a");
        assert_eq!(text(Created(Json(1))), "201 application/json 1");
        assert_eq!(text(Html("a")), "200 text/html; charset=utf-8 a");
        assert_eq!(text((StatusCode::ACCEPTED, ())), "202 - ");
        assert_eq!(text(Ok::<_, StatusCode>(StatusCode::GONE)), "410 - ");
        assert_eq!(text(Err::<(), _>(StatusCode::GONE)), "410 - ");
        assert_eq!(text(Some(vec![b'a'])), "200 application/octet-stream a");
        assert!(text(None::<()>).starts_with("404 application/problem+json {"));
        let own = [(CONTENT_TYPE, HeaderValue::from_static("a/b"))];
        assert_eq!(text((own, "c")), "200 a/b c");
    }

    #[test]
    fn it_is_small() {
        assert!(size_of::<Leaving>() <= 56, "{}", size_of::<Leaving>());
    }
}
