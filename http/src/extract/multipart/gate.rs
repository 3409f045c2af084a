//! What stands between a body and the parser of forms, which takes all that there is to have, into memory.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;

use super::Multipart;
use crate::Body;

/// Lets one piece through at a time, when the parser cannot go on with what it has.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// The parser is to try with what it has.
    closed: AtomicBool,
    /// What it may have before a head, or a boundary, is complete.
    head_left: AtomicUsize,
    /// It has been told once that there is no more: it does not always look at the last piece before it asks again.
    is_told: AtomicBool,
    /// It was told that there is nothing, and can be asked again at once.
    again: AtomicBool,
}

/// A head without an end.
#[derive(Debug, thiserror::Error)]
#[error("the head of a part is too long")]
pub(super) struct HeadTooLong;

impl Gate {
    pub(super) fn before(body: Body) -> (Arc<Self>, Pieces) {
        let gate = Arc::new(Self::default());
        (Arc::clone(&gate), Pieces { body, gate })
    }

    /// A head is to be read.
    pub(super) fn head(&self) {
        self.closed.store(true, Relaxed);
        self.head_left.store(Multipart::MAX_HEAD, Relaxed);
        self.is_told.store(false, Relaxed);
    }

    /// What a part holds is to be read: its length is for others to limit.
    pub(super) fn data(&self) {
        self.closed.store(true, Relaxed);
        self.head_left.store(usize::MAX, Relaxed);
    }

    /// Has the parser go on, as often as it is this gate alone that it waits for.
    pub(super) async fn pass<F: Future>(&self, parse: F) -> F::Output {
        let mut parse = pin!(parse);
        poll_fn(|cx| {
            loop {
                let polled = parse.as_mut().poll(cx);
                if polled.is_ready() || !self.again.swap(false, Relaxed) {
                    return polled;
                }
            }
        })
        .await
    }

    fn nothing_yet<T>(&self) -> Poll<T> {
        self.again.store(true, Relaxed);
        Poll::Pending
    }
}

/// A body behind a [`Gate`].
pub(super) struct Pieces {
    body: Body,
    gate: Arc<Gate>,
}

impl Stream for Pieces {
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The parser asks until there is nothing, then looks at what it has, and asks again if that is not enough.
        if self.gate.closed.swap(false, Relaxed) {
            return self.gate.nothing_yet();
        }
        let left = self.gate.head_left.load(Relaxed);
        if left == 0 {
            if !self.gate.is_told.swap(true, Relaxed) {
                return self.gate.nothing_yet();
            }
            return Poll::Ready(Some(Err(HeadTooLong.into())));
        }
        loop {
            let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
            let piece = match frame {
                Some(Ok(frame)) => frame.into_data(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            };
            // Trailers say nothing about a form.
            let Ok(piece) = piece else { continue };
            self.gate.head_left.store(left.saturating_sub(piece.len()), Relaxed);
            self.gate.closed.store(true, Relaxed);
            return Poll::Ready(Some(Ok(piece)));
        }
    }
}
