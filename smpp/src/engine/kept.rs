//! One outbound bind, as its task and the handles share it.

use std::{
    num::NonZeroU32,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};
use wirepath_runtime::shutdown::Shutdown;

use super::outbind::Call;
use crate::{config::BindConfig, handle::Session, protocol::pace::Pace};

/// How a kept bind stands.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum BindState {
    /// It is being connected and bound.
    #[default]
    Connecting,
    /// It waits for its SMSC to call, by `outbind`: it has no host of its own to connect to.
    Awaiting,
    /// It is bound.
    Bound(Session),
    /// It was lost or could not be made, and is tried again in a while.
    Waiting {
        /// What went wrong.
        reason: String,
        /// Failures in a row.
        failures: u32,
        /// How long it is until the next attempt, from when this began.
        delay: Duration,
    },
    /// It has been removed, or the program drains.
    Stopped,
}

/// One outbound bind, as its task and the handles share it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) config: BindConfig,
    pub(super) state: watch::Sender<BindState>,
    pace: Mutex<Pace>,
    /// Whether a rate holds: one that is configured, or that the SMSC has asked for. Changed under the lock of `pace`.
    is_paced: AtomicBool,
    pub(super) stop: Shutdown,
    /// There while the SMSC may call: who takes it gets through, and nobody else does.
    callee: Mutex<Option<oneshot::Sender<Call>>>,
}

impl Kept {
    pub(super) fn new(config: BindConfig) -> Self {
        let pace = Pace::new(config.max_msg_per_sec, Instant::now().into_std());
        Self {
            is_paced: AtomicBool::new(config.max_msg_per_sec > 0),
            config,
            state: watch::Sender::default(),
            pace: Mutex::new(pace),
            stop: Shutdown::new(),
            callee: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> BindState {
        self.state.borrow().clone()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<BindState> {
        self.state.subscribe()
    }

    /// The session, if it is bound and still open.
    pub(crate) fn session(&self) -> Option<Session> {
        match &*self.state.borrow() {
            BindState::Bound(session) if session.ended().is_none() => Some(session.clone()),
            _ => None,
        }
    }

    /// As [`session`](Self::session), for who does not need it.
    pub(crate) fn is_bound(&self) -> bool {
        matches!(&*self.state.borrow(), BindState::Bound(session) if session.ended().is_none())
    }

    /// From now on its SMSC may call, once.
    pub(super) fn expect_call(&self) -> oneshot::Receiver<Call> {
        let (callee, calls) = oneshot::channel();
        *self.callee() = Some(callee);
        calls
    }

    /// From now on it may not.
    pub(super) fn expect_no_call(&self) {
        *self.callee() = None;
    }

    /// Hands it the connection that its SMSC has made; gives it back if it has a session, or is about to have one.
    pub(super) fn call(&self, call: Call) -> Result<(), Call> {
        let callee = self.callee().take();
        match callee {
            Some(callee) => callee.send(call),
            None => Err(call),
        }
    }

    fn callee(&self) -> MutexGuard<'_, Option<oneshot::Sender<Call>>> {
        self.callee.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its turn under the rate. Cancel safe: what is dropped has taken nothing.
    pub(crate) async fn turn(&self) {
        // Without a rate there is neither a clock to be read nor a lock to be waited for.
        while self.is_paced.load(Ordering::Acquire) {
            let now = Instant::now();
            let next = {
                let mut pace = self.pace();
                if pace.try_take(now.into_std()) {
                    let is_paced = self.config.max_msg_per_sec > 0 || pace.slowed_to().is_some();
                    self.is_paced.store(is_paced, Ordering::Release);
                    return;
                }
                pace.next_at(now.into_std())
            };
            tokio::time::sleep_until(next.into()).await;
        }
    }

    /// The rate that the SMSC has slowed it to.
    pub(crate) fn slowed_to(&self) -> Option<NonZeroU32> {
        self.pace().slowed_to()
    }

    pub(crate) fn accepted(&self) {
        self.pace().accepted(Instant::now().into_std());
    }

    /// The SMSC says that it is too much.
    pub(crate) fn slow_down(&self) {
        let slowed = {
            let mut pace = self.pace();
            let before = pace.slowed_to();
            pace.refused(Instant::now().into_std());
            self.is_paced.store(true, Ordering::Release);
            pace.slowed_to().filter(|rate| Some(*rate) != before)
        };
        if let Some(rate) = slowed {
            tracing::warn!(
                bind = self.config.name, %rate,
                "the SMSC refuses messages as too many; slowing down. Set max_msg_per_sec to what it takes"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, sync::Arc, time::SystemTime};

    use futures_util::FutureExt;

    use super::*;
    use crate::{
        config::ServerConfig,
        engine::{
            drive::{DrivePlan, link},
            hub::Hub,
            link::{BoundAs, Link},
        },
        handle::{SendError, Smpp},
        protocol::{
            Role, SystemId,
            pdu::{BindKind, SubmitSm},
        },
    };

    const SECOND: Duration = Duration::from_secs(1);

    /// A bind called `up` with one message a second, over a session that nobody drives: what is sent stays in its queue.
    fn bound(hub: &Arc<Hub>) -> (Arc<Kept>, Arc<Link>) {
        let mut config = BindConfig::new("up", "smsc.example", "us", "secret");
        config.max_msg_per_sec = 1;
        let kept = Arc::new(Kept::new(config));
        let plan = DrivePlan::of_server(&ServerConfig::default());
        let peer = SocketAddr::from(([192, 0, 2, 1], 2775));
        let link = Arc::new(link(Role::Esme, peer, None, hub, &plan));
        let (kind, system_id) = (BindKind::Transceiver, SystemId::default());
        let bound = BoundAs { kind, system_id, at: SystemTime::UNIX_EPOCH, is_old: false };
        link.bound.set(bound).unwrap();
        kept.state.send_replace(BindState::Bound(Session::new(Arc::clone(&link))));
        hub.keep(&kept);
        (kept, link)
    }

    fn lose(kept: &Kept) {
        let reason = "lost".to_owned();
        kept.state.send_replace(BindState::Waiting { reason, failures: 1, delay: SECOND });
    }

    fn sent(link: &Link) -> u64 {
        link.outgoing().queued
    }

    fn message() -> SubmitSm {
        SubmitSm::builder().destination("2").short_message("hi").build().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_the_rate_of_a_bind_that_is_lost_goes_over_another() {
        let hub = Arc::<Hub>::default();
        let (first, lost) = bound(&hub);
        first.turn().await;
        let (up, pdu) = (Smpp::new(Arc::clone(&hub)).bind("up"), message());
        let mut request = Box::pin(up.request(&pdu));
        assert!(request.as_mut().now_or_never().is_none(), "it waits for the rate");
        let (_second, other) = bound(&hub);
        lose(&first);
        tokio::time::advance(SECOND).await;
        assert!(request.as_mut().now_or_never().is_none(), "it waits for the answer");
        assert_eq!((sent(&lost), sent(&other)), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_the_rate_of_the_only_bind_is_told_that_it_is_lost() {
        let hub = Arc::<Hub>::default();
        let (first, lost) = bound(&hub);
        first.turn().await;
        let (up, pdu) = (Smpp::new(Arc::clone(&hub)).bind("up"), message());
        let mut request = Box::pin(up.request(&pdu));
        assert!(request.as_mut().now_or_never().is_none(), "it waits for the rate");
        lose(&first);
        tokio::time::advance(SECOND).await;
        assert_eq!(request.now_or_never().map(Result::err), Some(Some(SendError::NotBound)));
        assert_eq!(sent(&lost), 0);
    }
}
