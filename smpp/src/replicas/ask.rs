//! Asking the others.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use tokio::{sync::oneshot, time::timeout};
use wirepath_runtime::store::{Batch, StoreError, Subscription};

use super::{
    share::Shared,
    wire::{Ask, MAX_PDU, Outcome, Reply, read_outcome, topic},
};
use crate::{
    handle::SendError,
    protocol::{BuildError, CommandId, Frame, SystemId},
};

/// Requests that wait for an answer at a time.
pub(super) const MAX_ASKED: usize = 1_024;

/// How often a request is published, for the bus may lose it, and how long each time is waited for an answer.
const TRIES: u32 = 2;
const TRY: Duration = Duration::from_millis(500);

/// How long a request may be served at most if nobody takes it back: the asker may have died.
const OPEN: Duration = Duration::from_secs(30);

/// Hands outcomes to those who wait for them, until the store is closed.
pub(super) async fn listen(shared: &Shared, mut replies: Subscription) {
    while let Some(payload) = replies.next().await {
        let Some((number, outcome)) = Reply::split(&payload) else { continue };
        if let Some(asker) = shared.asked().remove(&number) {
            // One that has gone away is no error.
            let _ = asker.send(outcome);
        }
    }
}

pub(super) async fn ask(
    shared: &Shared,
    esme: SystemId,
    command: CommandId,
    frame: Frame,
) -> Outcome {
    let length = frame.as_bytes().len();
    if length > MAX_PDU {
        return Err(BuildError::TooLong { field: "the PDU", length, max: MAX_PDU }.into());
    }
    let outcome = match Asked::new(shared) {
        Some(asked) => asked.wait(esme, command, frame).await,
        None => Err(SendError::Busy),
    };
    let result = match &outcome {
        Ok(_) => "answered",
        Err(SendError::NotBound) => "nobody",
        Err(SendError::Unreachable) => "unreachable",
        Err(error) if error.may_have_arrived() => "unanswered",
        Err(_) => "refused",
    };
    metrics::counter!("wirepath_smpp_remote_sends_total", "result" => result).increment(1);
    outcome
}

/// A request that waits for its outcome; dropped, it does no longer.
struct Asked<'a> {
    shared: &'a Shared,
    number: u64,
    outcome: oneshot::Receiver<Bytes>,
}

impl<'a> Asked<'a> {
    /// `None` if too many wait.
    fn new(shared: &'a Shared) -> Option<Self> {
        let number = shared.numbers.fetch_add(1, Ordering::Relaxed);
        let (asker, outcome) = oneshot::channel();
        let mut asked = shared.asked();
        if asked.len() >= MAX_ASKED {
            return None;
        }
        asked.insert(number, asker);
        drop(asked);
        Some(Self { shared, number, outcome })
    }

    async fn wait(mut self, esme: SystemId, command: CommandId, frame: Frame) -> Outcome {
        let Self { shared, number, .. } = self;
        let patience = match shared.hub.upgrade() {
            Some(hub) => hub.response_timer(),
            None => return Err(SendError::NotBound),
        };
        let ask = Ask { run: shared.run, number, patience, frame };
        let key = ask.key();
        if let Err(error) = shared.store.put(key.clone(), Bytes::new(), Some(OPEN)).await {
            // It was not published, and the key says nothing to anybody.
            failed(&error);
            return Err(SendError::Unreachable);
        }
        let (topic, payload) = (topic(esme), ask.encode());
        let mut published = 0;
        for _ in 0..TRIES {
            match shared.store.publish(&topic, payload.clone()).await {
                Ok(()) => published += 1,
                Err(error) => failed(&error),
            }
            if let Ok(outcome) = timeout(TRY, &mut self.outcome).await {
                return read(outcome, command);
            }
        }
        match shared.store.commit(Batch::new().if_key(key.clone()).delete(key)).await {
            // Nobody has, and nobody will.
            Ok(true) if published == 0 => return Err(SendError::Unreachable),
            Ok(true) => return Err(SendError::NotBound),
            Ok(false) => {}
            // Somebody may have.
            Err(error) => failed(&error),
        }
        match timeout(patience, &mut self.outcome).await {
            Ok(outcome) => read(outcome, command),
            Err(_) => Err(SendError::TimedOut),
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.shared.asked().remove(&self.number);
    }
}

fn read(outcome: Result<Bytes, oneshot::error::RecvError>, command: CommandId) -> Outcome {
    read_outcome(&outcome.map_err(|_| SendError::TimedOut)?, command)
}

/// The store says so itself when its server goes away and comes back; here it is a message among many.
fn failed(error: &StoreError) {
    tracing::debug!(%error, "cannot ask the other replicas");
}
