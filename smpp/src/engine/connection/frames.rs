//! The frames of a session, one after the other: refused, settled, or given to their handlers.

use super::*;

impl<IO: AsyncRead + AsyncWrite + Unpin, X: HandlerService> Connection<IO, X> {
    /// Serves the frames that are there. A handler that panics is answered for: one net for all of a turn's handlers, for one
    /// under each would cost as much as reading a header does.
    pub(super) fn serve(&mut self, cx: &mut Context<'_>) -> Pause {
        match catch_unwind(AssertUnwindSafe(|| self.take_frames(cx))) {
            Ok(pause) => pause,
            Err(panic) => match self.called.take() {
                Some(owed) => {
                    self.jobs.abandon();
                    self.answer(owed, Err(Panicked));
                    Pause::Turn
                }
                // No handler: a layer that panics when it is asked whether it is ready would do so without end.
                None => resume_unwind(panic),
            },
        }
    }

    /// Serves the frames that are there, until one of the bounds says stop.
    fn take_frames(&mut self, cx: &mut Context<'_>) -> Pause {
        for _ in 0..TURN {
            if self.is_blocked() {
                // Nothing is read either, so what is half there is not the peer's fault.
                self.state.progressed();
                return Pause::Blocked;
            }
            let pause = if let Some(header) = self.held.front() {
                self.take_frame(header, cx)
            } else {
                match self.input.peek(self.max_pdu) {
                    Ok(Some(header)) => {
                        self.state.progressed();
                        self.take_frame(header, cx)
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
            };
            if let Some(pause) = pause {
                self.look_behind();
                return pause;
            }
        }
        Pause::Turn
    }

    /// Looks at what is behind a request that has to wait. Answers are settled: a handler may be waiting for one, and their
    /// time runs. `enquire_link` is answered: the peer would take us for dead. Requests keep their order.
    fn look_behind(&mut self) {
        while !self.is_blocked() && !self.held.is_full() {
            match self.input.peek(self.max_pdu) {
                Ok(Some(header)) if header.command.is_response() => {
                    self.state.progressed();
                    self.settle_run(header);
                }
                Ok(Some(header)) => match self.take_behind(header) {
                    Some(_)
                        if header.command == CommandId::ENQUIRE_LINK && self.unbind.is_none() =>
                    {
                        self.answer_enquire_link(header);
                    }
                    Some(frame) => self.held.push(frame),
                    None => return,
                },
                Ok(None) => {
                    self.state.waits_for_rest(self.now.into_std(), !self.input.is_empty());
                    return;
                }
                // Its turn comes.
                Err(_) => break,
            }
        }
        self.state.progressed();
    }

    /// Takes a whole frame off the input whose turn has not come.
    fn take_behind(&mut self, header: Header) -> Option<Frame> {
        self.state.progressed();
        self.input.next(header)
    }

    /// True if there may be something to be read and there is room for it.
    pub(super) fn wants_input(&self, pause: Pause) -> bool {
        let has_room = match pause {
            Pause::Input => true,
            Pause::Turn => false,
            Pause::Blocked | Pause::Paced => {
                !self.is_blocked() && !self.held.is_full() && !self.input.has_frame(self.max_pdu)
            }
        };
        has_room && self.closing.is_none() && !self.input.at_end()
    }

    /// Serves the frame whose turn it is.
    #[inline]
    fn take_frame(&mut self, header: Header, cx: &mut Context<'_>) -> Option<Pause> {
        if header.command.is_response() {
            self.settle_run(header);
            return None;
        }
        if self.unbind.is_some() {
            return Some(Pause::Blocked);
        }
        if let Some(until) = self.paced {
            if until > self.now {
                return Some(Pause::Paced);
            }
            self.paced = None;
        }
        if is_message(header.command)
            && !self.is_metered
            && let Some(rate) = &mut self.rate
            && !rate.try_take(self.now.into_std(), 1)
        {
            self.meters.throttled();
            match self.throttle {
                ThrottleAction::Pace => {
                    self.paced = Some(Instant::from_std(rate.next_at(self.now.into_std(), 1)));
                    return Some(Pause::Paced);
                }
                ThrottleAction::Reject => {
                    self.drop_frame(header);
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
                        self.drop_frame(header);
                        self.refuse(header, layer_failed(error.into()));
                    }
                }
            }
            Verdict::EnquireLink => {
                self.drop_frame(header);
                self.answer_enquire_link(header);
            }
            Verdict::Bind(_) => self.begin_bind(header, cx),
            Verdict::Outbind => self.begin_outbind(header, cx),
            Verdict::Unbind => {
                self.drop_frame(header);
                self.unbind = Some(header.sequence);
            }
            Verdict::Refuse(status) => {
                self.drop_frame(header);
                self.refuse(header, status);
            }
            Verdict::Settle | Verdict::Ignore => self.drop_frame(header),
        }
        None
    }

    fn answer_enquire_link(&mut self, header: Header) {
        // A peer that keeps its session alive by itself has nothing to say just now. Nor have we, if nothing waits.
        self.is_resting = true;
        self.meters.answered(header.command, Status::ROK);
        let Header { sequence, .. } = header;
        let output = self.output.buffer();
        Header::put_alone(CommandId::ENQUIRE_LINK_RESP, Status::ROK, sequence, output);
    }

    pub(super) fn drop_frame(&mut self, header: Header) {
        drop(self.next_frame(header));
    }

    /// Takes the frame off whose turn it is.
    #[inline]
    pub(super) fn next_frame(&mut self, header: Header) -> Option<Frame> {
        self.is_metered = false;
        match self.held.is_empty() {
            true => self.input.next(header),
            false => {
                // It gets on, so the end has patience anew.
                self.finish_by = None;
                self.held.pop()
            }
        }
    }

    #[inline]
    pub(super) fn dispatch(&mut self, header: Header, cx: &mut Context<'_>) {
        let owed = Owed { sequence: header.sequence, command: header.command, since: self.now };
        let Some(frame) = self.next_frame(header) else { return };
        match RequestPdu::decode(frame, self.rules) {
            Ok(pdu) => {
                self.meters.received();
                let request = Request::new(self.session.lend(), Event::Pdu(pdu));
                let handler = || self.service.call(request);
                self.called = Some(owed);
                let started = self.jobs.start(owed, handler, cx);
                self.called = None;
                match started {
                    // By reference: an answer that is moved as soon as it is made stalls the processor.
                    Poll::Ready(Ok(Response::Pdu(ref pdu))) => self.respond(owed, pdu),
                    Poll::Ready(outcome) => self.answer(owed, Ok(outcome)),
                    Poll::Pending => self.is_impatient = false,
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
    pub(super) fn answer(&mut self, owed: Owed, outcome: Outcome<X>) {
        match outcome {
            Ok(Ok(Response::Pdu(pdu))) => self.respond(owed, &pdu),
            Ok(Ok(Response::Silent | Response::Bind(_) | Response::Route(_))) => {}
            Ok(Err(error)) => self.fail(owed, layer_failed(error.into())),
            Err(Panicked) => {
                tracing::error!(
                    session = %self.link.id, command = %owed.command,
                    "a handler panicked; its message was printed when it did. The request gets ESME_RSYSERR"
                );
                self.fail(owed, Status::RSYSERR);
            }
        }
    }

    #[inline]
    fn respond(&mut self, owed: Owed, response: &ResponsePdu) {
        self.meters.answered(owed.command, response.status());
        match self.is_old {
            true => response.encode_without_tlvs(owed.sequence, self.output.buffer()),
            false => response.encode(owed.sequence, self.output.buffer()),
        }
    }

    /// Nobody else has answered.
    #[cold]
    fn fail(&mut self, owed: Owed, status: Status) {
        self.meters.layer_failed(owed.command, status);
        // It has no response (SMPP 3.4 §4.12).
        if owed.command != CommandId::ALERT_NOTIFICATION {
            self.respond(owed, &ResponsePdu::of_status(owed.command, status));
        }
    }

    /// Settles the requests that a run of responses answers, under one lock.
    pub(super) fn settle_run(&mut self, first: Header) {
        let link = Arc::clone(&self.link);
        let mut outgoing = link.outgoing();
        let mut places = 0;
        let mut header = first;
        loop {
            let Some(frame) = self.input.next(header) else { break };
            match outgoing.window.settle(header.sequence) {
                Some(Waiting::Unbind) => {
                    // What crossed our unbind is still to be answered; nothing more is expected.
                    self.is_unbound = true;
                    self.state.wind_down();
                }
                Some(waiting) => {
                    places += usize::from(waiting.has_place());
                    waiting.resolve(Ok(frame));
                }
                None => {
                    if let Some(times) = self.meters.unsolicited() {
                        tracing::warn!(
                            session = %link.id, peer = %link.peer, command = %header.command, sequence = header.sequence, times,
                            "a response to nothing that was asked, or that waits no longer, is ignored; if the peer is only slow, \
                             raise response_timer_ms"
                        );
                    }
                }
            }
            match self.input.peek(self.max_pdu) {
                Ok(Some(next)) if next.command.is_response() => header = next,
                _ => break,
            }
        }
        drop(outgoing);
        link.release(places);
    }

    /// Answers with the command's own response, or with `generic_nack` where it has none.
    pub(super) fn refuse(&mut self, header: Header, status: Status) {
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

    pub(super) fn refuse_malformed(&mut self, header: Header, error: DecodeError) {
        tracing::debug!(session = %self.link.id, command = %header.command, %error, "malformed PDU refused");
        self.refuse(header, error.status());
    }

    /// What follows has no boundary: say so, and close (SMPP 3.4 §4.3.1).
    pub(super) fn refuse_stream(&mut self, error: FrameError) {
        tracing::warn!(
            session = %self.link.id, peer = %self.link.peer, %error,
            "this is no SMPP, or a PDU above the limit: server.max_pdu_bytes, and 1,024 octets before the bind; closing"
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
