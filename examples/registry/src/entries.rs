//! Who is there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// What is told of a service.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Entry {
    pub(crate) address: String,
    /// How long it holds, unless it is said again; an hour at most.
    pub(crate) ttl_seconds: u16,
}

/// At most [`Entries::MAX`] of them, by name and id.
#[derive(Clone, Default)]
pub(crate) struct Entries(Arc<Mutex<ByName>>);

/// Until when each holds.
type ByName = BTreeMap<(String, String), (Entry, Instant)>;

/// Octets of a service's name, of its id, and of its address: a name of a host (RFC 1035 §2.3.4) and a port fit.
pub(crate) const MAX_TEXT: usize = 261;

impl Entries {
    const MAX: usize = 10_000;
    const LONGEST: Duration = Duration::from_secs(3_600);

    fn with<T>(&self, work: impl FnOnce(&mut ByName, Instant) -> T) -> T {
        // A handler that panicked leaves a map that is whole.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), Instant::now())
    }

    /// Whether it is new.
    pub(crate) fn put(&self, name: String, id: String, entry: Entry) -> Result<bool, &'static str> {
        self.with(|entries, now| {
            let key = (name, id);
            if entries.len() >= Self::MAX && !entries.contains_key(&key) {
                entries.retain(|_, (_, until)| *until > now);
            }
            if entries.len() >= Self::MAX && !entries.contains_key(&key) {
                return Err("there is no room for more services");
            }
            let until = now + Duration::from_secs(entry.ttl_seconds.into()).min(Self::LONGEST);
            let before = entries.insert(key, (entry, until));
            Ok(before.is_none_or(|(_, until)| until <= now))
        })
    }

    pub(crate) fn list(&self, name: &str) -> Vec<Entry> {
        self.with(|entries, now| {
            let from = (name.to_owned(), String::new());
            let own = entries.range(from..).take_while(|((own, _), _)| own == name);
            let live = own.filter(|(_, (_, until))| *until > now);
            live.map(|(_, (entry, _))| entry.clone()).collect()
        })
    }

    pub(crate) fn remove(&self, name: &str, id: &str) -> bool {
        self.with(|entries, now| {
            let entry = entries.remove(&(name.to_owned(), id.to_owned()));
            entry.is_some_and(|(_, until)| until > now)
        })
    }
}
