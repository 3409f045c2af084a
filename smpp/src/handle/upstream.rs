//! The handle on an outbound bind, or on a pool of them.

use std::{borrow::Cow, fmt, num::NonZeroU32, sync::Arc};

use super::{SendError, SendText, Session};
#[cfg(feature = "spool")]
use crate::{config::Resend, protocol::message_id_form::MessageIdForm};
use crate::{
    config::TextConfig,
    engine::{BindState, Hub, Kept},
    protocol::{CommandId, Status, pdu::Request},
};

/// The outbound binds of one name: `smpp.bind("aggregator-eu")`. Cheap to clone.
///
/// Each request goes out on one that is bound, in turn, under its `max_msg_per_sec` and its window, both of which are
/// waited for. An SMSC that answers `ESME_RTHROTTLED` or `ESME_RMSGQFUL` is sent less for a while.
#[derive(Clone)]
pub struct Upstream {
    name: Arc<str>,
    hub: Arc<Hub>,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Upstream {
    pub(super) fn new(name: &str, hub: Arc<Hub>) -> Self {
        Self { name: name.into(), hub }
    }

    /// What configuration calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How each of them stands; empty if none has this name.
    #[must_use]
    pub fn states(&self) -> Vec<BindState> {
        self.hub.kept_as(&self.name).iter().map(|kept| kept.state()).collect()
    }

    /// True if one of them is bound.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.hub.kept_as(&self.name).iter().any(|kept| kept.session().is_some())
    }

    /// The rate that an SMSC has slowed one of them to by `ESME_RTHROTTLED` or `ESME_RMSGQFUL`, in messages a second; of several
    /// the lowest.
    #[must_use]
    pub fn slowed_to(&self) -> Option<NonZeroU32> {
        self.hub.kept_as(&self.name).iter().filter_map(|kept| kept.slowed_to()).min()
    }

    /// How many requests may be unanswered on all of them together.
    #[must_use]
    pub fn window(&self) -> usize {
        let kept = self.hub.kept_as(&self.name);
        kept.iter().map(|kept| kept.config.window_size).fold(0, usize::saturating_add)
    }

    /// Whether one of them is bound so that it carries a command.
    #[must_use]
    pub fn carries(&self, command: CommandId) -> bool {
        self.hub.next_kept(&self.name, command).is_some()
    }

    /// How the ids of its receipts are written; of several the first one's configuration counts.
    #[cfg(feature = "spool")]
    pub(crate) fn message_id_form(&self) -> MessageIdForm {
        self.hub
            .kept_as(&self.name)
            .first()
            .map_or_else(Default::default, |kept| kept.config.message_id_form)
    }

    /// What becomes of a message whose answer was lost.
    #[cfg(feature = "spool")]
    pub(crate) fn resend(&self) -> Resend {
        self.hub
            .kept_as(&self.name)
            .first()
            .map_or_else(Default::default, |kept| kept.config.resend)
    }

    /// Waits until one of them is bound, and gives its session; `None` if there is none of this name, or none any more.
    ///
    /// # Cancel safety
    ///
    /// It changes nothing, so it may be dropped.
    pub async fn bound(&self) -> Option<Session> {
        loop {
            let kept = self.hub.kept_as(&self.name);
            // Before the look: a change in between is seen.
            let mut changes: Vec<_> = kept.iter().map(|kept| kept.changes()).collect();
            if let Some(session) = kept.iter().find_map(|kept| kept.session()) {
                return Some(session);
            }
            if kept.is_empty() {
                return None;
            }
            let changed = changes.iter_mut().map(|change| Box::pin(change.changed()));
            // An error is a bind that is gone; whether another is left is seen above.
            drop(futures_util::future::select_all(changed).await);
        }
    }

    /// Sends a request on one of them, and waits for its answer.
    ///
    /// # Errors
    ///
    /// [`SendError::NotBound`] if none that carries the command is bound now, and those of [`Session::request`].
    ///
    /// # Cancel safety
    ///
    /// As [`Session::request`]; dropped while it waits for the rate, nothing is sent.
    pub async fn request<R: Request>(&self, pdu: &R) -> Result<R::Response, SendError> {
        let (kept, session) = loop {
            let kept = self.next_kept(pdu.command())?;
            kept.turn().await;
            // One that was lost while this waited for its rate: another may stand in for it.
            if let Some(session) = kept.session() {
                break (kept, session);
            }
        };
        request_over(&kept, &session, pdu).await
    }

    /// Sends a text, in as many parts as it takes, under the settings of the bind that it goes over: the key `text` of a bind,
    /// [`TextConfig`].
    ///
    /// ```no_run
    /// use wirepath_smpp::{Address, Smpp, TextError};
    ///
    /// async fn greet(smpp: &Smpp, to: &str) -> Result<usize, TextError> {
    ///     let text = smpp.bind("aggregator").send_text("Olá! ".repeat(40));
    ///     let text = text.from("wirepath").to(Address::international(to)).registered_delivery(1);
    ///     println!("it takes {} parts", text.plan()?.parts);
    ///     let sent = text.send().await?;
    ///     Ok(sent.parts.len())
    /// }
    /// ```
    pub fn send_text<'a>(&self, text: impl Into<Cow<'a, str>>) -> SendText<'a> {
        SendText::on_upstream(self.clone(), text.into())
    }

    /// How texts are sent over the first of them.
    pub(crate) fn text_settings(&self) -> TextConfig {
        let kept = self.hub.kept_as(&self.name);
        kept.first().map(|kept| kept.config.text.clone()).unwrap_or_default()
    }

    /// The next of them in turn that carries the command.
    pub(super) fn next_kept(&self, command: CommandId) -> Result<Arc<Kept>, SendError> {
        self.hub.next_kept(&self.name, command).ok_or(SendError::NotBound)
    }
}

/// Sends a request on a bind whose turn was waited for, and takes note of how its SMSC takes it.
pub(super) async fn request_over<R: Request>(
    kept: &Kept,
    session: &Session,
    pdu: &R,
) -> Result<R::Response, SendError> {
    let answer = session.request(pdu).await;
    match &answer {
        Ok(_) => kept.accepted(),
        Err(SendError::Rejected(Status::RTHROTTLED | Status::RMSGQFUL)) => kept.slow_down(),
        Err(_) => {}
    }
    answer
}
