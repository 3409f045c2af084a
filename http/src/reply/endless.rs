//! Answers that do not end by themselves.

use super::Reply;
use crate::Response;

/// An answer whose body has no end of its own: it ends when the server drains, so that it does not hold that up.
///
/// An [`Sse`](crate::Sse) is one already.
///
/// ```
/// use futures_util::{StreamExt, stream};
/// use http_body_util::StreamBody;
/// use hyper::body::Frame;
/// use wirepath_http::{Body, get, reply::Endless};
///
/// #[get("/zeros")]
/// async fn zeros() -> Endless<Body> {
///     let zeros = stream::repeat_with(|| Ok::<_, std::io::Error>(Frame::data(vec![0; 1_000].into())));
///     Endless(Body::boxed(StreamBody::new(zeros)))
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Endless<R>(pub R);

/// On the response and not in its body: what changes bodies leaves it there.
#[derive(Debug, Clone, Copy)]
struct Mark;

impl<R: Reply> Reply for Endless<R> {
    fn reply(self) -> Response {
        let mut response = self.0.reply();
        response.extensions_mut().insert(Mark);
        response
    }
}

/// Whether it is such an answer.
pub(crate) fn is_endless(response: &Response) -> bool {
    response.extensions().get::<Mark>().is_some()
}
