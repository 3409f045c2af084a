//! The task that brings an ESME what waits for it, over one of its sessions.

use std::{sync::Arc, time::SystemTime};

use futures_util::{
    FutureExt,
    stream::{FuturesUnordered, StreamExt},
};
use wirepath_runtime::{
    shutdown::ShutdownSignal,
    store::{Batch, Item, Lane},
};

use super::{
    lane, notice,
    outcome::{Failed, Failover, Next},
    record::{Record, RecordError, Stage},
    settle::{self, Verdict},
    spool::{Inner, random},
};
use crate::{
    config::Resend,
    handle::{SendError, Session, SessionId},
    protocol::{MessageState, pdu::DeliverSm},
    routing::Message,
};

/// What is in flight to one session, at most; its window may allow less.
const ROOM: usize = 64;

/// Delivers over one session what waits for its ESME.
pub(super) struct Courier {
    spool: Arc<Inner>,
    session: Session,
    lane: Lane,
}

impl Courier {
    /// For a session that can receive.
    pub(super) fn new(spool: Arc<Inner>, session: Session) -> Self {
        let lane = lane::inward(session.system_id());
        Self { spool, session, lane }
    }

    /// Runs until the session is over, or the program drains; what is in flight then is brought to its end.
    pub(super) async fn run(self, signal: ShutdownSignal) {
        let mut flying = FuturesUnordered::new();
        let ended = async {
            tokio::select! {
                _ = self.session.wait_ended() => {}
                () = signal.requested() => {}
            }
        };
        tokio::pin!(ended);
        loop {
            let room = ROOM.saturating_sub(flying.len());
            tokio::select! {
                biased;
                () = &mut ended => break,
                Some(()) = flying.next(), if !flying.is_empty() => {
                    while let Some(Some(())) = flying.next().now_or_never() {}
                }
                items = self.lease(room), if room > 0 => {
                    flying.extend(items.into_iter().map(|item| self.deliver(item)));
                }
            }
        }
        while flying.next().await.is_some() {}
    }

    async fn lease(&self, room: usize) -> Vec<Item> {
        loop {
            match self.spool.store.lease(&self.lane, room).await {
                Ok(items) => return items,
                Err(error) => {
                    tracing::error!(%error, lane = %self.lane, "the spool cannot read; trying again");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        }
    }

    async fn deliver(&self, item: Item) {
        let now = SystemTime::now();
        let batch = Batch::new().if_item(item.id);
        let (record, pdu) = match read(&item) {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(
                    id = %item.id, lane = %self.lane, %error,
                    "a stored message cannot be read and is a dead letter as it is"
                );
                let unread = Item { lane: Lane::from(lane::DEAD), attempts: 0, ..item };
                self.spool.commit_surely(batch.push(unread)).await;
                return;
            }
        };
        if record.deadline <= now {
            let batch = settle::undelivered(batch, &item, record, &self.spool.config);
            self.spool.commit_surely(batch).await;
            return;
        }
        self.behind_its_response(&record).await;
        match self.session.deliver_sm(&pdu).await {
            Ok(_) => {
                if record.stage == Stage::Settled {
                    self.spool.counting.receipts.one();
                }
                let batch = match record.is_from_esme() {
                    true => {
                        let verdict = Verdict::new(MessageState::DELIVERED, b"", SystemTime::now());
                        settle::settle(batch, &item, record, verdict, &self.spool.config)
                    }
                    false => batch.remove(item.id),
                };
                self.spool.commit_surely(batch).await;
            }
            Err(error) => self.failed(item, record, &error).await,
        }
    }

    /// A receipt never comes before the response to its message.
    async fn behind_its_response(&self, record: &Record) {
        let (run, session) = record.origin;
        if record.stage != Stage::Settled || run != self.spool.run {
            return;
        }
        if let Some(session) = self.spool.smpp.session(SessionId(session)) {
            // Whether it was written or lost with the session: it does not come behind.
            let _ = session.flush().await;
        }
    }

    async fn failed(&self, item: Item, record: Record, error: &SendError) {
        let failed = Failed {
            error,
            attempts: item.attempts,
            binds: 1,
            failover: Failover::default(),
            resend: Resend::Again,
            random: random(),
        };
        let batch = Batch::new().if_item(item.id);
        let (after, attempts) = match failed.next(&self.spool.config) {
            Next::Back => return self.spool.store.release(&[item.id]),
            Next::Settle { err, .. } if record.is_from_esme() => {
                let at = SystemTime::now();
                let verdict = Verdict { state: MessageState::UNDELIVERABLE, err, at };
                let batch = settle::settle(batch, &item, record, verdict, &self.spool.config);
                self.spool.commit_surely(batch).await;
                return;
            }
            Next::Settle { .. } => {
                let reason = format!("its ESME refused it for good: {error}");
                self.spool.commit_surely(settle::bury(batch, &item, record, reason)).await;
                return;
            }
            // Another session of the ESME's may take it at once.
            _ if matches!(error, SendError::SessionLost { .. }) => {
                return self.spool.store.release(&[item.id]);
            }
            Next::Later { after, counts } => (after, item.attempts.saturating_add(counts.into())),
            Next::Onward { after } => (after, item.attempts),
        };
        let now = SystemTime::now();
        let due = now.checked_add(after).unwrap_or(now).min(record.deadline);
        self.spool.commit_surely(batch.push(Item { due, attempts, ..item })).await;
    }
}

fn read(item: &Item) -> Result<(Record, DeliverSm), RecordError> {
    let record = Record::decode(item.body.clone())?;
    let pdu = match record.stage {
        Stage::Inbound => match record.submitted() {
            Ok(message) => Message::from(message)
                .to_deliver_sm()
                .map_err(|_| RecordError::Value("deliver_sm"))?,
            Err(_) => record.deliver_sm()?,
        },
        _ => notice::receipt(item.id, &record)?,
    };
    Ok((record, pdu))
}
