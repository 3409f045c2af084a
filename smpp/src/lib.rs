//! SMPP for wirepath.

#[cfg(feature = "smpp34")]
pub mod convert;
pub mod handle;
pub mod handler;
pub mod protocol;

pub use handle::{Session, Smpp};
pub use handler::{
    Bind, BindReply, BoxError, Dispatch, Event, Extract, HandlerService, Handlers, Nothing, On,
    Part, Request, Response, State, UnbindCause,
};
pub use protocol::{
    pdu::{
        AlertNotification, BindKind, BindRequest, BindResp, BroadcastSm, BroadcastSmResp,
        CancelBroadcastSm, CancelBroadcastSmResp, CancelSm, CancelSmResp, DataSm, DataSmResp,
        DeliverSm, DeliverSmResp, Destination, Destinations, EnquireLink, EnquireLinkResp,
        EsmClass, GenericNack, Outbind, Pdu, QueryBroadcastSm, QueryBroadcastSmResp, QuerySm,
        QuerySmResp, RawResponse, ReplaceSm, ReplaceSmResp, RequestPdu, ResponsePdu, SubmitMulti,
        SubmitMultiResp, SubmitSm, SubmitSmResp, Unbind, UnbindResp,
    },
    *,
};
pub use wirepath_macros::{handlers, on_bind, on_pdu, on_session};
pub use wirepath_runtime::FromRef;

/// What the macros' output calls. Not for anyone else: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::handler::*;
    pub use crate::protocol::CommandId;
}
