//! All requests as one type, all responses as one type.

use bytes::BytesMut;

use super::{
    AlertNotification, BindRequest, BindResp, BroadcastSm, BroadcastSmResp, CancelBroadcastSm,
    CancelBroadcastSmResp, CancelSm, CancelSmResp, DataSm, DataSmResp, DeliverSm, DeliverSmResp,
    EnquireLink, EnquireLinkResp, GenericNack, Outbind, Pdu, QueryBroadcastSm,
    QueryBroadcastSmResp, QuerySm, QuerySmResp, RawResponse, ReplaceSm, ReplaceSmResp, Response,
    SubmitMulti, SubmitMultiResp, SubmitSm, SubmitSmResp, Unbind, UnbindResp,
};
use crate::protocol::{CommandId, DecodeError, Frame, Receipt, Rules, Status};

macro_rules! set {
    (
        $(#[$doc:meta])* $set:ident, otherwise $other:ident($otherty:ty) $raw:expr;
        $($variant:ident($ty:ty) = $($command:ident)|+;)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each variant is named for the PDU that it holds")]
        #[non_exhaustive]
        pub enum $set {
            $($variant($ty),)*
            /// A command that the standard does not have.
            $other($otherty),
        }

        impl Pdu for $set {
            // As each of them is: see `view!`.
            #[inline(always)]
            fn decode(frame: Frame, rules: Rules) -> Result<Self, DecodeError> {
                match frame.command() {
                    $($(CommandId::$command)|+ => <$ty as Pdu>::decode(frame, rules).map(Self::$variant),)*
                    _ => $raw(frame, rules),
                }
            }

            #[inline]
            fn command(&self) -> CommandId {
                match self {
                    $(Self::$variant(pdu) => Pdu::command(pdu),)*
                    Self::$other(pdu) => pdu.command(),
                }
            }

            #[inline]
            fn encode(&self, sequence: u32, out: &mut BytesMut) {
                match self {
                    $(Self::$variant(pdu) => Pdu::encode(pdu, sequence, out),)*
                    Self::$other(pdu) => encode_raw(pdu, sequence, out),
                }
            }

            fn needs_tlvs(&self) -> bool {
                match self {
                    $(Self::$variant(pdu) => Pdu::needs_tlvs(pdu),)*
                    Self::$other(_) => false,
                }
            }

            fn encode_without_tlvs(&self, sequence: u32, out: &mut BytesMut) {
                match self {
                    $(Self::$variant(pdu) => Pdu::encode_without_tlvs(pdu, sequence, out),)*
                    Self::$other(pdu) => encode_raw(pdu, sequence, out),
                }
            }
        }

        $(impl From<$ty> for $set {
            #[inline]
            fn from(pdu: $ty) -> Self {
                Self::$variant(pdu)
            }
        })*

        $(impl TryFrom<$set> for $ty {
            type Error = $set;

            fn try_from(set: $set) -> Result<Self, $set> {
                match set {
                    $set::$variant(pdu) => Ok(pdu),
                    other => Err(other),
                }
            }
        })*
    };
}

/// What `Raw` variants have in common.
trait Raw {
    fn write(&self, sequence: u32, out: &mut BytesMut);
}

impl Raw for Frame {
    fn write(&self, sequence: u32, out: &mut BytesMut) {
        let header = crate::protocol::Header { sequence, ..self.header() };
        out.extend_from_slice(&header.to_bytes());
        out.extend_from_slice(self.body());
    }
}

impl Raw for RawResponse {
    fn write(&self, sequence: u32, out: &mut BytesMut) {
        self.encode(sequence, out);
    }
}

fn encode_raw(pdu: &impl Raw, sequence: u32, out: &mut BytesMut) {
    pdu.write(sequence, out);
}

set! {
    /// Any request, typed.
    RequestPdu, otherwise Raw(Frame) |frame: Frame, _| match frame.command().is_response() {
        true => Err(DecodeError::WrongCommand),
        false => Ok(Self::Raw(frame)),
    };
    SubmitSm(SubmitSm) = SUBMIT_SM;
    DeliverSm(DeliverSm) = DELIVER_SM;
    EnquireLink(EnquireLink) = ENQUIRE_LINK;
    Bind(BindRequest) = BIND_TRANSMITTER | BIND_RECEIVER | BIND_TRANSCEIVER;
    Unbind(Unbind) = UNBIND;
    DataSm(DataSm) = DATA_SM;
    SubmitMulti(SubmitMulti) = SUBMIT_MULTI;
    QuerySm(QuerySm) = QUERY_SM;
    CancelSm(CancelSm) = CANCEL_SM;
    ReplaceSm(ReplaceSm) = REPLACE_SM;
    AlertNotification(AlertNotification) = ALERT_NOTIFICATION;
    Outbind(Outbind) = OUTBIND;
    BroadcastSm(BroadcastSm) = BROADCAST_SM;
    QueryBroadcastSm(QueryBroadcastSm) = QUERY_BROADCAST_SM;
    CancelBroadcastSm(CancelBroadcastSm) = CANCEL_BROADCAST_SM;
}

set! {
    /// Any response, typed.
    ResponsePdu, otherwise Raw(RawResponse) |frame, rules| RawResponse::decode(frame, rules).map(Self::Raw);
    SubmitSm(SubmitSmResp) = SUBMIT_SM_RESP;
    DeliverSm(DeliverSmResp) = DELIVER_SM_RESP;
    EnquireLink(EnquireLinkResp) = ENQUIRE_LINK_RESP;
    Bind(BindResp) = BIND_TRANSMITTER_RESP | BIND_RECEIVER_RESP | BIND_TRANSCEIVER_RESP;
    Unbind(UnbindResp) = UNBIND_RESP;
    DataSm(DataSmResp) = DATA_SM_RESP;
    SubmitMulti(SubmitMultiResp) = SUBMIT_MULTI_RESP;
    QuerySm(QuerySmResp) = QUERY_SM_RESP;
    CancelSm(CancelSmResp) = CANCEL_SM_RESP;
    ReplaceSm(ReplaceSmResp) = REPLACE_SM_RESP;
    BroadcastSm(BroadcastSmResp) = BROADCAST_SM_RESP;
    QueryBroadcastSm(QueryBroadcastSmResp) = QUERY_BROADCAST_SM_RESP;
    CancelBroadcastSm(CancelBroadcastSmResp) = CANCEL_BROADCAST_SM_RESP;
    GenericNack(GenericNack) = GENERIC_NACK;
}

impl RequestPdu {
    /// The frame that it came in; `None` for the two that keep none, `enquire_link` and `unbind`.
    #[must_use]
    pub fn into_frame(self) -> Option<Frame> {
        match self {
            Self::SubmitSm(pdu) => Some(pdu.into_frame()),
            Self::DeliverSm(pdu) => Some(pdu.into_frame()),
            Self::Bind(pdu) => Some(pdu.into_frame()),
            Self::DataSm(pdu) => Some(pdu.into_frame()),
            Self::SubmitMulti(pdu) => Some(pdu.into_frame()),
            Self::QuerySm(pdu) => Some(pdu.into_frame()),
            Self::CancelSm(pdu) => Some(pdu.into_frame()),
            Self::ReplaceSm(pdu) => Some(pdu.into_frame()),
            Self::AlertNotification(pdu) => Some(pdu.into_frame()),
            Self::Outbind(pdu) => Some(pdu.into_frame()),
            Self::BroadcastSm(pdu) => Some(pdu.into_frame()),
            Self::QueryBroadcastSm(pdu) => Some(pdu.into_frame()),
            Self::CancelBroadcastSm(pdu) => Some(pdu.into_frame()),
            Self::Raw(frame) => Some(frame),
            Self::EnquireLink(_) | Self::Unbind(_) => None,
        }
    }

    /// The delivery receipt that this is, whichever of the two commands brings it: see [`DeliverSm::receipt`].
    ///
    /// ```
    /// use wirepath_smpp::{Inbox, MessageState};
    ///
    /// async fn collect(inbox: &mut Inbox) -> usize {
    ///     let mut delivered = 0;
    ///     while let Some(pdu) = inbox.next().await {
    ///         let state = pdu.receipt().and_then(|receipt| receipt.state());
    ///         delivered += usize::from(state == Some(MessageState::DELIVERED));
    ///     }
    ///     delivered
    /// }
    /// ```
    #[must_use]
    pub fn receipt(&self) -> Option<Receipt<'_>> {
        match self {
            Self::DeliverSm(pdu) => pdu.receipt(),
            Self::DataSm(pdu) => pdu.receipt(),
            _ => None,
        }
    }

    /// True for the requests that no answer follows: `alert_notification` and `outbind`.
    #[inline]
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        matches!(self, Self::AlertNotification(_) | Self::Outbind(_))
    }
}

impl Response for ResponsePdu {
    /// The right response for a request, carrying a status and nothing else. `ROK` has the mandatory fields, empty: peers
    /// read past the header of a success (SMPP 3.4 §4.6.2, §4.7.2). An error is a header alone (§4.4.2).
    fn of_status(request: CommandId, status: Status) -> Self {
        match request.response() {
            CommandId::SUBMIT_SM_RESP => SubmitSmResp::of_status(request, status).into(),
            CommandId::DELIVER_SM_RESP => DeliverSmResp::of_status(request, status).into(),
            CommandId::DATA_SM_RESP => DataSmResp::of_status(request, status).into(),
            CommandId::SUBMIT_MULTI_RESP => SubmitMultiResp::of_status(request, status).into(),
            CommandId::QUERY_SM_RESP => QuerySmResp::of_status(request, status).into(),
            CommandId::BROADCAST_SM_RESP => BroadcastSmResp::of_status(request, status).into(),
            CommandId::QUERY_BROADCAST_SM_RESP => {
                QueryBroadcastSmResp::of_status(request, status).into()
            }
            _ => Self::Raw(RawResponse::of_status(request, status)),
        }
    }

    #[inline]
    fn status(&self) -> Status {
        match self {
            Self::SubmitSm(pdu) => pdu.status,
            Self::DeliverSm(pdu) => pdu.status,
            Self::EnquireLink(pdu) => pdu.status,
            Self::Bind(pdu) => pdu.status,
            Self::Unbind(pdu) => pdu.status,
            Self::DataSm(pdu) => pdu.status,
            Self::SubmitMulti(pdu) => pdu.status,
            Self::QuerySm(pdu) => pdu.status,
            Self::CancelSm(pdu) => pdu.status,
            Self::ReplaceSm(pdu) => pdu.status,
            Self::BroadcastSm(pdu) => pdu.status,
            Self::QueryBroadcastSm(pdu) => pdu.status,
            Self::CancelBroadcastSm(pdu) => pdu.status,
            Self::GenericNack(pdu) => pdu.status,
            Self::Raw(pdu) => pdu.status,
        }
    }
}
