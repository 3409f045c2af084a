//! One request of a connection, from its head to the head of its response.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Method, StatusCode};
use tokio::time::{Instant, Sleep};

use super::{connection::Session, head, outgoing::Outgoing};
use crate::{
    Arrived, BodyError, Connected, Leaving, Refusal, Response, Serve,
    around::{Surround, Visit},
    handler::RouteLimits,
    protocol::problem::Form,
    reply::{form::within, late},
};

/// A request that is being answered: the time that it may take, and what stands around it.
///
/// The call of its handler is not in here. It is as large as the largest handler, and stays where it was made.
pub(super) struct Turn<'s> {
    session: &'s Arc<Session>,
    visit: Option<Box<Visit>>,
    /// In which its problems are written.
    form: Form,
    is_connect: bool,
    is_pending: bool,
    /// The route's own.
    limit: Option<Duration>,
    /// Where several requests share a connection, HTTP/2, and for a limit of its own: else the connection's timer does.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Drop for Turn<'_> {
    /// Counts the request out, however it ends.
    fn drop(&mut self) {
        self.session.pace.end();
    }
}

impl<'s> Turn<'s> {
    /// What is done before the handler; and the answer, where it is not to be called.
    #[inline(always)]
    pub(super) fn begin<X: Serve>(
        serve: &X,
        session: &'s Arc<Session>,
        arrived: &mut Arrived,
    ) -> (Self, Option<Box<Response>>) {
        session.pace.begin();
        let is_connect = arrived.method() == Method::CONNECT;
        let form = arrived.form();
        let mut refused = head::refusal(arrived);
        let mut visit = None;
        if let Some(around) = &session.around {
            let refusal;
            (visit, refusal) = pass(around, serve, arrived, &session.connected);
            refused = refused.or(refusal);
        }
        let RouteLimits { timeout: limit, max_body_bytes } = serve.limits(arrived);
        let fits = match max_body_bytes {
            Some(octets) => arrived.body_mut().limit(octets),
            None => !arrived.body().announces_too_much(),
        };
        if !fits && refused.is_none() {
            refused = Some(too_large(arrived));
        }
        (Self { session, visit, form, is_connect, is_pending: false, limit, timer: None }, refused)
    }

    /// Polls the handler. After its time, the answer is 504.
    #[inline(always)]
    pub(super) fn poll<F: Future<Output = Leaving>>(
        &mut self,
        call: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<Leaving> {
        let polled = within(self.form, || match &self.visit {
            None => call.poll(cx),
            Some(visit) => visit.poll(call, cx),
        });
        match polled.is_ready() {
            true => polled,
            false => self.wait(cx),
        }
    }

    /// The handler is at work: its time runs.
    #[inline(never)]
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Leaving> {
        if !self.is_pending {
            self.is_pending = true;
            let shared = self.session.is_h2.then_some(self.session.plan.limits.request);
            match self.limit.or(shared) {
                Some(limit) => self.timer = Some(Box::pin(tokio::time::sleep(limit))),
                None => self.session.pace.pending(Instant::now() - self.session.opened),
            }
        }
        let expired = match &mut self.timer {
            Some(timer) => timer.as_mut().poll(cx).is_ready(),
            None => self.session.pace.is_expired(),
        };
        if expired { Poll::Ready(within(self.form, timed_out).into()) } else { Poll::Pending }
    }

    /// What is done once there is an answer.
    #[inline(always)]
    pub(super) fn end(&mut self, leaving: &mut Leaving) {
        if is_upgrade(leaving.status(), self.is_connect && !self.session.is_h2) {
            self.session.pace.upgrade();
        }
        if self.visit.is_some() || leaving.is_lasting() {
            self.look_after(leaving);
        }
    }

    /// What is looked after on its way out, or changed.
    #[inline(never)]
    fn look_after(&mut self, leaving: &mut Leaving) {
        let mut response = std::mem::take(leaving).into_response();
        Outgoing::watch(&mut response, self.session);
        if let Some(visit) = self.visit.take() {
            response = within(self.form, || visit.end(response));
        }
        *leaving = response.into();
    }
}

/// What stands around the routes, before them.
#[inline(never)]
fn pass<X: Serve>(
    around: &Arc<Surround>,
    serve: &X,
    arrived: &mut Arrived,
    connected: &Connected,
) -> (Option<Box<Visit>>, Option<Box<Response>>) {
    let mut request = arrived.take();
    let (visit, refusal) = around.begin_at(serve, &mut request, connected);
    *arrived = request.into();
    (visit, refusal.map(Box::new))
}

/// All of it, where the request came by hyper.
pub(super) async fn answer<X: Serve>(
    serve: &X,
    session: &Arc<Session>,
    mut arrived: Arrived,
) -> Response {
    let (mut turn, refused) = Turn::begin(serve, session, &mut arrived);
    let mut leaving = match refused {
        Some(response) => {
            // Nobody is to read its body.
            drop(arrived);
            response.into()
        }
        None => {
            let mut call = pin!(serve.serve(&mut arrived, &session.connected));
            drop(arrived);
            poll_fn(|cx| turn.poll(call.as_mut(), cx)).await
        }
    };
    turn.end(&mut leaving);
    leaving.into_response()
}

/// Whether what follows the answer is no HTTP (RFC 9110 §9.3.6, §15.2.2).
#[inline]
fn is_upgrade(status: StatusCode, is_connect: bool) -> bool {
    status == StatusCode::SWITCHING_PROTOCOLS || is_connect && status.is_success()
}

#[cold]
fn too_large(arrived: &Arrived) -> Box<Response> {
    Box::new(Refusal::from(BodyError::TooLarge).respond_to(arrived.headers()))
}

#[cold]
fn timed_out() -> Response {
    metrics::counter!("wirepath_http_timeouts_total").increment(1);
    late()
}
