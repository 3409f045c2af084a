//! A method for each command, on the handles that send it.

use super::{Downstream, SendError, Session, Upstream};
use crate::protocol::pdu::{
    BroadcastSm, BroadcastSmResp, CancelSm, CancelSmResp, DataSm, DataSmResp, DeliverSm,
    DeliverSmResp, QueryBroadcastSm, QueryBroadcastSmResp, QuerySm, QuerySmResp, ReplaceSm,
    ReplaceSmResp, SubmitMulti, SubmitMultiResp, SubmitSm, SubmitSmResp,
};

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($pdu:ident) -> $resp:ident on $($handle:ident)+;)*) => {
        $(requests!(@on [$($handle)+] $(#[$doc])* $name $pdu $resp);)*
    };
    (@on [] $($request:tt)*) => {};
    (@on [$handle:ident $($other:ident)*] $(#[$doc:meta])* $name:ident $pdu:ident $resp:ident) => {
        impl $handle {
            $(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`request`](Self::request), as for cancel safety.
            pub async fn $name(&self, pdu: &$pdu) -> Result<$resp, SendError> {
                self.request(pdu).await
            }
        }
        requests!(@on [$($other)*] $(#[$doc])* $name $pdu $resp);
    };
}

requests! {
    /// `submit_sm` (SMPP 3.4 §4.4.1), on our own binds. A peer older than SMPP 3.4 is sent no TLVs; if the text is among them,
    /// or what joins a long one, this is [`SendError::NeedsNewer`].
    submit_sm(SubmitSm) -> SubmitSmResp on Session Upstream;
    /// `submit_multi` (SMPP 3.4 §4.5.1), on our own binds.
    submit_multi(SubmitMulti) -> SubmitMultiResp on Session Upstream;
    /// `deliver_sm` (SMPP 3.4 §4.6.1), to an ESME that receives. A peer older than SMPP 3.4 is sent no TLVs; if the text is among
    /// them, or what joins a long one, this is [`SendError::NeedsNewer`].
    deliver_sm(DeliverSm) -> DeliverSmResp on Session Downstream;
    /// `data_sm` (SMPP 3.4 §4.7.1), either way; [`SendError::NeedsNewer`] for a peer older than that.
    data_sm(DataSm) -> DataSmResp on Session Upstream Downstream;
    /// `query_sm` (SMPP 3.4 §4.8.1), on our own binds.
    query_sm(QuerySm) -> QuerySmResp on Session Upstream;
    /// `cancel_sm` (SMPP 3.4 §4.9.1), on our own binds.
    cancel_sm(CancelSm) -> CancelSmResp on Session Upstream;
    /// `replace_sm` (SMPP 3.4 §4.10.1), on our own binds.
    replace_sm(ReplaceSm) -> ReplaceSmResp on Session Upstream;
    /// `broadcast_sm` (SMPP 5.0 §4.4.1.1), on our own binds.
    broadcast_sm(BroadcastSm) -> BroadcastSmResp on Session;
    /// `query_broadcast_sm` (SMPP 5.0 §4.6.1.1), on our own binds.
    query_broadcast_sm(QueryBroadcastSm) -> QueryBroadcastSmResp on Session;
}
