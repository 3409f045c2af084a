//! From a connection to the body of a request: one frame at a time, when it is asked for.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;

use super::BodyError;

/// What both ends see. It holds one frame.
#[derive(Default)]
struct Shared {
    frame: Option<Result<Frame<Bytes>, BodyError>>,
    is_wanted: bool,
    is_at_end: bool,
    is_dropped: bool,
    /// Who waits for a frame.
    reader: Option<Waker>,
    /// Who waits until one is wanted.
    source: Option<Waker>,
}

/// The connection's end.
pub(crate) struct Source(Arc<Mutex<Shared>>);

/// The end that is the body of a request.
pub(crate) struct Drawn {
    shared: Arc<Mutex<Shared>>,
    /// Octets that are to come, if that is known.
    left: Option<u64>,
}

/// Whether a frame is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// One is.
    Wanted,
    /// Not now.
    Idle,
    /// None will be: nobody has the body any more.
    Gone,
}

/// Both ends of a body of so many octets, if that is known.
pub(crate) fn pipe(length: Option<u64>) -> (Source, Drawn) {
    let shared = Arc::new(Mutex::new(Shared::default()));
    (Source(Arc::clone(&shared)), Drawn { shared, left: length })
}

impl Source {
    /// Whether a frame is wanted; the task is woken when that changes.
    pub(crate) fn demand(&self, cx: &Context<'_>) -> Demand {
        let mut shared = self.0.lock();
        if shared.is_dropped {
            return Demand::Gone;
        }
        match &mut shared.source {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        if shared.is_wanted { Demand::Wanted } else { Demand::Idle }
    }

    /// Whether nobody has the body any more.
    pub(crate) fn is_given_up(&self) -> bool {
        self.0.lock().is_dropped
    }

    /// Gives what was wanted. A reader in the task whose context this is is not woken: the task polls it next.
    pub(crate) fn give(&self, frame: Result<Frame<Bytes>, BodyError>, cx: &Context<'_>) {
        self.change(Some(cx), |shared| shared.frame = Some(frame));
    }

    /// There is nothing more, behind trailers if there are any.
    pub(crate) fn end(&self, trailers: Option<Frame<Bytes>>, cx: &Context<'_>) {
        self.change(Some(cx), |shared| {
            // The last piece may still wait to be taken.
            shared.frame = trailers.map(Ok).or_else(|| shared.frame.take());
            shared.is_at_end = true;
        });
    }

    fn change(&self, cx: Option<&Context<'_>>, change: impl FnOnce(&mut Shared)) {
        let mut shared = self.0.lock();
        change(&mut shared);
        shared.is_wanted = false;
        let reader = shared.reader.take();
        drop(shared);
        if let Some(reader) = reader
            && !cx.is_some_and(|cx| reader.will_wake(cx.waker()))
        {
            reader.wake();
        }
    }
}

impl Drop for Source {
    /// Whoever still reads learns that nothing comes.
    fn drop(&mut self) {
        self.change(None, |shared| {
            if !shared.is_at_end && shared.frame.is_none() {
                let gone = io::Error::from(io::ErrorKind::ConnectionAborted);
                shared.frame = Some(Err(BodyError::Broken(gone.into())));
            }
            shared.is_at_end = true;
        });
    }
}

impl Body for Drawn {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let mut shared = this.shared.lock();
        if let Some(frame) = shared.frame.take() {
            let length = frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
            this.left = this.left.map(|left| left.saturating_sub(length as u64));
            return Poll::Ready(Some(frame));
        }
        if shared.is_at_end {
            return Poll::Ready(None);
        }
        match &mut shared.reader {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        shared.is_wanted = true;
        let source = shared.source.take();
        drop(shared);
        // The connection's own task looks at it next.
        if let Some(source) = source.filter(|source| !source.will_wake(cx.waker())) {
            source.wake();
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        if self.left == Some(0) {
            return true;
        }
        let shared = self.shared.lock();
        shared.is_at_end && shared.frame.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        shared.is_dropped = true;
        shared.frame = None;
        let source = shared.source.take();
        drop(shared);
        if let Some(source) = source {
            source.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::ready;

    use http_body_util::BodyExt;

    use super::*;

    /// Gives these when they are wanted, then the end.
    async fn give(source: Source, frames: &[&'static str]) {
        for frame in frames {
            std::future::poll_fn(|cx| match source.demand(cx) {
                Demand::Wanted => {
                    source.give(Ok(Frame::data(Bytes::from_static(frame.as_bytes()))), cx);
                    Poll::Ready(())
                }
                Demand::Idle => Poll::Pending,
                Demand::Gone => panic!("it is read to its end"),
            })
            .await;
        }
        std::future::poll_fn(|cx| {
            source.end(None, cx);
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn frames_come_one_by_one_and_the_end_is_known() {
        let (source, drawn) = pipe(Some(5));
        assert_eq!(drawn.size_hint().exact(), Some(5));
        // In a task of its own: one that has both ends looks at each itself, and is not woken.
        let reading = tokio::spawn(drawn.collect());
        give(source, &["ab", "cde"]).await;
        assert_eq!(reading.await.unwrap().unwrap().to_bytes(), "abcde");
    }

    #[tokio::test]
    async fn a_connection_that_ends_is_an_error() {
        let (source, drawn) = pipe(None);
        drop(source);
        assert!(matches!(drawn.collect().await, Err(BodyError::Broken(_))));
    }

    #[tokio::test]
    async fn a_source_learns_that_nobody_reads() {
        let (source, drawn) = pipe(None);
        let waiting = std::future::poll_fn(|cx| {
            let demand = ready!(match source.demand(cx) {
                Demand::Idle => Poll::Pending,
                demand => Poll::Ready(demand),
            });
            Poll::Ready(demand)
        });
        let (demand, ()) = tokio::join!(waiting, async { drop(drawn) });
        assert_eq!(demand, Demand::Gone);
    }
}
