//! The handle on an ESME, wherever it is bound.

use std::{borrow::Cow, fmt, sync::Arc};

use super::{SendError, SendText, Session};
use crate::{
    engine::{Hub, read_answer},
    protocol::{
        CommandId, Frame,
        pdu::{AlertNotification, BindKind, Pdu, Request},
    },
};
#[cfg(feature = "spool")]
use {crate::protocol::SystemId, bytes::BytesMut};

/// An ESME, wherever it is bound: `smpp.downstream("shop")`. Cheap to clone.
///
/// Each request goes over one of its sessions that receive, in turn, if there are any here. If not, and this engine
/// shares a store with others (`Smpp::share`), over one at whichever of them has one, under the window of that session.
///
/// An ESME that is bound nowhere costs the store three calls and the caller a second: then it is known that nobody serves the
/// request.
#[derive(Clone)]
pub struct Downstream {
    system_id: Arc<str>,
    hub: Arc<Hub>,
}

impl fmt::Debug for Downstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Downstream").field("system_id", &self.system_id).finish_non_exhaustive()
    }
}

impl Downstream {
    pub(super) fn new(system_id: &str, hub: Arc<Hub>) -> Self {
        Self { system_id: system_id.into(), hub }
    }

    pub(super) fn hub(&self) -> Arc<Hub> {
        Arc::clone(&self.hub)
    }

    /// The name that it binds under.
    #[must_use]
    pub fn system_id(&self) -> &str {
        &self.system_id
    }

    /// One of its sessions here that receive; of several, each in turn. As [`Smpp::esme`](crate::Smpp::esme).
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        self.hub.receiver(self.system_id.as_bytes())
    }

    /// Sends a `deliver_sm` or `data_sm`, and waits for its answer.
    ///
    /// # Errors
    ///
    /// Those of [`Session::request`]. Of what another replica was asked for:
    ///
    /// | error | what is known | may the ESME have it |
    /// |---|---|---|
    /// | [`NotBound`](SendError::NotBound) | no replica took it within a second | no |
    /// | [`Unreachable`](SendError::Unreachable) | the store does not answer | no |
    /// | [`Busy`](SendError::Busy) | 1,024 requests wait already, here or there, or no place came free in the window there | no |
    /// | [`Build`](SendError::Build) | the PDU has more than 128 KiB | no |
    /// | [`TimedOut`](SendError::TimedOut) | a replica took it; the ESME did not answer, or the replica's word was lost | yes |
    /// | [`SessionLost`](SendError::SessionLost) | the session there ended | as it says |
    ///
    /// An answer is waited for as long as `server.response_timer_ms` of this engine says, and the second before that.
    ///
    /// # Cancel safety
    ///
    /// As [`Session::request`]. Dropped while another replica is asked, the request may be on its way.
    pub async fn request<R: Request>(&self, pdu: &R) -> Result<R::Response, SendError> {
        let command = pdu.command();
        if !matches!(command, CommandId::DELIVER_SM | CommandId::DATA_SM) {
            return Err(SendError::NotAllowed { command, kind: BindKind::Receiver });
        }
        if let Some(session) = self.session() {
            match session.request(pdu).await {
                // It ended in this very moment: another may stand in for it.
                Err(SendError::NotBound | SendError::SessionLost { sent: false }) => {}
                outcome => return outcome,
            }
        }
        match self.ask(pdu).await? {
            Some(frame) => read_answer::<R>(frame),
            None => Err(SendError::TimedOut),
        }
    }

    /// Sends a text as `deliver_sm`, in as many parts as it takes. The settings are the defaults of
    /// [`TextConfig`](crate::config::TextConfig), unless [`SendText::settings`] gives others.
    ///
    /// ```no_run
    /// # async fn run(smpp: wirepath_smpp::Smpp) -> Result<(), Box<dyn std::error::Error>> {
    /// let shop = smpp.downstream("shop");
    /// let sent = shop.send_text("Olá! ".repeat(40)).from("31612345678").to("1234").send().await?;
    /// println!("{} parts", sent.parts.len());
    /// # Ok(()) }
    /// ```
    pub fn send_text<'a>(&self, text: impl Into<Cow<'a, str>>) -> SendText<'a> {
        SendText::on_downstream(self.clone(), text.into())
    }

    /// `alert_notification` (SMPP 3.4 §4.12.1); it has no answer. Done when it is queued, here or at another replica.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request), as for cancel safety.
    pub async fn alert_notification(&self, pdu: &AlertNotification) -> Result<(), SendError> {
        if let Some(session) = self.session() {
            match session.alert_notification(pdu) {
                Err(SendError::NotBound) => {}
                outcome => return outcome,
            }
        }
        self.ask(pdu).await.map(drop)
    }

    /// Asks the other replicas.
    #[cfg(feature = "spool")]
    async fn ask(&self, pdu: &impl Pdu) -> Result<Option<Frame>, SendError> {
        let Ok(esme) = SystemId::new(self.system_id.as_bytes()) else {
            return Err(SendError::NotBound);
        };
        let Some(replicas) = self.hub.replicas() else { return Err(SendError::NotBound) };
        let mut octets = BytesMut::new();
        // It has its sequence number from whoever sends it.
        pdu.encode(1, &mut octets);
        let frame = Frame::from_bytes(octets.freeze()).ok_or(SendError::NotBound)?;
        replicas.ask(esme, pdu.command(), frame).await
    }

    /// There are none without a store.
    #[cfg(not(feature = "spool"))]
    #[allow(clippy::unused_async, reason = "it is where there are some")]
    async fn ask(&self, _pdu: &impl Pdu) -> Result<Option<Frame>, SendError> {
        Err(SendError::NotBound)
    }
}
