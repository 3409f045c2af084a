//! What an engine has of the others.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, atomic::AtomicU64},
};

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, oneshot};
use wirepath_runtime::{
    shutdown::Shutdown,
    store::{Store, StoreError},
};

use super::{
    ask, serve,
    wire::{Outcome, Run},
};
use crate::{
    engine::Hub,
    protocol::{CommandId, Frame, SystemId},
};

/// Requests of others that are served at a time.
const MAX_SERVED: usize = 1_024;

/// The other engines on a store. Dropped, it asks them nothing more, and serves them nothing.
pub(crate) struct Replicas {
    shared: Arc<Shared>,
    tasks: Shutdown,
}

pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) run: Run,
    /// Whoever holds the engine holds this.
    pub(super) hub: Weak<Hub>,
    /// Who waits for the outcome of a request, by its number. Up to [`ask::MAX_ASKED`].
    pub(super) asked: Mutex<HashMap<u64, oneshot::Sender<Bytes>>>,
    pub(super) numbers: AtomicU64,
    /// The ESMEs that have a task, and how it is told that a session of theirs is gone. No more than there are sessions.
    attended: Mutex<HashMap<SystemId, Arc<Notify>>>,
    pub(super) serving: Arc<Semaphore>,
}

impl fmt::Debug for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replicas").field("run", &self.shared.run).finish_non_exhaustive()
    }
}

impl Replicas {
    /// Listens to answers from now on; the rest begins with [`attend`](Self::attend).
    pub(crate) async fn join(store: Store, hub: &Arc<Hub>) -> Result<Self, StoreError> {
        let run = Run::new();
        let replies = store.subscribe(&run.topic()).await?;
        let shared = Arc::new(Shared {
            store,
            run,
            hub: Arc::downgrade(hub),
            asked: Mutex::default(),
            numbers: AtomicU64::new(0),
            attended: Mutex::default(),
            serving: Arc::new(Semaphore::new(MAX_SERVED)),
        });
        let tasks = Shutdown::new();
        let (listener, signal) = (Arc::clone(&shared), tasks.signal());
        drop(tasks.spawn(async move {
            tokio::select! {
                biased;
                () = signal.requested() => {}
                () = ask::listen(&listener, replies) => {}
            }
        }));
        Ok(Self { shared, tasks })
    }

    /// Serves what others have for an ESME, for as long as it has a receiving session here. Call it when one has begun.
    pub(crate) fn attend(&self, esme: SystemId) {
        let mut attended = self.shared.attended();
        if attended.contains_key(&esme) {
            return;
        }
        let left = Arc::new(Notify::new());
        attended.insert(esme, Arc::clone(&left));
        drop(attended);
        let (shared, signal) = (Arc::clone(&self.shared), self.tasks.signal());
        drop(self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = signal.requested() => {}
                () = serve::attend(&shared, esme, &left) => {}
            }
            serve::leave(&shared, esme).await;
        }));
    }

    /// A session of an ESME has ended.
    pub(crate) fn left(&self, esme: SystemId) {
        if let Some(left) = self.shared.attended().get(&esme) {
            left.notify_one();
        }
    }

    /// Has another engine send a PDU to an ESME; see the [module](super).
    ///
    /// Cancel safe: dropped, the PDU may be on its way, and its outcome is thrown away.
    pub(crate) async fn ask(&self, esme: SystemId, command: CommandId, frame: Frame) -> Outcome {
        ask::ask(&self.shared, esme, command, frame).await
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        self.tasks.trigger();
    }
}

impl Shared {
    pub(super) fn asked(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Bytes>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attended(&self) -> MutexGuard<'_, HashMap<SystemId, Arc<Notify>>> {
        self.attended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Strikes an ESME off if it has no receiving session any more. One that begins later is attended anew.
    pub(super) fn strike_off(&self, esme: SystemId) -> bool {
        // Held meanwhile: a session that begins now either is seen here, or finds the ESME struck off.
        let mut attended = self.attended();
        let is_here = self.hub.upgrade().is_some_and(|hub| hub.has_receiver(esme));
        if !is_here {
            attended.remove(&esme);
        }
        !is_here
    }
}
