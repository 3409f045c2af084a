//! Parts of messages from SMSCs, put together in memory on their way to an ESME.

use std::{
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt as _, stream};
use tokio::task::AbortHandle;

use crate::{
    Reassembler, Smpp,
    config::ReassemblyConfig,
    engine::Hub,
    protocol::{
        SystemId,
        long::{Outcome, Part},
    },
    routing::{Message, Origin},
};

/// Parts that are sent on at a time.
const AT_A_TIME: usize = 64;

/// Puts them together. What it gives up goes on as it came.
#[derive(Debug)]
pub(crate) struct Join {
    hub: Weak<Hub>,
    reassembler: Reassembler,
    expiry: AbortHandle,
}

/// What became of a message.
pub(super) enum Joined {
    /// Nothing.
    AsItCame,
    /// It is a part, and kept.
    Kept,
    /// It was the last part: the message, and the parts that were there before.
    Whole(Message, Arc<Join>, Vec<Part>),
}

impl Join {
    /// That of an engine; none if nothing is to be put together there. Made with the first message.
    pub(super) fn of(hub: &Arc<Hub>) -> Option<Arc<Self>> {
        let begin = || {
            let config = Smpp::new(Arc::clone(hub)).reassembly()?;
            Some(Arc::new(Self::new(Arc::downgrade(hub), &config)))
        };
        hub.join.get_or_init(begin).clone()
    }

    fn new(hub: Weak<Hub>, config: &ReassemblyConfig) -> Self {
        let gives_up = hub.clone();
        let reassembler = Reassembler::with_dropped(config, move |incomplete| {
            drop(tokio::spawn(send_on(gives_up.clone(), incomplete.parts)));
        });
        let expiry = tokio::spawn(reassembler.clone().run()).abort_handle();
        Self { hub, reassembler, expiry }
    }

    /// Takes a message that came on a bind.
    pub(super) fn offer(self: Arc<Self>, message: &Message) -> Joined {
        // Of a data_sm, too, an ESME gets a deliver_sm.
        let Ok(pdu) = message.to_deliver_sm() else { return Joined::AsItCame };
        // Parts join over whichever of our binds they come.
        let Ok(part) = Part::of(pdu, SystemId::EMPTY, SystemTime::now()) else {
            return Joined::AsItCame;
        };
        let sequence = part.sequence();
        let message = match self.reassembler.offer_part(part) {
            Outcome::Complete(message) if message.len() > 1 => message,
            Outcome::Kept { .. } | Outcome::Duplicate => return Joined::Kept,
            // What cannot be kept is no worse off than without this.
            Outcome::Complete(_) | Outcome::Refused(_) => return Joined::AsItCame,
        };
        let others = message.parts().filter(|part| part.sequence() != sequence).cloned().collect();
        match message.to_deliver_sm() {
            Some(whole) => {
                Joined::Whole(Message::from(whole).with_origin(Origin::Bind), self, others)
            }
            None => {
                drop(tokio::spawn(send_on(self.hub.clone(), others)));
                Joined::AsItCame
            }
        }
    }

    /// Keeps parts again, as old as they are. After the end they go on as they came.
    pub(super) fn give_back(&self, parts: Vec<Part>) {
        let mut unkept = Vec::new();
        for part in parts {
            // One less than all of them, so nothing is whole unless nothing is kept.
            if let Outcome::Complete(alone) = self.reassembler.restore(part) {
                unkept.extend(alone.parts().cloned());
            }
        }
        if !unkept.is_empty() {
            drop(tokio::spawn(send_on(self.hub.clone(), unkept)));
        }
    }

    /// The end: nothing is kept any more. What was kept, and answered for, goes on as it came while its ESMEs are still bound, if
    /// that takes no longer than `limit`.
    pub(crate) async fn end(hub: &Arc<Hub>, limit: Duration) {
        // One that was not made by now is not made any more: there is nobody who would put its parts together.
        let Some(join) = hub.join.get_or_init(|| None) else { return };
        let parts = join.reassembler.close();
        let count = parts.len();
        if count == 0 {
            return;
        }
        tracing::info!(parts = count, "parts of messages that are not whole go on as they came");
        if tokio::time::timeout(limit, send_on(join.hub.clone(), parts)).await.is_err() {
            tracing::warn!(
                parts = count,
                "not all parts of messages that are not whole went on in time, and some are lost: raise \
                 server.drain_timeout_ms, or have them stored, with the key `spool`"
            );
        }
    }
}

impl Drop for Join {
    fn drop(&mut self) {
        self.expiry.abort();
    }
}

/// Sends on what did not become whole.
async fn send_on(hub: Weak<Hub>, parts: Vec<Part>) {
    let Some(smpp) = hub.upgrade().map(Smpp::new) else { return };
    let send = async |part: Part| {
        let message = Message::from(part.pdu().clone()).with_origin(Origin::Bind);
        if let Err(error) = smpp.send_routed(message).await {
            tracing::warn!(
                %error,
                "a part of a message that did not become whole is lost: with the key `spool` it would wait for its ESME"
            );
        }
    };
    stream::iter(parts).map(send).buffered(AT_A_TIME).for_each(async |()| {}).await;
}
