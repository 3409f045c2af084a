//! Serving the others.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep, timeout},
};
use wirepath_runtime::{backoff::Backoff, store::Batch};

use super::{
    share::Shared,
    wire::{Ask, Outcome, Reply, topic},
};
use crate::{
    engine::Waiting,
    handle::{SendError, Session},
    protocol::{
        Frame, Rules, SystemId,
        pdu::{Pdu, Request, RequestPdu},
    },
};

/// Between attempts to listen to a topic.
const FIRST_DELAY: Duration = Duration::from_millis(500);
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// Serves what others have for an ESME until it has no receiving session here, or the store is closed.
pub(super) async fn attend(shared: &Arc<Shared>, esme: SystemId, left: &Notify) {
    let topic = topic(esme);
    let mut backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
    let mut asks = loop {
        match shared.store.subscribe(&topic).await {
            Ok(asks) => break asks,
            Err(error) => {
                let delay = backoff.next_delay(u64::MAX);
                if backoff.failures() == 1 {
                    tracing::warn!(%error, %esme, "other replicas cannot reach an ESME that is bound here; trying on");
                }
                tokio::select! {
                    () = sleep(delay) => {}
                    () = left.notified() => if shared.strike_off(esme) { return }
                }
            }
        }
    };
    loop {
        tokio::select! {
            biased;
            () = left.notified() => if shared.strike_off(esme) { return },
            payload = asks.next() => match payload {
                // What is none is of another version, or says that somebody has left.
                Some(payload) => if let Some(ask) = Ask::decode(&payload) {
                    begin(shared, esme, ask).await;
                },
                None => return,
            }
        }
    }
}

/// Tells the store that one has stopped listening: it finds out by the next payload, and there may be none.
pub(super) async fn leave(shared: &Shared, esme: SystemId) {
    if let Err(error) = shared.store.publish(&topic(esme), Bytes::new()).await {
        tracing::debug!(%error, %esme, "cannot leave a topic; it is left with its next payload");
    }
}

async fn begin(shared: &Arc<Shared>, esme: SystemId, ask: Ask) {
    match Arc::clone(&shared.serving).try_acquire_owned() {
        Ok(permit) => {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                serve(&shared, esme, ask).await;
                drop(permit);
            });
        }
        // One at a time, and the others wait in the subscription.
        Err(_) => {
            if is_ours(shared, &ask).await {
                reply(shared, &ask, Err(SendError::Busy)).await;
            }
        }
    }
}

async fn serve(shared: &Shared, esme: SystemId, ask: Ask) {
    let until = Instant::now() + ask.patience;
    let receiver = || shared.hub.upgrade()?.receiver(esme.as_bytes());
    let Ok(pdu) = RequestPdu::decode(ask.frame.clone(), Rules::Lenient) else { return };
    // Another replica may still have one.
    if receiver().is_none() || !is_ours(shared, &ask).await {
        return;
    }
    let outcome = match receiver() {
        Some(session) => send(&session, pdu, until).await,
        None => Err(SendError::NotBound),
    };
    reply(shared, &ask, outcome).await;
}

/// Whether it is for us to serve, and for nobody else.
async fn is_ours(shared: &Shared, ask: &Ask) -> bool {
    let key = ask.key();
    match shared.store.commit(Batch::new().if_key(key.clone()).delete(key)).await {
        Ok(is_ours) => is_ours,
        Err(error) => {
            // If the key is gone all the same, the asker takes it as served, and hears nothing.
            tracing::debug!(%error, "cannot claim what another replica asks for");
            false
        }
    }
}

async fn reply(shared: &Shared, ask: &Ask, outcome: Outcome) {
    metrics::counter!("wirepath_smpp_remote_served_total").increment(1);
    let reply = Reply { number: ask.number, outcome }.encode();
    if let Err(error) = shared.store.publish(&ask.run.topic(), reply).await {
        tracing::debug!(%error, "cannot tell another replica what came of its request");
    }
}

async fn send(session: &Session, pdu: RequestPdu, until: Instant) -> Outcome {
    match pdu {
        RequestPdu::DeliverSm(pdu) => request(session, &pdu, until).await.map(Some),
        RequestPdu::DataSm(pdu) => request(session, &pdu, until).await.map(Some),
        RequestPdu::AlertNotification(pdu) => session.alert_notification(&pdu).map(|()| None),
        other => {
            let command = other.command();
            tracing::warn!(%command, "another replica asks for what no ESME is sent; refused");
            Err(SendError::NotBound)
        }
    }
}

/// As [`Session::request`], but a place in the window is waited for no longer than its asker waits, and the answer is as it came.
async fn request<R: Request>(
    session: &Session,
    pdu: &R,
    until: Instant,
) -> Result<Frame, SendError> {
    let (answer, answered) = oneshot::channel();
    let sending = session.link.send(pdu, Waiting::Call(answer));
    let left = until.saturating_duration_since(Instant::now());
    timeout(left, sending).await.map_err(|_| SendError::Busy)??;
    answered.await.map_err(|_| SendError::SessionLost { sent: true })?
}
