//! What gathers lookups, and makes them together: keys with one command, items with another.

use std::sync::Arc;

use bytes::Bytes;
use redis::{Cmd, Pipeline, Value};
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::calls::{answer, failure, item, unexpected};
use super::packed::digits;
use crate::store::{Found, ItemId, StoreError};

/// Lookups that are made together.
const AT_ONCE: usize = 512;

/// A lookup, and where its answer goes.
pub(super) enum Lookup {
    Key(Bytes, Asked<Bytes>),
    Item(ItemId, Asked<Found>),
}

type Asked<T> = oneshot::Sender<Result<Option<T>, StoreError>>;

/// Makes the lookups that wait, all of them at once, until nobody can ask any more.
pub(super) async fn fetch(shared: Arc<Shared>, mut waiting: mpsc::Receiver<Lookup>) {
    let mut lookups = Vec::new();
    while waiting.recv_many(&mut lookups, AT_ONCE).await > 0 {
        let (mut keys, mut items) = (Vec::new(), Vec::new());
        for lookup in lookups.drain(..) {
            match lookup {
                Lookup::Key(key, asked) => keys.push((key, asked)),
                Lookup::Item(id, asked) => items.push((id, asked)),
            }
        }
        match ask(&shared, &keys, &items).await {
            Ok(values) => give(&shared, values, keys, items).await,
            Err(error) => {
                keys.into_iter().for_each(|(_, asked)| drop(asked.send(Err(error.clone()))));
                items.into_iter().for_each(|(_, asked)| drop(asked.send(Err(error.clone()))));
            }
        }
    }
}

type Keys = Vec<(Bytes, Asked<Bytes>)>;
type Items = Vec<(ItemId, Asked<Found>)>;

/// The answers of up to three commands: the keys, the items, and who holds them.
async fn ask(shared: &Shared, keys: &Keys, items: &Items) -> Result<Vec<Value>, StoreError> {
    let mut pipeline = Pipeline::new();
    pipeline.ignore_errors();
    if !keys.is_empty() {
        let mut command = redis::cmd("MGET");
        for (key, _) in keys {
            command.arg(full(shared, key));
        }
        pipeline.add_command(command);
    }
    if !items.is_empty() {
        for hash in ["items", "held"] {
            let mut command = redis::cmd("HMGET");
            command.arg(format!("{}:{hash}", shared.base));
            for (id, _) in items {
                command.arg(&digits(*id));
            }
            pipeline.add_command(command);
        }
    }
    let mut connection = shared.connection.clone();
    let limit = shared.options.call_timeout;
    answer(limit, pipeline.query_async(&mut connection)).await
}

fn full(shared: &Shared, key: &[u8]) -> Vec<u8> {
    [shared.base.as_bytes(), b":k:", key].concat()
}

async fn give(shared: &Shared, values: Vec<Value>, keys: Keys, items: Items) {
    let mut values = values.into_iter();
    if !keys.is_empty() {
        let held = array(values.next());
        give_keys(shared, keys, held).await;
    }
    if items.is_empty() {
        return;
    }
    let bodies = array(values.next());
    let both = bodies.and_then(|bodies| array(values.next()).map(|holders| (bodies, holders)));
    match both {
        Ok((bodies, holders)) => {
            let both = bodies.into_iter().zip(holders);
            for ((id, asked), (body, holder)) in items.into_iter().zip(both) {
                let item = match body {
                    Value::Nil => Ok(None),
                    body => item(shared, id, body)
                        .map(|item| Some(Found { item, is_leased: !matches!(holder, Value::Nil) })),
                };
                let _ = asked.send(item);
            }
        }
        Err(error) => {
            items.into_iter().for_each(|(_, asked)| drop(asked.send(Err(error.clone()))));
        }
    }
}

async fn give_keys(shared: &Shared, keys: Keys, values: Result<Vec<Value>, StoreError>) {
    let values = match values {
        Ok(values) => values,
        Err(error) => {
            keys.into_iter().for_each(|(_, asked)| drop(asked.send(Err(error.clone()))));
            return;
        }
    };
    let mut absent = Vec::new();
    for ((key, asked), value) in keys.into_iter().zip(values) {
        match value {
            Value::BulkString(value) => drop(asked.send(Ok(Some(Bytes::from(value))))),
            _ => absent.push((key, asked)),
        }
    }
    if absent.is_empty() {
        return;
    }
    // Not there, or of another kind, which this command does not say.
    let kinds = kinds(shared, &absent).await;
    let mut kinds = match kinds {
        Ok(kinds) => kinds.into_iter(),
        Err(error) => {
            absent.into_iter().for_each(|(_, asked)| drop(asked.send(Err(error.clone()))));
            return;
        }
    };
    for (key, asked) in absent {
        let is_other = matches!(kinds.next(), Some(Value::SimpleString(kind)) if kind != "none" && kind != "string");
        let _ = asked.send(if is_other {
            let key = String::from_utf8_lossy(&full(shared, &key)).into_owned();
            tracing::error!(key, "a key in the store's server is of another kind than a string; delete it there, or mend it");
            Err(StoreError::Damaged { key, reason: "it is no string" })
        } else {
            Ok(None)
        });
    }
}

async fn kinds(shared: &Shared, keys: &Keys) -> Result<Vec<Value>, StoreError> {
    let mut pipeline = Pipeline::new();
    for (key, _) in keys {
        let mut command = Cmd::new();
        command.arg("TYPE").arg(full(shared, key));
        pipeline.add_command(command);
    }
    let mut connection = shared.connection.clone();
    answer(shared.options.call_timeout, pipeline.query_async(&mut connection)).await
}

fn array(value: Option<Value>) -> Result<Vec<Value>, StoreError> {
    match failure(value.unwrap_or(Value::Nil))? {
        Value::Array(values) => Ok(values),
        _ => Err(unexpected()),
    }
}
