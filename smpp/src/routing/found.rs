//! The question and the answer.

use std::iter::FusedIterator;

use crate::config::{FailoverOn, Rule, Step};
use crate::protocol::Status;
use crate::routing::StatusClass;

use super::Route;
use super::rule::Failures;

/// What is known of a message.
///
/// ```
/// use wirepath_smpp::routing::Query;
///
/// let query = Query::new("31612345678").source("SHOP").esme("shop");
/// assert_eq!(query.destination, b"31612345678");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Query<'a> {
    /// Where it goes.
    pub destination: &'a [u8],
    /// Who sends it, as the message says; empty if it does not.
    pub source: &'a [u8],
    /// The system id of the ESME that it comes from; empty if it comes from none.
    pub esme: &'a [u8],
}

impl<'a> Query<'a> {
    /// A message to this address, and nothing else known of it.
    pub fn new<A: AsRef<[u8]> + ?Sized>(destination: &'a A) -> Self {
        Self { destination: destination.as_ref(), ..Self::default() }
    }

    /// The same from this address.
    #[must_use]
    pub fn source<A: AsRef<[u8]> + ?Sized>(self, source: &'a A) -> Self {
        Self { source: source.as_ref(), ..self }
    }

    /// The same from the ESME of this system id.
    #[must_use]
    pub fn esme<A: AsRef<[u8]> + ?Sized>(self, system_id: &'a A) -> Self {
        Self { esme: system_id.as_ref(), ..self }
    }
}

/// The way of one message: what [`Router::route`](crate::routing::Router::route) answers.
#[derive(Clone, Copy, Debug)]
#[must_use = "a turn was taken for it"]
pub struct Found<'r> {
    pub(super) rule: Option<&'r Rule>,
    pub(super) chain: &'r [Step],
    pub(super) turns: &'r [usize],
    pub(super) turn: usize,
    pub(super) failures: Failures,
}

impl<'r> Found<'r> {
    /// The rule; `None` if none matches and the default chain is taken.
    pub fn rule(&self) -> Option<&'r Rule> {
        self.rule
    }

    /// The name of the rule, if it has one.
    pub fn name(&self) -> Option<&'r str> {
        self.rule?.name.as_deref()
    }

    /// The steps in the order in which they are to be tried, each of the chain once. None if there is no way.
    pub fn steps(&self) -> Steps<'r> {
        Steps { chain: self.chain, turns: self.turns, turn: self.turn, at: 0, slot: 0, tried: 0 }
    }

    /// A copy that outlives the router.
    pub fn to_route(&self) -> Route {
        Route {
            name: self.name().map(str::to_owned),
            steps: self.steps().cloned().collect(),
            failures: self.failures,
        }
    }

    /// Whether the next step is to be tried after such a failure.
    pub fn fails_over(&self, failure: FailoverOn) -> bool {
        self.failures.has(failure)
    }

    /// Whether the next step is to be tried after such a response, by its [`StatusClass`]. Not after `ESME_ROK`.
    ///
    /// ```
    /// use wirepath_smpp::{Status, config::RoutingConfig, routing::{Query, Router}};
    ///
    /// let router = Router::compile(&RoutingConfig::default());
    /// let route = router.route(&Query::new("31612345678"));
    /// assert!(route.fails_over_after(Status::RSYSERR));
    /// assert!(!route.fails_over_after(Status::RINVDSTADR));
    /// ```
    pub fn fails_over_after(&self, status: Status) -> bool {
        StatusClass::of(status).failure().is_some_and(|failure| self.fails_over(failure))
    }
}

impl<'r> IntoIterator for Found<'r> {
    type Item = &'r Step;
    type IntoIter = Steps<'r>;

    fn into_iter(self) -> Steps<'r> {
        self.steps()
    }
}

/// The steps of a [`Found`].
#[derive(Clone, Debug)]
pub struct Steps<'r> {
    chain: &'r [Step],
    turns: &'r [usize],
    turn: usize,
    /// How far in the chain.
    at: usize,
    /// How far in the turns, counted from `turn`.
    slot: usize,
    /// The places of the chain that had their turn: a balanced chain has 64 at most.
    tried: u64,
}

impl<'r> Steps<'r> {
    /// The step whose turn is next, of those that had none.
    fn next_turn(&mut self) -> Option<&'r Step> {
        while self.slot < self.turns.len() {
            let round = self.turn.checked_add(self.slot)?.checked_rem(self.turns.len())?;
            self.slot = self.slot.saturating_add(1);
            let &place = self.turns.get(round)?;
            let bit = 1_u64.checked_shl(u32::try_from(place).ok()?)?;
            if self.tried & bit == 0 {
                self.tried |= bit;
                return self.chain.get(place);
            }
        }
        None
    }
}

impl<'r> Iterator for Steps<'r> {
    type Item = &'r Step;

    fn next(&mut self) -> Option<&'r Step> {
        let step = self.chain.get(self.at)?;
        self.at = self.at.saturating_add(1);
        if self.turns.is_empty() || step.peer().is_none() { Some(step) } else { self.next_turn() }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.chain.len().saturating_sub(self.at);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Steps<'_> {}
impl FusedIterator for Steps<'_> {}
