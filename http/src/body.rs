//! Bodies of requests and responses.

use std::{
    any::Any,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;

pub(crate) mod pipe;

use self::pipe::Drawn;

/// The body of a request or of a response.
///
/// One that is known as a whole, or comes straight from the connection, is no box and no virtual call; any other is a box.
/// A body that comes from a connection ends with [`BodyError::TooLarge`] where it passes the listener's `max_body_bytes`.
///
/// It is an [`http_body::Body`], and turns into axum's and back.
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Full(Bytes),
    /// From a connection, and how many octets it may still have.
    Drawn(Drawn, usize),
    /// The same, by hyper.
    Incoming(Incoming, usize),
    Boxed(axum::body::Body),
}

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is longer than the listener takes.
    #[error("the body is longer than this server takes")]
    TooLarge,
    /// The connection broke, or a body that was made here failed.
    #[error("the body cannot be read: {0}")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Body {
    /// Nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// Any other body, in a box.
    pub fn boxed<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // One of ours, or of axum's, comes back from layers as what it is.
        let mut body = Some(body);
        let any: &mut dyn Any = &mut body;
        if let Some(own) = any.downcast_mut::<Option<Self>>().and_then(Option::take) {
            return own;
        }
        match body {
            Some(body) => axum::body::Body::new(body).into(),
            None => Self::empty(),
        }
    }

    /// Whether it may take long to send: it is long, or nobody knows.
    #[inline]
    pub(crate) fn is_lasting(&self) -> bool {
        match &self.0 {
            Kind::Empty => false,
            Kind::Full(bytes) => Self::is_long(bytes.len() as u64),
            _ => self.size_hint().exact().is_none_or(Self::is_long),
        }
    }

    /// Whether so many octets are not gone with a few writes.
    #[inline]
    pub(crate) const fn is_long(octets: u64) -> bool {
        octets > 64 << 10
    }

    /// What a connection reads, at most `limit` octets of it.
    pub(crate) fn incoming(body: Incoming, limit: usize) -> Self {
        if body.is_end_stream() { Self::empty() } else { Self(Kind::Incoming(body, limit)) }
    }

    /// What a connection reads as it is asked for, at most `limit` octets of it.
    pub(crate) fn drawn(body: Drawn, limit: usize) -> Self {
        Self(Kind::Drawn(body, limit))
    }

    /// Whether it is known as a whole.
    #[inline]
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.0, Kind::Empty | Kind::Full(_))
    }

    /// All of it, if it is known as a whole.
    #[inline]
    pub(crate) fn take_whole(&mut self) -> Option<Bytes> {
        match &mut self.0 {
            Kind::Empty => Some(Bytes::new()),
            Kind::Full(bytes) => Some(std::mem::take(bytes)),
            Kind::Drawn(..) | Kind::Incoming(..) | Kind::Boxed(_) => None,
        }
    }

    /// The same once more, if it is known as a whole.
    #[cfg(feature = "client")]
    pub(crate) fn repeat(&self) -> Option<Self> {
        match &self.0 {
            Kind::Empty => Some(Self::empty()),
            Kind::Full(bytes) => Some(Self(Kind::Full(bytes.clone()))),
            Kind::Drawn(..) | Kind::Incoming(..) | Kind::Boxed(_) => None,
        }
    }

    /// Whether a listener limits its length.
    pub(crate) fn is_limited(&self) -> bool {
        matches!(self.0, Kind::Drawn(..) | Kind::Incoming(..))
    }

    /// Sets another limit than the listener's; false if it is known to be longer. What came by no listener has this one as well.
    pub(crate) fn limit(&mut self, octets: usize) -> bool {
        match &mut self.0 {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.len() <= octets,
            Kind::Boxed(body) => {
                let fits = body.size_hint().lower() <= octets as u64;
                let limited = http_body_util::Limited::new(std::mem::take(body), octets);
                *body = axum::body::Body::new(limited);
                fits
            }
            Kind::Drawn(_, left) | Kind::Incoming(_, left) => {
                *left = octets;
                !self.announces_too_much()
            }
        }
    }

    /// Whether the length that was announced is above what is left of the limit.
    #[inline(always)]
    pub(crate) fn announces_too_much(&self) -> bool {
        !self.is_whole() && self.announces_more_than_is_left()
    }

    #[inline(never)]
    fn announces_more_than_is_left(&self) -> bool {
        match &self.0 {
            Kind::Drawn(body, left) => body.size_hint().lower() > *left as u64,
            Kind::Incoming(body, left) => body.size_hint().lower() > *left as u64,
            _ => false,
        }
    }

    /// What is too large is not read on.
    #[inline]
    fn unless_too_large(
        &mut self,
        frame: Option<Result<Frame<Bytes>, BodyError>>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if matches!(frame, Some(Err(BodyError::TooLarge))) {
            self.0 = Kind::Empty;
        }
        Poll::Ready(frame)
    }

    /// Reads all of it. What came in one piece is not copied.
    ///
    /// # Errors
    ///
    /// [`BodyError`], for one of a request that is longer than the listener takes.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: what has been read is lost.
    ///
    /// ```
    /// use wirepath_http::Body;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), wirepath_http::BodyError> {
    /// assert_eq!(Body::from("hello").read().await?, "hello");
    /// # Ok(()) }
    /// ```
    pub fn read(self) -> impl Future<Output = Result<Bytes, BodyError>> + Send {
        ReadAll { body: self, first: Bytes::new(), more: BytesMut::new() }
    }
}

/// Reads a body to its end.
struct ReadAll {
    body: Body,
    first: Bytes,
    /// From the second piece on, with the first in front.
    more: BytesMut,
}

impl ReadAll {
    fn take(&mut self, piece: Bytes) {
        if piece.is_empty() {
        } else if self.first.is_empty() && self.more.is_empty() {
            self.first = piece;
        } else {
            if self.more.is_empty() {
                self.more.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.more.extend_from_slice(&piece);
        }
    }

    fn done(&mut self) -> Bytes {
        match self.more.is_empty() {
            true => std::mem::take(&mut self.first),
            false => std::mem::take(&mut self.more).freeze(),
        }
    }
}

impl Future for ReadAll {
    type Output = Result<Bytes, BodyError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match &mut self.body.0 {
                Kind::Empty => return Poll::Ready(Ok(self.done())),
                Kind::Full(bytes) => return Poll::Ready(Ok(std::mem::take(bytes))),
                Kind::Drawn(..) | Kind::Incoming(..) | Kind::Boxed(_) => {
                    match std::task::ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                        Some(Ok(frame)) => {
                            if let Ok(piece) = frame.into_data() {
                                self.take(piece);
                            }
                            if self.body.is_end_stream() {
                                return Poll::Ready(Ok(self.done()));
                            }
                        }
                        Some(Err(error)) => return Poll::Ready(Err(error)),
                        None => return Poll::Ready(Ok(self.done())),
                    }
                }
            }
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            Kind::Empty => Poll::Ready(None),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.0 = Kind::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Kind::Drawn(body, left) => {
                let frame = std::task::ready!(Pin::new(body).poll_frame(cx));
                let within = frame.map(|frame| within(frame?, left));
                self.unless_too_large(within)
            }
            Kind::Incoming(body, left) => {
                let frame = std::task::ready!(Pin::new(body).poll_frame(cx));
                let broken = |error: hyper::Error| BodyError::Broken(error.into());
                let within = frame.map(|frame| within(frame.map_err(broken)?, left));
                self.unless_too_large(within)
            }
            Kind::Boxed(body) => {
                Pin::new(body).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(of_axum)))
            }
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.is_empty(),
            Kind::Drawn(body, _) => body.is_end_stream(),
            Kind::Incoming(body, _) => body.is_end_stream(),
            Kind::Boxed(body) => body.is_end_stream(),
        }
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Drawn(body, _) => body.size_hint(),
            Kind::Incoming(body, _) => body.size_hint(),
            Kind::Boxed(body) => body.size_hint(),
        }
    }
}

/// A frame that fits into what is left of the limit.
#[inline]
fn within(frame: Frame<Bytes>, left: &mut usize) -> Result<Frame<Bytes>, BodyError> {
    let length = frame.data_ref().map_or(0, Bytes::len);
    *left = left.checked_sub(length).ok_or(BodyError::TooLarge)?;
    Ok(frame)
}

/// One of ours that went through axum's box stays what it is, however often.
fn of_axum(error: axum::Error) -> BodyError {
    let error = match error.into_inner().downcast::<axum::Error>() {
        Ok(error) => return of_axum(*error),
        Err(error) => error,
    };
    match error.downcast::<BodyError>() {
        Ok(error) => *error,
        Err(error) if error.is::<http_body_util::LengthLimitError>() => BodyError::TooLarge,
        Err(error) => BodyError::Broken(error),
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Empty => "empty",
            Kind::Full(_) => "full",
            Kind::Drawn(..) | Kind::Incoming(..) => "incoming",
            Kind::Boxed(_) => "boxed",
        };
        f.debug_tuple("Body").field(&kind).finish()
    }
}

macro_rules! from_whole {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Body {
            fn from(whole: $ty) -> Self {
                Self(Kind::Full(whole.into()))
            }
        }
    )*};
}

from_whole!(Bytes, Vec<u8>, String, &'static str, &'static [u8], BytesMut);

impl From<axum::body::Body> for Body {
    fn from(body: axum::body::Body) -> Self {
        // An empty one needs no box, and axum gives many of those.
        if body.is_end_stream() { Self::empty() } else { Self(Kind::Boxed(body)) }
    }
}

impl From<Body> for axum::body::Body {
    fn from(body: Body) -> Self {
        match body.0 {
            Kind::Empty => Self::empty(),
            Kind::Full(bytes) => Self::from(bytes),
            // axum's own extractors know this limit's error, and answer 413 to it.
            Kind::Drawn(body, left) => Self::new(http_body_util::Limited::new(body, left)),
            Kind::Incoming(body, left) => Self::new(http_body_util::Limited::new(body, left)),
            Kind::Boxed(body) => body,
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};

    use super::*;

    fn pieces(pieces: &[&'static str]) -> UnsyncBoxBody<Bytes, std::convert::Infallible> {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))))
            .collect();
        StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
    }

    #[tokio::test]
    async fn pieces_are_put_together_and_one_is_not_copied() {
        assert_eq!(Body::boxed(pieces(&["ab", "", "c", "def"])).read().await.unwrap(), "abcdef");
        assert_eq!(Body::boxed(pieces(&[])).read().await.unwrap(), "");
        let whole = Bytes::from(vec![b'x'; 100]);
        let read = Body::from(whole.clone()).read().await.unwrap();
        assert_eq!(read.as_ptr(), whole.as_ptr());
    }

    #[tokio::test]
    async fn what_came_by_no_listener_has_the_limit_that_it_is_given() {
        for (limit, fits) in [(4, true), (3, false)] {
            let mut body = Body::boxed(pieces(&["ab", "cd"]));
            // Nobody can tell beforehand.
            assert!(body.limit(limit) && body.limit(100));
            assert!(Body::from("abcd").limit(limit) == fits);
            let read = Body::boxed(axum::body::Body::from(body)).read().await;
            assert_eq!(matches!(read, Err(BodyError::TooLarge)), !fits, "{read:?}");
        }
    }

    #[tokio::test]
    async fn through_axum_and_back() {
        for body in [Body::from("x"), Body::boxed(pieces(&["x"]))] {
            let there = axum::body::Body::from(body);
            assert_eq!(Body::from(there).read().await.unwrap(), "x");
        }
        assert!(Body::from(axum::body::Body::empty()).is_end_stream());
    }
}
