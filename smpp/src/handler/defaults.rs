//! What has no handler gets these answers.

use super::{Event, Request, Response};
use crate::protocol::{
    CommandId, Status,
    pdu::{GenericNack, Pdu, RequestPdu, Response as _, ResponsePdu},
};

/// The answer to a request that no handler is for.
///
/// Binds are closed by default: `server.esmes` lets peers in, or a handler does.
pub(super) fn answer(request: &Request) -> Response {
    match &request.event {
        Event::Bind(bind) => Response::Bind(bind.by_policy()),
        Event::Pdu(pdu) if pdu.is_unanswered() => Response::Silent,
        Event::Pdu(RequestPdu::Raw(_)) => {
            // SMPP 3.4 §4.3: what cannot be named is answered with generic_nack.
            Response::Pdu(ResponsePdu::GenericNack(GenericNack::of_status(
                CommandId::GENERIC_NACK,
                Status::RINVCMDID,
            )))
        }
        Event::Pdu(pdu) => Response::Pdu(ResponsePdu::of_status(pdu.command(), status(pdu))),
        Event::Bound | Event::Unbound(_) => Response::Silent,
        Event::Route(_) => Response::Route(Ok(None)),
    }
}

const fn status(pdu: &RequestPdu) -> Status {
    match pdu {
        RequestPdu::SubmitSm(_)
        | RequestPdu::DeliverSm(_)
        | RequestPdu::EnquireLink(_)
        | RequestPdu::Unbind(_) => Status::ROK,
        RequestPdu::CancelSm(_) => Status::RCANCELFAIL,
        RequestPdu::QuerySm(_) => Status::RQUERYFAIL,
        RequestPdu::ReplaceSm(_) => Status::RREPLACEFAIL,
        _ => Status::RSYSERR,
    }
}
