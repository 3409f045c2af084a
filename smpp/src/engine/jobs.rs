//! Handlers that were not ready at once, and the memory that ready ones run in.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::stream::{FuturesUnordered, Stream};
use tokio::time::Instant;

use crate::protocol::CommandId;

/// A place for one future. Kept and used again, so that a handler that is ready at its first poll costs no allocation.
type Place<F> = Pin<Box<Option<F>>>;

/// What a job is the answer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owed {
    pub(super) sequence: u32,
    pub(super) command: CommandId,
    /// The beginning of the turn in which it was asked for.
    pub(super) since: Instant,
}

/// A handler panicked. What it shares with others is its own to keep whole; here there is nothing that it could leave half
/// done, so the session goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panicked;

/// What became of a handler.
pub(super) type Finished<T> = Result<T, Panicked>;

/// A handler that is waiting.
struct Job<F> {
    place: Option<Place<F>>,
    owed: Owed,
}

impl<F: Future> Future for Job<F> {
    type Output = (Owed, Finished<F::Output>, Option<Place<F>>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let owed = self.owed;
        let Some(place) = self.place.as_mut() else { return Poll::Pending };
        let Some(future) = place.as_mut().as_pin_mut() else { return Poll::Pending };
        let polled = catch_unwind(AssertUnwindSafe(|| future.poll(cx)));
        let finished = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(_) => Err(Panicked),
        };
        place.set(None);
        Poll::Ready((owed, finished, self.place.take()))
    }
}

/// The handlers of a session that run: at most one at a time inline, up to a bound parked.
pub(super) struct Jobs<F> {
    parked: FuturesUnordered<Job<F>>,
    spare: Option<Place<F>>,
    max: usize,
}

impl<F> std::fmt::Debug for Jobs<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").field("parked", &self.parked.len()).field("max", &self.max).finish()
    }
}

impl<F: Future> Jobs<F> {
    pub(super) fn new(max: usize) -> Self {
        Self { parked: FuturesUnordered::new(), spare: None, max: max.max(1) }
    }

    pub(super) fn is_full(&self) -> bool {
        self.parked.len() >= self.max
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parked.is_empty()
    }

    /// Calls a handler and polls it for the first time; parks it if it is not ready.
    ///
    /// # Panics
    ///
    /// If the handler does; then [`abandon`](Self::abandon) what is left of it.
    #[inline(always)]
    pub(super) fn start(
        &mut self,
        owed: Owed,
        handler: impl FnOnce() -> F,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let place = self.spare.get_or_insert_with(|| Box::pin(None));
        place.set(Some(handler()));
        let polled = match place.as_mut().as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        };
        match polled {
            Poll::Ready(_) => place.set(None),
            Poll::Pending => self.parked.push(Job { place: self.spare.take(), owed }),
        }
        polled
    }

    /// Drops the handler that [`start`](Self::start) was in when it panicked.
    pub(super) fn abandon(&mut self) {
        self.spare = None;
    }

    /// The next parked handler that has finished.
    pub(super) fn poll_finished(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<(Owed, Finished<F::Output>)> {
        if self.parked.is_empty() {
            return Poll::Pending;
        }
        match Pin::new(&mut self.parked).poll_next(cx) {
            Poll::Ready(Some((owed, output, place))) => {
                self.spare = self.spare.take().or(place);
                Poll::Ready((owed, output))
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Gives the spare memory back.
    pub(super) fn shrink(&mut self) {
        self.spare = None;
    }
}
