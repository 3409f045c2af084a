//! The timer of a session, and what it does when it fires.

use super::*;

impl<IO: AsyncRead + AsyncWrite + Unpin, X: HandlerService> Connection<IO, X> {
    /// Arms the timer for what is due next; handles what is due now. Ready if something was.
    pub(super) fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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

    pub(super) fn expire(&mut self) {
        let now = self.now.into_std();
        // Looked at even if something else is in the way: or this timer would be due without end.
        self.paced = self.paced.filter(|until| *until > self.now);
        let is_paced = self.paced.is_some() && !self.held.is_empty();
        if is_paced || self.held.is_full() || self.input.has_frame(self.max_pdu) {
            // What the peer has said waits for its turn: its silence is ours.
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
}

fn expire_requests(outgoing: &mut Outgoing, now: std::time::Instant) -> usize {
    let mut places = 0;
    while let Some(waiting) = outgoing.window.expire(now) {
        places += usize::from(waiting.has_place());
        waiting.resolve(Err(SendError::TimedOut));
    }
    places
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
