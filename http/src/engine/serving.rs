//! One request of a connection, from its head to the head of its response.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::StatusCode;
use tokio::time::{Instant, Sleep};

use super::{connection::Session, outgoing::Outgoing};
use crate::{Response, reply::late};

pin_project_lite::pin_project! {
    /// A handler at work, and the time that it may take.
    pub(super) struct Serving<F> {
        #[pin]
        call: F,
        session: Ending,
        is_connect: bool,
        is_pending: bool,
        // Only where several requests share a connection: HTTP/2.
        timer: Option<Pin<Box<Sleep>>>,
    }
}

/// Counts the request out, however it ends.
struct Ending(Arc<Session>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.pace.end();
    }
}

impl<F> Serving<F> {
    #[inline(always)]
    pub(super) fn new(call: F, session: Arc<Session>, is_connect: bool) -> Self {
        Self { call, session: Ending(session), is_connect, is_pending: false, timer: None }
    }
}

impl<F: Future<Output = Response>> Future for Serving<F> {
    type Output = Response;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let session = &this.session.0;
        if let Poll::Ready(response) = this.call.poll(cx) {
            if is_upgrade(response.status(), *this.is_connect && !session.is_h2) {
                session.pace.upgrade();
            }
            return Poll::Ready(Outgoing::watch(response, session));
        }
        if !*this.is_pending {
            *this.is_pending = true;
            if session.is_h2 {
                *this.timer = Some(Box::pin(tokio::time::sleep(session.plan.limits.request)));
            } else {
                session.pace.pending(Instant::now() - session.opened);
            }
        }
        let expired = match this.timer {
            Some(timer) => timer.as_mut().poll(cx).is_ready(),
            None => session.pace.is_expired(),
        };
        match expired {
            true => Poll::Ready(timed_out()),
            false => Poll::Pending,
        }
    }
}

/// Whether what follows the answer is no HTTP (RFC 9110 §9.3.6, §15.2.2).
#[inline]
fn is_upgrade(status: StatusCode, is_connect: bool) -> bool {
    status == StatusCode::SWITCHING_PROTOCOLS || is_connect && status.is_success()
}

#[cold]
fn timed_out() -> Response {
    metrics::counter!("wirepath_http_timeouts_total").increment(1);
    late()
}
