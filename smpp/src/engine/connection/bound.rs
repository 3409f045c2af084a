//! The beginning and the end: the bind that is decided, `unbind` both ways.

use super::*;

impl<IO: AsyncRead + AsyncWrite + Unpin, X: HandlerService> Connection<IO, X> {
    pub(super) fn begin_bind(&mut self, header: Header, cx: &mut Context<'_>) {
        let owed = Owed { sequence: header.sequence, command: header.command, since: self.now };
        let Some(frame) = self.next_frame(header) else { return };
        let pdu = match BindRequest::decode_any_password(frame, self.rules) {
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
            self.deciding = Some((owed, Box::pin(async move { Decided::Bind(deciding.await) })));
        }
        self.poll_deciding(cx);
    }

    pub(super) fn poll_deciding(&mut self, cx: &mut Context<'_>) {
        let Some((owed, deciding)) = &mut self.deciding else { return };
        let owed = *owed;
        match catch_unwind(AssertUnwindSafe(|| deciding.as_mut().poll(cx))) {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(decided)) => {
                self.deciding = None;
                match decided {
                    Decided::Bind(decision) => self.bind_decided(owed, decision, cx),
                    Decided::Outbind(callees) => self.outbind_decided(callees),
                }
            }
            Err(_) => {
                tracing::error!(
                    session = %self.link.id, peer = %self.link.peer,
                    "the handler of a bind panicked; its message was printed when it did. The bind gets ESME_RSYSERR"
                );
                self.deciding = None;
                let command = owed.command.response();
                Header::put_alone(command, Status::RSYSERR, owed.sequence, self.output.buffer());
                self.state.bind_decided(false);
                self.close(UnbindCause::Closed);
            }
        }
    }

    pub(super) fn bind_decided(&mut self, owed: Owed, decision: Decision, cx: &mut Context<'_>) {
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

    pub(super) fn admit(&mut self, admitted: Admitted) {
        let Terms { rate, throttle, window, rules } = admitted.terms;
        self.rules = rules;
        self.max_pdu = self.limits.max_pdu_bytes;
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
            Box::pin(async move { drop(call_when_ready(&mut service, request).await) });
        if announcing.as_mut().poll(cx).is_pending() {
            self.announcing = Some(announcing);
        }
    }

    /// Comes to the end that the peer or this side has asked for, once what was asked before it is answered.
    pub(super) fn end_if_done(&mut self) {
        if self.input.at_end() && !self.is_deserted {
            self.desert();
        }
        let is_ending =
            self.unbind.is_some() || self.wants_unbind || self.is_unbound || self.is_deserted;
        if !is_ending || self.closing.is_some() {
            return;
        }
        if !self.is_impatient && self.is_working() {
            // A handler that never finishes, or that waits for this very end, does not keep the session. One that waits
            // for its rate gets on by itself.
            let set = self.finish_by.filter(|_| self.paced.is_none());
            let latest = set.unwrap_or(self.now + self.response_timer);
            let by = self.end_by.map_or(latest, |by| by.min(latest));
            self.finish_by = Some(by);
            if by > self.now {
                return;
            }
            self.is_impatient = true;
        }
        (self.finish_by, self.end_by) = (None, None);
        if let Some(sequence) = self.unbind.take() {
            Header::put_alone(CommandId::UNBIND_RESP, Status::ROK, sequence, self.output.buffer());
            self.close(self.link.over().unwrap_or(UnbindCause::Peer));
        } else if self.is_unbound {
            self.close(UnbindCause::Local);
        } else if self.is_deserted {
            self.close(UnbindCause::Disconnected);
        } else {
            self.wants_unbind = false;
            self.send_unbind();
        }
    }

    /// Something is in hand that the session's end has to wait for.
    fn is_working(&self) -> bool {
        if !self.jobs.is_empty() {
            return true;
        }
        // Its requests crossed our unbind; or they came before it closed its side.
        let is_owing = !self.held.is_empty() || self.input.has_frame(self.max_pdu);
        if (self.is_unbound || self.is_deserted) && is_owing {
            return true;
        }
        // A peer that is told to unbind may close at once: whatever it has not answered by then is lost to us.
        self.wants_unbind && self.unbind.is_none() && self.link.outgoing().window.has_places_taken()
    }

    /// The peer has closed its side, and its last whole PDU is here. Answers it may still take, nothing else: nobody should
    /// find it bound from now on, nor its place taken.
    fn desert(&mut self) {
        self.is_deserted = true;
        // It would not hear an unbind's answer out.
        self.wants_unbind = false;
        self.state.wind_down();
        if self.unbind.is_none() && !self.is_unbound {
            self.link.end(UnbindCause::Disconnected);
            self.link.hub.unbound(&self.link);
            if let Some(admitted) = &mut self.admitted {
                admitted.slot = None;
            }
        }
    }

    pub(super) fn send_unbind(&mut self) {
        match self.state.phase() {
            Phase::Bound(_) => {
                self.send_own(&Unbind, Waiting::Unbind);
                self.state.unbind_sent(self.now.into_std());
            }
            // It has been sent.
            Phase::Unbinding(_) => {}
            Phase::Open | Phase::Binding(_) | Phase::Called | Phase::Closed => {
                self.close(UnbindCause::Closed)
            }
        }
    }

    /// Sends a request of the session's own.
    pub(super) fn send_own(&mut self, pdu: &impl Pdu, waiting: Waiting) {
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
}
