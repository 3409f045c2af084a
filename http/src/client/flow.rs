//! The body of an answer, on its way.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Sleep, sleep},
};

use super::{ClientError, error::Waiting};
use crate::{Body, BodyError};

/// A body that may not be silent for long, and has its request's place until it ends.
pub(super) struct Flow {
    body: Body,
    place: Option<OwnedSemaphorePermit>,
    client: Arc<str>,
    /// How long it may be silent.
    silence: Duration,
    /// Only while it is.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Flow {
    pub(super) fn new(
        body: Body,
        place: OwnedSemaphorePermit,
        client: Arc<str>,
        silence: Duration,
    ) -> Self {
        // Nothing will be read of an empty one.
        let place = (!body.is_end_stream()).then_some(place);
        Self { body, place, client, silence, timer: None }
    }

    fn end(&mut self, why: ClientError) -> Poll<Option<Result<Frame<Bytes>, ClientError>>> {
        self.body = Body::empty();
        self.place = None;
        self.timer = None;
        Poll::Ready(Some(Err(why)))
    }
}

impl http_body::Body for Flow {
    type Data = Bytes;
    type Error = ClientError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ClientError>>> {
        let this = self.get_mut();
        let client = || Arc::clone(&this.client);
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.timer = None;
                if this.body.is_end_stream() {
                    this.place = None;
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                let source = match error {
                    BodyError::Broken(source) => source,
                    other @ BodyError::TooLarge => other.into(),
                };
                let why = ClientError::Broken { client: client(), source };
                this.end(why)
            }
            Poll::Ready(None) => {
                this.place = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                let silence = this.silence;
                let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(silence)));
                ready!(timer.as_mut().poll(cx));
                let (client, waiting) = (client(), Waiting::Body);
                this.end(ClientError::TimedOut { client, waiting, after: silence })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
