//! A store in Redis or Valkey, shared by replicas.
//!
//! ```text
//!   commit ──► pump: all that waits in one script ──► server
//!   get ─────► fetch: all that waits in one command
//!   lease ───► script, one a lane at a time: what a dropped call has leased is for the next, or goes back
//!   wake, topics ◄── pub/sub on the same connection (RESP3)
//!   heartbeat: this replica is alive; what the dead have leased goes back
//! ```
//!
//! # The server
//!
//! Redis 6 or later, or Valkey, with `appendonly yes` and `appendfsync always`: else what was acknowledged does not survive a
//! crash of the server. `maxmemory-policy noeviction`: else it forgets messages. Both are looked at when the store is opened,
//! where `CONFIG GET` is allowed, and a warning says how to mend them. The time is the server's.
//!
//! # What is where
//!
//! | key, behind the base | what |
//! |---|---|
//! | `:items` | a hash: number → packed item |
//! | `:held`, `:leased:<replica>` | a hash: number → replica and call that have leased it; a set of those of one replica |
//! | `:wait:<lane>` | a sorted set: what is not leased, by priority or, if it is delayed, by when it is due |
//! | `:all:<lane>` | a sorted set: all there is in the lane, by number |
//! | `:out`, `:lanes` | a hash: lane → how many are leased; the lanes that hold something |
//! | `:replicas`, `:alive:<replica>` | who has said it is there; who has said so lately |
//! | `:next`, `:replica` | the last number that was given to an item, and to a replica |
//! | `:k:<key>` | a key of the user's |
//! | `:layout` | the number of all this |
//!
//! # Why sorted sets
//!
//! A stream with consumer groups keeps the order in which things came: it cannot put the urgent ones first, hold one back until
//! it is due, or take one out by its number, and a message queue needs all three.
//!
//! # Why batches go together
//!
//! A call of a script, and of a command in a script, costs the server more than what it does. So the batches that wait go in one
//! script, which looks at all their items and keys with some calls, applies one batch after the other to what it saw, and writes the
//! outcome with some calls. Each is all or nothing all the same, and none sees less than those before it.

mod calls;
mod connect;
mod fetch;
mod group;
mod lease;
mod options;
mod packed;
mod pump;
mod reads;
mod scripts;
mod watch;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use redis::aio::ConnectionManager;
use tokio::sync::{Mutex, mpsc};
use tokio::task::AbortHandle;

pub use self::options::RedisOptions;
use self::{fetch::Lookup, lease::Desks, pump::Job, scripts::Scripts};
use super::bus::Hub;
use super::wake::Bells;
use super::{ItemId, StoreError};

/// How things are laid out at the server. Another number is not read.
const LAYOUT: u64 = 2;
/// Batches that wait for the pump, and as many lookups; the others wait for room.
const ROOM: usize = 4_096;

/// The backend of [`Store::redis`](super::Store::redis).
pub(super) struct Redis {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
    lookups: mpsc::Sender<Lookup>,
    heartbeat: AbortHandle,
}

struct Shared {
    connection: ConnectionManager,
    scripts: Scripts,
    options: RedisOptions,
    /// What all keys begin with: the prefix in braces.
    base: String,
    /// Who we are, among the replicas.
    replica: String,
    /// Numbers the calls that lease and release, in their order.
    calls: AtomicU64,
    bells: Bells,
    desks: Desks,
    hub: Hub,
    /// Held while topics are subscribed to and left, so that the two do not cross.
    topics: Mutex<()>,
    released: std::sync::Mutex<Vec<Release>>,
    has_released: tokio::sync::Notify,
    is_closed: AtomicBool,
}

/// An item to give back, and the number of the call that does. It arrives late, or twice where an answer was lost: a lease that was
/// taken after it has a higher number, and stays.
#[derive(Clone, Copy)]
struct Release {
    id: ItemId,
    call: u64,
}

impl Shared {
    fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("replica", &self.shared.replica).finish_non_exhaustive()
    }
}

impl Redis {
    pub(super) async fn open(options: RedisOptions) -> Result<Self, StoreError> {
        let base = base(&options.prefix)?;
        let (pushes, pushed) = mpsc::channel(watch::ROOM);
        let mut connection = connect::connect(&options, pushes).await?;
        let scripts = Scripts::load(&mut connection, options.call_timeout).await?;
        check_layout(&mut connection, &scripts, &base, &options).await?;
        let replica = calls::new_replica(&mut connection, &base, options.call_timeout).await?;
        watch::check_config(&mut connection, options.call_timeout).await;
        let shared = Arc::new(Shared {
            connection,
            scripts,
            base,
            replica,
            calls: AtomicU64::new(0),
            bells: Bells::default(),
            desks: Desks::default(),
            hub: Hub::default(),
            topics: Mutex::new(()),
            released: std::sync::Mutex::default(),
            has_released: tokio::sync::Notify::new(),
            is_closed: AtomicBool::new(false),
            options,
        });
        shared.beat(shared.options.replica_timeout).await?;
        shared.subscribe(&format!("{}:wake", shared.base)).await?;
        tokio::spawn(watch::listen(Arc::downgrade(&shared), pushed));
        let heartbeat = tokio::spawn(watch::heartbeat(shared.clone())).abort_handle();
        let (jobs, waiting) = mpsc::channel(ROOM);
        tokio::spawn(pump::pump(shared.clone(), waiting));
        let (lookups, waiting) = mpsc::channel(ROOM);
        tokio::spawn(fetch::fetch(shared.clone(), waiting));
        Ok(Self { shared, jobs, lookups, heartbeat })
    }
}

/// The pump sees that nobody can hand work over any more, writes what waits, and says goodbye for this replica.
impl Drop for Redis {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::Release);
        self.heartbeat.abort();
        self.shared.bells.ring_all();
    }
}

fn base(prefix: &str) -> Result<String, StoreError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if prefix.is_empty() || prefix.len() > 64 || !prefix.chars().all(is_plain) {
        return Err(StoreError::Invalid(
            "the prefix of a Redis store: expected 1 to 64 letters, digits and `-_.:`".to_owned(),
        ));
    }
    Ok(format!("{{{prefix}}}"))
}

/// Refuses a store that another version has laid out in its own way.
async fn check_layout(
    connection: &mut ConnectionManager,
    scripts: &Scripts,
    base: &str,
    options: &RedisOptions,
) -> Result<(), StoreError> {
    let mut command = redis::cmd("EVALSHA");
    command.arg(&scripts.open).arg(1).arg(base).arg(LAYOUT);
    let value = calls::answer(options.call_timeout, command.query_async(connection)).await?;
    match calls::text(&value) {
        Some(layout) if layout == LAYOUT.to_string() => Ok(()),
        layout => Err(StoreError::Invalid(format!(
            "the store `{}` at the Redis server was laid out by another version of this program (layout {}, and this one has \
             {LAYOUT}): let that version bring its messages to their end and delete its keys, {base}:*, or give this one a \
             `store.prefix` of its own",
            options.prefix,
            layout.unwrap_or("unknown"),
        ))),
    }
}
