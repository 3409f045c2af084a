//! Octets between the socket, the buffers and the handles.

use super::*;

impl<IO: AsyncRead + AsyncWrite + Unpin, X: HandlerService> Connection<IO, X> {
    /// Takes what the handles have queued.
    pub(super) fn collect(&mut self) {
        let mut outgoing = self.link.outgoing();
        self.meters.sent(std::mem::take(&mut outgoing.queued));
        // What no window bounds stays where it is refused when it is too much.
        self.has_uncollected = self.output.len() >= self.limits.high_water;
        if !self.has_uncollected {
            self.output.append(&mut outgoing.queue);
            self.flush = outgoing.flushes;
            if self.flushing.is_none() && self.link.is_to_flush(self.flush) {
                self.flushing = Some((self.flush, self.output.len()));
            }
        }
        self.window_due = outgoing.window.next_deadline();
        let order = outgoing.order;
        drop(outgoing);
        match order {
            // It stands for good; it is done once.
            Some(Order::Unbind { by }) if self.is_deserted => self.end_by = by,
            Some(Order::Unbind { by }) if !matches!(self.state.phase(), Phase::Unbinding(_)) => {
                if !self.wants_unbind {
                    // Requests wait from now on. A copy has no permit of a concurrency limit, which another session needs.
                    self.service = self.service.clone();
                }
                self.wants_unbind = true;
                self.end_by = by;
            }
            Some(Order::Close) => self.close(UnbindCause::Closed),
            Some(Order::Unbind { .. }) | None => {}
        }
    }

    /// Reads what is there into the input.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.output.is_empty() && !self.is_unflushed {
            // A session that a timer closes has thrown its output away.
            if self.closing.is_none() {
                self.flushing = None;
                self.link.flushed(self.flush);
            }
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
                    if self.flushing.is_some() {
                        self.flush_behind(octets, cx);
                    }
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
                self.flushing = None;
                self.link.flushed(self.flush);
                self.state.blocked(self.now.into_std(), false);
                Poll::Ready(Ok(wrote))
            }
            Poll::Pending => {
                self.state.blocked(self.now.into_std(), true);
                if wrote { Poll::Ready(Ok(true)) } else { Poll::Pending }
            }
        }
    }

    /// So many octets went out. Those that somebody waits for may be among them though more are behind: a session that is
    /// never done writing does not keep him.
    fn flush_behind(&mut self, octets: usize, cx: &mut Context<'_>) {
        let Some((flush, left)) = &mut self.flushing else { return };
        *left = left.saturating_sub(octets);
        let flush = *flush;
        if *left == 0 && matches!(Pin::new(&mut self.io).poll_flush(cx), Poll::Ready(Ok(()))) {
            self.link.flushed(flush);
            // What was asked for since then is in the output by now.
            self.flushing = (flush != self.flush).then(|| (self.flush, self.output.len()));
        }
    }

    /// Gives memory back if the peer only keeps the session alive.
    pub(super) fn rest(&mut self) {
        if !self.is_resting {
            return;
        }
        if !self.input.is_empty() || !self.held.is_empty() || !self.jobs.is_empty() {
            self.is_resting = false;
        } else if self.output.is_empty() {
            self.is_resting = false;
            self.shrink();
        }
    }

    /// Gives memory back while the session is idle.
    pub(super) fn shrink(&mut self) {
        self.input.shrink();
        self.held.shrink();
        self.output.shrink();
        self.jobs.shrink();
        let mut outgoing = self.link.outgoing();
        outgoing.window.shrink();
        if outgoing.queue.is_empty() {
            outgoing.queue = BytesMut::new();
        }
    }
}
