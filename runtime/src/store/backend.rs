//! The handle, and what stands behind it.

use std::fmt;
#[cfg(feature = "store-embedded")]
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

#[cfg(feature = "store-embedded")]
use super::embedded::{Embedded, EmbeddedOptions};
use super::memory::Memory;
#[cfg(feature = "store-redis")]
use super::redis::{Redis, RedisOptions};
use super::{Batch, Bus, Depth, Found, Item, ItemId, Kv, Lane, Queue, StoreError, Subscription};

/// What a store answers, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What stands behind a [`Store`].
pub trait Backend: Kv + Queue + Bus {
    /// Applies a batch: `true` when all its guards held and everything in it is applied and durable, `false` when a guard did
    /// not hold and nothing is applied.
    ///
    /// The work is handed over when this is called, not at the first poll; unless there is no room, then at the first poll that
    /// finds some.
    ///
    /// # Errors
    ///
    /// If the batch is out of [bounds](Batch::validate), the store is full, or it cannot write. See [`StoreError::is_uncertain`].
    ///
    /// # Cancel safety
    ///
    /// What was handed over is applied, whether the answer is awaited or not.
    fn commit(&self, batch: Batch) -> Answer<'static, bool>;

    /// Applies batches, each by itself, as [`commit`](Self::commit) would one after the other, and calls `done` with what each comes to,
    /// in its place. Nobody has to be woken for that: it is called on the thread that knows, and has to be quick.
    ///
    /// If the store closes before, `done` is dropped. A store on disk takes the batches whether there is room among those that wait or
    /// not: whoever calls this bounds how many are on their way.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, unless the backend has a thread of its own.
    fn commit_each(&self, batches: Vec<Batch>, done: WhenDone) {
        let answers: Vec<_> = batches.into_iter().map(|batch| self.commit(batch)).collect();
        drop(tokio::spawn(async move {
            let mut each = Vec::with_capacity(answers.len());
            for answer in answers {
                each.push(answer.await);
            }
            done(each);
        }));
    }
}

/// What is called when batches have been applied, or not, each.
pub type WhenDone = Box<dyn FnOnce(Vec<Result<bool, StoreError>>) + Send>;

/// A store: keys, lanes and topics. A clone is the same store.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), wirepath_runtime::store::StoreError> {
/// use wirepath_runtime::store::{Batch, Item, Lane, Store};
///
/// let store = Store::memory();
/// let id = store.reserve(1).await?;
/// store.commit(Batch::new().push(Item::new(id, "bind:alpha", "hello"))).await?;
///
/// let lane = Lane::from("bind:alpha");
/// let items = store.lease(&lane, 10).await?;
/// assert_eq!(items[0].body, "hello");
/// let done = Batch::new().remove(id).put("sent/0A1B", id.to_string(), None);
/// assert!(store.commit(done).await?);
/// assert_eq!(store.take("sent/0A1B").await?.unwrap(), "1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Store(Arc<dyn Backend>);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store(…)")
    }
}

impl Store {
    /// A store of one's own making.
    pub fn new(backend: impl Backend + 'static) -> Self {
        Self(Arc::new(backend))
    }

    /// A store in memory: nothing outlives the process. For tests, and for what may be lost.
    ///
    /// It holds up to 10,000,000 items and 10,000,000 keys, and 4 GiB of them. Its time is tokio's: where a test pauses that,
    /// delayed items and expiries wait with it.
    pub fn memory() -> Self {
        Self::new(Memory::new())
    }

    /// A store on disk, in the folder `path`, which is made if it is not there, on Unix for its owner alone. It reads what waits, so call it before the
    /// runtime is busy, or on a thread that may block.
    ///
    /// When the last clone is dropped, what was handed over is written, and the folder can be opened again.
    ///
    /// # Errors
    ///
    /// If another process has the folder open, or it cannot be read or written.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use wirepath_runtime::store::{EmbeddedOptions, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("data");
    /// let store = Store::open(&path, EmbeddedOptions::default())?;
    /// store.put("sent/7", "0A1B", None).await?;
    /// drop(store);
    /// let store = Store::open(&path, EmbeddedOptions::default())?;
    /// assert_eq!(store.get(b"sent/7").await?.unwrap(), "0A1B");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "store-embedded")]
    pub fn open(path: impl AsRef<Path>, options: EmbeddedOptions) -> Result<Self, StoreError> {
        Embedded::open(path.as_ref(), options).map(Self::new)
    }

    /// As [`open`](Self::open), with another engine: for the benches.
    #[cfg(feature = "store-embedded")]
    #[doc(hidden)]
    pub fn __open_with(
        path: impl AsRef<Path>,
        options: EmbeddedOptions,
        open: impl FnOnce(
            &Path,
            &EmbeddedOptions,
        ) -> Result<Arc<dyn super::__engine::Engine>, StoreError>,
    ) -> Result<Self, StoreError> {
        Embedded::open_with(path.as_ref(), options, open).map(Self::new)
    }

    /// A store in Redis or Valkey, shared by all that open one of its prefix there. Call it within a tokio runtime.
    ///
    /// The server needs `appendonly yes`, `appendfsync always` and `maxmemory-policy noeviction`: else what was acknowledged may
    /// be lost when it crashes, or forgotten. A warning says so where the server shows its settings. While the connection is
    /// lost, calls fail within [`RedisOptions::call_timeout`], and it is made again in the background.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, or refuses.
    #[cfg(feature = "store-redis")]
    pub async fn redis(options: RedisOptions) -> Result<Self, StoreError> {
        Redis::open(options).await.map(Self::new)
    }

    /// Applies a batch; see [`Backend::commit`].
    ///
    /// # Errors
    ///
    /// As [`Backend::commit`].
    ///
    /// # Cancel safety
    ///
    /// What was handed over is applied, whether the answer is awaited or not.
    pub fn commit(&self, batch: Batch) -> Answer<'static, bool> {
        self.0.commit(batch)
    }

    /// What a key holds; see [`Kv::get`].
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn get<'a>(&'a self, key: &'a [u8]) -> Answer<'a, Option<Bytes>> {
        Kv::get(&*self.0, key)
    }

    /// Sets a key, for `ttl` or until it is deleted.
    ///
    /// # Errors
    ///
    /// As [`Backend::commit`].
    pub async fn put(
        &self,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
        ttl: Option<Duration>,
    ) -> Result<(), StoreError> {
        self.commit(Batch::new().put(key, value, ttl)).await.map(drop)
    }

    /// Applies batches, each by itself; see [`Backend::commit_each`]. It costs less than as many calls of [`commit`](Self::commit).
    ///
    /// # Panics
    ///
    /// As [`Backend::commit_each`].
    pub fn commit_each(
        &self,
        batches: Vec<Batch>,
        done: impl FnOnce(Vec<Result<bool, StoreError>>) + Send + 'static,
    ) {
        self.0.commit_each(batches, Box::new(done));
    }

    /// Sets a key unless it is there, and says whether it did.
    ///
    /// # Errors
    ///
    /// As [`Backend::commit`].
    pub async fn put_new(
        &self,
        key: impl Into<Bytes>,
        value: impl Into<Bytes>,
        ttl: Option<Duration>,
    ) -> Result<bool, StoreError> {
        let key = key.into();
        self.commit(Batch::new().if_no_key(key.clone()).put(key, value, ttl)).await
    }

    /// Deletes a key and gives what it held. Of several that take one key at the same time, one gets it.
    ///
    /// # Errors
    ///
    /// As [`Backend::commit`].
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped may have deleted the key.
    pub async fn take(&self, key: impl Into<Bytes>) -> Result<Option<Bytes>, StoreError> {
        let key = key.into();
        let Some(value) = self.get(&key).await? else { return Ok(None) };
        let won = self.commit(Batch::new().if_key(key.clone()).delete(key)).await?;
        Ok(won.then_some(value))
    }

    /// Deletes a key, if it is there.
    ///
    /// # Errors
    ///
    /// As [`Backend::commit`].
    pub async fn delete(&self, key: impl Into<Bytes>) -> Result<(), StoreError> {
        self.commit(Batch::new().delete(key)).await.map(drop)
    }

    /// `count` numbers in a row that nobody else gets; see [`Queue::reserve`].
    ///
    /// # Errors
    ///
    /// As [`Queue::reserve`].
    pub fn reserve(&self, count: u64) -> Answer<'_, ItemId> {
        self.0.reserve(count)
    }

    /// Leases up to `max` items and waits for at least one; see [`Queue::lease`].
    ///
    /// # Errors
    ///
    /// As [`Queue::lease`].
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped loses nothing.
    pub fn lease<'a>(&'a self, lane: &'a Lane, max: usize) -> Answer<'a, Vec<Item>> {
        self.0.lease(lane, max)
    }

    /// Gives leased items back; see [`Queue::release`].
    pub fn release(&self, ids: &[ItemId]) {
        self.0.release(ids);
    }

    /// An item, leased or not; see [`Queue::get`].
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn item(&self, id: ItemId) -> Answer<'_, Option<Found>> {
        Queue::get(&*self.0, id)
    }

    /// Items of a lane by their numbers; see [`Queue::list`].
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn list<'a>(
        &'a self,
        lane: &'a Lane,
        after: Option<ItemId>,
        limit: usize,
    ) -> Answer<'a, Vec<Item>> {
        self.0.list(lane, after, limit)
    }

    /// How full each lane is; see [`Queue::depths`].
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn depths(&self) -> Answer<'_, Vec<Depth>> {
        self.0.depths()
    }

    /// Gives a payload to all that listen to a topic; see [`Bus::publish`].
    ///
    /// # Errors
    ///
    /// If the server cannot be reached.
    pub fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> Answer<'a, ()> {
        self.0.publish(topic, payload)
    }

    /// Listens to a topic; see [`Bus::subscribe`].
    ///
    /// # Errors
    ///
    /// If the server cannot be reached.
    pub fn subscribe<'a>(&'a self, topic: &'a str) -> Answer<'a, Subscription> {
        self.0.subscribe(topic)
    }
}
