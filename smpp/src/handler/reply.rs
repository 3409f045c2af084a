//! What handlers return.

use super::{On, Response};
use crate::{
    CommandId,
    protocol::{
        Status,
        pdu::{
            BroadcastSmResp, CancelBroadcastSmResp, CancelSmResp, DataSmResp, DeliverSmResp,
            QueryBroadcastSmResp, QuerySmResp, RawResponse, ReplaceSmResp, Response as _,
            ResponsePdu, SubmitMultiResp, SubmitSmResp,
        },
    },
};

/// A type that a handler for `KEY` can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reply to this command",
    label = "not a reply to this command",
    note = "return the command's own response (`pdu.accept(…)`, `pdu.reject(…)`), a `Status`, `()` for ESME_ROK, or a `Result` \
            whose error turns into a `Status`"
)]
pub trait Reply<const KEY: u64> {
    /// The answer to `command`.
    fn into_response(self, command: CommandId) -> Response;
}

/// `ESME_ROK`.
impl<const KEY: u64> Reply<KEY> for () {
    #[inline]
    fn into_response(self, command: CommandId) -> Response {
        Status::ROK.answer(command)
    }
}

impl<const KEY: u64> Reply<KEY> for Status {
    #[inline]
    fn into_response(self, command: CommandId) -> Response {
        self.answer(command)
    }
}

impl<const KEY: u64, T: Reply<KEY>, E: Into<Status>> Reply<KEY> for Result<T, E> {
    #[inline]
    fn into_response(self, command: CommandId) -> Response {
        match self {
            Ok(reply) => reply.into_response(command),
            Err(error) => error.into().answer(command),
        }
    }
}

/// A response by number.
impl<const KEY: u64> Reply<KEY> for RawResponse {
    #[inline]
    fn into_response(self, _: CommandId) -> Response {
        Response::Pdu(ResponsePdu::Raw(self))
    }
}

impl Reply<{ On::ANY.key() }> for ResponsePdu {
    #[inline]
    fn into_response(self, _: CommandId) -> Response {
        Response::Pdu(self)
    }
}

impl Status {
    #[inline]
    fn answer(self, command: CommandId) -> Response {
        Response::Pdu(ResponsePdu::of_status(command, self))
    }
}

macro_rules! replies {
    ($($ty:ident = $command:ident;)*) => {$(
        impl Reply<{ On::command(CommandId::$command.get()).key() }> for $ty {
            #[inline]
            fn into_response(self, _: CommandId) -> Response {
                Response::Pdu(self.into())
            }
        }
    )*};
}

replies! {
    SubmitSmResp = SUBMIT_SM;
    SubmitMultiResp = SUBMIT_MULTI;
    DeliverSmResp = DELIVER_SM;
    DataSmResp = DATA_SM;
    QuerySmResp = QUERY_SM;
    CancelSmResp = CANCEL_SM;
    ReplaceSmResp = REPLACE_SM;
    BroadcastSmResp = BROADCAST_SM;
    QueryBroadcastSmResp = QUERY_BROADCAST_SM;
    CancelBroadcastSmResp = CANCEL_BROADCAST_SM;
}
