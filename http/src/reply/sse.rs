//! Streams of events.

use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::response::IntoResponse;
use bytes::Bytes;
use futures_core::Stream;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep};

use super::{Endless, Event, Reply};
use crate::{Body, BoxError, Response, router::panicked};

/// A reply of server-sent events: `text/event-stream`. What a function under [`#[sse]`](macro@crate::sse) returns is made one.
///
/// The stream is polled as the client reads, never ahead of it: memory does not grow with a client that is slow. One that
/// reads nothing for the listener's `idle_timeout_ms` is closed. The time that a request may take does not count; with the
/// server's drain the stream ends, and the client comes back, to another one, with what [`LastEventId`](crate::LastEventId)
/// gives there.
///
/// ```
/// use std::time::Duration;
/// use wirepath_http::{Event, Sse, get, routes, testing::Client};
///
/// #[get("/count")]
/// async fn count() -> Sse<impl futures_util::Stream<Item = Event>> {
///     let events = futures_util::stream::iter(1..=3).map(|it| Event::data(it.to_string()).id(it));
///     Sse::new(events).keep_alive(Duration::from_secs(5))
/// }
/// # use futures_util::StreamExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let answer = Client::new(routes![count], ()).get("/count").send().await;
/// assert_eq!(answer.header("content-type"), "text/event-stream");
/// assert!(answer.text().ends_with("id: 3\ndata: 3\n\n"));
/// # }
/// ```
#[must_use]
pub struct Sse<S> {
    events: S,
    keep_alive: Option<Duration>,
}

/// What a stream of events gives: an [`Event`], or a `Result` of it. An error ends the stream, with a line in the log.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "a stream gives `Event`s, or `Result<Event, E>`s whose errors end it"
)]
pub trait IntoEvent {
    /// The event.
    ///
    /// # Errors
    ///
    /// Why there are no more.
    fn into_event(self) -> Result<Event, BoxError>;
}

impl IntoEvent for Event {
    fn into_event(self) -> Result<Event, BoxError> {
        Ok(self)
    }
}

impl<E: Into<BoxError>> IntoEvent for Result<Event, E> {
    fn into_event(self) -> Result<Event, BoxError> {
        self.map_err(Into::into)
    }
}

impl<S> Sse<S>
where
    S: Stream<Item: IntoEvent> + Send + 'static,
{
    /// The time without an event after which a comment is sent, if [`keep_alive`](Self::keep_alive) does not say otherwise.
    pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

    /// With these events.
    pub fn new(events: S) -> Self {
        Self { events, keep_alive: Some(Self::KEEP_ALIVE) }
    }

    /// The time without an event after which a comment is sent, so that proxies do not take the connection for dead, and that
    /// a client which is gone is found out; `None` for never. Default: 15 seconds.
    pub fn keep_alive(mut self, every: impl Into<Option<Duration>>) -> Self {
        self.keep_alive = every.into();
        self
    }
}

impl<S> fmt::Debug for Sse<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sse").field("keep_alive", &self.keep_alive).finish_non_exhaustive()
    }
}

impl<S> Reply for Sse<S>
where
    S: Stream<Item: IntoEvent> + Send + 'static,
{
    fn reply(self) -> Response {
        const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");

        let timer = self.keep_alive.map(|every| Timer { every, sleep: Box::pin(sleep(every)) });
        let events = Events { events: Some(self.events), timer };
        let mut response = Endless(Body::boxed(Box::pin(events))).reply();
        response.headers_mut().insert(CONTENT_TYPE, EVENTS);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

impl<S> IntoResponse for Sse<S>
where
    S: Stream<Item: IntoEvent> + Send + 'static,
{
    fn into_response(self) -> axum::response::Response {
        self.reply().map(Into::into)
    }
}

pin_project_lite::pin_project! {
    /// The events as a body.
    struct Events<S> {
        // None at the end.
        #[pin]
        events: Option<S>,
        timer: Option<Timer>,
    }
}

/// When a comment is due.
struct Timer {
    every: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl Timer {
    fn restart(&mut self) {
        // A time beyond all times is never.
        if let Some(at) = Instant::now().checked_add(self.every) {
            self.sleep.as_mut().reset(at);
        }
    }
}

/// What keeps a connection alive: a comment without a text.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

impl<S: Stream<Item: IntoEvent>> http_body::Body for Events<S> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let Some(events) = this.events.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        // A panic here would take the whole connection along.
        let polled = catch_unwind(AssertUnwindSafe(|| {
            events.poll_next(cx).map(|event| event.map(IntoEvent::into_event))
        }));
        let octets = match polled {
            Ok(Poll::Ready(Some(Ok(event)))) => event.write(),
            Ok(Poll::Ready(Some(Err(error)))) => {
                tracing::warn!(%error, "a stream of events failed; it ends here");
                this.events.set(None);
                return Poll::Ready(None);
            }
            Ok(Poll::Ready(None)) => {
                this.events.set(None);
                return Poll::Ready(None);
            }
            Err(panic) => {
                panicked(&*panic);
                this.events.set(None);
                return Poll::Ready(None);
            }
            Ok(Poll::Pending) => {
                let Some(timer) = this.timer else { return Poll::Pending };
                ready!(timer.sleep.as_mut().poll(cx));
                COMMENT
            }
        };
        if let Some(timer) = this.timer {
            timer.restart();
        }
        Poll::Ready(Some(Ok(Frame::data(octets))))
    }

    fn is_end_stream(&self) -> bool {
        self.events.is_none()
    }
}
