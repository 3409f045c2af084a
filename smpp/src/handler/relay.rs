//! Messages without a handler, relayed as `routing` says.

use std::sync::Arc;

use super::{
    Event, Fallback, HandlerService, Request, Response, call_when_ready,
    join::{Join, Joined},
};

use wirepath_runtime::seldom::Seldom;

use crate::{
    RouteError, Session, Smpp,
    handle::Routed,
    protocol::{
        Role, Status,
        pdu::{Pdu, RequestPdu, Response as _, ResponsePdu},
    },
    routing::{Carrier, Message, Origin},
};

/// Relays messages that no handler is for: a `submit_sm` or `data_sm` of an ESME along its route, with the upstream's message id
/// in the answer; a `deliver_sm` or `data_sm` of an outbound bind to the ESME that owns its destination, as a `deliver_sm`, with
/// the ESME's answer.
///
/// With [`Smpp::set_reassembly`] parts of long messages from a bind are put together first, in memory: they are answered as they
/// come, and lost if the process is killed. What does not become whole in time goes to its ESME as it came, and so does at the
/// beginning of a drain all that is not whole by then.
///
/// `App` puts it [behind](super::Behind) the handlers where the configuration has a key `routing` with something in it, or one
/// of the handlers is under `#[route_message]`.
#[derive(Debug, Default)]
pub struct Relay {
    /// Messages without a route.
    lost: Seldom,
}

impl Relay {
    /// A relay.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    async fn route<X: HandlerService>(
        &self,
        request: Request,
        message: Message,
        handlers: Option<X>,
    ) -> Result<Routed, Status> {
        let smpp = request.session.smpp().clone();
        let chosen = match handlers {
            Some(handlers) => ask(handlers, request.session, message.clone()).await?,
            None => None,
        };
        let is_mobile_originated = message.origin() == Origin::Bind;
        let sent = match chosen {
            Some(route) => smpp.send_along(message.clone(), &route).await,
            None => smpp.send_routed(message.clone()).await,
        };
        sent.map_err(|error| {
            self.tell(&smpp, &message, &error);
            if is_mobile_originated { towards_smsc(error) } else { error.into() }
        })
    }

    /// A message of an SMSC's, put together with the parts that came before if it is one.
    fn join(&self, session: &Session, message: &Message) -> Joined {
        if message.origin() != Origin::Bind {
            return Joined::AsItCame;
        }
        match Join::of(&session.smpp().hub()) {
            Some(join) => join.offer(message),
            None => Joined::AsItCame,
        }
    }

    /// Says what to do about it: the first time, the second, the fourth… so that no peer can fill a log.
    fn tell(&self, smpp: &Smpp, message: &Message, error: &RouteError) {
        if matches!(error, RouteError::Failed { .. }) {
            tracing::debug!(%error, "a message was not relayed");
            return;
        }
        if let Some(times) = self.lost.times() {
            tracing::warn!(%error, times, explanation = %smpp.explain(&message.query()), "a message was not relayed");
        }
    }
}

impl Fallback for Relay {
    fn takes(&self, request: &Request) -> bool {
        message(request).is_some()
    }

    async fn answer<X: HandlerService>(
        self: Arc<Self>,
        request: Request,
        handlers: Option<X>,
    ) -> Response {
        let Some(message) = message(&request) else { return request.answer(Status::RSYSERR) };
        let carrier = message.carrier.clone();
        let (message, others) = match self.join(&request.session, &message) {
            Joined::AsItCame => (message, None),
            Joined::Kept => return request.answer(Status::ROK),
            Joined::Whole(whole, join, others) => (whole, Some((join, others))),
        };
        let routed = self.route(request, message, handlers).await;
        if let (Err(_), Some((join, others))) = (&routed, others) {
            // The part that it is refused with comes again.
            join.give_back(others);
        }
        Response::Pdu(answer(&carrier, routed))
    }
}

/// The message in a request, if it is one to be relayed from there.
fn message(request: &Request) -> Option<Message> {
    let Event::Pdu(pdu) = &request.event else { return None };
    let carrier = match (request.session.role(), pdu) {
        (Role::Smsc, RequestPdu::SubmitSm(pdu)) => Carrier::Submit(pdu.clone()),
        (Role::Esme, RequestPdu::DeliverSm(pdu)) => Carrier::Deliver(pdu.clone()),
        (_, RequestPdu::DataSm(pdu)) => Carrier::Data(pdu.clone()),
        _ => return None,
    };
    let origin = match request.session.role() {
        Role::Smsc => Origin::Esme(request.session.system_id()),
        Role::Esme => Origin::Bind,
    };
    Some(Message::new(carrier, origin))
}

/// What `#[route_message]` says.
pub(crate) async fn ask<X: HandlerService>(
    mut handlers: X,
    session: Session,
    message: Message,
) -> Result<Option<crate::routing::Route>, Status> {
    let request = Request::new(session, Event::Route(Box::new(message)));
    match call_when_ready(&mut handlers, request).await? {
        Response::Route(route) => route.map(|route| route.map(|route| *route)),
        _ => Ok(None),
    }
}

/// Why an SMSC is to keep a message, or to give it up: an ESME's own words are passed on; one that is not there now may be later
/// (SMPP 3.4 §5.1.3, ESME_RX_T_APPN), and a destination that nobody owns has no later (ESME_RX_P_APPN).
fn towards_smsc(error: RouteError) -> Status {
    match error {
        RouteError::NoRoute => Status::RX_P_APPN,
        RouteError::Failed { error: crate::SendError::Rejected(status), .. } => status,
        RouteError::Failed { error: crate::SendError::Build(_), .. } => Status::RX_P_APPN,
        RouteError::NoQueue | RouteError::Failed { .. } => Status::RX_T_APPN,
    }
}

fn answer(carrier: &Carrier, routed: Result<Routed, Status>) -> ResponsePdu {
    match (carrier, routed) {
        (Carrier::Submit(pdu), Ok(routed)) => pdu.accept(routed.message_id).into(),
        (Carrier::Data(pdu), Ok(routed)) => pdu.accept(routed.message_id).into(),
        (Carrier::Deliver(pdu), routed) => {
            let status = routed.err().unwrap_or(Status::ROK);
            ResponsePdu::of_status(pdu.command(), status)
        }
        (Carrier::Submit(pdu), Err(status)) => ResponsePdu::of_status(pdu.command(), status),
        (Carrier::Data(pdu), Err(status)) => ResponsePdu::of_status(pdu.command(), status),
    }
}
