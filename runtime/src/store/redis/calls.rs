//! Calls to the server, and what its errors mean.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use redis::aio::ConnectionManager;
use redis::{Cmd, RedisError, ServerErrorKind, Value};

use super::Shared;
use crate::store::time::from_ms;
use crate::store::{Item, ItemId, Lane, Source, StoreError};

impl Shared {
    /// A script by its digest. The server may have forgotten it, after a restart: then all are loaded, and it is called again.
    pub(super) async fn call(
        &self,
        digest: &str,
        add: impl Fn(&mut Cmd),
    ) -> Result<Value, StoreError> {
        self.check()?;
        let mut command = self.script(digest);
        add(&mut command);
        let limit = self.options.call_timeout;
        let mut connection = self.connection.clone();
        match answer(limit, command.query_async(&mut connection)).await {
            Err(StoreError::Unavailable { source, .. }) if has_forgotten(&source) => {
                super::Scripts::load(&mut connection, limit).await?;
                answer(limit, command.query_async(&mut connection)).await
            }
            other => other,
        }
    }

    pub(super) fn script(&self, digest: &str) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(digest).arg(1).arg(&self.base);
        command
    }

    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.is_closed.load(Ordering::Acquire) { Err(StoreError::Closed) } else { Ok(()) }
    }

    /// Says that this replica is alive for so long, and gives back what those have leased that are not. How many that were.
    pub(super) async fn beat(&self, alive: Duration) -> Result<u64, StoreError> {
        let mut command = self.script(&self.scripts.beat);
        command.arg(&self.replica).arg(alive.as_millis() as u64);
        let mut connection = self.connection.clone();
        let limit = self.options.call_timeout;
        let value = match answer(limit, command.query_async(&mut connection)).await {
            Err(StoreError::Unavailable { source, .. }) if has_forgotten(&source) => {
                super::Scripts::load(&mut connection, limit).await?;
                answer(limit, command.query_async(&mut connection)).await?
            }
            other => other?,
        };
        match value {
            Value::Int(back) => Ok(u64::try_from(back).unwrap_or_default()),
            _ => Err(unexpected()),
        }
    }

    pub(super) async fn subscribe(&self, channel: &str) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        answer(self.options.call_timeout, connection.subscribe(channel)).await
    }
}

/// A name that no other replica has.
pub(super) async fn new_replica(
    connection: &mut ConnectionManager,
    base: &str,
    limit: Duration,
) -> Result<String, StoreError> {
    let mut command = redis::cmd("INCR");
    command.arg(format!("{base}:replica"));
    match answer(limit, command.query_async(connection)).await? {
        Value::Int(number) => Ok(format!("{number}")),
        _ => Err(unexpected()),
    }
}

/// Waits for an answer, for so long.
pub(super) async fn answer<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(meaning),
        Err(elapsed) => Err(StoreError::Uncertain { source: source(elapsed) }),
    }
}

/// What an error means to the caller.
pub(super) fn meaning(error: RedisError) -> StoreError {
    if error.code() == Some("OOM") {
        return StoreError::ServerFull { source: source(error) };
    }
    // A connection that was refused was never there; one that broke may have carried the call.
    let may_have_happened =
        error.is_timeout() || error.is_connection_dropped() || error.is_io_error();
    if may_have_happened && !error.is_connection_refusal() {
        return StoreError::Uncertain { source: source(error) };
    }
    unavailable(error)
}

pub(super) fn unavailable(error: RedisError) -> StoreError {
    let hint = match error.code() {
        Some("NOAUTH" | "WRONGPASS") => {
            "it wants another user or password; set them in `store.url`"
        }
        Some("NOPERM") => {
            "this user lacks a right; allow it `~{prefix}*`, `&{prefix}*`, `+@all`, or less as the guide says"
        }
        Some("READONLY") => "it is a read-only replica; point `store.url` at the primary",
        Some("MISCONF") => "it cannot write its file; mend the server's disk",
        Some("LOADING") => "it is still reading its file; try again",
        Some(_) => "it refuses the call; the error below is its own",
        None => "is it running, and is `store.url` right?",
    };
    StoreError::Unavailable { hint: hint.to_owned(), source: source(error) }
}

pub(super) fn unexpected() -> StoreError {
    let error = std::io::Error::other("an answer of another kind than was asked for");
    StoreError::Unavailable {
        hint: "is it a Redis or Valkey of version 6 or later?".to_owned(),
        source: source(error),
    }
}

pub(super) fn source(error: impl Error + Send + Sync + 'static) -> Source {
    Arc::new(error)
}

pub(super) fn has_forgotten(source: &Source) -> bool {
    source
        .downcast_ref::<RedisError>()
        .is_some_and(|error| error.kind() == redis::ErrorKind::Server(ServerErrorKind::NoScript))
}

/// A number as the scripts have it: texts of one length sort as the numbers do.
pub(super) fn digits(id: ItemId) -> String {
    format!("{:020}", id.0)
}

/// An item that a script has read, and whether someone has it.
pub(super) fn item(id: &Value, fields: Value) -> Option<(Item, bool)> {
    let id: u64 = text(id)?.parse().ok()?;
    let Value::Array(fields) = fields else { return None };
    let mut fields = fields.into_iter();
    let mut next = || fields.next();
    let lane = next()?;
    let item = Item {
        id: ItemId(id),
        lane: Lane::from(text(&lane)?),
        priority: number(&next()?).and_then(|n| u8::try_from(n).ok())?,
        due: from_ms(number(&next()?)?),
        queued: from_ms(number(&next()?)?),
        attempts: number(&next()?).and_then(|n| u32::try_from(n).ok())?,
        body: match next()? {
            Value::BulkString(body) => Bytes::from(body),
            _ => return None,
        },
    };
    Some((item, !matches!(next()?, Value::Nil)))
}

pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(octets) => std::str::from_utf8(octets).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        other => text(other)?.parse().ok(),
    }
}
