//! Answers what is asked about a spool.

use std::time::SystemTime;

use wirepath::{
    smpp::{
        Message,
        spool::{Record, Spool, Stored},
    },
    store::{Depth, ItemId, Lane},
};

use crate::ask::{Answer, Ask, Details, Known, LaneState, MAX_LISTED, Summary};

/// Octets of a record that cannot be read which are shown.
const SHOWN: usize = 4_096;

/// Does what is asked.
pub(crate) async fn answer(spool: &Spool, ask: Ask) -> Answer {
    let done = match ask {
        Ask::Lanes => spool.depths().await.map(lanes).map_err(|error| error.to_string()),
        Ask::List { lane, after, limit } => {
            let (lane, limit) = (Lane::from(lane), limit.min(MAX_LISTED));
            let listed = spool.list(&lane, after.map(ItemId), limit).await;
            let list =
                |found: Vec<Stored>| Answer::List { messages: found.iter().map(summary).collect() };
            listed.map(list).map_err(|error| error.to_string())
        }
        Ask::Show { id } => match spool.show(ItemId(id)).await {
            Ok(Some(stored)) => Ok(Answer::Show { message: Box::new(details(&stored)) }),
            Ok(None) => Err(format!("there is no message {id}; it may have come to its end")),
            Err(error) => Err(error.to_string()),
        },
        Ask::Replay { id } => {
            spool.replay(ItemId(id)).await.map(|()| Answer::Done).map_err(|error| error.to_string())
        }
        Ask::Discard { id } => spool
            .discard(ItemId(id))
            .await
            .map(|()| Answer::Done)
            .map_err(|error| error.to_string()),
    };
    done.unwrap_or_else(|error| Answer::Failed { error })
}

fn lanes(depths: Vec<Depth>) -> Answer {
    let lanes = depths.into_iter().map(|depth| LaneState {
        lane: depth.lane.as_str().to_owned(),
        ready: depth.ready,
        delayed: depth.delayed,
        leased: depth.leased,
        oldest: depth.oldest.map_or(0, since),
    });
    Answer::Lanes { lanes: lanes.collect() }
}

fn summary(stored: &Stored) -> Summary {
    let item = &stored.item;
    let known = stored.record.as_ref().map(known).map_err(|error| error.to_string());
    Summary { id: item.id.0, age: since(item.queued), attempts: item.attempts, known }
}

fn known(record: &Record) -> Known {
    let message = message(record);
    let address = |digits: &[u8]| digits.escape_ascii().to_string();
    let (from, to) = message.as_ref().map_or_else(Default::default, |message| {
        (address(message.source().digits), address(message.destination().digits))
    });
    Known {
        stage: format!("{:?}", record.stage).to_lowercase(),
        esme: record.esme.to_string(),
        from,
        to,
        reason: record.reason.clone(),
    }
}

fn details(stored: &Stored) -> Details {
    let item = &stored.item;
    let rest = match &stored.record {
        Ok(record) => rest(record),
        Err(_) => {
            let octets = item.body.get(..SHOWN).unwrap_or(&item.body);
            vec![("octets".to_owned(), octets.iter().map(|octet| format!("{octet:02x}")).collect())]
        }
    };
    Details {
        summary: summary(stored),
        lane: item.lane.as_str().to_owned(),
        priority: item.priority,
        due: until(item.due),
        rest,
    }
}

fn rest(record: &Record) -> Vec<(String, String)> {
    let text = message(record).map(|message| message.text().into_owned()).unwrap_or_default();
    let state = match record.state.abbreviation() {
        Some(name) => name.to_owned(),
        None => format!("{:?}", record.state),
    };
    let values = [
        ("state", state),
        ("err", record.err.as_bytes().escape_ascii().to_string()),
        ("given up in", format!("{} s", until(record.deadline))),
        ("chain", record.chain.join(" > ")),
        ("bind", record.bind.clone()),
        ("id there", record.upstream_id.to_string()),
        ("text", text),
    ];
    let said = values.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn message(record: &Record) -> Option<Message> {
    match record.submitted() {
        Ok(pdu) => Some(Message::from(pdu)),
        Err(_) => record.deliver_sm().ok().map(Message::from),
    }
}

fn since(at: SystemTime) -> u64 {
    at.elapsed().unwrap_or_default().as_secs()
}

fn until(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::now()).unwrap_or_default().as_secs()
}
