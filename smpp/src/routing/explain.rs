//! Why a message goes its way, for people.

use std::fmt;

use crate::config::{Balance, Rule, Step};

use super::rule::{Unmet, Way};
use super::{Found, Query};

/// Why a message goes which way: what [`Router::explain`](crate::routing::Router::explain) answers. It prints in several lines,
/// each of them ended. Octets of addresses that are not printable ASCII are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    query: String,
    passed_over: Vec<PassedOver>,
    rule: Option<usize>,
    taken: String,
    turn: Option<String>,
    steps: Vec<Step>,
    /// How each step stands, if somebody who knows has said so.
    states: Vec<String>,
    failures: String,
}

/// A rule that was looked at and does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PassedOver {
    rule: usize,
    why: String,
}

impl PassedOver {
    pub(super) fn new(place: usize, rule: &Rule, unmet: Unmet<'_>) -> Self {
        let why = match unmet {
            Unmet::Source(source) => format!("the source does not start with `{source}`"),
            Unmet::Esme(esme) => format!("the ESME is not `{esme}`"),
        };
        Self { rule: place, why: format!("{}: {why}", title(place, rule)) }
    }
}

impl Explanation {
    pub(super) fn new(
        query: &Query<'_>,
        passed_over: Vec<PassedOver>,
        found: Option<(&Way, &Rule)>,
        route: Found<'_>,
    ) -> Self {
        let mut about = format!("to {}", query.destination.escape_ascii());
        for (word, octets) in [("from", query.source), ("of the ESME", query.esme)] {
            if !octets.is_empty() {
                about.push_str(&format!(", {word} {}", octets.escape_ascii()));
            }
        }
        let taken = match found {
            Some((way, rule)) => {
                let which = match passed_over.is_empty() {
                    true => "the longest prefix that matches",
                    false => "the first that is left",
                };
                let default = if rule.chain.is_empty() { ", with the default chain" } else { "" };
                format!("{}: {which}{default}", title(way.rule, rule))
            }
            None if passed_over.is_empty() => {
                "the default chain, since no prefix matches".to_owned()
            }
            None => "the default chain, since no rule is left".to_owned(),
        };
        let balance = route.rule().map_or(Balance::Failover, |rule| rule.balance);
        let turn = (!route.turns.is_empty()).then(|| {
            format!("{balance}: turn {} of {}", route.turn.saturating_add(1), route.turns.len())
        });
        let failures: Vec<String> =
            route.failures.iter().map(|failure| failure.to_string()).collect();
        Self {
            query: about,
            passed_over,
            rule: found.map(|(way, _)| way.rule),
            taken,
            turn,
            steps: route.steps().cloned().collect(),
            states: Vec::new(),
            failures: failures.join(", "),
        }
    }

    /// The rule that is taken, by its place among `routing.rules`, from 0; `None` for the default chain.
    pub fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// The rules that were looked at before and do not hold, by their places among `routing.rules`.
    pub fn passed_over(&self) -> impl Iterator<Item = usize> {
        self.passed_over.iter().map(|passed| passed.rule)
    }

    /// The same with how each step stands: the engine knows, the rules do not.
    pub(crate) fn with_states(mut self, state: impl FnMut(&Step) -> String) -> Self {
        self.states = self.steps.iter().map(state).collect();
        self
    }

    /// The steps, in the order in which they would be tried now.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.query)?;
        for passed in &self.passed_over {
            writeln!(f, "  passed over: {}", passed.why)?;
        }
        writeln!(f, "  taken: {}", self.taken)?;
        if let Some(turn) = &self.turn {
            writeln!(f, "  {turn}")?;
        }
        let mut states = self.states.iter();
        for (number, step) in (1_u64..).zip(&self.steps) {
            match states.next() {
                Some(state) => writeln!(f, "  {number}. {step}: {state}")?,
                None => writeln!(f, "  {number}. {step}")?,
            }
        }
        match (self.steps.as_slice(), self.failures.as_str()) {
            ([], _) => writeln!(f, "  no step: the chain is empty, and the message has no way"),
            (_, "") => writeln!(f, "  no further step is tried after a failure"),
            (_, failures) => writeln!(f, "  the next step is tried after: {failures}"),
        }
    }
}

fn title(place: usize, rule: &Rule) -> String {
    let name = rule.name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
    format!("routing.rules[{place}]{name} (prefix `{}`)", rule.prefix)
}
