//! What goes on beside the calls: the heartbeat, wake-ups and topics, and a look at how the server is set up.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use redis::aio::ConnectionManager;
use redis::{PushInfo, PushKind, Value};
use tokio::sync::mpsc;

use super::Shared;
use super::calls::{answer, text};
use crate::store::Lane;
use crate::store::index::Wake;

/// Messages of the server that wait; what does not fit is dropped.
pub(super) const ROOM: usize = 65_536;

/// Says that this replica is alive, three times within its timeout, and gives back what the dead have leased.
pub(super) async fn heartbeat(shared: Arc<Shared>) {
    let timeout = shared.options.replica_timeout;
    let mut was_lost = false;
    loop {
        tokio::time::sleep(timeout / 3).await;
        match shared.beat(timeout).await {
            Ok(back) => {
                if was_lost {
                    tracing::info!("the store's server answers again");
                }
                if back > 0 {
                    tracing::warn!(
                        items = back,
                        "took back what replicas had leased that are gone"
                    );
                }
                was_lost = false;
                // While the connection was away, wake-ups were too.
                shared.bells.ring_all();
            }
            Err(error) if !was_lost => {
                was_lost = true;
                tracing::warn!(error = %error, "the store's server does not answer; trying on");
            }
            Err(_) => {}
        }
    }
}

/// Hands on what the server pushes, until the store is gone.
pub(super) async fn listen(shared: Weak<Shared>, mut pushed: mpsc::Receiver<PushInfo>) {
    while let Some(push) = pushed.recv().await {
        let Some(shared) = shared.upgrade() else { return };
        if push.kind != PushKind::Message {
            continue;
        }
        let mut data = push.data.into_iter();
        let (Some(channel), Some(Value::BulkString(payload))) = (data.next(), data.next()) else {
            continue;
        };
        let Some(name) = text(&channel).and_then(|channel| channel.strip_prefix(&shared.base))
        else {
            continue;
        };
        if name == ":wake" {
            shared.wake(&payload);
        } else if let Some(topic) = name.strip_prefix(":t:") {
            shared.hub.publish(topic, &Bytes::from(payload));
            if !shared.hub.has(topic) {
                tokio::spawn(leave(shared.clone(), topic.to_owned()));
            }
        }
    }
}

/// Leaves a topic that nobody listens to any more.
async fn leave(shared: Arc<Shared>, topic: String) {
    let _topics = shared.topics.lock().await;
    if shared.hub.has(&topic) {
        return; // somebody has come meanwhile
    }
    let mut connection = shared.connection.clone();
    let left = connection.unsubscribe(format!("{}:t:{topic}", shared.base));
    if let Err(error) = answer(shared.options.call_timeout, left).await {
        tracing::debug!(error = %error, "cannot leave a topic; it is tried with its next message");
    }
}

impl Shared {
    /// What another replica has put into a lane: its name, and which lane.
    fn wake(&self, payload: &[u8]) {
        let Ok(payload) = std::str::from_utf8(payload) else { return };
        match payload.split_once(' ') {
            Some((replica, woken)) if replica != self.replica => self.ring_for(woken),
            _ => {}
        }
    }

    /// What a call of ours has put into lanes, as the script says.
    pub(super) fn ring(&self, woken: Value) {
        let Value::Array(woken) = woken else { return };
        woken.iter().filter_map(text).for_each(|woken| self.ring_for(woken));
    }

    fn ring_for(&self, woken: &str) {
        let Some((who, lane)) = woken.split_at_checked(1) else { return };
        let lane = Lane::from(lane);
        self.bells.ring(&if who == "*" { Wake::All(lane) } else { Wake::One(lane) });
    }
}

/// Warns of a server that forgets what it has acknowledged.
pub(super) async fn check_config(connection: &mut ConnectionManager, limit: Duration) {
    let mut command = redis::cmd("CONFIG");
    command.arg("GET").arg("append*").arg("maxmemory*");
    let settings = command.query_async::<HashMap<String, String>>(connection);
    let Ok(settings) = answer(limit, settings).await else {
        return tracing::info!(
            "the store's server does not show its settings; see that it has `appendonly yes`, `appendfsync always` and \
             `maxmemory-policy noeviction`"
        );
    };
    let is = |key: &str, value: &str| settings.get(key).is_none_or(|held| held == value);
    if !is("appendonly", "yes") || !is("appendfsync", "always") {
        tracing::warn!(
            "the store's server may lose what it has acknowledged when it crashes; set `appendonly yes` and `appendfsync \
             always` in its redis.conf, or: CONFIG SET appendonly yes appendfsync always"
        );
    }
    if !is("maxmemory", "0") && !is("maxmemory-policy", "noeviction") {
        tracing::warn!(
            "the store's server forgets messages when its memory is full; set `maxmemory-policy noeviction` in its redis.conf"
        );
    }
}
