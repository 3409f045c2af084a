//! SMPP for wirepath.

pub mod config;
#[cfg(feature = "smpp34")]
pub mod convert;
pub mod engine;
pub mod handle;
pub mod handler;
pub mod protocol;
#[cfg(feature = "spool")]
mod replicas;
pub mod routing;
#[cfg(feature = "spool")]
pub mod spool;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use engine::{BindState, Binds, Client, ConnectError, Inbox, ListenError, Server};
pub use handle::{
    Downstream, Pipeline, Reassembler, RouteError, Routed, SendError, SendText, Sent, Session,
    SessionCounters, SessionId, Smpp, TextError, TextPlan, Upstream,
};
pub use handler::{
    Behind, Bind, BindReply, BoxError, Dispatch, Event, Extract, Fallback, HandlerService,
    Handlers, Nothing, On, Part, Relay, Request, Response, State, UnbindCause,
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
pub use routing::{Message, Route};
/// Builds the service over a list of handlers: what [`Handlers`] describes.
///
/// The list names functions under [`on_bind`], [`on_pdu`], [`on_session`] and [`route_message`], by path where they are elsewhere. It becomes
/// one concrete type, so the compiler resolves the way from a command to its function, and two handlers for one command do
/// not compile. What is not in the list gets no request, and if it is private, rustc warns that it is never used.
///
/// ```
/// use std::sync::Arc;
/// use wirepath_smpp::{Bind, handlers, on_bind};
///
/// mod admin {
///     #[wirepath_smpp::on_pdu("cancel_sm")]
///     pub async fn cancel(_pdu: wirepath_smpp::CancelSm) {}
/// }
///
/// #[on_bind]
/// async fn authorise(bind: Bind) -> bool {
///     bind.system_id() == "us"
/// }
///
/// let service = handlers![authorise, admin::cancel].with_state(Arc::new(()));
/// ```
///
/// A first `crate = some::path;` says where this crate is, for macros that write the list for someone else.
pub use wirepath_macros::handlers;
/// Makes a function the handler for binds of every kind.
///
/// The first argument is the [`Bind`]; those after it are [extractors](Extract). It returns a [`BindReply`], a `bool`, or a
/// `Result` of one of these whose error turns into a [`Status`].
///
/// ```
/// use wirepath_smpp::{Bind, BindReply, State, Status, on_bind};
/// use wirepath_runtime::secret::Secret;
///
/// #[on_bind]
/// async fn authorise(bind: Bind, State(password): State<Secret>) -> BindReply {
///     match password.matches(bind.password()) {
///         true => bind.accept(),
///         false => bind.reject(Status::RINVPASWD, "bad password"),
///     }
/// }
/// ```
///
/// The function stays as it is and can be called, by tests for one. Beside it stands a type of the same name for
/// [`handlers!`](crate::handlers) to list; one `use` imports both. `crate = some::path` says where this crate is, if it is
/// not `::wirepath_smpp`.
pub use wirepath_macros::on_bind;
/// Makes a function the handler for a command.
///
/// | Command | First argument | Reply |
/// |---|---|---|
/// | `"submit_sm"` | [`SubmitSm`] | [`SubmitSmResp`] |
/// | `"submit_multi"` or `"submit_sm_multi"` | [`SubmitMulti`] | [`SubmitMultiResp`] |
/// | `"deliver_sm"` | [`DeliverSm`] | [`DeliverSmResp`] |
/// | `"data_sm"` | [`DataSm`] | [`DataSmResp`] |
/// | `"query_sm"` | [`QuerySm`] | [`QuerySmResp`] |
/// | `"cancel_sm"` | [`CancelSm`] | [`CancelSmResp`] |
/// | `"replace_sm"` | [`ReplaceSm`] | [`ReplaceSmResp`] |
/// | `"broadcast_sm"` | [`BroadcastSm`] | [`BroadcastSmResp`] |
/// | `"query_broadcast_sm"` | [`QueryBroadcastSm`] | [`QueryBroadcastSmResp`] |
/// | `"cancel_broadcast_sm"` | [`CancelBroadcastSm`] | [`CancelBroadcastSmResp`] |
/// | `"alert_notification"` | [`AlertNotification`] | there is none |
/// | a vendor's, by number: `0x0001_0201` | [`Frame`] | [`RawResponse`] |
/// | `"*"`: what has no other handler | [`RequestPdu`] | [`ResponsePdu`] |
///
/// [`Frame`] fits everywhere as first argument. Where there is a reply, `()` stands for `ESME_ROK`, a [`Status`] for a
/// response with nothing else in it, and a `Result` for one of these or the error's `Status`. The arguments after the first
/// are [extractors](Extract).
///
/// ```
/// use wirepath_smpp::{Session, Status, SubmitSm, SubmitSmResp, on_pdu};
///
/// #[on_pdu("submit_sm")]
/// async fn relay(pdu: SubmitSm, session: Session) -> Result<SubmitSmResp, Status> {
///     if session.system_id().is_empty() {
///         return Err(Status::RINVSYSID);
///     }
///     Ok(pdu.accept("4711"))
/// }
/// ```
///
/// What holds for the function, and the argument `crate`, are as with [`on_bind`].
pub use wirepath_macros::on_pdu;
/// Makes a function the handler for the beginning of sessions, `"bound"`, or for their end, `"unbound"`.
///
/// The first argument is the [`Session`]; those after it are [extractors](Extract), among them [`UnbindCause`] for
/// `"unbound"`. Nothing is returned.
///
/// ```
/// use wirepath_smpp::{Session, UnbindCause, on_session};
///
/// #[on_session("unbound")]
/// async fn gone(session: Session, cause: UnbindCause) {
///     println!("{:?}: {cause}", session.system_id());
/// }
/// ```
///
/// What holds for the function, and the argument `crate`, are as with [`on_bind`].
pub use wirepath_macros::on_session;
/// Makes a function pick the way of each message that is relayed: of those that no `#[on_pdu]` is for.
///
/// The first argument is the [`Message`]; those after it are [extractors](Extract), of the session that it came in on. It
/// returns a [`Route`], an `Option` of one, whose `None` means what the key `routing` says, or a `Result` of one of these whose
/// error turns into the [`Status`] that the message is refused with.
///
/// ```
/// use wirepath_smpp::{Message, Route, State, Status, route_message};
///
/// #[route_message]
/// async fn pick(message: Message, State(blocked): State<&'static [u8]>) -> Result<Option<Route>, Status> {
///     match message.destination().digits {
///         number if number.starts_with(blocked) => Err(Status::RINVDSTADR),
///         _ if message.text().contains("urgent") => Ok(Some(Route::bind("express"))),
///         _ => Ok(None),
///     }
/// }
/// ```
///
/// What holds for the function, and the argument `crate`, are as with [`on_bind`].
pub use wirepath_macros::route_message;
pub use wirepath_runtime::state::FromRef;

/// What the macros' output calls. Not for anyone else: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::handler::{call::*, *};
    pub use crate::protocol::CommandId;
}
