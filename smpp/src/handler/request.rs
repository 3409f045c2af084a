//! The one request type and the one response type of the SMPP service.

use crate::{
    Bind, BindReply, CommandId, Session,
    protocol::{
        Status,
        pdu::{Pdu, RequestPdu, Response as _, ResponsePdu},
    },
    routing::{Message, Route},
};

use super::On;

/// Something that a handler may answer: what happened, and on which session.
#[derive(Debug)]
pub struct Request {
    pub(crate) session: Session,
    pub(crate) event: Event,
}

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A peer wants to bind.
    Bind(Box<Bind>),
    /// A request came in on a bound session.
    Pdu(RequestPdu),
    /// The session is bound: its bind response is in front of whatever is sent now.
    Bound,
    /// The bound session is over.
    Unbound(UnbindCause),
    /// A message that came in on the session is to be relayed, and this asks which way.
    Route(Box<Message>),
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnbindCause {
    /// The peer sent `unbind`.
    Peer,
    /// This side sent `unbind`: [`Session::unbind`], or a drain.
    Local,
    /// The connection closed without an `unbind`, or the session's task panicked.
    Disconnected,
    /// The peer let a timer run out: `enquire_link` unanswered, a PDU stalled half way, nothing read, no activity.
    TimedOut,
    /// The peer sent what is no SMPP.
    ProtocolError,
    /// [`Session::close`] was called, or a drain ran out of time or was cut short.
    Closed,
}

impl std::fmt::Display for UnbindCause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Peer => "unbound by the peer",
            Self::Local => "unbound by this side",
            Self::Disconnected => "the connection closed",
            Self::TimedOut => "a timer ran out",
            Self::ProtocolError => "the peer sent what is no SMPP",
            Self::Closed => "closed by this side",
        })
    }
}

impl Request {
    /// Puts an event on a session; for tests of layers and services.
    #[inline]
    #[must_use]
    pub fn new(session: Session, event: Event) -> Self {
        Self { session, event }
    }

    /// The session that it happened on.
    #[inline]
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What happened.
    #[inline]
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// What a handler must be for to get this request.
    #[inline]
    #[must_use]
    pub fn on(&self) -> On {
        match &self.event {
            Event::Bind(_) => On::BIND,
            Event::Pdu(pdu) => On::command(pdu.command().get()),
            Event::Bound => On::BOUND,
            Event::Unbound(_) => On::UNBOUND,
            Event::Route(_) => On::ROUTE,
        }
    }

    /// The command that asks, if it is a PDU that does.
    #[inline]
    #[must_use]
    pub fn command(&self) -> Option<CommandId> {
        match &self.event {
            Event::Bind(bind) => Some(bind.kind().command()),
            Event::Pdu(pdu) => Some(pdu.command()),
            Event::Bound | Event::Unbound(_) | Event::Route(_) => None,
        }
    }

    /// The answer that carries a status and nothing else.
    #[must_use]
    pub fn answer(&self, status: Status) -> Response {
        match &self.event {
            Event::Bind(bind) => Response::Bind(bind.reject(status, "refused before the handler")),
            Event::Pdu(pdu) if pdu.is_unanswered() => Response::Silent,
            Event::Pdu(pdu) => Response::Pdu(ResponsePdu::of_status(pdu.command(), status)),
            Event::Bound | Event::Unbound(_) => Response::Silent,
            Event::Route(_) => Response::Route(Err(status)),
        }
    }
}

/// What goes back.
#[derive(Debug)]
#[non_exhaustive]
pub enum Response {
    /// Nothing: to an event, or to a PDU that has no response.
    Silent,
    /// The verdict on a bind.
    Bind(BindReply),
    /// A response PDU.
    Pdu(ResponsePdu),
    /// Which way a message goes; `None` for what the configuration says. An error is what the message is refused with.
    Route(Result<Option<Box<Route>>, Status>),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both are moved several times for each message; above 128 octets a move becomes a call.
    #[test]
    fn requests_and_responses_stay_small() {
        assert!(size_of::<Request>() <= 96, "{}", size_of::<Request>());
        assert!(size_of::<Response>() <= 112, "{}", size_of::<Response>());
    }
}
