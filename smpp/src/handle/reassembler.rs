//! Parts put together, in handlers.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use tokio::{sync::Notify, time::Instant};

use super::Session;
use crate::{
    config::ReassemblyConfig,
    protocol::{
        Role, SystemId,
        long::{Incomplete, MessagePdu, Offered, Outcome, Part, Reassembly},
    },
};

/// Puts long messages together: hand it to handlers as `State`, and offer it every `submit_sm`, `deliver_sm` or `data_sm`. Cheap
/// to clone; the clones share what they keep.
///
/// ```
/// use std::sync::Arc;
/// use wirepath_smpp::{
///     Reassembler, Session, State, Status, SubmitSm, SubmitSmResp, config::ReassemblyConfig, handlers,
///     long::Outcome, on_pdu,
/// };
///
/// #[on_pdu("submit_sm")]
/// async fn take(
///     pdu: SubmitSm,
///     session: Session,
///     State(reassembler): State<Reassembler>,
/// ) -> Result<SubmitSmResp, Status> {
///     match reassembler.offer(&pdu, &session) {
///         Outcome::Complete(message) => println!("{} parts: {}", message.len(), message.text()),
///         Outcome::Kept { .. } | Outcome::Duplicate => {}
///         Outcome::Refused(refusal) => return Err(refusal.into()),
///     }
///     Ok(pdu.accept("id"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let reassembler = Reassembler::new(&ReassemblyConfig::default());
/// tokio::spawn(reassembler.clone().run());
/// let service = handlers![take].with_state(Arc::new(reassembler));
/// # }
/// ```
///
/// # Answers
///
/// `ESME_ROK` says that this side answers for the part from now on, and a part that is kept here is kept in memory: it is lost with
/// the process, and may be given up. Who must not lose it stores [`Part::encode`] before the answer, and gives the store's parts to
/// [`restore`](Self::restore) at the start.
#[derive(Clone)]
pub struct Reassembler {
    shared: Arc<Shared>,
}

type OnDropped = Box<dyn Fn(Incomplete) + Send + Sync>;

struct Shared {
    /// None if everything is to be taken as it comes.
    reassembly: Mutex<Option<Reassembly>>,
    /// A part is kept: there may be an earlier deadline.
    kept: Notify,
    on_dropped: Option<OnDropped>,
}

impl fmt::Debug for Reassembler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reassembly = self.reassembly();
        f.debug_struct("Reassembler")
            .field("messages", &reassembly.as_ref().map_or(0, Reassembly::len))
            .field("octets", &reassembly.as_ref().map_or(0, Reassembly::octets))
            .finish_non_exhaustive()
    }
}

impl Reassembler {
    /// Keeps nothing yet. What it gives up is logged and counted.
    #[must_use]
    pub fn new(config: &ReassemblyConfig) -> Self {
        Self::build(config, None)
    }

    /// The same; what it gives up goes to a function too, with its parts: to take them out of a store, to answer their sender.
    ///
    /// It is called in the midst of [`offer`](Self::offer) and [`run`](Self::run), so it must not take long.
    pub fn with_dropped(
        config: &ReassemblyConfig,
        on_dropped: impl Fn(Incomplete) + Send + Sync + 'static,
    ) -> Self {
        Self::build(config, Some(Box::new(on_dropped)))
    }

    fn build(config: &ReassemblyConfig, on_dropped: Option<OnDropped>) -> Self {
        let reassembly = Mutex::new(config.enabled.then(|| Reassembly::new(config.limits())));
        Self { shared: Arc::new(Shared { reassembly, kept: Notify::new(), on_dropped }) }
    }

    /// Takes a PDU that came on a session. What has no parts is [`Outcome::Complete`] at once.
    ///
    /// Parts of two ESMEs never join; those that our own binds bring do, over whichever of them they come.
    pub fn offer(&self, pdu: impl Into<MessagePdu>, session: &Session) -> Outcome {
        let origin = match session.role() {
            Role::Smsc => session.system_id(),
            Role::Esme => SystemId::EMPTY,
        };
        match Part::of(pdu, origin, SystemTime::now()) {
            Ok(part) => self.offer_part(part),
            Err(bad) => Outcome::Refused(bad.into()),
        }
    }

    /// Takes a part that has come now: for who has stored it before.
    pub fn offer_part(&self, part: Part) -> Outcome {
        let offered = match &mut *self.reassembly() {
            Some(reassembly) => reassembly.offer(Instant::now().into_std(), part),
            None => return Outcome::alone(part),
        };
        self.settle(offered)
    }

    /// Takes a part out of a store. It is as old as [`Part::received`] says, and nothing expires until a part is offered or
    /// [`run`](Self::run) begins: first restore all of them.
    pub fn restore(&self, part: Part) -> Outcome {
        // A clock that was set back makes it new.
        let age = SystemTime::now().duration_since(part.received()).unwrap_or_default();
        let offered = match &mut *self.reassembly() {
            Some(reassembly) => reassembly.restore(Instant::now().into_std(), age, part),
            None => return Outcome::alone(part),
        };
        self.settle(offered)
    }

    /// Gives up what has waited too long, when it has; without this only [`offer`](Self::offer) does. It never ends: spawn it once.
    ///
    /// # Cancel safety
    ///
    /// It may be dropped, and called again.
    pub async fn run(self) {
        loop {
            let kept = self.shared.kept.notified();
            tokio::pin!(kept);
            kept.as_mut().enable();
            while let Some(incomplete) = self.expire() {
                self.give_up(incomplete);
            }
            let next = self.reassembly().as_ref().and_then(Reassembly::next_deadline);
            match next {
                // Either way there is something to look at.
                Some(next) => drop(tokio::time::timeout_at(next.into(), kept).await),
                None => kept.await,
            }
        }
    }

    /// The memory that parts are counted with, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.reassembly().as_ref().map_or(0, Reassembly::octets)
    }

    /// How many messages are not whole.
    #[must_use]
    pub fn incomplete(&self) -> usize {
        self.reassembly().as_ref().map_or(0, Reassembly::len)
    }

    /// Keeps nothing from now on, and gives what was kept.
    pub(crate) fn close(&self) -> Vec<Part> {
        let kept = self.reassembly().take();
        kept.iter().flat_map(Reassembly::parts).cloned().collect()
    }

    fn expire(&self) -> Option<Incomplete> {
        self.reassembly().as_mut()?.expire(Instant::now().into_std())
    }

    fn settle(&self, offered: Offered) -> Outcome {
        for incomplete in offered.dropped {
            self.give_up(incomplete);
        }
        if matches!(offered.outcome, Outcome::Kept { .. }) {
            self.shared.kept.notify_waiters();
        }
        offered.outcome
    }

    fn give_up(&self, incomplete: Incomplete) {
        let reason = incomplete.reason.name();
        metrics::counter!("wirepath_smpp_long_dropped_total", "reason" => reason).increment(1);
        if let Some(first) = incomplete.parts.first() {
            let (parts, total) = (incomplete.parts.len(), first.total());
            tracing::warn!(origin = %first.origin(), reason, parts, total, "gave up a long message");
        }
        if let Some(on_dropped) = &self.shared.on_dropped {
            on_dropped(incomplete);
        }
    }

    /// Nothing panics while it holds the lock, so a poisoned one would still be sound.
    fn reassembly(&self) -> MutexGuard<'_, Option<Reassembly>> {
        self.shared.reassembly.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
