//! What the parts that wait for others take, and whose they are: so that none takes more than its share.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::protocol::long::{Limits, Owner, Part, Relief, Shares, Turn};

/// How long behind its deadline a group is counted whose end nobody told: another replica has completed it.
const SLACK: Duration = Duration::from_secs(60);

/// Groups that parts of are stored, by name. It is bounded by [`Limits::max_bytes`], of which each part takes 768 octets at least.
///
/// A replica counts what it has taken itself, and what was there when it began.
#[derive(Debug)]
pub(super) struct Books {
    limits: Limits,
    shares: Shares,
    groups: HashMap<Bytes, Entry>,
    turns: BTreeMap<Turn, Bytes>,
    /// Groups that were begun so far.
    begun: u64,
}

#[derive(Debug)]
struct Entry {
    owner: Owner,
    turn: Turn,
}

impl Books {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            shares: Shares::default(),
            groups: HashMap::new(),
            turns: BTreeMap::new(),
            begun: 0,
        }
    }

    /// Counts a part in, and gives the groups that have to go for it; false if there is no room even so.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        name: &Bytes,
        part: &Part,
        deadline: Instant,
    ) -> (Vec<Bytes>, bool) {
        self.sweep(now);
        let (owner, cost) = (part.owner(), part.octets());
        let own = self.groups.get(name).map(|entry| entry.turn);
        let mut gone = Vec::new();
        loop {
            match self.shares.relief(&self.limits, &owner, cost, own) {
                Relief::None => break,
                Relief::Nobody => return (gone, false),
                Relief::GiveUp(turn) => {
                    let Some(name) = self.turns.get(&turn).cloned() else { return (gone, false) };
                    self.forget(&name);
                    gone.push(name);
                }
            }
        }
        let turn = own.unwrap_or_else(|| self.begin(name, owner.clone(), deadline));
        self.shares.add(&owner, turn, cost);
        (gone, true)
    }

    /// A group is no more.
    pub(super) fn forget(&mut self, name: &Bytes) {
        if let Some(Entry { owner, turn }) = self.groups.remove(name) {
            self.turns.remove(&turn);
            self.shares.remove(&owner, turn);
        }
    }

    fn begin(&mut self, name: &Bytes, owner: Owner, deadline: Instant) -> Turn {
        self.begun += 1;
        let turn = (deadline, self.begun);
        self.turns.insert(turn, name.clone());
        self.groups.insert(name.clone(), Entry { owner, turn });
        turn
    }

    fn sweep(&mut self, now: Instant) {
        while let Some((turn, name)) = self.turns.first_key_value()
            && turn.0 + SLACK < now
        {
            let name = name.clone();
            self.forget(&name);
        }
    }
}
