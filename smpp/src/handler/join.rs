//! Parts of messages from SMSCs, put together in memory on their way to an ESME.

use std::time::SystemTime;

use tokio::task::AbortHandle;

use crate::{
    Reassembler, Session, Smpp,
    config::ReassemblyConfig,
    protocol::{
        SystemId,
        long::{Outcome, Part},
    },
    routing::{Message, Origin},
};

/// Puts them together. What it gives up goes on as it came.
#[derive(Debug)]
pub(super) struct Join {
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
    Whole(Message, Vec<Part>),
}

impl Join {
    pub(super) fn new(smpp: &Smpp, config: &ReassemblyConfig) -> Self {
        let smpp = smpp.clone();
        let reassembler = Reassembler::with_dropped(config, move |incomplete| {
            drop(tokio::spawn(send_on(smpp.clone(), incomplete.parts)));
        });
        let expiry = tokio::spawn(reassembler.clone().run()).abort_handle();
        Self { reassembler, expiry }
    }

    /// Takes a message that came on a bind.
    pub(super) fn offer(&self, session: &Session, message: &Message) -> Joined {
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
            Some(whole) => Joined::Whole(Message::from(whole).with_origin(Origin::Bind), others),
            None => {
                drop(tokio::spawn(send_on(session.smpp().clone(), others)));
                Joined::AsItCame
            }
        }
    }

    /// Keeps parts again, as old as they are.
    pub(super) fn give_back(&self, parts: Vec<Part>) {
        for part in parts {
            // One less than all of them.
            let _ = self.reassembler.restore(part);
        }
    }
}

impl Drop for Join {
    fn drop(&mut self) {
        self.expiry.abort();
    }
}

/// Sends on what did not become whole.
async fn send_on(smpp: Smpp, parts: Vec<Part>) {
    for part in parts {
        let message = Message::from(part.pdu().clone()).with_origin(Origin::Bind);
        if let Err(error) = smpp.send_routed(message).await {
            tracing::warn!(
                %error,
                "a part of a message that did not become whole is lost: with the key `spool` it would wait for its ESME"
            );
        }
    }
}
