//! Parts put together.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    BadPart, LongMessage, Part,
    part::Key,
    shares::{Owner, Relief, Shares, Turn},
};
use crate::protocol::{Status, SystemId};

/// What may be kept of messages that are not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a message may take from its first part to its last. Default: 5 minutes.
    pub timeout: Duration,
    /// The memory that all parts together may take, in octets, as [`Part::octets`] counts. Default: 64 MiB.
    pub max_bytes: usize,
    /// What those of one ESME may take of it: those with one origin, if that is not empty. Default: 16 MiB.
    pub max_bytes_per_esme: usize,
    /// What those of one origin with one source address may take of it. Default: 4 MiB.
    pub max_bytes_per_source: usize,
    /// The most parts that a message may have. Default: 255, which is all that can be counted.
    pub max_parts: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(300),
            max_bytes: 64 << 20,
            max_bytes_per_esme: 16 << 20,
            max_bytes_per_source: 4 << 20,
            max_parts: u8::MAX,
        }
    }
}

impl Limits {
    /// What one message may take.
    fn max_of(&self, origin: SystemId) -> usize {
        let most = self.max_bytes.min(self.max_bytes_per_source);
        if origin.is_empty() { most } else { most.min(self.max_bytes_per_esme) }
    }
}

/// What became of a part that was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Offered {
    /// Of the part itself.
    pub outcome: Outcome,
    /// Messages that were given up meanwhile: expired, or evicted to make room.
    pub dropped: Vec<Incomplete>,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was the last one, or the only one. Nothing of the message is kept any more.
    Complete(LongMessage),
    /// It is kept until the others come.
    Kept {
        /// How many parts are here, this one included.
        have: u8,
        /// How many there are.
        total: u8,
    },
    /// It is here already, with the same text.
    Duplicate,
    /// It cannot be kept.
    Refused(Refusal),
}

impl Outcome {
    /// A part as a message of its own.
    pub(crate) fn alone(part: Part) -> Self {
        Self::Complete(LongMessage::new(part, Vec::new()))
    }
}

/// Why a part cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The message has more parts than a message may have.
    #[error("the message has {total} parts, {max} are allowed: raise `reassembly.max_parts`")]
    TooManyParts {
        /// How many it has.
        total: u8,
        /// How many it may have.
        max: u8,
    },
    /// This part is here already with another text: the reference has come round too soon, or was never counted up. The first
    /// one stays, which was answered well.
    #[error(
        "part {sequence} is here already with another text: the sender reuses its references too soon"
    )]
    Conflict {
        /// Which part.
        sequence: u8,
    },
    /// The message alone, with this part, takes more memory than all messages of its sender's may.
    #[error(
        "the message takes {octets} octets of memory, {max} are allowed: raise `reassembly.max_bytes`, `max_bytes_per_esme` or `max_bytes_per_source`"
    )]
    TooLarge {
        /// What it takes.
        octets: usize,
        /// What they may take.
        max: usize,
    },
    /// All memory is taken, nobody takes more than the sender of this one would, and nothing else of his is left to be given up.
    #[error(
        "{taken} octets of memory are taken, and its sender has his share of them: raise `reassembly.max_bytes`"
    )]
    NoRoom {
        /// What all messages take.
        taken: usize,
    },
    /// It says that it is a part that cannot be.
    #[error(transparent)]
    BadPart(#[from] BadPart),
}

impl From<Refusal> for Status {
    /// `RSUBMITFAIL` for what a sender had better not send again so, `RMSGQFUL` for what has no room.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyParts { .. } | Refusal::Conflict { .. } => Self::RSUBMITFAIL,
            Refusal::TooLarge { .. } | Refusal::NoRoom { .. } => Self::RMSGQFUL,
            Refusal::BadPart(bad) => bad.into(),
        }
    }
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// Why.
    pub reason: DropReason,
    /// The parts that were here, in their order: at least one, fewer than [`Part::total`] of them.
    pub parts: Vec<Part>,
}

/// Why a message was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// The rest did not come in time.
    Expired,
    /// When memory was needed, its sender took most of it, and of his messages it had waited longest.
    Evicted,
}

impl DropReason {
    /// For metrics and logs: `expired`, `evicted`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Evicted => "evicted",
        }
    }
}

#[derive(Debug)]
struct Pending {
    turn: Turn,
    parts: BTreeMap<u8, Part>,
    octets: usize,
}

/// Parts of messages that are not whole yet. Time comes as an argument.
///
/// Parts come in any order and any number of times. A message is whole once each of its parts is here, and is forgotten then: a
/// part that comes once more begins another one, which expires. (To remember whole messages would be to swallow the next one
/// of a sender that never counts its references up.)
///
/// Memory is bounded by [`Limits`]; where it is too little, whoever takes most of it gives up the message that has waited longest:
/// of the ESMEs the one that does, and of its source addresses that which does. So none is pushed out by one that takes more. What
/// is given up comes out of [`offer`](Self::offer) and [`expire`](Self::expire), with its parts.
#[derive(Debug, Default)]
pub struct Reassembly {
    limits: Limits,
    pending: HashMap<Arc<Key>, Pending>,
    turns: BTreeMap<Turn, Arc<Key>>,
    shares: Shares,
    /// Messages that were begun so far.
    begun: u64,
}

impl Reassembly {
    /// Nothing is kept yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes a part that has come now. What is due by now expires first.
    pub fn offer(&mut self, now: Instant, part: Part) -> Offered {
        let mut dropped = Vec::new();
        dropped.extend(std::iter::from_fn(|| self.expire(now)));
        let outcome = self.take(after(now, self.limits.timeout), part, &mut dropped);
        Offered { outcome, dropped }
    }

    /// Takes a part that was stored, and came so long ago. Nothing expires meanwhile, however old it is: the rest of its message
    /// may be the next in the store. Call [`expire`](Self::expire) when all have been restored.
    pub fn restore(&mut self, now: Instant, age: Duration, part: Part) -> Offered {
        let mut dropped = Vec::new();
        let deadline = after(now, self.limits.timeout.saturating_sub(age));
        let outcome = self.take(deadline, part, &mut dropped);
        Offered { outcome, dropped }
    }

    /// Gives up one message that is due by now. Call it until it returns `None`.
    pub fn expire(&mut self, now: Instant) -> Option<Incomplete> {
        let (&turn, _) = self.turns.first_key_value().filter(|(turn, _)| turn.0 <= now)?;
        self.give_up(turn, DropReason::Expired)
    }

    /// When [`expire`](Self::expire) has something to give up next. It changes with every part.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.turns.first_key_value().map(|(turn, _)| turn.0)
    }

    /// The memory that the parts are counted with: the sum of their [`Part::octets`], never above [`Limits::max_bytes`].
    #[must_use]
    pub fn octets(&self) -> usize {
        self.shares.octets()
    }

    /// How many messages are not whole.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// True if nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Every part that is kept, those of one message behind each other: for a snapshot, which [`restore`](Self::restore) takes.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.turns.values().filter_map(|key| self.pending.get(key)).flat_map(|it| it.parts.values())
    }

    fn take(
        &mut self,
        deadline: Instant,
        mut part: Part,
        dropped: &mut Vec<Incomplete>,
    ) -> Outcome {
        let (total, sequence, cost) = (part.total(), part.sequence(), part.octets());
        if total == 1 {
            return Outcome::alone(part);
        }
        let max_parts = self.limits.max_parts;
        if total > max_parts {
            return Outcome::Refused(Refusal::TooManyParts { total, max: max_parts });
        }
        let (have, own) = match self.pending.get(&part.key) {
            Some(pending) => match pending.parts.get(&sequence) {
                Some(here) if here.says_the_same(&part) => return Outcome::Duplicate,
                Some(_) => return Outcome::Refused(Refusal::Conflict { sequence }),
                None => (pending.parts.len(), pending.octets),
            },
            None => (0, 0),
        };
        if have + 1 == usize::from(total) {
            return self.complete(part);
        }
        let octets = own.saturating_add(cost);
        let max = self.limits.max_of(part.origin());
        if octets > max {
            return Outcome::Refused(Refusal::TooLarge { octets, max });
        }
        let owner = part.owner();
        if !self.make_room(&owner, cost, &part.key, dropped) {
            return Outcome::Refused(Refusal::NoRoom { taken: self.octets() });
        }
        part.key = self.place(&part, deadline);
        if let Some(pending) = self.pending.get_mut(&part.key) {
            self.shares.add(&owner, pending.turn, cost);
            pending.octets = octets;
            pending.parts.insert(sequence, part);
        }
        // Fewer than `total`.
        Outcome::Kept { have: (have + 1) as u8, total }
    }

    /// The last part is here.
    fn complete(&mut self, part: Part) -> Outcome {
        let mut parts = self.remove(&part.key).unwrap_or_default();
        parts.insert(part.sequence(), part.clone());
        let mut parts = parts.into_values();
        let first = parts.next().unwrap_or(part);
        Outcome::Complete(LongMessage::new(first, parts.collect()))
    }

    /// Gives up what has to go for so many octets more; false if nothing is left that may.
    fn make_room(
        &mut self,
        owner: &Owner,
        cost: usize,
        besides: &Key,
        dropped: &mut Vec<Incomplete>,
    ) -> bool {
        let own = self.pending.get(besides).map(|pending| pending.turn);
        loop {
            match self.shares.relief(&self.limits, owner, cost, own) {
                Relief::None => return true,
                Relief::Nobody => return false,
                Relief::GiveUp(turn) => match self.give_up(turn, DropReason::Evicted) {
                    Some(incomplete) => dropped.push(incomplete),
                    None => return false,
                },
            }
        }
    }

    /// The key under which a message is in the books; a new one begins. The earlier of two deadlines stands.
    fn place(&mut self, part: &Part, deadline: Instant) -> Arc<Key> {
        let key = &part.key;
        if let Some(pending) = self.pending.get_mut(key) {
            let (before, number) = pending.turn;
            if deadline >= before {
                return self.turns.get(&pending.turn).unwrap_or(key).clone();
            }
            let key = self.turns.remove(&pending.turn).unwrap_or_else(|| Arc::clone(key));
            let octets = self.shares.remove(&part.owner(), pending.turn);
            pending.turn = (deadline, number);
            self.shares.add(&part.owner(), pending.turn, octets);
            self.turns.insert(pending.turn, Arc::clone(&key));
            return key;
        }
        self.begun += 1;
        let turn = (deadline, self.begun);
        self.turns.insert(turn, Arc::clone(key));
        let pending = Pending { turn, parts: BTreeMap::new(), octets: 0 };
        self.pending.insert(Arc::clone(key), pending);
        Arc::clone(key)
    }

    fn give_up(&mut self, turn: Turn, reason: DropReason) -> Option<Incomplete> {
        let key = Arc::clone(self.turns.get(&turn)?);
        let parts = self.remove(&key)?.into_values().collect();
        Some(Incomplete { reason, parts })
    }

    fn remove(&mut self, key: &Arc<Key>) -> Option<BTreeMap<u8, Part>> {
        let Pending { turn, parts, .. } = self.pending.remove(key)?;
        self.turns.remove(&turn);
        self.shares.remove(&key.owner(), turn);
        Some(parts)
    }
}

/// A timeout that no clock can count to is as good as a year.
fn after(now: Instant, timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    now.checked_add(timeout).unwrap_or_else(|| now + YEAR)
}
