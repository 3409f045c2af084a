//! Calls to the server, and what its errors mean.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use redis::aio::ConnectionManager;
use redis::{Cmd, RedisError, ServerErrorKind, Value};

use super::Shared;
use super::packed::{digits, unpack};
use crate::store::{Item, ItemId, Source, StoreError};

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
            Err(error) if has_forgotten(&error) => {
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
            Err(error) if has_forgotten(&error) => {
                super::Scripts::load(&mut connection, limit).await?;
                answer(limit, command.query_async(&mut connection)).await?
            }
            other => other?,
        };
        let Value::Array(parts) = value else { return Err(unexpected()) };
        let mut parts = parts.into_iter();
        let (Some(Value::Int(back)), Some(woken)) = (parts.next(), parts.next()) else {
            return Err(unexpected());
        };
        self.ring(woken);
        Ok(u64::try_from(back).unwrap_or_default())
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
    if let Some(key) = damaged(&error) {
        tracing::error!(
            key,
            "a key in the store's server is of another kind than it must be; delete it there, or mend it"
        );
        return StoreError::Damaged { key, reason: "it is of another kind than it must be" };
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
        None if error.to_string().contains("certificate") => {
            "its certificate is not trusted; set `store.ca_path` to the PEM file of the authority that signed it, and call the \
             server in `store.url` what its certificate does"
        }
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

/// Whether the server did not know the script, and so did nothing.
pub(super) fn has_forgotten(error: &StoreError) -> bool {
    let StoreError::Unavailable { source, .. } = error else { return false };
    source
        .downcast_ref::<RedisError>()
        .is_some_and(|error| error.kind() == redis::ErrorKind::Server(ServerErrorKind::NoScript))
}

/// The key that a script says is of another kind than it must be. It wrote nothing.
fn damaged(error: &RedisError) -> Option<String> {
    let text = error.to_string();
    let (_, said) = text.split_once("DAMAGED ")?;
    let (length, key) = said.split_once(' ')?;
    key.get(..length.parse().ok()?).map(str::to_owned)
}

/// An answer that is no error.
pub(super) fn failure(value: Value) -> Result<Value, StoreError> {
    match value {
        Value::ServerError(error) => Err(meaning(RedisError::from(error))),
        value => Ok(value),
    }
}

/// An item as it was read; the log names one that is damaged.
pub(super) fn item(shared: &Shared, id: ItemId, value: Value) -> Result<Item, StoreError> {
    let octets = match value {
        Value::BulkString(octets) => Bytes::from(octets),
        _ => Bytes::new(),
    };
    unpack(id, octets).ok_or_else(|| {
        let hash = format!("{}:items", shared.base);
        let field = String::from_utf8_lossy(&digits(id)).into_owned();
        tracing::error!(
            hash, field,
            "an item in the store's server is damaged and is left where it is; look at this field there, and delete it if it cannot be mended"
        );
        StoreError::Damaged { key: format!("{hash} {field}"), reason: "it is no packed item" }
    })
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
