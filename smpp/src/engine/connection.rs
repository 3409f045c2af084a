//! The task of one session: moves octets between the socket and the protocol, polls the handlers, keeps the deadlines.

use std::{
    future::{Future, poll_fn},
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, Sleep},
};
use tokio_util::io::poll_read_buf;
use wirepath_runtime::rate::TokenBucket;

use super::{
    admission::{Admission, Admitted, Decision, Terms, call, layer_failed},
    buffers::{Input, Output},
    jobs::{Jobs, Owed},
    link::{BoundAs, Link, Order, Outgoing, Waiting},
    meters::Meters,
};
use crate::{
    config::ThrottleAction,
    handle::{SendError, Session},
    handler::{BoxError, Event, HandlerService, Request, Response, UnbindCause},
    protocol::{
        CommandId, DecodeError, Due, Frame, FrameError, Header, Phase, Rules, SessionState, Status,
        Timers, Verdict,
        pdu::{BindRequest, EnquireLink, Pdu, RequestPdu, Response as _, ResponsePdu, Unbind},
    },
};

/// PDUs that one session may take before it lets other tasks run.
const TURN: usize = 512;

/// The bounds of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_pdu_bytes: usize,
    pub(super) max_in_flight: usize,
    pub(super) high_water: usize,
}

/// How a connection comes to be bound.
pub(super) enum Opening {
    /// The peer binds, and this decides.
    Listen(Arc<Admission>),
    /// This side has bound already: the exchange was done before the task began.
    Bound(Admitted),
}

type Deciding = Pin<Box<dyn Future<Output = Decision> + Send>>;

/// Why no further frame is looked at for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// No whole frame is there.
    Input,
    /// The peer has to take output first, a handler has to finish, or a bind has to be decided.
    Blocked,
    /// The rate is used up until then.
    Paced(Instant),
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
    input: Input,
    output: Output,
    /// Something was written that TLS may still hold.
    is_unflushed: bool,
    limits: Limits,
    rules: Rules,
    is_old: bool,
    rate: Option<TokenBucket>,
    throttle: ThrottleAction,
    admission: Option<Arc<Admission>>,
    deciding: Option<(Owed, Deciding)>,
    /// `#[on_session("bound")]`, running beside the traffic.
    announcing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    admitted: Option<Admitted>,
    /// The peer's `unbind`, to be answered when what it asked before is.
    unbind: Option<u32>,
    wants_unbind: bool,
    /// Until when an unbind waits for the handlers.
    finish_by: Option<Instant>,
    /// Output was above its high-water mark when the handles' queue was last looked at.
    has_uncollected: bool,
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
        opening: Opening,
        leftover: BytesMut,
    ) -> Self {
        let now = Instant::now();
        let state = SessionState::new(link.role, timers, now.into_std());
        let mut this = Self {
            io,
            session: Session::new(Arc::clone(&link)),
            state,
            service,
            jobs: Jobs::new(limits.max_in_flight),
            input: Input::new(leftover),
            output: Output::default(),
            is_unflushed: false,
            limits,
            rules: Rules::Strict,
            is_old: false,
            rate: None,
            throttle: ThrottleAction::Pace,
            admission: None,
            deciding: None,
            announcing: None,
            admitted: None,
            unbind: None,
            wants_unbind: false,
            finish_by: None,
            has_uncollected: false,
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
            Opening::Listen(admission) => {
                this.rules = admission.default_rules();
                this.admission = Some(admission);
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
        let cause = poll_fn(|cx| self.poll(cx)).await;
        self.link.end(cause);
        drop(ending);
        Box::pin(self.finish(cause)).await;
        cause
    }

    /// Says goodbye, and lets what the handlers have begun come to its end.
    async fn finish(self: Box<Self>, cause: UnbindCause) {
        let Self {
            io,
            jobs,
            link,
            session,
            mut service,
            admitted,
            announcing,
            response_timer,
            input,
            output,
            deciding,
            meters,
            ..
        } = *self;
        let was_bound = admitted.is_some();
        // What the handlers that are left do not need goes now: a peer that binds again finds its place free.
        drop((input, output, deciding, meters, admitted));
        part(io).await;
        tracing::info!(session = %link.id, peer = %link.peer, %cause, "session over");
        // What a handler has begun it finishes, though nobody waits for the answer: it may be half way through storing a
        // message. For as long as the response timer, no longer.
        let finishing = tokio::time::timeout(response_timer, finish(jobs, announcing));
        let mut is_late = finishing.await.is_err();
        if was_bound {
            // Told in any case: what it cleans up must not depend on what others do.
            let telling = call(&mut service, Request::new(session, Event::Unbound(cause)));
            is_late |= tokio::time::timeout(response_timer, telling).await.is_err();
        }
        if is_late {
            tracing::warn!(session = %link.id, "handlers of an ended session were still running after the response timer; stopped");
        }
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
            let pause = self.take_frames(cx);
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
            match pause {
                // A session that never runs dry has timers all the same.
                Pause::Turn => cx.waker().wake_by_ref(),
                Pause::Input if self.closing.is_none() && !self.input.at_end() => {
                    match self.poll_read(cx) {
                        Poll::Ready(Ok(())) => continue,
                        Poll::Ready(Err(_)) => return Poll::Ready(UnbindCause::Disconnected),
                        Poll::Pending => {}
                    }
                }
                Pause::Input | Pause::Blocked | Pause::Paced(_) => {}
            }
            if self.poll_timer(cx).is_pending() {
                break;
            }
        }
        Poll::Pending
    }

    /// Takes what the handles have queued.
    fn collect(&mut self) {
        let mut outgoing = self.link.outgoing();
        self.meters.sent(std::mem::take(&mut outgoing.queued));
        // What no window bounds stays where it is refused when it is too much.
        self.has_uncollected = self.output.len() >= self.limits.high_water;
        if !self.has_uncollected {
            self.output.append(&mut outgoing.queue);
        }
        self.window_due = outgoing.window.next_deadline();
        let order = outgoing.order;
        drop(outgoing);
        match order {
            Some(Order::Unbind) => self.wants_unbind = true,
            Some(Order::Close) => self.close(UnbindCause::Closed),
            None => {}
        }
    }

    fn close(&mut self, cause: UnbindCause) {
        self.closing.get_or_insert(cause);
    }

    /// Takes the answers of handlers that were parked, and a bind that has been decided.
    fn poll_handlers(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready((owed, outcome)) = self.jobs.poll_finished(cx) {
            self.meters.waited(owed.command, self.now - owed.since);
            self.answer(owed, outcome.map_err(Into::into));
        }
        self.poll_deciding(cx);
        if let Some(announcing) = &mut self.announcing
            && announcing.as_mut().poll(cx).is_ready()
        {
            self.announcing = None;
        }
    }

    fn poll_deciding(&mut self, cx: &mut Context<'_>) {
        if let Some((owed, deciding)) = &mut self.deciding
            && let Poll::Ready(decision) = deciding.as_mut().poll(cx)
        {
            let owed = *owed;
            self.deciding = None;
            self.bind_decided(owed, decision, cx);
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

    /// Serves the frames that are there, until one of the bounds says stop.
    fn take_frames(&mut self, cx: &mut Context<'_>) -> Pause {
        for _ in 0..TURN {
            if self.is_blocked() {
                return Pause::Blocked;
            }
            if let Some(until) = self.paced {
                if until > self.now {
                    return Pause::Paced(until);
                }
                self.paced = None;
            }
            match self.input.peek(self.limits.max_pdu_bytes) {
                Ok(Some(header)) => {
                    if let Some(pause) = self.take_frame(header, cx) {
                        return pause;
                    }
                }
                Ok(None) => {
                    self.state.waits_for_rest(self.now.into_std(), !self.input.is_empty());
                    return Pause::Input;
                }
                Err(error) => {
                    self.refuse_stream(error);
                    return Pause::Blocked;
                }
            }
        }
        Pause::Turn
    }

    /// Serves the frame at the front of the input.
    #[inline]
    fn take_frame(&mut self, header: Header, cx: &mut Context<'_>) -> Option<Pause> {
        if header.command.is_response() {
            self.settle_run(header);
            return None;
        }
        if self.unbind.is_some() {
            return Some(Pause::Blocked);
        }
        if is_message(header.command)
            && !self.is_metered
            && let Some(rate) = &mut self.rate
            && !rate.try_take(self.now.into_std(), 1)
        {
            self.meters.throttled();
            match self.throttle {
                ThrottleAction::Pace => {
                    let until = Instant::from_std(rate.next_at(self.now.into_std(), 1));
                    self.paced = Some(until);
                    return Some(Pause::Paced(until));
                }
                ThrottleAction::Reject => {
                    self.drop_frame();
                    self.refuse(header, Status::RTHROTTLED);
                    return None;
                }
            }
        }
        self.is_metered = true;
        match self.state.receive(header.command) {
            Verdict::Dispatch if self.is_busy() => return Some(Pause::Blocked),
            Verdict::Dispatch => {
                // A service that is not ready, a concurrency limit say, is back-pressure like any other.
                match self.service.poll_ready(cx) {
                    Poll::Pending => return Some(Pause::Blocked),
                    Poll::Ready(Ok(())) => self.dispatch(header, cx),
                    Poll::Ready(Err(error)) => {
                        self.drop_frame();
                        self.refuse(header, layer_failed(error.into()));
                    }
                }
            }
            Verdict::EnquireLink => {
                self.drop_frame();
                self.meters.answered(header.command, Status::ROK);
                Header::put_alone(
                    CommandId::ENQUIRE_LINK_RESP,
                    Status::ROK,
                    header.sequence,
                    self.output.buffer(),
                );
            }
            Verdict::Bind(_) => self.begin_bind(header, cx),
            Verdict::Unbind => {
                self.drop_frame();
                self.unbind = Some(header.sequence);
            }
            Verdict::Refuse(status) => {
                self.drop_frame();
                self.refuse(header, status);
            }
            Verdict::Settle | Verdict::Ignore => self.drop_frame(),
        }
        None
    }

    fn drop_frame(&mut self) {
        drop(self.next_frame());
    }

    /// Takes the frame off that `peek` saw.
    #[inline]
    fn next_frame(&mut self) -> Option<Frame> {
        self.state.progressed();
        self.is_metered = false;
        self.input.next(self.limits.max_pdu_bytes)
    }

    #[inline]
    fn dispatch(&mut self, header: Header, cx: &mut Context<'_>) {
        let owed = Owed { sequence: header.sequence, command: header.command, since: self.now };
        let Some(frame) = self.next_frame() else { return };
        match RequestPdu::decode(frame, self.rules) {
            Ok(pdu) => {
                self.meters.received();
                let request = Request::new(self.session.clone(), Event::Pdu(pdu));
                let future = self.service.call(request);
                if let Some(outcome) = self.jobs.start(owed, future, cx) {
                    self.answer(owed, outcome.map_err(Into::into));
                }
            }
            Err(error) => {
                // The service has got ready for a call that does not come, with a permit of a concurrency limit say. A copy
                // has none, so an idle session keeps none from the others.
                self.service = self.service.clone();
                self.refuse_malformed(header, error);
            }
        }
    }

    #[inline]
    fn answer(&mut self, owed: Owed, outcome: Result<Response, BoxError>) {
        let response = match outcome {
            Ok(Response::Pdu(pdu)) => pdu,
            Ok(Response::Silent | Response::Bind(_)) => return,
            Err(error) => {
                let status = layer_failed(error);
                self.meters.layer_failed(owed.command, status);
                ResponsePdu::of_status(owed.command, status)
            }
        };
        self.meters.answered(owed.command, response.status());
        match self.is_old {
            true => response.encode_without_tlvs(owed.sequence, self.output.buffer()),
            false => response.encode(owed.sequence, self.output.buffer()),
        }
    }

    /// Settles the requests that a run of responses answers, under one lock.
    fn settle_run(&mut self, first: Header) {
        let link = Arc::clone(&self.link);
        let mut outgoing = link.outgoing();
        let mut places = 0;
        let mut header = first;
        loop {
            let Some(frame) = self.next_frame() else { break };
            match outgoing.window.settle(header.sequence) {
                Some(Waiting::Unbind) => self.close(UnbindCause::Local),
                Some(waiting) => {
                    places += usize::from(waiting.has_place());
                    waiting.resolve(Ok(frame));
                }
                None => {
                    self.meters.unsolicited();
                    tracing::debug!(session = %link.id, ?header, "a response to nothing that was asked; ignored");
                }
            }
            match self.input.peek(self.limits.max_pdu_bytes) {
                Ok(Some(next)) if next.command.is_response() => header = next,
                _ => break,
            }
        }
        drop(outgoing);
        link.release(places);
    }

    /// Answers with the command's own response, or with `generic_nack` where it has none.
    fn refuse(&mut self, header: Header, status: Status) {
        self.meters.refused(header.command);
        if matches!(header.command, CommandId::ALERT_NOTIFICATION | CommandId::OUTBIND) {
            return;
        }
        let command = match header.command.name() {
            Some(_) => header.command.response(),
            None => CommandId::GENERIC_NACK,
        };
        Header::put_alone(command, status, header.sequence, self.output.buffer());
    }

    fn refuse_malformed(&mut self, header: Header, error: DecodeError) {
        tracing::debug!(session = %self.link.id, command = %header.command, %error, "malformed PDU refused");
        self.refuse(header, error.status());
    }

    /// What follows has no boundary: say so, and close (SMPP 3.4 §4.3.1).
    fn refuse_stream(&mut self, error: FrameError) {
        tracing::warn!(
            session = %self.link.id, peer = %self.link.peer, %error,
            "this is no SMPP, or a PDU above server.max_pdu_bytes; closing"
        );
        self.meters.refused(CommandId::GENERIC_NACK);
        Header::put_alone(
            CommandId::GENERIC_NACK,
            FrameError::STATUS,
            error.sequence,
            self.output.buffer(),
        );
        self.close(UnbindCause::ProtocolError);
    }

    fn begin_bind(&mut self, header: Header, cx: &mut Context<'_>) {
        let owed = Owed { sequence: header.sequence, command: header.command, since: self.now };
        let Some(frame) = self.next_frame() else { return };
        let pdu = match BindRequest::decode(frame, self.rules) {
            Ok(pdu) => pdu,
            Err(error) => {
                self.refuse_malformed(header, error);
                self.state.bind_decided(false);
                self.close(UnbindCause::ProtocolError);
                return;
            }
        };
        if let Some(admission) = &self.admission {
            let deciding =
                Arc::clone(admission).decide(Arc::clone(&self.link), self.service.clone(), pdu);
            self.deciding = Some((owed, Box::pin(deciding)));
        }
        self.poll_deciding(cx);
    }

    fn bind_decided(&mut self, owed: Owed, decision: Decision, cx: &mut Context<'_>) {
        let Decision { response, admitted } = decision;
        let kind = response.kind;
        response.encode(owed.sequence, self.output.buffer());
        self.state.bind_decided(admitted.is_some());
        let Some(admitted) = admitted else {
            self.close(UnbindCause::Closed);
            return;
        };
        let Admitted { system_id, is_old, .. } = admitted;
        let bound = BoundAs { kind, system_id, at: SystemTime::now(), is_old };
        // The window first: once it is known as bound, anyone may send.
        self.admit(admitted);
        if self.link.bound.set(bound).is_ok() {
            self.link.hub.bound(&self.link, system_id);
        }
        self.announce(cx);
    }

    fn admit(&mut self, admitted: Admitted) {
        let Terms { rate, throttle, window, rules } = admitted.terms;
        self.rules = rules;
        self.is_old = admitted.is_old;
        self.throttle = throttle;
        self.rate = TokenBucket::per_second(rate, self.now.into_std());
        self.link.set_window(window);
        self.meters.bound();
        self.admitted = Some(admitted);
    }

    /// Tells `#[on_session("bound")]`. The bind's answer is in the output already, so whatever the handler sends is behind it.
    pub(super) fn announce(&mut self, cx: &mut Context<'_>) {
        let mut service = self.service.clone();
        let request = Request::new(self.session.clone(), Event::Bound);
        let mut announcing: Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(async move { drop(call(&mut service, request).await) });
        if announcing.as_mut().poll(cx).is_pending() {
            self.announcing = Some(announcing);
        }
    }

    /// Answers the peer's `unbind`, or sends our own, once the handlers have answered what came before.
    fn end_if_done(&mut self) {
        let is_gone = self.input.at_end() && !self.input.has_frame(self.limits.max_pdu_bytes);
        if is_gone && self.unbind.is_none() {
            // Its handlers finish without it. Until they have, nobody should find it bound, nor its place taken.
            self.close(UnbindCause::Disconnected);
        }
        if self.closing.is_some() {
            return;
        }
        if !self.jobs.is_empty() && (self.unbind.is_some() || self.wants_unbind) {
            // A handler that never finishes, or that waits for this very end, does not keep the session.
            let by = *self.finish_by.get_or_insert(self.now + self.response_timer);
            if by > self.now {
                return;
            }
        }
        self.finish_by = None;
        if let Some(sequence) = self.unbind.take() {
            Header::put_alone(CommandId::UNBIND_RESP, Status::ROK, sequence, self.output.buffer());
            self.close(UnbindCause::Peer);
        } else if self.wants_unbind {
            self.wants_unbind = false;
            self.send_unbind();
        }
    }

    fn send_unbind(&mut self) {
        if !matches!(self.state.phase(), Phase::Bound(_)) {
            self.close(UnbindCause::Closed);
            return;
        }
        self.send_own(&Unbind, Waiting::Unbind);
        self.state.unbind_sent(self.now.into_std());
    }

    /// Sends a request of the session's own.
    fn send_own(&mut self, pdu: &impl Pdu, waiting: Waiting) {
        let mut outgoing = self.link.outgoing();
        // Whatever waits in the queue was sent before.
        self.output.append(&mut outgoing.queue);
        let Some(sequence) = outgoing.window.begin_urgent(self.now.into_std(), waiting) else {
            return;
        };
        self.window_due = outgoing.window.next_deadline();
        drop(outgoing);
        pdu.encode(sequence, self.output.buffer());
    }

    /// Reads what is there into the input.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let read = poll_read_buf(Pin::new(&mut self.io), cx, self.input.space());
        match read {
            Poll::Pending => {
                self.input.read_nothing();
                Poll::Pending
            }
            Poll::Ready(Ok(octets)) => {
                self.input.read(octets);
                self.state.heard(self.now.into_std());
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }

    /// Writes what is there, in as few calls as the socket takes. Says whether anything went out.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.output.is_empty() && !self.is_unflushed {
            return Poll::Ready(Ok(false));
        }
        let mut wrote = false;
        while !self.output.is_empty() {
            match Pin::new(&mut self.io).poll_write(cx, self.output.pending()) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(octets)) => {
                    self.output.wrote(octets);
                    self.is_unflushed = true;
                    wrote = true;
                    self.state.blocked(self.now.into_std(), false);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.state.blocked(self.now.into_std(), true);
                    return if wrote { Poll::Ready(Ok(true)) } else { Poll::Pending };
                }
            }
        }
        // Nothing between us and the kernel buffers, but TLS does.
        match Pin::new(&mut self.io).poll_flush(cx) {
            Poll::Ready(flushed) => {
                flushed?;
                self.is_unflushed = false;
                self.state.blocked(self.now.into_std(), false);
                Poll::Ready(Ok(wrote))
            }
            Poll::Pending => {
                self.state.blocked(self.now.into_std(), true);
                if wrote { Poll::Ready(Ok(true)) } else { Poll::Pending }
            }
        }
    }

    /// Arms the timer for what is due next; handles what is due now. Ready if something was.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = [
            self.state.poll_timeout().map(Instant::from_std),
            self.window_due.map(Instant::from_std),
            self.paced,
            self.finish_by.filter(|_| self.closing.is_none()),
        ];
        let Some(due) = due.into_iter().flatten().min() else { return Poll::Pending };
        if due <= self.now {
            // Not left to the timer: a peer that sends without end uses up what a task may do before it is asked.
            self.armed = None;
            self.expire();
            return Poll::Ready(());
        }
        // Deadlines move later with every octet: an armed timer is left alone unless something is due before it.
        if self.armed.is_none_or(|armed| due < armed) {
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(due),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(due))),
            }
            self.armed = Some(due);
        }
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        self.armed = None;
        self.now = Instant::now();
        self.expire();
        Poll::Ready(())
    }

    fn expire(&mut self) {
        let now = self.now.into_std();
        // Looked at even if something else is in the way: or this timer would be due without end.
        self.paced = self.paced.filter(|until| *until > self.now);
        if self.input.has_frame(self.limits.max_pdu_bytes) {
            // The peer has said something that we have not come to yet: it is paced, or its handlers are slow.
            self.state.heard(now);
        }
        while let Some(due) = self.state.handle_timeout(now) {
            if due == Due::EnquireLink {
                self.send_own(&EnquireLink, Waiting::EnquireLink);
                self.shrink();
                continue;
            }
            tracing::info!(session = %self.link.id, peer = %self.link.peer, reason = reason(due), "a timer ran out; closing");
            let cause = match due {
                Due::SessionInit => UnbindCause::TimedOut,
                Due::UnbindUnanswered => UnbindCause::Local,
                _ => UnbindCause::TimedOut,
            };
            self.close(cause);
            // Whatever is still to be written, the peer is not there to take it.
            self.output = Output::default();
            self.is_unflushed = false;
            self.state.close();
        }
        let link = Arc::clone(&self.link);
        let mut outgoing = link.outgoing();
        let places = expire_requests(&mut outgoing, now);
        self.window_due = outgoing.window.next_deadline();
        drop(outgoing);
        link.release(places);
    }

    /// Gives memory back while the session is idle.
    fn shrink(&mut self) {
        self.input.shrink();
        self.output.shrink();
        self.jobs.shrink();
        let mut outgoing = self.link.outgoing();
        outgoing.window.shrink();
        if outgoing.queue.is_empty() {
            outgoing.queue = BytesMut::new();
        }
    }
}

/// Takes the session off the books however its task ends: a handler may panic, and whoever runs the engine may drop it.
struct Ending(Arc<Link>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end(UnbindCause::Disconnected);
        self.0.hub.ended(&self.0);
    }
}

/// Lets handlers come to their end, all at a time.
async fn finish<F: Future>(
    mut jobs: Jobs<F>,
    announcing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
) {
    let working = async {
        while !jobs.is_empty() {
            poll_fn(|cx| jobs.poll_finished(cx).map(drop)).await;
        }
    };
    let announcing = async {
        if let Some(announcing) = announcing {
            announcing.await;
        }
    };
    tokio::join!(working, announcing);
}

/// Says goodbye: shuts our side, and takes what the peer still sends, for a moment. A socket that is closed while there is
/// something to be read is reset, and what was written last would be lost with it.
async fn part<IO: AsyncRead + AsyncWrite + Unpin>(mut io: IO) {
    const MOMENT: Duration = Duration::from_millis(500);
    const AT_MOST: usize = 256 * 1024;

    let parting = async {
        if io.shutdown().await.is_err() {
            return;
        }
        let mut waste = [0; 1024];
        let mut taken = 0;
        while taken < AT_MOST {
            match io.read(&mut waste).await {
                Ok(octets @ 1..) => taken += octets,
                Ok(0) | Err(_) => return,
            }
        }
    };
    // Nothing depends on how it ends.
    let _ = tokio::time::timeout(MOMENT, parting).await;
}

fn expire_requests(outgoing: &mut Outgoing, now: std::time::Instant) -> usize {
    let mut places = 0;
    while let Some(waiting) = outgoing.window.expire(now) {
        places += usize::from(waiting.has_place());
        waiting.resolve(Err(SendError::TimedOut));
    }
    places
}

/// The commands that a rate counts.
const fn is_message(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::SUBMIT_SM
            | CommandId::SUBMIT_MULTI
            | CommandId::DATA_SM
            | CommandId::BROADCAST_SM
    )
}

const fn reason(due: Due) -> &'static str {
    match due {
        Due::EnquireLink => "silence",
        Due::SessionInit => "no bind within session_init_timer_ms",
        Due::Silent => "enquire_link unanswered for response_timer_ms",
        Due::Inactive => "nothing for inactivity_timer_ms",
        Due::Stalled => "a PDU began and did not end within response_timer_ms",
        Due::Unread => "the peer took no output for response_timer_ms",
        Due::UnbindUnanswered => "unbind unanswered for response_timer_ms",
    }
}
