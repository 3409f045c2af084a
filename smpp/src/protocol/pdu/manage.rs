//! Asking about a message that the SMSC holds, and changing it: query, cancel, replace (SMPP 3.4 §4.8–§4.10).

use super::{
    Request,
    response::{bare_response, response},
    view::{value_of, view},
};
use crate::protocol::{
    MessageId, MessageState, SmppTime, Status, TlvList,
    field::{Addr, Message, Octet, Text, When},
};

/// `message_id` as a mandatory field: up to 64 octets and a NUL (SMPP 3.4 §5.2.23).
pub(super) const MESSAGE_ID: Text = Text::new(65, Status::RINVMSGID);

view! {
    /// What became of a message? (SMPP 3.4 §4.8.1)
    QuerySm, QuerySmBuilder = QUERY_SM {
        /// The id that the SMSC gave.
        message_id: Text = MESSAGE_ID;
        /// The sender of the message.
        source: Addr = Addr::source(21);
    }
}

response! {
    /// SMPP 3.4 §4.8.2.
    QuerySmResp = QUERY_SM_RESP {
        /// The id that was asked about.
        message_id: MessageId,
        /// When the message reached its final state; `None` while it has none.
        final_date: Option<SmppTime>,
        /// The state.
        message_state: MessageState,
        /// The network's error, 0 for none.
        error_code: u8,
    }
}

view! {
    /// Forget a message, or every one from a source to a destination (SMPP 3.4 §4.9.1).
    CancelSm, CancelSmBuilder = CANCEL_SM {
        /// Empty, or the service type of the messages.
        service_type: Text = Text::new(6, Status::RINVSERTYP);
        /// The id that the SMSC gave; empty to cancel by addresses.
        message_id: Text = MESSAGE_ID;
        /// The sender.
        source: Addr = Addr::source(21);
        /// The recipient; empty when `message_id` is given.
        destination: Addr = Addr::destination(21);
    }
}

view! {
    /// Change a message that has not been delivered (SMPP 3.4 §4.10.1).
    ReplaceSm, ReplaceSmBuilder = REPLACE_SM {
        /// The id that the SMSC gave.
        message_id: Text = MESSAGE_ID;
        /// The sender; it must be the one of the message.
        source: Addr = Addr::source(21);
        /// The new time of delivery; `None` keeps the old one.
        schedule_delivery_time: When = When(Status::RINVSCHED);
        /// The new validity; `None` keeps the old one.
        validity_period: When = When(Status::RINVEXPIRY);
        /// Which receipts are asked for.
        registered_delivery: Octet = Octet::up_to(0x1F, Status::RINVREGDLVFLG);
        /// A message held by the SMSC, by its number.
        sm_default_msg_id: Octet = Octet::ANY;
        /// The new text.
        short_message: Message = Message;
    }
}

bare_response! {
    /// SMPP 3.4 §4.9.2.
    CancelSmResp = CANCEL_SM_RESP;
    /// SMPP 3.4 §4.10.2.
    ReplaceSmResp = REPLACE_SM_RESP;
}

impl Request for QuerySm {
    type Response = QuerySmResp;
}

impl Request for CancelSm {
    type Response = CancelSmResp;
}

impl Request for ReplaceSm {
    type Response = ReplaceSmResp;
}

impl QuerySm {
    /// Answers with a state; `final_date` and `error_code` can be added.
    ///
    /// ```
    /// use wirepath_smpp::{MessageState, QuerySm};
    ///
    /// let query = QuerySm::builder().message_id("17").build()?;
    /// let answer = query.report(MessageState::ENROUTE);
    /// assert_eq!(answer.message_id.as_bytes(), b"17");
    /// # Ok::<(), wirepath_smpp::BuildError>(())
    /// ```
    #[must_use]
    pub fn report(&self, state: MessageState) -> QuerySmResp {
        QuerySmResp {
            status: Status::ROK,
            message_id: MessageId::new(self.message_id()).unwrap_or_default(),
            final_date: None,
            message_state: state,
            error_code: 0,
            tlvs: TlvList::new(),
        }
    }

    /// Refuses: [`Status::RQUERYFAIL`], [`Status::RINVMSGID`]…
    #[must_use]
    pub fn reject(&self, status: Status) -> QuerySmResp {
        QuerySmResp { status, ..QuerySmResp::default() }
    }
}

impl QuerySmResp {
    /// Sets when the message reached its final state.
    #[must_use]
    pub fn final_date(mut self, date: SmppTime) -> Self {
        self.final_date = Some(date);
        self
    }

    /// Sets the network's error.
    #[must_use]
    pub fn error_code(mut self, code: u8) -> Self {
        self.error_code = code;
        self
    }
}

macro_rules! verdicts {
    ($($request:ident, $resp:ident;)*) => {$(
        impl $request {
            /// Done.
            #[must_use]
            pub fn accept(&self) -> $resp {
                $resp::default()
            }

            /// Refuses.
            #[must_use]
            pub fn reject(&self, status: Status) -> $resp {
                $resp { status }
            }
        }
    )*};
}

verdicts! {
    CancelSm, CancelSmResp;
    ReplaceSm, ReplaceSmResp;
}
