//! The answer to a request, on its way.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use http::StatusCode;

use crate::{Arrived, Leaving, Refusal, Response, middleware::Answering, reply::internal};

pin_project_lite::pin_project! {
    /// The call of a handler, or the answer where none had to be called.
    ///
    /// A panic in a handler is a 500 and a log line.
    #[project = Now]
    pub(super) enum Answer<C> {
        Called {
            #[pin]
            call: C,
        },
        Given {
            leaving: Leaving,
        },
        /// Through middleware.
        Wrapped {
            call: Answering,
        },
    }
}

impl<C: Future<Output = Leaving>> Future for Answer<C> {
    type Output = Leaving;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Leaving> {
        let polled = match self.project() {
            // Nothing of ours is seen half done: the future is dropped, unpolled.
            Now::Called { call } => catch_unwind(AssertUnwindSafe(|| call.poll(cx))),
            Now::Wrapped { call } => {
                let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx)));
                polled.map(|polled| polled.map(Leaving::from))
            }
            // It is polled once: it is there then.
            Now::Given { leaving } => return Poll::Ready(std::mem::take(leaving)),
        };
        polled.unwrap_or_else(|panic| Poll::Ready(after_panic(&*panic)))
    }
}

/// The arguments' part of a handler's call: extractors may panic as well.
#[inline(always)]
pub(super) fn caught<T>(accept: impl FnOnce() -> Result<T, Leaving>) -> Result<T, Leaving> {
    let mut accepted = None;
    // What is large stays where it is put.
    let done = catch_unwind(AssertUnwindSafe(|| accepted = Some(accept())));
    match (done, accepted) {
        (Ok(()), Some(accepted)) => accepted,
        (Ok(()), None) => Err(internal().into()),
        (Err(panic), _) => Err(after_panic(&*panic)),
    }
}

#[cold]
fn after_panic(panic: &(dyn Any + Send)) -> Leaving {
    panicked(panic);
    internal().into()
}

/// Says what a panic of user code says.
#[cold]
pub(crate) fn panicked(panic: &(dyn Any + Send)) {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(
        panic = text.unwrap_or("of no text"),
        "a handler panicked; answered 500, or the stream that was its answer has ended"
    );
    metrics::counter!("wirepath_http_handler_panics_total").increment(1);
}

/// No route has this path.
#[cold]
pub(super) fn not_found(arrived: &Arrived) -> Response {
    nothing_there().respond_to(arrived.headers())
}

/// 404.
#[cold]
pub(super) fn nothing_there() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "there is nothing at this path")
}
