//! The handle on a session.

use std::{
    borrow::Cow,
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use tokio::sync::oneshot;

use super::{Pipeline, SendError, SendText, Smpp};
use crate::{
    engine::{Link, Order, Pipe, Waiting, read_answer},
    handler::UnbindCause,
    protocol::{
        Role, SystemId,
        pdu::{AlertNotification, BindKind, CancelBroadcastSm, EnquireLink, Request},
    },
};

/// The number of a session: unique while the process lives, never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(crate) u64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What went over a session so far.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) unsolicited: AtomicU64,
}

/// What went over a session so far; a copy made at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SessionCounters {
    /// Requests of the peer that reached a handler.
    pub received: u64,
    /// Requests of ours that were written.
    pub sent: u64,
    /// Requests of the peer that were refused before a handler: malformed, not allowed, throttled.
    pub refused: u64,
    /// Responses that answered no request of ours; ignored.
    pub unsolicited: u64,
}

/// A session with a peer.
///
/// A handle: cheap to clone, and it keeps nothing alive. When the connection ends, sending returns errors.
#[derive(Clone)]
pub struct Session {
    pub(crate) link: Arc<Link>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id().0)
            .field("system_id", &self.system_id())
            .field("kind", &self.kind())
            .field("peer", &self.peer())
            .finish()
    }
}

impl Session {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.link.id
    }

    /// Which side this is: [`Role::Smsc`] on sessions that a listener accepted, [`Role::Esme`] on our own binds.
    #[must_use]
    pub fn role(&self) -> Role {
        self.link.role
    }

    /// Who is bound: the ESME on a listener's session, the SMSC on our own bind. Empty until the bind is done.
    #[must_use]
    pub fn system_id(&self) -> SystemId {
        self.link.bound.get().map_or(SystemId::EMPTY, |bound| bound.system_id)
    }

    /// How it is bound; `None` until it is.
    #[must_use]
    pub fn kind(&self) -> Option<BindKind> {
        self.link.bound.get().map(|bound| bound.kind)
    }

    /// Since when it is bound.
    #[must_use]
    pub fn bound_at(&self) -> Option<SystemTime> {
        self.link.bound.get().map(|bound| bound.at)
    }

    /// Where the peer is; behind a proxy that speaks the PROXY protocol, where it says the peer is.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.link.peer
    }

    /// The TLS client certificate, DER, if the peer showed one.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.link.certificate.as_deref()
    }

    /// Bound, and not over.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.kind().is_some() && self.link.over().is_none()
    }

    /// Why it ended, once it has.
    #[must_use]
    pub fn ended(&self) -> Option<UnbindCause> {
        self.link.over()
    }

    /// What went over it so far.
    #[must_use]
    pub fn counters(&self) -> SessionCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { received, sent, refused, unsolicited } = &self.link.counters;
        SessionCounters {
            received: read(received),
            sent: read(sent),
            refused: read(refused),
            unsolicited: read(unsolicited),
        }
    }

    /// The handle on the engine that the session belongs to.
    #[must_use]
    pub fn smpp(&self) -> &Smpp {
        &self.link.smpp
    }

    /// Sends a request, waiting for a place in the window first, and waits for its answer.
    ///
    /// # Errors
    ///
    /// [`SendError`]; an answer with an error status is [`SendError::Rejected`].
    ///
    /// # Cancel safety
    ///
    /// Dropped before there was a place in the window, nothing is sent. Dropped later, the request is on its way, keeps its
    /// place until it is answered, and the answer is thrown away.
    pub async fn request<R: Request>(&self, pdu: &R) -> Result<R::Response, SendError> {
        let (answer, answered) = oneshot::channel();
        self.link.send(pdu, Waiting::Call(answer)).await?;
        let frame = answered.await.map_err(|_| SendError::SessionLost { sent: true })??;
        read_answer::<R>(frame)
    }

    /// Sends a text, in as many parts as it takes: as `deliver_sm` to an ESME, as `submit_sm` on our own binds. The settings are
    /// the defaults of [`TextConfig`](crate::config::TextConfig), unless [`SendText::settings`] gives others.
    ///
    /// ```no_run
    /// # async fn run(smpp: wirepath_smpp::Smpp) -> Result<(), Box<dyn std::error::Error>> {
    /// let shop = smpp.esme("shop").ok_or("the shop is not bound")?;
    /// let sent = shop.send_text("Olá! ".repeat(40)).from("31612345678").to("1234").send().await?;
    /// println!("{} parts", sent.parts.len());
    /// # Ok(()) }
    /// ```
    pub fn send_text<'a>(&self, text: impl Into<Cow<'a, str>>) -> SendText<'a> {
        SendText::on_session(self.clone(), text.into())
    }

    /// Keeps many requests in flight from one task.
    #[must_use]
    pub fn pipeline<R: Request>(&self) -> Pipeline<R> {
        Pipeline::new(self.clone())
    }

    pub(super) async fn send_piped<R: Request>(
        &self,
        pdu: &R,
        pipe: &Arc<Pipe>,
        tag: u64,
    ) -> Result<(), SendError> {
        // Counted before it goes: its answer may be there before this task runs again.
        if self.try_send_piped(pdu, pipe, tag)? {
            return Ok(());
        }
        let counted = CountedSend::new(pipe);
        self.link.send(pdu, Waiting::Pipe(Arc::clone(pipe), tag)).await?;
        counted.keep();
        Ok(())
    }

    pub(super) fn try_send_piped<R: Request>(
        &self,
        pdu: &R,
        pipe: &Arc<Pipe>,
        tag: u64,
    ) -> Result<bool, SendError> {
        let counted = CountedSend::new(pipe);
        let sent = self.link.try_send(pdu, Waiting::Pipe(Arc::clone(pipe), tag))?;
        if sent {
            counted.keep();
        }
        Ok(sent)
    }

    /// `alert_notification` (SMPP 3.4 §4.12.1); it has no answer.
    ///
    /// # Errors
    ///
    /// [`SendError`] if it could not be queued.
    pub fn alert_notification(&self, pdu: &AlertNotification) -> Result<(), SendError> {
        self.link.notify(pdu)
    }

    /// Waits until what this side had to say when it was called has been written: the answers of handlers that have returned,
    /// and the requests that were queued. Written is handed to the operating system; that the peer has read it nobody knows.
    ///
    /// For what must not overtake an answer: a receipt that leaves on another session than the message came on. A handler's
    /// answer is written after it has returned, so a task that the handler spawns waits for it here. It is among what is
    /// waited for if the handler returns without waiting for anything once it has spawned the task; layers that hold
    /// an answer back are not waited for.
    ///
    /// ```
    /// use wirepath_smpp::{DeliverSm, EsmClass, Session, Smpp, Status, SubmitSm, SubmitSmResp, on_pdu};
    ///
    /// #[on_pdu("submit_sm")]
    /// async fn take(pdu: SubmitSm, session: Session, smpp: Smpp) -> Result<SubmitSmResp, Status> {
    ///     let receipt = DeliverSm::builder()
    ///         .source(pdu.destination())
    ///         .destination(pdu.source())
    ///         .esm_class(EsmClass::RECEIPT)
    ///         .short_message("id:17 stat:DELIVRD")
    ///         .build()?;
    ///     let system_id = session.system_id().to_string();
    ///     tokio::spawn(async move {
    ///         // Whether it was written or lost with the session, it does not come behind the receipt.
    ///         let _ = session.flush().await;
    ///         if let Some(receiver) = smpp.esme(&system_id) {
    ///             let _ = receiver.deliver_sm(&receipt).await;
    ///         }
    ///     });
    ///     Ok(pdu.accept(17))
    /// }
    /// # let _ = wirepath_smpp::handlers![take].with_state(std::sync::Arc::new(()));
    /// ```
    ///
    /// # Errors
    ///
    /// Why the session ended, if it did first; what was to be written may be lost with it.
    ///
    /// # Cancel safety
    ///
    /// It changes nothing, so it may be dropped.
    pub async fn flush(&self) -> Result<(), UnbindCause> {
        self.link.flush().await
    }

    /// Sends `unbind`, waits for the answer, closes. What the peer sent before it saw the `unbind` is still served.
    ///
    /// Returns when the session is over. Handlers, and our own requests that are unanswered, are waited for first, for as long
    /// as the response timer: a handler that awaits this on its own session waits for itself all that time, so it should call
    /// [`close`](Self::close), or spawn.
    pub async fn unbind(&self) -> UnbindCause {
        self.link.order(Order::Unbind { by: None });
        self.wait_ended().await
    }

    /// Closes the connection without an `unbind`, once what is being written has gone out. Returns at once.
    pub fn close(&self) {
        self.link.order(Order::Close);
    }

    /// Waits until the session is over.
    pub async fn wait_ended(&self) -> UnbindCause {
        loop {
            let ended = self.link.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if let Some(cause) = self.link.over() {
                return cause;
            }
            ended.await;
        }
    }
}

/// A request counted as outstanding until it turns out that it was not sent.
struct CountedSend<'a>(Option<&'a Pipe>);

impl<'a> CountedSend<'a> {
    fn new(pipe: &'a Pipe) -> Self {
        pipe.sent();
        Self(Some(pipe))
    }

    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for CountedSend<'_> {
    fn drop(&mut self) {
        if let Some(pipe) = self.0 {
            pipe.unsent();
        }
    }
}

impl Session {
    /// `cancel_broadcast_sm` (SMPP 5.0 §4.6.2.1), on our own binds.
    ///
    /// # Errors
    ///
    /// See [`request`](Self::request), as for cancel safety.
    pub async fn cancel_broadcast_sm(&self, pdu: &CancelBroadcastSm) -> Result<(), SendError> {
        self.request(pdu).await.map(drop)
    }

    /// Asks whether the peer is there (SMPP 3.4 §4.11.1). The keepalive does this by itself; this is for diagnosis.
    ///
    /// # Errors
    ///
    /// See [`request`](Self::request), as for cancel safety.
    pub async fn enquire_link(&self) -> Result<(), SendError> {
        self.request(&EnquireLink).await.map(drop)
    }
}
