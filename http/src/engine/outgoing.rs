//! The body of a response that takes long to send.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::{at_drain::AtDrain, connection::Session};
use crate::{Body, BodyError, Response, reply::is_endless};

/// A body, and what its connection's timer has to know of it: while it is on its way the connection is not idle, and one
/// whose client reads nothing is: so it is passed on in pieces, for the next one is asked for only when there is room. One
/// without an end of its own ends when the server drains.
pub(super) struct Outgoing {
    body: Body,
    session: Arc<Session>,
    /// It gave something, and nobody has asked for more since.
    gave: bool,
    /// What it gave and that was not passed on yet.
    rest: Bytes,
    drain: Option<AtDrain>,
}

impl Outgoing {
    /// Watches the body of a response, if it takes long.
    #[inline(always)]
    pub(super) fn watch(response: &mut Response, session: &Arc<Session>) {
        if response.body().is_lasting() {
            let is_endless = is_endless(response);
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = Self::boxed(body, is_endless, session);
        }
    }

    fn gave(&mut self) {
        self.gave = true;
        self.session.pace.gave();
    }

    fn piece(&mut self) -> Frame<Bytes> {
        self.gave();
        Frame::data(self.rest.split_to(PIECE.min(self.rest.len())))
    }

    fn boxed(body: Body, is_endless: bool, session: &Arc<Session>) -> Body {
        session.pace.lasts();
        // Its head is to be taken first.
        session.pace.gave();
        let drain = is_endless.then(|| {
            let drain = session.connected.drain.clone();
            AtDrain::new(async move { drain.begun().await })
        });
        Body::boxed(Self {
            body,
            session: Arc::clone(session),
            gave: true,
            rest: Bytes::new(),
            drain,
        })
    }
}

/// Octets of a piece.
const PIECE: usize = 64 << 10;

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        this.session.pace.asked(std::mem::take(&mut this.gave));
        if !this.rest.is_empty() {
            return Poll::Ready(Some(Ok(this.piece())));
        }
        let draining = &this.session.plan.draining;
        if this.drain.as_mut().is_some_and(|drain| drain.poll(draining, cx).is_ready()) {
            this.drain = None;
            this.body = Body::empty();
        }
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        let Poll::Ready(Some(Ok(frame))) = polled else { return polled };
        let frame = match frame.into_data() {
            Ok(data) => {
                this.rest = data;
                this.piece()
            }
            Err(trailers) => {
                this.gave();
                trailers
            }
        };
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        // The upper one first: it may not be below the other.
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.session.pace.asked(std::mem::take(&mut self.gave));
        self.session.pace.sent();
    }
}
