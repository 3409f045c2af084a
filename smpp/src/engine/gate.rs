//! Slows those down who guess: the binds of one address wait for each other, and for what the address got wrong before.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// Password hashes that are verified at a time: argon2 takes a core and some 20 MiB for tens of milliseconds each.
const HASHES_AT_A_TIME: usize = 2;

/// Binds of one address that are decided at a time, until one of them is refused: then it is one.
const DECIDED_AT_A_TIME: u32 = 64;

/// Addresses whose refused binds are remembered. When there are more, the oldest is forgotten.
const REMEMBERED_FAILURES: usize = 4_096;

/// How long a refused bind is remembered.
const FAILURE_MEMORY: Duration = Duration::from_secs(60);

/// Where every bind passes before its password is looked at.
#[derive(Debug)]
pub(crate) struct Gate {
    failures: Mutex<HashMap<IpAddr, Failures>>,
    /// The turns of the addresses that have a bind here. Bounded by `max_connections`.
    turns: Mutex<HashMap<IpAddr, Turns>>,
    hashing: Arc<Semaphore>,
}

/// Refused binds from one address.
#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Debug)]
struct Turns {
    permits: Arc<Semaphore>,
    /// Binds that wait for a turn or have one.
    binds: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            failures: Mutex::default(),
            turns: Mutex::default(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_A_TIME)),
        }
    }
}

impl Failures {
    /// 100 ms for the second bind in a row, doubling up to 3.2 s.
    fn hold(self) -> Duration {
        Duration::from_millis(100 << self.count.saturating_sub(1).min(5))
    }
}

impl Gate {
    /// Waits until this address may have a bind decided.
    ///
    /// An address that has been refused has one decided at a time, each some time after the last refusal, at most `longest`:
    /// many connections guess no faster than one. So has one whose password has to be hashed (`alone`). Cancel safe.
    pub(super) async fn enter(
        self: &Arc<Self>,
        address: IpAddr,
        alone: bool,
        longest: Duration,
    ) -> Turn {
        let place = self.place(address);
        let mut alone = alone || self.failures_of(address).is_some();
        loop {
            let weight = if alone { DECIDED_AT_A_TIME } else { 1 };
            // Never closed, so there is always a permit.
            let permit = Arc::clone(&place.permits).acquire_many_owned(weight).await.ok();
            let Some(failures) = self.failures_of(address) else {
                return Turn { permit, has_failed: false, _place: place };
            };
            if alone {
                tokio::time::sleep_until(failures.last + failures.hold().min(longest)).await;
                return Turn { permit, has_failed: true, _place: place };
            }
            // Another bind was refused while this one waited.
            alone = true;
        }
    }

    /// Waits for the place of one hash. It belongs into the task that computes it: one that nobody waits for any more is still
    /// computed.
    pub(super) async fn hash(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.hashing).acquire_owned().await.ok()
    }

    #[cfg(test)]
    pub(super) fn free_for_hashes(&self) -> usize {
        self.hashing.available_permits()
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<IpAddr, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failures_of(&self, address: IpAddr) -> Option<Failures> {
        let failures = self.failures().get(&address).copied()?;
        (failures.last.elapsed() < FAILURE_MEMORY).then_some(failures)
    }

    /// A bind from this address was refused.
    pub(super) fn refused(&self, address: IpAddr) {
        let now = Instant::now();
        let mut failures = self.failures();
        if failures.len() >= REMEMBERED_FAILURES && !failures.contains_key(&address) {
            failures.retain(|_, failure| now - failure.last < FAILURE_MEMORY);
            if failures.len() >= REMEMBERED_FAILURES {
                let oldest = failures
                    .iter()
                    .min_by_key(|(_, failure)| failure.last)
                    .map(|(address, _)| *address);
                oldest.and_then(|oldest| failures.remove(&oldest));
            }
        }
        let failure = failures.entry(address).or_insert(Failures { count: 0, last: now });
        let earlier = if now - failure.last < FAILURE_MEMORY { failure.count } else { 0 };
        *failure = Failures { count: earlier.saturating_add(1), last: now };
    }

    /// A bind from this address succeeded.
    pub(super) fn accepted(&self, address: IpAddr) {
        self.failures().remove(&address);
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<IpAddr, Turns>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(self: &Arc<Self>, address: IpAddr) -> Place {
        let mut turns = self.turns();
        let turns = turns.entry(address).or_insert_with(|| Turns {
            permits: Arc::new(Semaphore::new(DECIDED_AT_A_TIME as usize)),
            binds: 0,
        });
        turns.binds += 1;
        Place { gate: Arc::clone(self), address, permits: Arc::clone(&turns.permits) }
    }
}

/// A bind's leave to be decided; others of its address get theirs when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    permit: Option<OwnedSemaphorePermit>,
    has_failed: bool,
    _place: Place,
}

impl Turn {
    /// The password was right: others need not wait for what is still to be asked, unless the address has been guessing.
    pub(super) fn relax(&mut self) {
        if let Some(permit) = &mut self.permit
            && !self.has_failed
        {
            let spare = permit.num_permits().saturating_sub(1);
            drop(permit.split(spare));
        }
    }
}

/// A bind among those of its address.
#[derive(Debug)]
struct Place {
    gate: Arc<Gate>,
    address: IpAddr,
    permits: Arc<Semaphore>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut turns = self.gate.turns();
        if let Some(of_address) = turns.get_mut(&self.address) {
            of_address.binds = of_address.binds.saturating_sub(1);
            if of_address.binds == 0 {
                turns.remove(&self.address);
            }
        }
    }
}
