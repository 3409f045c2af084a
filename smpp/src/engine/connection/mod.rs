//! The task of one session: moves octets between the socket and the protocol, polls the handlers, keeps the deadlines.

mod bound;
mod deadlines;
mod ending;
mod frames;
mod outbind;
mod transfer;

use std::{
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep},
};
use tokio_util::io::poll_read_buf;
use tower_service::Service;
use wirepath_runtime::rate::TokenBucket;

use self::ending::Ending;
use super::{
    admission::{Admission, Admitted, Decision, Terms},
    buffers::{Input, Output},
    held::Held,
    jobs::{Finished, Jobs, Owed, Panicked},
    kept::Kept,
    link::{BoundAs, Link, Order, Outgoing, Waiting},
    meters::Meters,
    outbind::Call,
};
use crate::{
    config::ThrottleAction,
    handle::{SendError, Session},
    handler::{
        Event, HandlerService, Request, Response, UnbindCause, call_when_ready, layer_failed,
    },
    protocol::{
        CommandId, DecodeError, Due, Frame, FrameError, Header, Phase, Rules, SessionState, Status,
        Timers, Verdict,
        pdu::{
            BindRequest, EnquireLink, Outbind, Pdu, RequestPdu, Response as _, ResponsePdu, Unbind,
        },
    },
};

/// PDUs that one session may take before it lets other tasks run.
const TURN: usize = 512;

/// The longest PDU that is taken from a peer that is not bound, in octets: a bind is some hundred, and strangers should not
/// make us hold more.
const MAX_UNBOUND_PDU: usize = 1_024;

/// The bounds of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_pdu_bytes: usize,
    pub(super) max_in_flight: usize,
    pub(super) high_water: usize,
}

/// How a connection comes to be bound.
pub(super) enum Opening<IO> {
    /// The peer binds, or calls, and this decides.
    Listen(Arc<Admission>, Option<Callable<IO>>),
    /// This side has bound already: the exchange was done before the task began.
    Bound(Admitted),
}

/// A connection that an SMSC may have made to call, which one in process is not.
pub(super) struct Callable<IO> {
    /// Its place among the listener's connections.
    pub(super) place: OwnedSemaphorePermit,
    /// Makes the call of it.
    pub(super) call: fn(IO, OwnedSemaphorePermit, BytesMut, SocketAddr, Instant) -> Call,
}

/// What a handler came to, the layers around it included.
type Outcome<X> = Finished<Result<Response, <X as Service<Request>>::Error>>;

/// What a peer that is not bound has asked for, decided.
enum Decided {
    Bind(Decision),
    /// The binds that it may be for, none if it was refused.
    Outbind(Vec<Arc<Kept>>),
}

type Deciding = Pin<Box<dyn Future<Output = Decided> + Send>>;

/// Why no further frame is looked at for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// No whole frame is there.
    Input,
    /// The peer has to take output first, a handler has to finish, or a bind has to be decided.
    Blocked,
    /// The rate is used up.
    Paced,
    /// Other sessions have their turn.
    Turn,
}

/// The half of a session that is its task's alone.
pub(super) struct Connection<IO, X: HandlerService> {
    io: IO,
    link: Arc<Link>,
    session: Session,
    state: SessionState,
    service: X,
    jobs: Jobs<X::Future>,
    /// The request whose handler is being called just now.
    called: Option<Owed>,
    input: Input,
    held: Held,
    output: Output,
    /// Something was written that TLS may still hold.
    is_unflushed: bool,
    limits: Limits,
    /// The longest PDU that is taken now.
    max_pdu: usize,
    rules: Rules,
    is_old: bool,
    rate: Option<TokenBucket>,
    throttle: ThrottleAction,
    admission: Option<Arc<Admission>>,
    callable: Option<Callable<IO>>,
    /// The binds, one of which gets the connection once the output is written: its SMSC has called.
    callees: Vec<Arc<Kept>>,
    deciding: Option<(Owed, Deciding)>,
    /// `#[on_session("bound")]`, running beside the traffic.
    announcing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    admitted: Option<Admitted>,
    /// The peer's `unbind`, to be answered when what it asked before is.
    unbind: Option<u32>,
    wants_unbind: bool,
    /// Our `unbind` has been answered.
    is_unbound: bool,
    /// The peer will say nothing more, though it may still listen: it has closed its side. The session is off the books.
    is_deserted: bool,
    /// When our `unbind` is to go out, or a deserted session to end, at the latest: half of a drain is over then.
    end_by: Option<Instant>,
    /// Until when the end waits for what is in hand.
    finish_by: Option<Instant>,
    /// It has waited, and no handler has begun to wait since.
    is_impatient: bool,
    /// The peer only keeps the session alive.
    is_resting: bool,
    /// Output was above its high-water mark when the handles' queue was last looked at.
    has_uncollected: bool,
    /// The last flush that was asked for before what is in the output.
    flush: u64,
    /// A flush that somebody waits for, and the octets that are before it in the output.
    flushing: Option<(u64, usize)>,
    /// Set once nothing more is to be read; what is in the output still goes out.
    closing: Option<UnbindCause>,
    paced: Option<Instant>,
    /// The frame at the front has been counted against the rate; it waits for something else.
    is_metered: bool,
    window_due: Option<std::time::Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    armed: Option<Instant>,
    response_timer: Duration,
    now: Instant,
    meters: Meters,
}

impl<IO: AsyncRead + AsyncWrite + Unpin, X: HandlerService> Connection<IO, X> {
    pub(super) fn new(
        io: IO,
        link: Arc<Link>,
        service: X,
        timers: Timers,
        limits: Limits,
        opening: Opening<IO>,
        leftover: BytesMut,
    ) -> Self {
        let now = Instant::now();
        let state = SessionState::new(link.role, timers, link.opened.into_std());
        let mut this = Self {
            io,
            session: Session::new(Arc::clone(&link)),
            state,
            service,
            jobs: Jobs::new(limits.max_in_flight),
            called: None,
            input: Input::new(leftover),
            held: Held::default(),
            output: Output::default(),
            is_unflushed: false,
            limits,
            max_pdu: limits.max_pdu_bytes.min(MAX_UNBOUND_PDU),
            rules: Rules::Strict,
            is_old: false,
            rate: None,
            throttle: ThrottleAction::Pace,
            admission: None,
            callable: None,
            callees: Vec::new(),
            deciding: None,
            announcing: None,
            admitted: None,
            unbind: None,
            wants_unbind: false,
            is_unbound: false,
            is_deserted: false,
            end_by: None,
            finish_by: None,
            is_impatient: false,
            is_resting: false,
            has_uncollected: false,
            flush: 0,
            flushing: None,
            closing: None,
            paced: None,
            is_metered: false,
            window_due: None,
            timer: None,
            armed: None,
            response_timer: timers.response.unwrap_or(Duration::from_secs(30)),
            now,
            meters: Meters::new(link.role),
            link,
        };
        match opening {
            Opening::Listen(admission, callable) => {
                this.rules = admission.default_rules();
                this.admission = Some(admission);
                this.callable = callable;
            }
            Opening::Bound(admitted) => {
                if let Some(bound) = this.link.bound.get() {
                    this.state.bind_sent(bound.kind);
                    this.state.bind_decided(true);
                }
                this.admit(admitted);
            }
        }
        this
    }

    /// Runs the session to its end, and what its handlers have begun to theirs.
    ///
    /// In a box, and with its end in another that is made when it comes: a future holds each thing that is moved through it
    /// once more, and room for its latest part from its beginning, which with ten thousand idle sessions is what memory goes to.
    pub(super) async fn run(mut self: Box<Self>) -> UnbindCause {
        let ending = Ending(Arc::clone(&self.link));
        if self.link.bound.get().is_some() {
            // This side has bound: the exchange was done before the task began.
            poll_fn(|cx| {
                self.announce(cx);
                Poll::Ready(())
            })
            .await;
        }
        let cause = poll_fn(|cx| self.poll(cx)).await;
        self.link.end(cause);
        drop(ending);
        // Not if a timer ended it meanwhile: then half of an answer may have been written.
        if !self.callees.is_empty() && self.state.phase() != Phase::Closed {
            self.hand_over();
            return cause;
        }
        Box::pin(self.finish(cause)).await;
        cause
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<UnbindCause> {
        self.link.task.register(cx.waker());
        self.now = Instant::now();
        loop {
            if self.link.take_dirty()
                || self.has_uncollected && self.output.len() < self.limits.high_water
            {
                self.collect();
            }
            self.poll_handlers(cx);
            let pause = self.serve(cx);
            self.meters.flush(&self.link.counters);
            self.end_if_done();
            match self.poll_flush(cx) {
                Poll::Ready(Err(_)) => {
                    return Poll::Ready(self.closing.unwrap_or(UnbindCause::Disconnected));
                }
                Poll::Ready(Ok(true))
                    if self.has_uncollected || pause == Pause::Blocked && !self.is_blocked() =>
                {
                    continue;
                }
                Poll::Ready(Ok(_)) | Poll::Pending => {}
            }
            if let (Some(cause), true) =
                (self.closing, self.output.is_empty() && !self.is_unflushed)
            {
                return Poll::Ready(cause);
            }
            self.rest();
            match pause {
                // A session that never runs dry has timers all the same.
                Pause::Turn => cx.waker().wake_by_ref(),
                _ if self.wants_input(pause) => match self.poll_read(cx) {
                    Poll::Ready(Ok(())) => continue,
                    Poll::Ready(Err(_)) => return Poll::Ready(UnbindCause::Disconnected),
                    Poll::Pending => {}
                },
                Pause::Input | Pause::Blocked | Pause::Paced => {}
            }
            if self.poll_timer(cx).is_pending() {
                break;
            }
            if let (Some(cause), Phase::Closed) = (self.closing, self.state.phase()) {
                // A timer has ended it, and none is left: nothing may hold it open now.
                return Poll::Ready(cause);
            }
        }
        Poll::Pending
    }

    fn close(&mut self, cause: UnbindCause) {
        self.closing.get_or_insert(cause);
    }

    /// Takes the answers of handlers that were parked, and a bind that has been decided.
    fn poll_handlers(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready((owed, outcome)) = self.jobs.poll_finished(cx) {
            self.meters.waited(owed.command, self.now - owed.since);
            self.answer(owed, outcome);
        }
        self.poll_deciding(cx);
        if let Some(announcing) = &mut self.announcing
            && announcing.as_mut().poll(cx).is_ready()
        {
            self.announcing = None;
        }
    }

    /// Nothing is looked at.
    fn is_blocked(&self) -> bool {
        self.output.len() >= self.limits.high_water
            || self.deciding.is_some()
            || self.closing.is_some()
    }

    /// No request is begun on; answers are still taken, for handlers may be waiting for one.
    fn is_busy(&self) -> bool {
        // A session that is to unbind finishes what it has first. Were more let in, a busy one would never be done.
        self.jobs.is_full() || self.unbind.is_some() || self.wants_unbind
    }
}
