//! A message that goes out on a bind as it came.

use crate::{
    handle::{SendError, Upstream},
    protocol::{MessageId, long::MessagePdu},
};

/// Sends it, and gives the SMSC's id of it.
pub(super) async fn hand_over(
    bind: &Upstream,
    message: &MessagePdu,
) -> Result<MessageId, SendError> {
    match message {
        MessagePdu::SubmitSm(pdu) => bind.submit_sm(pdu).await.map(|answer| answer.message_id),
        MessagePdu::DataSm(pdu) => bind.data_sm(pdu).await.map(|answer| answer.message_id),
        // Nobody puts one into a lane that goes out.
        MessagePdu::DeliverSm(_) => Err(SendError::NotBound),
    }
}
