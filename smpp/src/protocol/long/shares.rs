//! Who takes how much of the memory, and who gives it back when there is too little.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::Hash,
    sync::Arc,
    time::Instant,
};

use super::Limits;
use crate::protocol::SystemId;

/// When a message is given up; of those at one moment the one that began first.
pub(crate) type Turn = (Instant, u64);

/// Whose memory a message takes: the ESME that it belongs to, empty for none, and its source address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) origin: SystemId,
    pub(crate) source: Arc<[u8]>,
}

/// What has to be done before a message may take more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relief {
    /// Nothing: there is room.
    None,
    /// This message is given up.
    GiveUp(Turn),
    /// It takes the most itself, and nothing else of its sender's is left to be given up.
    Nobody,
}

/// What messages take, by origin, and in each by source.
///
/// Where there is too little, the origin that takes most of it gives up, of that the source that takes most of it, and of that
/// the message that has waited longest. So nobody is pushed out by one who takes more.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    octets: usize,
    origins: Ranked<SystemId, Sources>,
}

type Sources = Ranked<Arc<[u8]>, BTreeMap<Turn, usize>>;

impl Shares {
    /// What all take.
    pub(crate) fn octets(&self) -> usize {
        self.octets
    }

    /// A message takes more.
    pub(crate) fn add(&mut self, owner: &Owner, turn: Turn, octets: usize) {
        self.octets = self.octets.saturating_add(octets);
        self.origins.change(&owner.origin, |all, sources| {
            sources.change(&owner.source, |own, messages| {
                let message = messages.entry(turn).or_default();
                *message = message.saturating_add(octets);
                own.saturating_add(octets)
            });
            all.saturating_add(octets)
        });
    }

    /// A message is gone; gives what it took.
    pub(crate) fn remove(&mut self, owner: &Owner, turn: Turn) -> usize {
        let mut octets = 0;
        self.origins.change(&owner.origin, |all, sources| {
            sources.change(&owner.source, |own, messages| {
                octets = messages.remove(&turn).unwrap_or_default();
                own.saturating_sub(octets)
            });
            all.saturating_sub(octets)
        });
        self.octets = self.octets.saturating_sub(octets);
        octets
    }

    /// Who has to give up what, so that `cost` more octets of an owner's are within all limits. `own` is the message that they
    /// are of, which is never given up for them.
    pub(crate) fn relief(
        &self,
        limits: &Limits,
        owner: &Owner,
        cost: usize,
        own: Option<Turn>,
    ) -> Relief {
        let of_origin = self.origins.octets(&owner.origin).saturating_add(cost);
        let sources = self.origins.get(&owner.origin);
        let of_source = sources.map_or(0, |sources| sources.octets(&owner.source));
        let of_source = of_source.saturating_add(cost);
        let source = || sources.and_then(|sources| sources.get(&owner.source));
        if of_source > limits.max_bytes_per_source {
            return oldest(source(), own);
        }
        let is_too_much = !owner.origin.is_empty() && of_origin > limits.max_bytes_per_esme;
        if !is_too_much {
            if self.octets.saturating_add(cost) <= limits.max_bytes {
                return Relief::None;
            }
            if let Some(other) = self.origins.heavier(&owner.origin, of_origin) {
                let heaviest = other.heaviest().and_then(|source| other.get(source));
                return oldest(heaviest, own);
            }
        }
        match sources.and_then(|sources| sources.heavier(&owner.source, of_source)) {
            Some(other) => oldest(Some(other), own),
            None => oldest(source(), own),
        }
    }
}

/// The message of a source that has waited longest.
fn oldest(messages: Option<&BTreeMap<Turn, usize>>, besides: Option<Turn>) -> Relief {
    let mut turns = messages.into_iter().flat_map(BTreeMap::keys);
    match turns.find(|turn| Some(**turn) != besides) {
        Some(turn) => Relief::GiveUp(*turn),
        None => Relief::Nobody,
    }
}

/// Values by key, each with the octets that it takes; who takes none is not there.
#[derive(Debug)]
struct Ranked<K, V> {
    by_key: HashMap<K, (usize, V)>,
    by_octets: BTreeSet<(usize, K)>,
}

impl<K, V> Default for Ranked<K, V> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), by_octets: BTreeSet::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord, V: Default> Ranked<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.by_key.get(key).map(|(_, value)| value)
    }

    fn octets(&self, key: &K) -> usize {
        self.by_key.get(key).map_or(0, |(octets, _)| *octets)
    }

    /// Changes a value, and what it takes into what `change` says.
    fn change(&mut self, key: &K, change: impl FnOnce(usize, &mut V) -> usize) {
        let (before, mut value) = self.by_key.remove(key).unwrap_or_default();
        self.by_octets.remove(&(before, key.clone()));
        let octets = change(before, &mut value);
        if octets > 0 {
            self.by_octets.insert((octets, key.clone()));
            self.by_key.insert(key.clone(), (octets, value));
        }
    }

    fn heaviest(&self) -> Option<&K> {
        self.by_octets.last().map(|(_, key)| key)
    }

    /// Who takes most, if that is another than this one, and more than it would.
    fn heavier(&self, than: &K, octets: usize) -> Option<&V> {
        let (most, key) = self.by_octets.last()?;
        (*most > octets && key != than).then(|| self.get(key)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn owner(origin: &str, source: &str) -> Owner {
        let origin = SystemId::new(origin.as_bytes()).unwrap();
        Owner { origin, source: source.as_bytes().into() }
    }

    #[test]
    fn whoever_takes_most_gives_up_its_oldest() {
        let limits = Limits {
            max_bytes: 100,
            max_bytes_per_esme: 80,
            max_bytes_per_source: 60,
            ..Limits::default()
        };
        let now = Instant::now();
        let at = |number| (now + Duration::from_secs(number), number);
        let mut shares = Shares::default();
        let (shop, flood, bank) = (owner("shop", "1"), owner("shop", "2"), owner("bank", "1"));
        shares.add(&bank, at(1), 20);
        shares.add(&shop, at(2), 20);
        shares.add(&flood, at(3), 30);
        shares.add(&flood, at(4), 30);
        // The source has all that it may have.
        assert_eq!(shares.relief(&limits, &flood, 1, None), Relief::GiveUp(at(3)));
        assert_eq!(shares.relief(&limits, &flood, 1, Some(at(3))), Relief::GiveUp(at(4)));
        // So has the ESME: its quiet source is not the one that pays.
        assert_eq!(shares.relief(&limits, &shop, 10, None), Relief::GiveUp(at(3)));
        // All is taken: not by the bank, which began first.
        assert_eq!(shares.relief(&limits, &bank, 10, None), Relief::GiveUp(at(3)));
        assert_eq!((shares.remove(&flood, at(3)), shares.octets()), (30, 70));
        assert_eq!(shares.relief(&limits, &bank, 10, None), Relief::None);
        // Who would take most of all pays itself, and with its only message not at all.
        assert_eq!(shares.relief(&limits, &bank, 31, None), Relief::GiveUp(at(1)));
        assert_eq!(shares.relief(&limits, &bank, 31, Some(at(1))), Relief::Nobody);
        for (owner, turn) in [(&bank, at(1)), (&shop, at(2)), (&flood, at(4))] {
            shares.remove(owner, turn);
        }
        assert!(shares.octets == 0 && shares.origins.by_key.is_empty());
        assert!(shares.origins.by_octets.is_empty());
    }
}
