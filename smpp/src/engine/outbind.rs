//! SMSCs that call: `outbind` at the listener, and the bind that answers it (SMPP 3.4 §2.2.1, §4.1.7).
//!
//! ```text
//!  SMSC ── outbind ──▶ Connection (as an SMSC's listener) ── Call ──▶ Keeper of the bind
//!       ◀── bind_receiver ──────────────────────────────────────────  Client, on the same octets
//!       ── bind_receiver_resp ──▶ Connection (as an ESME)
//! ```

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
    time::Instant,
};

use super::{
    admission::Admission,
    client::{Client, ConnectError},
    kept::Kept,
    link::Link,
};
use crate::{handle::Session, handler::HandlerService, protocol::pdu::Outbind};

/// Octets both ways, of whatever kind: a socket, or TLS.
trait Octets: AsyncRead + AsyncWrite + Send + Unpin {}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin> Octets for IO {}

/// The connection of an SMSC that asks to be bound to, on its way from the listener to the bind.
pub(super) struct Call {
    line: Line,
    /// What came behind the `outbind`.
    input: BytesMut,
    peer: SocketAddr,
    /// When the session-init timer is over, which the bind's answer is part of.
    by: Instant,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Call {
    pub(super) fn new<IO>(
        io: IO,
        place: OwnedSemaphorePermit,
        input: BytesMut,
        peer: SocketAddr,
        by: Instant,
    ) -> Self
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self { line: Line { io: Box::new(io), _place: place }, input, peer, by }
    }

    /// Gives it to the first of these binds that has no session.
    pub(super) fn find_one_of(self, callees: &[Arc<Kept>]) {
        let mut call = self;
        for kept in callees {
            let (bind, peer) = (&kept.config.name, call.peer);
            match kept.call(call) {
                Ok(()) => {
                    count("taken");
                    tracing::info!(bind, %peer, "its SMSC calls; binding on its connection");
                    return;
                }
                Err(back) => call = back,
            }
        }
        call.close_as_second();
    }

    /// Closes it: another session serves the bind.
    pub(super) fn close_as_second(self) {
        count("second");
        tracing::warn!(
            peer = %self.peer,
            "an SMSC calls whose bind has a session, or is about to; closing. For more than one at a time, give `binds` more \
             entries of the same name with the same `outbind`"
        );
    }

    /// Binds over it, as an ESME, within what is left of the session-init timer.
    pub(super) async fn answer<X: HandlerService>(
        self,
        client: &Client,
        service: X,
    ) -> Result<Session, ConnectError> {
        let Self { line, input, peer, by } = self;
        let client = client.clone().called_from(peer);
        let binding = client.bind_over(line, input, peer, service);
        tokio::time::timeout_at(by, binding).await.unwrap_or(Err(ConnectError::TimedOut))
    }
}

/// The octets of a call. They go on counting among the listener's connections for as long as they flow.
struct Line {
    io: Box<dyn Octets>,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Why an `outbind` is for none of the binds; the later ones come nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum Unexpected {
    #[error(
        "no entry of `binds` has `outbind`: if this SMSC may call, give the entry for it `outbind: {{system_id: …, password: …}}`"
    )]
    Nobody,
    #[error(
        "no entry of `binds` expects an SMSC with this system_id: if it may call, set `outbind.system_id` of its entry to what it says"
    )]
    SystemId,
    #[error(
        "the password is not that of `outbind.password`: set it to what the operator of the SMSC says, or ask who else calls"
    )]
    Password,
    #[error(
        "not looked at: after what was refused from this address before, its turn did not come until session_init_timer_ms"
    )]
    TooLate,
}

impl Admission {
    /// Finds the binds that an `outbind` is for; none of them if it is wrong, which the log says: it has no response. Who
    /// guesses is slowed as one who binds is.
    pub(super) async fn decide_outbind(
        self: Arc<Self>,
        link: Arc<Link>,
        pdu: Outbind,
    ) -> Vec<Arc<Kept>> {
        let (gate, address) = (&link.hub.gate, link.peer.ip());
        let entering = gate.enter(address, false, self.session_init / 3 * 2);
        let by = link.opened + self.session_init / 8 * 7;
        // The turn is kept until the outcome is known to those who wait for it.
        let (found, _turn) = match tokio::time::timeout_at(by, entering).await {
            Ok(turn) => (link.hub.kept_for(pdu.system_id(), pdu.password()), Some(turn)),
            Err(_) => (Err(Unexpected::TooLate), None),
        };
        match found {
            Ok(callees) => {
                gate.accepted(address);
                callees
            }
            Err(reason) => {
                count("refused");
                if reason != Unexpected::TooLate {
                    gate.refused(address);
                }
                let system_id = String::from_utf8_lossy(pdu.system_id());
                tracing::warn!(session = %link.id, peer = %link.peer, %system_id, %reason, "outbind refused; closing");
                Vec::new()
            }
        }
    }
}

fn count(result: &'static str) {
    metrics::counter!("wirepath_smpp_outbinds_total", "result" => result).increment(1);
}
