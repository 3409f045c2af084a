//! A way that belongs to nobody's configuration any more.

use crate::config::{FailoverOn, Step};
use crate::protocol::Status;
use crate::routing::StatusClass;

use super::rule::Failures;

/// Steps to try, and after which failures the next one is: what `#[route_message]` returns, and what a message can be sent
/// along.
///
/// ```
/// use wirepath_smpp::{Status, config::{FailoverOn, Step}, routing::Route};
///
/// let route = Route::bind("alpha").then(Step::Bind("beta".into()));
/// assert_eq!(route.steps().len(), 2);
/// assert!(route.fails_over(FailoverOn::Down) && route.fails_over_after(Status::RSYSERR));
/// assert!(!route.failover_on(&[]).fails_over(FailoverOn::Down));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a route sends nothing by itself"]
pub struct Route {
    pub(super) name: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) failures: Failures,
}

impl Route {
    /// These steps, with the failures that a rule has by default.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            name: None,
            steps: steps.into_iter().collect(),
            failures: Failures::new(&FailoverOn::DEFAULT),
        }
    }

    /// To the outbound bind of this name, or one of the pool.
    pub fn bind(name: impl Into<String>) -> Self {
        Self::from(Step::Bind(name.into()))
    }

    /// To the ESME that is bound here under this system id.
    pub fn esme(system_id: impl Into<String>) -> Self {
        Self::from(Step::Esme(system_id.into()))
    }

    /// The same with one more step to fall back on.
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The same, and these are the failures after which the next step is tried; empty tries the first one only.
    pub fn failover_on(mut self, failures: &[FailoverOn]) -> Self {
        self.failures = Failures::new(failures);
        self
    }

    /// The name of the rule that it comes from, if that has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The steps, in the order in which they are to be tried.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the next step is to be tried after such a failure.
    #[must_use]
    pub fn fails_over(&self, failure: FailoverOn) -> bool {
        self.failures.has(failure)
    }

    /// Whether the next step is to be tried after such a response, by its [`StatusClass`].
    #[must_use]
    pub fn fails_over_after(&self, status: Status) -> bool {
        StatusClass::of(status).failure().is_some_and(|failure| self.fails_over(failure))
    }
}

impl From<Step> for Route {
    fn from(step: Step) -> Self {
        Self::new([step])
    }
}
