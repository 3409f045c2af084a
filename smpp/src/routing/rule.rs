//! A rule as it is followed: its conditions, whose turn it is, and what ends a step.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::{Balance, FailoverOn, MAX_BALANCED, MAX_WEIGHT, Rule, Step};
use crate::routing::Query;

/// What is compiled of a rule; the rule itself stays in the configuration.
#[derive(Debug)]
pub(super) struct Way {
    /// The rule's place among `routing.rules`.
    pub(super) rule: usize,
    /// The chain that holds for it, by its place among the router's.
    pub(super) chain: usize,
    /// Whether there are conditions to be looked at in the rule.
    pub(super) is_conditional: bool,
    /// Whether it is the last one of its prefix.
    pub(super) is_last: bool,
    /// The turns of the chain's steps, by their place in it. They go round; empty if the chain is followed as it is written.
    pub(super) turns: Box<[usize]>,
    pub(super) failures: Failures,
    taken: AtomicU64,
}

impl Way {
    /// `rule` and `chain` with their places.
    pub(super) fn new(
        (place, rule): (usize, &Rule),
        (chain_place, chain): (usize, &[Step]),
    ) -> Self {
        Self {
            rule: place,
            chain: chain_place,
            is_conditional: rule.is_conditional(),
            is_last: false,
            turns: turns(rule, chain),
            failures: Failures::new(&rule.failover_on),
            taken: AtomicU64::new(0),
        }
    }

    /// Takes a turn, and says which one it is.
    pub(super) fn take(&self) -> usize {
        // Failover has no turns to count, and its rules no line to pass from core to core.
        if self.turns.is_empty() {
            0
        } else {
            self.turn(self.taken.fetch_add(1, Ordering::Relaxed))
        }
    }

    /// The turn that would be taken now.
    pub(super) fn next(&self) -> usize {
        self.turn(self.taken.load(Ordering::Relaxed))
    }

    fn turn(&self, taken: u64) -> usize {
        let turns = u64::try_from(self.turns.len()).unwrap_or(u64::MAX).max(1);
        usize::try_from(taken % turns).unwrap_or(0)
    }
}

/// Smooth weighted round robin: every step gains its weight, and the one that has most pays for all. Over one round each has as
/// many turns as its weight says, as far apart as can be.
fn turns(rule: &Rule, chain: &[Step]) -> Box<[usize]> {
    let weight = |name: &str| match rule.balance {
        Balance::Weighted => rule.weight.get(name).copied().unwrap_or(1).clamp(1, MAX_WEIGHT),
        _ => 1,
    };
    let steps = chain.iter().enumerate();
    let peers: Vec<(usize, i64)> =
        steps.filter_map(|(i, step)| Some((i, weight(step.peer()?).into()))).collect();
    if rule.balance == Balance::Failover || peers.len() < 2 || chain.len() > MAX_BALANCED {
        return Box::default();
    }
    let total: i64 = peers.iter().map(|(_, weight)| weight).sum();
    let mut credits = vec![0_i64; peers.len()];
    let round = (0..total).map(|_| {
        let mut best = (0, i64::MIN);
        for (k, (credit, (_, weight))) in credits.iter_mut().zip(&peers).enumerate() {
            *credit += weight;
            if *credit > best.1 {
                best = (k, *credit);
            }
        }
        credits[best.0] -= total;
        peers[best.0].0
    });
    round.collect()
}

/// A set of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failures(u8);

impl Failures {
    pub(super) fn new(failures: &[FailoverOn]) -> Self {
        Self(failures.iter().fold(0, |set, failure| set | 1 << *failure as u8))
    }

    pub(super) fn has(self, failure: FailoverOn) -> bool {
        self.0 & 1 << failure as u8 != 0
    }

    pub(super) fn iter(self) -> impl Iterator<Item = FailoverOn> {
        use FailoverOn::{Down, Permanent, Temporary, Throttled, Unanswered};
        [Down, Throttled, Temporary, Permanent, Unanswered]
            .into_iter()
            .filter(move |&failure| self.has(failure))
    }
}

/// The condition that keeps a rule from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmet<'r> {
    Source(&'r str),
    Esme(&'r str),
}

/// The first condition of a rule that does not hold.
pub(super) fn unmet<'r>(way: &Way, rule: &'r Rule, query: &Query<'_>) -> Option<Unmet<'r>> {
    // Most have none, and then the rule itself need not be fetched from memory.
    if !way.is_conditional {
        return None;
    }
    match (&rule.source, &rule.esme) {
        (Some(source), _) if !query.source.starts_with(source.as_bytes()) => {
            Some(Unmet::Source(source))
        }
        (_, Some(esme)) if query.esme != esme.as_bytes() => Some(Unmet::Esme(esme)),
        _ => None,
    }
}
