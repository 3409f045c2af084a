//! Cell broadcast (SMPP 5.0 §4.4, §4.6).

use super::{
    Request,
    manage::MESSAGE_ID,
    response::{IntoMessageId, accepted, bare_response, response},
    view::{value_of, view},
};
use crate::protocol::{
    MessageId, Status, Tag, TlvList,
    field::{Addr, Octet, Text, When},
};

view! {
    /// A message for everyone in an area (SMPP 5.0 §4.4.1.1). Area, content type, repetitions and interval are TLVs.
    BroadcastSm, BroadcastSmBuilder = BROADCAST_SM {
        /// Up to 5 octets.
        service_type: Text = Text::new(6, Status::RINVSERTYP);
        /// The sender.
        source: Addr = Addr::source(21);
        /// Empty, or the id of a broadcast to replace.
        message_id: Text = MESSAGE_ID;
        /// 0 (normal) to 4.
        priority_flag: Octet = Octet::up_to(4, Status::RINVPRTFLG);
        /// When to begin; `None` for at once.
        schedule_delivery_time: When = When(Status::RINVSCHED);
        /// Until when; `None` for the SMSC's default.
        validity_period: When = When(Status::RINVEXPIRY);
        /// 1 to replace a broadcast that matches.
        replace_if_present_flag: Octet = Octet::up_to(1, Status::RINVREPFLAG);
        /// How the text is encoded.
        data_coding: Octet = Octet::ANY;
        /// A message held by the SMSC, by its number.
        sm_default_msg_id: Octet = Octet::ANY;
    }
}

response! {
    /// SMPP 5.0 §4.4.1.2.
    BroadcastSmResp = BROADCAST_SM_RESP {
        /// The SMSC's id of the broadcast.
        message_id: MessageId,
    }
}

view! {
    /// What became of a broadcast? (SMPP 5.0 §4.6.1.1)
    QueryBroadcastSm, QueryBroadcastSmBuilder = QUERY_BROADCAST_SM {
        /// The id that the SMSC gave.
        message_id: Text = MESSAGE_ID;
        /// The sender.
        source: Addr = Addr::source(21);
    }
}

response! {
    /// SMPP 5.0 §4.6.1.3. State and areas are TLVs.
    QueryBroadcastSmResp = QUERY_BROADCAST_SM_RESP {
        /// The id that was asked about.
        message_id: MessageId,
    }
}

view! {
    /// Stop a broadcast (SMPP 5.0 §4.6.2.1).
    CancelBroadcastSm, CancelBroadcastSmBuilder = CANCEL_BROADCAST_SM {
        /// Up to 5 octets.
        service_type: Text = Text::new(6, Status::RINVSERTYP);
        /// The id that the SMSC gave; empty to cancel by source.
        message_id: Text = MESSAGE_ID;
        /// The sender.
        source: Addr = Addr::source(21);
    }
}

bare_response! {
    /// SMPP 5.0 §4.6.2.3.
    CancelBroadcastSmResp = CANCEL_BROADCAST_SM_RESP;
}

impl Request for BroadcastSm {
    type Response = BroadcastSmResp;
}

impl Request for QueryBroadcastSm {
    type Response = QueryBroadcastSmResp;
}

impl Request for CancelBroadcastSm {
    type Response = CancelBroadcastSmResp;
}

impl BroadcastSm {
    /// Takes the broadcast under an id of yours.
    pub fn accept(&self, id: impl IntoMessageId) -> BroadcastSmResp {
        let (status, message_id) = accepted(id);
        BroadcastSmResp { status, message_id, tlvs: TlvList::new() }
    }

    /// Refuses the broadcast.
    #[must_use]
    pub fn reject(&self, status: Status) -> BroadcastSmResp {
        BroadcastSmResp { status, ..BroadcastSmResp::default() }
    }
}

impl BroadcastSmResp {
    /// Adds an optional parameter: `broadcast_error_status`, and the areas that failed as `broadcast_area_identifier`, whose
    /// tag has another name here (SMPP 5.0 §4.4.1.2, §4.8.4).
    ///
    /// ```
    /// use wirepath_smpp::{BroadcastSm, Status, Tag};
    ///
    /// let pdu = BroadcastSm::builder().source("123").build()?;
    /// let answer = pdu
    ///     .accept("42")
    ///     .tlv(Tag::BROADCAST_ERROR_STATUS, &Status::RBCASTFAIL.code().to_be_bytes())
    ///     .tlv(Tag::BROADCAST_AREA_IDENTIFIER, b"\0NL");
    /// assert_eq!(answer.tlvs.as_tlvs().broadcast_area_identifier(), Some(&b"\0NL"[..]));
    /// # Ok::<(), wirepath_smpp::BuildError>(())
    /// ```
    #[must_use]
    pub fn tlv(mut self, tag: Tag, value: &[u8]) -> Self {
        self.tlvs = self.tlvs.with(tag, value);
        self
    }
}

impl QueryBroadcastSmResp {
    /// Adds an optional parameter to those of the report, an area and its success for one (SMPP 5.0 §4.6.1.3).
    #[must_use]
    pub fn tlv(mut self, tag: Tag, value: &[u8]) -> Self {
        self.tlvs = self.tlvs.with(tag, value);
        self
    }
}

impl QueryBroadcastSm {
    /// Answers with what is known, as TLVs: `message_state`, `broadcast_area_identifier`, `broadcast_area_success`.
    #[must_use]
    pub fn report(&self, tlvs: TlvList) -> QueryBroadcastSmResp {
        let message_id = MessageId::new(self.message_id()).unwrap_or_default();
        QueryBroadcastSmResp { status: Status::ROK, message_id, tlvs }
    }

    /// Refuses.
    #[must_use]
    pub fn reject(&self, status: Status) -> QueryBroadcastSmResp {
        QueryBroadcastSmResp { status, ..QueryBroadcastSmResp::default() }
    }
}

impl CancelBroadcastSm {
    /// Done.
    #[must_use]
    pub fn accept(&self) -> CancelBroadcastSmResp {
        CancelBroadcastSmResp::default()
    }

    /// Refuses.
    #[must_use]
    pub fn reject(&self, status: Status) -> CancelBroadcastSmResp {
        CancelBroadcastSmResp { status }
    }
}
