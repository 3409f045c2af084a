//! Outbound binds that are kept: connected, bound, and bound again when they are lost.
//!
//! ```text
//!              ┌────────── lost, refused, no connection ──────────┐
//!              ▼                                                  │
//!   Waiting (½…1 s, doubling up to 60 s) ──▶ Connecting ──▶ Bound ┘
//!                                               any ──▶ Stopped, when it is removed or the program drains
//! ```
//!
//! One whose SMSC may call (`outbind`, SMPP 3.4 §2.2.1) binds on the SMSC's connection whenever one comes and it is not bound.
//! Without a host it does nothing else: Awaiting stands in the place of Waiting, and of Connecting until there is a call.

use std::{
    future,
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};
use wirepath_runtime::{backoff::Backoff, shutdown::ShutdownSignal, tls::TlsWatch};

use super::{
    advice,
    client::{Client, ConnectError},
    hub::Hub,
    kept::{BindState, Kept},
    outbind::Call,
};
use crate::{handle::Session, handler::HandlerService};

/// What is waited before the second attempt, doubled with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The longest wait between two attempts.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// A session that has lasted this long was healthy: what comes after it begins with the first delay.
const HEALTHY: Duration = Duration::from_secs(30);

/// The task of one bind.
pub(super) struct Keeper {
    pub(super) kept: Arc<Kept>,
    pub(super) client: Client,
    pub(super) signal: ShutdownSignal,
    pub(super) _tls_watch: Option<TlsWatch>,
}

impl Keeper {
    pub(super) async fn run<X: HandlerService>(self, service: X, hub: Arc<Hub>) {
        let Self { kept, client, signal, _tls_watch } = self;
        let gone = Gone { kept: Arc::clone(&kept), hub };
        let stop = kept.stop.signal();
        let stopped = async {
            tokio::select! {
                () = signal.requested() => {}
                () = stop.requested() => {}
            }
        };
        tokio::pin!(stopped);
        let mut line = Line { kept: &kept, calls: None };
        let mut called = None;
        let mut attempts = Attempts::new();
        loop {
            let connected = tokio::select! {
                biased;
                () = &mut stopped => break,
                connected = connect(&kept, &client, service.clone(), &mut line, called.take()) => connected,
            };
            line.hang_up();
            let (reason, lasted) = match connected {
                Ok(session) => {
                    let bound = Instant::now();
                    tracing::info!(bind = kept.config.name, session = %session.id(), peer = %session.peer(), "bound");
                    kept.state.send_replace(BindState::Bound(session.clone()));
                    gone.hub.outbound.notify_waiters();
                    let cause = tokio::select! {
                        biased;
                        cause = session.wait_ended() => cause,
                        () = &mut stopped => {
                            part(&session, &signal).await;
                            break;
                        }
                    };
                    (cause.to_string(), Some(bound.elapsed()))
                }
                Err(error) => (advice::explain(&error), None),
            };
            metrics::counter!("wirepath_smpp_bind_reconnects_total", "bind" => kept.config.name.clone()).increment(1);
            let name = &kept.config.name;
            let (failures, delay) =
                attempts.next(lasted, RandomState::new().build_hasher().finish());
            if !kept.config.connects() {
                // Who waits for a call loses nothing by waiting at once.
                tracing::warn!(
                    bind = name,
                    reason,
                    failures,
                    "not bound; waiting for its SMSC to call"
                );
                continue;
            }
            tracing::warn!(bind = name, reason, failures, ?delay, "not bound; trying again");
            kept.state.send_replace(BindState::Waiting { reason, failures, delay });
            tokio::select! {
                biased;
                () = &mut stopped => break,
                call = line.call() => called = Some(call),
                () = tokio::time::sleep(delay) => {}
            }
        }
        drop(gone);
    }
}

/// One attempt: binds on the SMSC's connection if it calls, on one of our own otherwise, whichever is there first.
async fn connect<X: HandlerService>(
    kept: &Kept,
    client: &Client,
    service: X,
    line: &mut Line<'_>,
    called: Option<Call>,
) -> Result<Session, ConnectError> {
    let connects = kept.config.connects();
    let call = match called {
        Some(call) => call,
        None => {
            // Before it says that it waits: who reads it may call at once.
            line.open();
            kept.state.send_replace(match connects {
                true => BindState::Connecting,
                false => BindState::Awaiting,
            });
            let dial = connects.then(|| client.clone().connect_with(service.clone()));
            let connecting = async {
                match dial {
                    Some(dial) => dial.await,
                    None => future::pending().await,
                }
            };
            tokio::select! {
                biased;
                call = line.call() => call,
                connected = connecting => return connected,
            }
        }
    };
    kept.state.send_replace(BindState::Connecting);
    call.answer(client, service).await
}

/// Where the SMSC of a bind gets through, if its configuration says that it may call.
struct Line<'a> {
    kept: &'a Kept,
    calls: Option<oneshot::Receiver<Call>>,
}

impl Line<'_> {
    /// Lets one through from now on.
    fn open(&mut self) -> Option<&mut oneshot::Receiver<Call>> {
        self.kept.config.outbind.as_ref()?;
        Some(self.calls.get_or_insert_with(|| self.kept.expect_call()))
    }

    /// Waits for a call. Cancel safe: one that has come through by then is there the next time.
    async fn call(&mut self) -> Call {
        loop {
            let Some(calls) = self.open() else { return future::pending().await };
            let call = calls.await;
            self.calls = None;
            // An error is one who was about to, and whose connection was lost.
            if let Ok(call) = call {
                return call;
            }
        }
    }

    /// Lets nobody through, while there is a session or it is not known yet what comes next.
    fn hang_up(&mut self) {
        self.kept.expect_no_call();
        // Whoever called in this very moment has come second; his connection closes.
        if let Some(call) = self.calls.take().and_then(|mut calls| calls.try_recv().ok()) {
            call.close_as_second();
        }
    }
}

/// The attempts in a row that have come to nothing.
struct Attempts {
    backoff: Backoff,
}

impl Attempts {
    fn new() -> Self {
        Self { backoff: Backoff::new(FIRST_DELAY, LONGEST_DELAY) }
    }

    /// One more has: it was not bound, or the session has `lasted` so long. Says how many that makes, and what to wait.
    fn next(&mut self, lasted: Option<Duration>, random: u64) -> (u32, Duration) {
        if lasted.is_some_and(|lasted| lasted >= HEALTHY) {
            self.backoff.reset();
        }
        let delay = self.backoff.next_delay(random);
        (self.backoff.failures(), delay)
    }
}

/// Unbinds, once what is in flight has been answered; closes if that takes too long for whoever drains.
async fn part(session: &Session, signal: &ShutdownSignal) {
    tokio::select! {
        _ = session.unbind() => {}
        () = signal.forced() => {
            session.close();
            session.wait_ended().await;
        }
    }
}

/// Takes the bind off the books however its task ends.
struct Gone {
    kept: Arc<Kept>,
    hub: Arc<Hub>,
}

impl Drop for Gone {
    fn drop(&mut self) {
        // First the books: whoever waits for a change looks there.
        self.hub.unkeep(&self.kept);
        self.kept.state.send_replace(BindState::Stopped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Most of the jitter, so that the delays are known.
    const RANDOM: u64 = u64::MAX;

    fn tired() -> Attempts {
        let mut attempts = Attempts::new();
        for _ in 0..10 {
            attempts.next(None, RANDOM);
        }
        attempts
    }

    #[test]
    fn a_healthy_session_is_followed_by_the_first_delay() {
        let (failures, delay) = tired().next(Some(HEALTHY), RANDOM);
        assert_eq!(failures, 1);
        assert!(delay <= FIRST_DELAY, "{delay:?}");
    }

    #[test]
    fn a_session_that_ends_at_once_is_one_more_failure() {
        for lasted in [None, Some(Duration::ZERO), Some(HEALTHY - Duration::from_millis(1))] {
            let (failures, delay) = tired().next(lasted, RANDOM);
            assert_eq!(failures, 11, "{lasted:?}");
            assert!(delay > LONGEST_DELAY / 2 - Duration::from_millis(1), "{lasted:?}: {delay:?}");
        }
    }
}
