//! Waking those that wait for a lane.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::Lane;
use super::index::{Next, Wake};
use super::time::Clock;

/// The longest sleep before the clock is read again: the wall's may have been set.
const MAX_SLEEP_MS: u64 = 5_000;

/// A bell a lane, for the lanes that someone waits for: as many as there are calls that wait.
#[derive(Debug, Default)]
pub(super) struct Bells(Mutex<HashMap<Lane, Hung>>);

#[derive(Debug, Default)]
struct Hung {
    notify: Arc<Notify>,
    listeners: usize,
}

impl Bells {
    /// The bell of a lane. It is hung up for as long as the guard lives.
    pub(super) fn of(&self, lane: &Lane) -> Bell<'_> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hung = bells.entry(lane.clone()).or_default();
        hung.listeners += 1;
        Bell { bells: self, lane: lane.clone(), notify: hung.notify.clone() }
    }

    /// Rings all: the store has failed or is closed.
    #[cfg(any(feature = "store-embedded", feature = "store-redis"))]
    pub(super) fn ring_all(&self) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.values().for_each(|bell| bell.notify.notify_waiters());
    }

    pub(super) fn ring(&self, wake: &Wake) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match wake {
            Wake::One(lane) => {
                bells.get(lane).into_iter().for_each(|bell| bell.notify.notify_one())
            }
            Wake::All(lane) => {
                bells.get(lane).into_iter().for_each(|bell| bell.notify.notify_waiters());
            }
        }
    }
}

/// A bell that someone listens to.
#[derive(Debug)]
pub(super) struct Bell<'a> {
    bells: &'a Bells,
    lane: Lane,
    notify: Arc<Notify>,
}

impl Bell<'_> {
    /// Listens from now on: what rings before the answer is awaited is not missed.
    pub(super) fn listen(&self) -> Pin<Box<OwnedNotified>> {
        let mut rung = Box::pin(self.notify.clone().notified_owned());
        rung.as_mut().enable();
        rung
    }

    /// Whoever is woken takes what it can: if there is more, the next one has to know.
    pub(super) fn pass_on(&self, next: Next) {
        if next == Next::Now {
            self.notify.notify_one();
        }
    }
}

/// Waits until a lane's bell rings, or its next item is due.
pub(super) async fn wait_for(rung: Pin<Box<OwnedNotified>>, next: Next, clock: Clock) {
    let ms = match next {
        Next::Now => return,
        Next::Nothing => return rung.await,
        Next::At(due) => due.saturating_sub(clock.now_ms()).clamp(1, MAX_SLEEP_MS),
    };
    let _ = tokio::time::timeout(Duration::from_millis(ms), rung).await;
}

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        let mut bells = self.bells.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hung) = bells.get_mut(&self.lane) {
            hung.listeners = hung.listeners.saturating_sub(1);
            if hung.listeners == 0 {
                bells.remove(&self.lane);
            }
        }
    }
}
