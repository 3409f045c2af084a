//! The first argument of a handler.

use super::{Event, On, Request};
use crate::{
    Bind, CommandId, Session,
    protocol::{
        Frame,
        pdu::{
            AlertNotification, BroadcastSm, CancelBroadcastSm, CancelSm, DataSm, DeliverSm,
            QueryBroadcastSm, QuerySm, ReplaceSm, RequestPdu, SubmitMulti, SubmitSm,
        },
    },
};

/// A type that the first argument of a handler for `KEY` can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what this handler is called with",
    label = "does not fit the command",
    note = "the first argument is the command's own PDU (`SubmitSm` for \"submit_sm\", …), `Bind` for a bind, `Session` for \
            a session event, `RequestPdu` for \"*\", or `Frame` for any command"
)]
pub trait Subject<const KEY: u64>: Sized + Send {
    /// Takes it out of the request.
    fn take(request: Request) -> Option<Self>;
}

macro_rules! pdus {
    ($($ty:ident = $command:ident;)*) => {$(
        impl Subject<{ On::command(CommandId::$command.get()).key() }> for $ty {
            #[inline]
            fn take(request: Request) -> Option<Self> {
                let Request { session, event } = request;
                session.give_back();
                match event {
                    Event::Pdu(RequestPdu::$ty(pdu)) => Some(pdu),
                    _ => None,
                }
            }
        }

        impl Subject<{ On::command(CommandId::$command.get()).key() }> for Frame {
            #[inline]
            fn take(request: Request) -> Option<Self> {
                frame(request)
            }
        }
    )*};
}

pdus! {
    SubmitSm = SUBMIT_SM;
    SubmitMulti = SUBMIT_MULTI;
    DeliverSm = DELIVER_SM;
    DataSm = DATA_SM;
    QuerySm = QUERY_SM;
    CancelSm = CANCEL_SM;
    ReplaceSm = REPLACE_SM;
    AlertNotification = ALERT_NOTIFICATION;
    BroadcastSm = BROADCAST_SM;
    QueryBroadcastSm = QUERY_BROADCAST_SM;
    CancelBroadcastSm = CANCEL_BROADCAST_SM;
}

impl Subject<{ On::BIND.key() }> for Bind {
    #[inline]
    fn take(request: Request) -> Option<Self> {
        match request.event {
            Event::Bind(bind) => Some(*bind),
            _ => None,
        }
    }
}

impl Subject<{ On::BOUND.key() }> for Session {
    #[inline]
    fn take(request: Request) -> Option<Self> {
        Some(request.session)
    }
}

impl Subject<{ On::UNBOUND.key() }> for Session {
    #[inline]
    fn take(request: Request) -> Option<Self> {
        Some(request.session)
    }
}

impl Subject<{ On::ANY.key() }> for RequestPdu {
    #[inline]
    fn take(request: Request) -> Option<Self> {
        match request.event {
            Event::Pdu(pdu) => Some(pdu),
            _ => None,
        }
    }
}

/// The PDU undecoded: the only way to see a vendor's command.
impl Subject<{ On::VENDOR.key() }> for Frame {
    #[inline]
    fn take(request: Request) -> Option<Self> {
        frame(request)
    }
}

impl Subject<{ On::ANY.key() }> for Frame {
    #[inline]
    fn take(request: Request) -> Option<Self> {
        frame(request)
    }
}

fn frame(request: Request) -> Option<Frame> {
    match request.event {
        Event::Pdu(pdu) => pdu.into_frame(),
        _ => None,
    }
}
