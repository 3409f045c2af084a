//! The bus.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc::{self, error::TrySendError};

use super::Answer;

/// Publish and subscribe, at most once: what is published while nobody listens is gone.
pub trait Bus: Send + Sync {
    /// Gives a payload to all that are subscribed to a topic now, on every replica.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached.
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> Answer<'a, ()>;

    /// Listens to a topic: what is published after this call has returned.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached.
    fn subscribe<'a>(&'a self, topic: &'a str) -> Answer<'a, Subscription>;
}

/// What was published to a topic.
///
/// It keeps up to [`Subscription::CAPACITY`] payloads. What does not fit is dropped and [counted](Self::missed).
#[derive(Debug)]
pub struct Subscription {
    payloads: mpsc::Receiver<Bytes>,
    missed: Arc<AtomicU64>,
}

impl Subscription {
    /// Payloads that wait to be taken.
    pub const CAPACITY: usize = 1_024;

    /// A subscription, and what feeds it; for backends.
    pub fn channel() -> (Feed, Self) {
        let (sender, payloads) = mpsc::channel(Self::CAPACITY);
        let missed = Arc::new(AtomicU64::new(0));
        (Feed { sender, missed: missed.clone() }, Self { payloads, missed })
    }

    /// The next payload; waits for one. `None` after the store was closed.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped loses nothing.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.payloads.recv().await
    }

    /// Payloads that were dropped because they were not taken in time.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

/// The other end of a [`Subscription`].
#[derive(Clone, Debug)]
pub struct Feed {
    sender: mpsc::Sender<Bytes>,
    missed: Arc<AtomicU64>,
}

impl Feed {
    /// Gives it a payload, or counts it as missed. `false` once the subscription was dropped.
    pub fn send(&self, payload: Bytes) -> bool {
        match self.sender.try_send(payload) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }

    /// Whether the subscription was dropped.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

/// The subscriptions of this process, by topic. A topic is forgotten with its last subscription, so it is as large as what
/// callers hold.
#[derive(Debug, Default)]
pub(super) struct Hub(Mutex<HashMap<String, Vec<Feed>>>);

impl Hub {
    /// Gives a payload to those that listen, and forgets those that do not any more.
    pub(super) fn publish(&self, topic: &str, payload: &Bytes) {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feeds) = topics.get_mut(topic) {
            feeds.retain(|feed| feed.send(payload.clone()));
            if feeds.is_empty() {
                topics.remove(topic);
            }
        }
    }

    /// Whether anybody listens to a topic.
    #[cfg(feature = "store-redis")]
    pub(super) fn has(&self, topic: &str) -> bool {
        let topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        topics.get(topic).is_some_and(|feeds| feeds.iter().any(|feed| !feed.is_closed()))
    }

    pub(super) fn subscribe(&self, topic: &str) -> Subscription {
        let mut topics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (feed, subscription) = Subscription::channel();
        let feeds = topics.entry(topic.to_owned()).or_default();
        feeds.retain(|feed| !feed.is_closed());
        feeds.push(feed);
        subscription
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_counted() {
        let hub = Hub::default();
        let mut slow = hub.subscribe("t");
        for n in 0..Subscription::CAPACITY + 3 {
            hub.publish("t", &Bytes::from(n.to_string()));
        }
        assert_eq!(slow.missed(), 3);
        assert_eq!(slow.next().await.unwrap(), "0");
    }

    #[test]
    fn a_topic_without_subscriptions_is_forgotten() {
        let hub = Hub::default();
        drop(hub.subscribe("t"));
        drop(hub.subscribe("t"));
        assert_eq!(hub.0.lock().unwrap()["t"].len(), 1);
        hub.publish("t", &Bytes::new());
        assert!(hub.0.lock().unwrap().is_empty());
    }
}
