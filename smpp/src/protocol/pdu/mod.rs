//! Every PDU, typed.
//!
//! Two shapes. What arrives and is looked at, requests above all, is a *view*: the frame and the offsets of its fields,
//! checked once, nothing copied ([`SubmitSm`], [`DeliverSm`]…). What a handler answers is a *value*: a few words kept in
//! place and written straight into the output ([`SubmitSmResp`]…). Both are [`Pdu`]s.

mod bind;
mod broadcast;
mod manage;
mod message;
mod multi;
mod notify;
mod response;
mod sets;
mod view;

#[cfg(test)]
mod golden;

use bytes::BytesMut;

pub use self::{
    bind::{
        BindKind, BindRequest, BindRequestBuilder, BindResp, Outbind, OutbindBuilder,
        UnknownBindKind,
    },
    broadcast::{
        BroadcastSm, BroadcastSmBuilder, BroadcastSmResp, CancelBroadcastSm,
        CancelBroadcastSmBuilder, CancelBroadcastSmResp, QueryBroadcastSm, QueryBroadcastSmBuilder,
        QueryBroadcastSmResp,
    },
    manage::{
        CancelSm, CancelSmBuilder, CancelSmResp, QuerySm, QuerySmBuilder, QuerySmResp, ReplaceSm,
        ReplaceSmBuilder, ReplaceSmResp,
    },
    message::{
        DataSm, DataSmBuilder, DataSmResp, DeliverSm, DeliverSmBuilder, DeliverSmResp, EsmClass,
        SubmitSm, SubmitSmBuilder, SubmitSmResp,
    },
    multi::{
        Destination, Destinations, SubmitMulti, SubmitMultiBuilder, SubmitMultiResp, Unsuccess,
        UnsuccessList,
    },
    notify::{AlertNotification, AlertNotificationBuilder},
    response::{
        EnquireLink, EnquireLinkResp, GenericNack, IntoMessageId, RawResponse, Unbind, UnbindResp,
    },
    sets::{RequestPdu, ResponsePdu},
};
use super::{CommandId, DecodeError, Frame, Rules, Status};

/// A protocol data unit.
pub trait Pdu: Sized + Send + 'static {
    /// Reads a frame, checking everything once.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], whose [`status`](DecodeError::status) is the answer that the peer is owed.
    fn decode(frame: Frame, rules: Rules) -> Result<Self, DecodeError>;

    /// Its `command_id`.
    fn command(&self) -> CommandId;

    /// Appends the whole PDU, header included, under a sequence number.
    fn encode(&self, sequence: u32, out: &mut BytesMut);

    /// The same without optional parameters, for a peer that is older than SMPP 3.4 and knows none (SMPP 3.4 §3.2.4).
    fn encode_without_tlvs(&self, sequence: u32, out: &mut BytesMut) {
        self.encode(sequence, out);
    }

    /// True if [`encode_without_tlvs`](Self::encode_without_tlvs) would lose the message, or what joins its parts: the text is
    /// in `message_payload`, or there are `sar_*` parameters.
    fn needs_tlvs(&self) -> bool {
        false
    }
}

/// A PDU that asks for an answer.
pub trait Request: Pdu {
    /// What answers it.
    type Response: Response;
}

/// A PDU that answers.
pub trait Response: Pdu {
    /// An answer of this kind that carries a status and nothing else.
    fn of_status(command: CommandId, status: Status) -> Self;

    /// Its `command_status`.
    fn status(&self) -> Status;
}
