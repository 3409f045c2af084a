//! An SMSC that calls the listener: the session ends here, and another begins on its connection, as an ESME.

use super::*;

impl<IO: AsyncRead + AsyncWrite + Unpin, X: HandlerService> Connection<IO, X> {
    pub(super) fn begin_outbind(&mut self, header: Header, cx: &mut Context<'_>) {
        let owed = Owed { sequence: header.sequence, command: header.command, since: self.now };
        let Some(frame) = self.next_frame(header) else { return };
        match (Outbind::decode(frame, self.rules), &self.admission) {
            (Ok(pdu), Some(admission)) => {
                let deciding = Arc::clone(admission).decide_outbind(Arc::clone(&self.link), pdu);
                self.deciding =
                    Some((owed, Box::pin(async move { Decided::Outbind(deciding.await) })));
                self.poll_deciding(cx);
            }
            // It has no response to say so (SMPP 3.4 §4.1.7).
            (Err(error), _) => {
                tracing::warn!(
                    session = %self.link.id, peer = %self.link.peer, %error,
                    "an outbind that cannot be read; closing. Its system_id has at most 15 octets and its password 8"
                );
                self.meters.refused(header.command);
                self.close(UnbindCause::ProtocolError);
            }
            // Only a listener is asked.
            (Ok(_), None) => self.close(UnbindCause::ProtocolError),
        }
    }

    /// What is in the output goes out before either: the peer may have asked whether we are there.
    pub(super) fn outbind_decided(&mut self, callees: Vec<Arc<Kept>>) {
        self.callees = callees;
        self.close(UnbindCause::Closed);
    }

    /// Gives the connection to one of the binds that its SMSC has asked for.
    #[allow(
        clippy::boxed_local,
        reason = "moved out of its box it would have room in the future of every session"
    )]
    pub(super) fn hand_over(self: Box<Self>) {
        let Self { io, input, callable, link, callees, admission, .. } = *self;
        let (Some(admission), Some(Callable { place, call })) = (admission, callable) else {
            tracing::warn!(
                "the test harness takes no outbind: test it over a socket, with `Server`"
            );
            return;
        };
        let by = link.opened + admission.session_init;
        call(io, place, input.into_buffer(), link.peer, by).find_one_of(&callees);
    }
}
