//! Sending by the rules of `routing`.

use std::sync::{Arc, atomic::Ordering};

use super::{SendError, Smpp};
use crate::{
    config::{FailoverOn, RoutingConfig, Step},
    engine::BindState,
    protocol::{MessageId, Status},
    routing::{Carrier, Explanation, Message, Origin, Query, Route, Router},
};

/// A message that was taken by one of the steps of its route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Routed {
    /// The step.
    pub step: Step,
    /// What the SMSC calls it. An ESME has no name for it; then this is a number of ours, in decimal, unique while the process
    /// lives.
    pub message_id: MessageId,
}

/// A message that no step took.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// There is no way for it: no rule matches and the default chain is empty, or none of the steps is for such a message.
    #[error(
        "no route for this destination: add a rule to `routing.rules`, or a `routing.default_chain`"
    )]
    NoRoute,
    /// All that is left is `queue`.
    #[error(
        "the step `queue` cannot be taken: there is no queue here. Name a bind or an ESME, or queue it in a handler of your own"
    )]
    NoQueue,
    /// The step failed, and it was the last one, or one that the rule does not fail over from.
    #[error("{step}: {error}")]
    Failed {
        /// The step.
        step: Step,
        /// What became of the message there.
        error: SendError,
    },
}

impl RouteError {
    /// The peer may have taken the message although no good answer came: sending it again may double it.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Failed { error, .. } if error.may_have_arrived())
    }
}

/// For who answers a `submit_sm`: `RINVDSTADR` where there is no way, and else what [`SendError`] becomes.
impl From<RouteError> for Status {
    fn from(error: RouteError) -> Self {
        match error {
            RouteError::NoRoute => Self::RINVDSTADR,
            RouteError::NoQueue => Self::RSYSERR,
            RouteError::Failed { error, .. } => error.into(),
        }
    }
}

impl Smpp {
    /// Routes by these rules from now on. What is on its way goes on as it began; turns begin anew.
    ///
    /// It compiles them, which takes about a second for a million rules: not on a thread that serves sessions then.
    pub fn set_routing(&self, config: &RoutingConfig) {
        self.hub().routing.store(Some(Arc::new(Router::compile(config))));
    }

    /// The rules that are routed by, compiled; none if [`set_routing`](Self::set_routing) was never called. `App` calls it with
    /// the key `routing` of its configuration.
    #[must_use]
    pub fn router(&self) -> Arc<Router> {
        self.hub().routing.load_full().unwrap_or_default()
    }

    /// The way that a message would go now. Where the rule has turns, one is taken.
    pub fn route(&self, query: &Query<'_>) -> Route {
        self.router().route(query).to_route()
    }

    /// Why a message would go which way now, and how each step of it stands. No turn is taken.
    ///
    /// ```
    /// use wirepath_smpp::{Server, config::{RoutingConfig, ServerConfig, Step}, handlers, routing::Query};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let mut config = ServerConfig::default();
    /// # (config.bind_address, config.port) = ("127.0.0.1".to_owned(), 0);
    /// let smpp = Server::bind(&config, handlers![].with_state(std::sync::Arc::new(()))).await?.smpp();
    /// let mut routing = RoutingConfig::default();
    /// routing.default_chain = vec![Step::Esme("shop".into()), Step::Queue];
    /// smpp.set_routing(&routing);
    /// assert_eq!(
    ///     smpp.explain(&Query::new("31612345678")).to_string(),
    ///     "to 31612345678\n\
    ///      \x20 taken: the default chain, since no prefix matches\n\
    ///      \x20 1. esme:shop: not bound\n\
    ///      \x20 2. queue: there is none\n\
    ///      \x20 the next step is tried after: down, temporary\n"
    /// );
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn explain(&self, query: &Query<'_>) -> Explanation {
        self.router().explain(query).with_states(|step| match step {
            Step::Bind(name) => states(&self.bind(name).states()),
            Step::Esme(system_id) => match self.esme(system_id) {
                Some(_) => "bound".to_owned(),
                None if self.hub().is_shared() => {
                    "not bound here; the other replicas are asked".to_owned()
                }
                None => "not bound".to_owned(),
            },
            Step::Queue => "there is none".to_owned(),
        })
    }

    /// Sends a message by the rules, and waits for its answer.
    ///
    /// A `bind:` step sends a `submit_sm` or `data_sm` as it is; it is passed over for a `deliver_sm`, and for what came from a
    /// bind. An `esme:` step sends a `deliver_sm` on one of the ESME's sessions that receive, here or at another replica: see
    /// [`Downstream`](crate::Downstream).
    ///
    /// The next step is tried after the failures that the rule names in `failover_on`. Unless `unanswered` is among them, never
    /// after the message may have reached a peer: when no answer came, it is not sent a second time.
    ///
    /// ```
    /// use wirepath_smpp::{Smpp, Status, SubmitSm, SubmitSmResp, on_pdu};
    ///
    /// #[on_pdu("submit_sm")]
    /// async fn relay(pdu: SubmitSm, smpp: Smpp) -> Result<SubmitSmResp, Status> {
    ///     let sent = smpp.send_routed(&pdu).await?;
    ///     Ok(pdu.accept(sent.message_id))
    /// }
    /// # let _ = wirepath_smpp::handlers![relay].with_state(std::sync::Arc::new(()));
    /// ```
    ///
    /// # Errors
    ///
    /// [`RouteError`]. Of several failures it has the last one in which a peer said something, or else the last one.
    ///
    /// # Cancel safety
    ///
    /// As [`Session::request`](crate::Session::request): dropped, the message may be on its way.
    pub async fn send_routed(&self, message: impl Into<Message>) -> Result<Routed, RouteError> {
        let message = message.into();
        let route = self.route(&message.query());
        self.send_along(message, &route).await
    }

    /// As [`send_routed`](Self::send_routed), by a route of one's own.
    ///
    /// # Errors
    ///
    /// As [`send_routed`](Self::send_routed), as for cancel safety.
    pub async fn send_along(
        &self,
        message: impl Into<Message>,
        route: &Route,
    ) -> Result<Routed, RouteError> {
        let message = message.into();
        let mut outcome = RouteError::NoRoute;
        for step in route.steps() {
            let sent = match step {
                Step::Bind(name) => self.send_to_bind(name, &message).await,
                Step::Esme(system_id) => self.send_to_esme(system_id, &message).await,
                Step::Queue => Sent::Unqueued,
            };
            let failure = match sent {
                Sent::Taken(message_id) => return Ok(Routed { step: step.clone(), message_id }),
                Sent::NotForIt => continue,
                Sent::Unqueued => {
                    if outcome == RouteError::NoRoute {
                        outcome = RouteError::NoQueue;
                    }
                    Some(FailoverOn::Down)
                }
                Sent::Failed(error) => {
                    let failure = failure(&error);
                    let has_said = |error: &SendError| matches!(error, SendError::Rejected(_));
                    if !matches!(&outcome, RouteError::Failed { error: before, .. } if has_said(before) && !has_said(&error))
                    {
                        outcome = RouteError::Failed { step: step.clone(), error };
                    }
                    failure
                }
            };
            if !failure.is_some_and(|failure| route.fails_over(failure)) {
                break;
            }
            tracing::debug!(%step, %outcome, "a step of a route failed; trying the next one");
        }
        Err(outcome)
    }

    async fn send_to_bind(&self, name: &str, message: &Message) -> Sent {
        let bind = self.bind(name);
        let answer = match &message.carrier {
            _ if message.origin() == Origin::Bind => return Sent::NotForIt,
            Carrier::Deliver(_) => return Sent::NotForIt,
            Carrier::Submit(pdu) => bind.submit_sm(pdu).await.map(|answer| answer.message_id),
            Carrier::Data(pdu) => bind.data_sm(pdu).await.map(|answer| answer.message_id),
        };
        answer.map_or_else(Sent::Failed, Sent::Taken)
    }

    async fn send_to_esme(&self, system_id: &str, message: &Message) -> Sent {
        let pdu = match message.to_deliver_sm() {
            Ok(pdu) => pdu,
            Err(error) => return Sent::Failed(error.into()),
        };
        match self.downstream(system_id).deliver_sm(&pdu).await {
            Ok(_) => Sent::Taken(MessageId::decimal(
                self.hub().routed.fetch_add(1, Ordering::Relaxed).saturating_add(1),
            )),
            Err(error) => Sent::Failed(error),
        }
    }
}

/// How the binds of one name stand, in words.
fn states(binds: &[BindState]) -> String {
    let words = binds.iter().map(|state| match state {
        BindState::Bound(_) => "bound".to_owned(),
        BindState::Connecting => "connecting".to_owned(),
        BindState::Awaiting => "waiting for its SMSC to call".to_owned(),
        BindState::Waiting { reason, failures, .. } => {
            format!("down, {failures} failures in a row: {reason}")
        }
        BindState::Stopped => "stopped".to_owned(),
    });
    match words.collect::<Vec<_>>().join("; ") {
        none if none.is_empty() => "no such bind is kept".to_owned(),
        words => words,
    }
}

/// What became of a message at one step.
enum Sent {
    Taken(MessageId),
    /// The step is not for such a message.
    NotForIt,
    Unqueued,
    Failed(SendError),
}

/// What `failover_on` calls it; `None` where the next step would fail alike.
fn failure(error: &SendError) -> Option<FailoverOn> {
    use crate::routing::StatusClass;
    match error {
        error if error.may_have_arrived() => Some(FailoverOn::Unanswered),
        SendError::Rejected(status) => StatusClass::of(*status).failure(),
        SendError::Build(_) => None,
        // Nothing was sent. The next peer may be newer, or less busy.
        SendError::NeedsNewer { .. } | SendError::Busy | SendError::Uncollected => {
            Some(FailoverOn::Temporary)
        }
        SendError::NotBound
        | SendError::NotAllowed { .. }
        | SendError::SessionLost { .. }
        | SendError::Unreachable => Some(FailoverOn::Down),
        SendError::TimedOut | SendError::BadAnswer(_) => Some(FailoverOn::Unanswered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_arrived_is_unanswered_and_nothing_else() {
        use FailoverOn::{Down, Permanent, Temporary, Throttled, Unanswered};
        for (error, expected) in [
            (SendError::NotBound, Some(Down)),
            (SendError::Unreachable, Some(Down)),
            (SendError::SessionLost { sent: false }, Some(Down)),
            (SendError::SessionLost { sent: true }, Some(Unanswered)),
            (SendError::TimedOut, Some(Unanswered)),
            (SendError::Rejected(Status::RTHROTTLED), Some(Throttled)),
            (SendError::Rejected(Status::RSYSERR), Some(Temporary)),
            (SendError::Rejected(Status::RBINDFAIL), Some(Temporary)),
            (SendError::Rejected(Status::RINVDSTADR), Some(Permanent)),
            (SendError::Busy, Some(Temporary)),
        ] {
            assert_eq!(failure(&error), expected, "{error}");
            assert_eq!(error.may_have_arrived(), expected == Some(Unanswered), "{error}");
        }
    }
}
