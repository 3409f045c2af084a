//! What ends with the drain.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    task::{Context, Poll, Waker},
};

/// A future that waits for the drain, and whoever it wakes.
///
/// To poll it takes a lock that all connections share. So until the drain it is polled once for each waker, not with each
/// frame. One task at a time can wait for it: the last one that asked.
pub(super) struct AtDrain {
    due: Pin<Box<dyn Future<Output = ()> + Send>>,
    waker: Option<Waker>,
}

impl AtDrain {
    pub(super) fn new(due: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { due: Box::pin(due), waker: None }
    }

    /// Ready when it is due, and not to be polled again then. `draining` is set before the drain's signal is.
    pub(super) fn poll(&mut self, draining: &AtomicBool, cx: &mut Context<'_>) -> Poll<()> {
        let is_known = self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if is_known && !draining.load(Relaxed) {
            return Poll::Pending;
        }
        if !is_known {
            self.waker = Some(cx.waker().clone());
        }
        self.due.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::{Arc, atomic::AtomicUsize},
        task::Wake,
    };

    use super::*;

    struct Woken;

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {}
    }

    #[test]
    fn polled_once_for_each_waker_until_the_drain() {
        let polls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&polls);
        let mut end = AtDrain::new(poll_fn(move |_| match counter.fetch_add(1, Relaxed) {
            0..3 => Poll::Pending,
            _ => Poll::Ready(()),
        }));
        let draining = AtomicBool::new(false);
        let (one, other) = (Waker::from(Arc::new(Woken)), Waker::from(Arc::new(Woken)));
        for (waker, is_draining, expected) in [
            (&one, false, 1),
            (&one, false, 1),
            (&other, false, 2),
            (&other, false, 2),
            (&other, true, 3),
        ] {
            draining.store(is_draining, Relaxed);
            let polled = end.poll(&draining, &mut Context::from_waker(waker));
            assert_eq!((polled, polls.load(Relaxed)), (Poll::Pending, expected));
        }
        assert!(end.poll(&draining, &mut Context::from_waker(&other)).is_ready());
    }
}
