//! What ends because its time is over: messages that no receipt came for, and those that wait where nothing moves.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use wirepath_runtime::{
    shutdown::ShutdownSignal,
    store::{Batch, Item, ItemId, Lane, StoreError},
};

use super::{
    correlation, lane,
    parts::{self, Parts},
    record::{Record, Stage},
    settle::{self, Verdict},
    spool::Inner,
};
use crate::protocol::MessageState;

/// How often lanes are looked through, and gauges set.
const EVERY: Duration = Duration::from_secs(5);

/// Messages of one lane that are looked at each time; the next ones at the next.
const LOOKED_AT: usize = 1_000;

/// What is taken of the messages that are due, at a time.
const DUE: usize = 256;

/// Starts the tasks.
pub(super) fn start(spool: &Arc<Inner>) {
    let (signal, own) = (spool.tasks.signal(), Arc::clone(spool));
    drop(spool.tasks.spawn(async move {
        tokio::select! {
            () = signal.requested() => {}
            () = end_waits(&own) => {}
        }
    }));
    let (signal, own) = (spool.tasks.signal(), Arc::clone(spool));
    drop(spool.tasks.spawn(async move {
        tokio::select! {
            () = signal.requested() => {}
            () = own.end_gathering() => {}
        }
    }));
    drop(spool.tasks.spawn(look_through(Arc::clone(spool), spool.tasks.signal())));
}

/// Ends the messages whose receipts have not come.
async fn end_waits(spool: &Inner) {
    let lane = Lane::from(lane::SENT);
    loop {
        let items = match spool.store.lease(&lane, DUE).await {
            Ok(items) => items,
            Err(error) => {
                tracing::error!(%error, "the spool cannot read; trying again");
                tokio::time::sleep(EVERY).await;
                continue;
            }
        };
        for item in items {
            end_wait(spool, item).await;
        }
    }
}

async fn end_wait(spool: &Inner, item: Item) {
    let Ok(mut record) = Record::decode(item.body.clone()) else {
        tracing::error!(id = %item.id, "a stored message cannot be read and is a dead letter as it is");
        let unread = Item { lane: Lane::from(lane::DEAD), ..item.clone() };
        spool.commit_surely(Batch::new().if_item(item.id).push(unread)).await;
        return;
    };
    let state = match settle::registered_delivery(&record) & 0b11 {
        // Of one that arrives its sender wants no receipt, so none of it is good news (SMPP 3.4 §5.2.17).
        2 => MessageState::ACCEPTED,
        _ => MessageState::UNKNOWN,
    };
    let mut verdict = Verdict::new(state, b"TIME", SystemTime::now());
    let key = match Parts::of(&record) {
        Parts::Waiting(changes, mut parts) => {
            if let Some(report) = parts.give_up(state) {
                record.parts = Parts::ended(&report).encode();
                verdict.state = report.state;
            }
            parts::change_key(item.id, changes)
        }
        _ => {
            let form = spool.smpp.bind(&record.bind).message_id_form();
            correlation::key(&record.bind, form.in_receipts(record.upstream_id))
        }
    };
    let guarded = Batch::new().if_item(item.id).delete(key.clone());
    // A receipt that comes in this moment has taken the key. One that was never there (another form of ids was configured
    // since) is no reason to keep the message.
    let batch = match spool.store.get(&key).await {
        Ok(Some(_)) => guarded.if_key(key),
        _ => guarded,
    };
    let batch = settle::settle(batch, &item, record, verdict, &spool.config);
    // Not applied, a receipt has moved it: it is no longer ours to give back.
    spool.commit_surely(batch).await;
}

/// Looks through the lanes where messages may wait for long, and sets the gauges.
async fn look_through(spool: Arc<Inner>, signal: ShutdownSignal) {
    let mut places: HashMap<Lane, ItemId> = HashMap::new();
    loop {
        tokio::select! {
            biased;
            () = signal.requested() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = look(&spool, &mut places).await {
            tracing::error!(%error, "the spool cannot read; trying again");
        }
    }
}

async fn look(spool: &Arc<Inner>, places: &mut HashMap<Lane, ItemId>) -> Result<(), StoreError> {
    let depths = spool.store.depths().await?;
    super::gauges::set(&depths);
    places.retain(|lane, _| depths.iter().any(|depth| depth.lane == *lane));
    for depth in depths {
        let is_outward = lane::binds_of(&depth.lane).is_some();
        if is_outward {
            // Another that shares the store may have put it there, and be gone.
            spool.carry(&depth.lane);
        }
        if !is_outward && !lane::is_inward(&depth.lane) {
            continue;
        }
        let after = places.get(&depth.lane).copied();
        let items = spool.store.list(&depth.lane, after, LOOKED_AT).await?;
        match items.last() {
            Some(last) if items.len() == LOOKED_AT => places.insert(depth.lane, last.id),
            _ => places.remove(&depth.lane),
        };
        let now = SystemTime::now();
        for item in items {
            end_if_over(spool, item, now).await;
        }
    }
    Ok(())
}

/// Ends a message whose validity has ended while it waited.
async fn end_if_over(spool: &Inner, item: Item, now: SystemTime) {
    // What cannot be read is for whoever sends it.
    let Ok(record) = Record::decode(item.body.clone()) else { return };
    if record.deadline > now {
        return;
    }
    let batch = Batch::new().if_free(item.id, item.lane.clone());
    let batch = match record.stage {
        Stage::Waiting => {
            let verdict = Verdict::new(MessageState::EXPIRED, b"", now);
            settle::settle(batch, &item, record, verdict, &spool.config)
        }
        Stage::Settled | Stage::Inbound => settle::undelivered(batch, &item, record, &spool.config),
        // No lane that is looked through has such.
        Stage::Sent | Stage::Dead => return,
    };
    spool.commit_surely(batch).await;
}

#[cfg(test)]
mod tests {
    use wirepath_runtime::store::Store;

    use super::*;
    use crate::{config::SpoolConfig, protocol::SystemId, protocol::pdu::SubmitSm, spool::Spool};

    /// Whoever looks at a message that waits, and writes down its end, may be overtaken by the SMSC's answer to it.
    #[tokio::test]
    async fn what_has_gone_out_meanwhile_is_not_ended_as_if_it_waited() {
        let store = Store::memory();
        let spool = Spool::at_rest(store.clone(), SpoolConfig::default());
        let pdu = SubmitSm::builder().destination("31612345678").build().unwrap();
        let esme = SystemId::new(b"esme1").unwrap();
        let record = Record::accepted(&pdu, Stage::Waiting, esme, SystemTime::UNIX_EPOCH);
        let id = store.reserve(1).await.unwrap();
        let waiting = Item::new(id, lane::out(&["up".to_owned()], false), record.encode());
        let sent = Record { stage: Stage::Sent, ..record.clone() };
        let sent = Item { lane: Lane::from(lane::SENT), body: sent.encode(), ..waiting.clone() };
        store.commit(Batch::new().push(waiting.clone())).await.unwrap();
        store.commit(Batch::new().push(sent.clone())).await.unwrap();
        end_if_over(&spool.inner, waiting.clone(), SystemTime::now()).await;
        end_if_over(&spool.inner, sent.clone(), SystemTime::now()).await;
        assert!(!spool.take_back(&waiting, record.clone()).await);
        let found = store.item(id).await.unwrap().unwrap().item;
        assert_eq!((&found.lane, &found.body), (&sent.lane, &sent.body));
        // And where nothing has overtaken it, it ends.
        store.commit(Batch::new().push(waiting.clone())).await.unwrap();
        end_if_over(&spool.inner, waiting, SystemTime::now()).await;
        assert_eq!(store.item(id).await.unwrap().unwrap().item.lane.as_str(), lane::DEAD);
    }
}
