//! What smpp34 1.5.1 is known to do wrong, one function a fault. Nothing else is allowed to differ.

use wirepath_smpp::{
    CommandId, DecodeError, Frame, Pdu, RequestPdu, ResponsePdu, Rules, Tag, Tlvs,
};

/// smpp34 takes this frame, and is wrong to.
#[must_use]
pub fn takes_what_is_wrong(frame: &Frame, error: &DecodeError) -> bool {
    has_no_maximum(error)
        || checks_no_value(error)
        || checks_no_tlv_length(error)
        || drops_broken_tlvs(error)
        || ignores_the_body_of_a_failure(frame)
}

/// smpp34 refuses this frame, and is wrong to.
#[must_use]
pub fn refuses_what_is_right(frame: &Frame) -> bool {
    wants_a_body_of_every_success(frame)
        || wants_no_tlvs_behind_a_bare_header(frame)
        || refuses_octets_in_outbind(frame)
}

/// smpp34 does not write this frame as it read it.
#[must_use]
pub fn writes_less_than_it_read(frame: &Frame) -> bool {
    drops_tlvs(frame)
        || hides_the_message_id(frame)
        || announces_less_than_it_writes(frame)
        || keeps_the_length_of_what_it_dropped(frame)
}

/// Strings are `String`s made with `from_utf8_lossy`: an address in Latin-1 or GSM 03.38 comes out as U+FFFD, three octets
/// for one, and may then be longer than its field.
#[must_use]
pub fn alters_text_that_is_not_utf8(octets: &[u8]) -> bool {
    std::str::from_utf8(octets).is_err()
}

/// No C-octet string has a maximum length, and `sm_length` may be 255.
fn has_no_maximum(error: &DecodeError) -> bool {
    matches!(error, DecodeError::TooLong { .. })
}

/// TON, NPI, flags, times and message classes may have any value, the number of recipients may be zero, and a recipient
/// with a `dest_flag` that nobody knows is read as an address.
fn checks_no_value(error: &DecodeError) -> bool {
    matches!(error, DecodeError::BadValue { .. })
}

/// A `user_message_reference` of one octet is as good as one of two; the accessor then says that there is none.
fn checks_no_tlv_length(error: &DecodeError) -> bool {
    matches!(error, DecodeError::TlvLength { .. })
}

/// A TLV that is longer than the rest of the PDU, and octets that are too few for one, are left out in silence, and with
/// them whatever follows: a truncated `message_payload` becomes a message without text. `alert_notification` reads a single
/// stray octet as `ms_availability_status`.
fn drops_broken_tlvs(error: &DecodeError) -> bool {
    matches!(error, DecodeError::TlvStream)
}

/// Of a response with an error only the status is read, whatever the body holds; for `data_sm_resp` the body is read as
/// TLVs alone, though SMPP 3.4 §4.7.2 leaves the `message_id` in its place.
#[must_use]
pub fn ignores_the_body_of_a_failure(frame: &Frame) -> bool {
    let header = frame.header();
    header.command.is_response() && !header.status.is_ok()
}

/// `submit_sm_resp`, `submit_multi_resp`, `query_sm_resp` and the answers to binds with `ESME_ROK` and no body are errors;
/// peers do send them.
fn wants_a_body_of_every_success(frame: &Frame) -> bool {
    let has_a_body = matches!(
        frame.command(),
        CommandId::SUBMIT_SM_RESP
            | CommandId::SUBMIT_MULTI_RESP
            | CommandId::QUERY_SM_RESP
            | CommandId::BIND_TRANSMITTER_RESP
            | CommandId::BIND_RECEIVER_RESP
            | CommandId::BIND_TRANSCEIVER_RESP
    );
    has_a_body && frame.header().status.is_ok() && frame.body().is_empty()
}

/// `enquire_link`, `unbind_resp` and `generic_nack` are errors with octets behind the header; TLVs may be there.
fn wants_no_tlvs_behind_a_bare_header(frame: &Frame) -> bool {
    let is_bare = matches!(
        frame.command(),
        CommandId::ENQUIRE_LINK | CommandId::UNBIND_RESP | CommandId::GENERIC_NACK
    );
    is_bare && !frame.body().is_empty()
}

/// Only `outbind` is held to a maximum (by one octet too many) and to UTF-8; the lenient rules are not.
fn refuses_octets_in_outbind(frame: &Frame) -> bool {
    let Ok(RequestPdu::Outbind(pdu)) = RequestPdu::decode(frame.clone(), Rules::Lenient) else {
        return false;
    };
    let is_refused =
        |text: &[u8], max: usize| text.len() > max || alters_text_that_is_not_utf8(text);
    is_refused(pdu.system_id(), 16) || is_refused(pdu.password(), 9)
}

/// Some encoders and decoders of PDUs without a place for TLVs leave them out.
#[must_use]
pub fn knows_no_tlvs(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::QUERY_SM
            | CommandId::CANCEL_SM
            | CommandId::REPLACE_SM
            | CommandId::OUTBIND
            | CommandId::BIND_TRANSMITTER
            | CommandId::BIND_RECEIVER
            | CommandId::BIND_TRANSCEIVER
            | CommandId::SUBMIT_SM_RESP
            | CommandId::DELIVER_SM_RESP
            | CommandId::QUERY_SM_RESP
            | CommandId::SUBMIT_MULTI_RESP
    )
}

/// What is left out is missing when the PDU is written again; of `alert_notification` and the answers to binds the one
/// standard TLV is kept.
fn drops_tlvs(frame: &Frame) -> bool {
    with_tlvs(frame, |tlvs| {
        let only = |tag: Tag| match tlvs.as_bytes() {
            [t0, t1, 0, 1, _] => u16::from_be_bytes([*t0, *t1]) == tag.code(),
            octets => octets.is_empty(),
        };
        match frame.command() {
            CommandId::ALERT_NOTIFICATION => !only(Tag::MS_AVAILABILITY_STATUS),
            CommandId::BIND_TRANSMITTER_RESP
            | CommandId::BIND_RECEIVER_RESP
            | CommandId::BIND_TRANSCEIVER_RESP => !only(Tag::SC_INTERFACE_VERSION),
            command => knows_no_tlvs(command) && !tlvs.is_empty(),
        }
    })
}

/// The `message_id` of `deliver_sm_resp` and `data_sm_resp` is read, altered where it is not UTF-8, and shown to nobody.
fn hides_the_message_id(frame: &Frame) -> bool {
    let id = match ResponsePdu::decode(frame.clone(), Rules::Lenient) {
        Ok(ResponsePdu::DeliverSm(pdu)) => pdu.message_id,
        Ok(ResponsePdu::DataSm(pdu)) => pdu.message_id,
        _ => return false,
    };
    alters_text_that_is_not_utf8(id.as_bytes())
}

/// A `deliver_sm_resp` that refuses announces 16 octets and is 17 long: the peer finds a NUL where the next PDU should
/// begin, and the session is lost. So does a copy of one that came without a body.
fn announces_less_than_it_writes(frame: &Frame) -> bool {
    let header = frame.header();
    let without_body = !header.status.is_ok() || frame.body().is_empty();
    header.command == CommandId::DELIVER_SM_RESP && without_body
}

/// `command_length` is kept from what was read, except in the PDUs with a list of TLVs; so it is wrong as soon as
/// something was left out or altered.
fn keeps_the_length_of_what_it_dropped(frame: &Frame) -> bool {
    let is_bare = matches!(frame.command(), CommandId::CANCEL_SM_RESP | CommandId::REPLACE_SM_RESP);
    (ignores_the_body_of_a_failure(frame) || is_bare) && !frame.body().is_empty()
}

/// The encoders of binds, `cancel_sm` and `cancel_sm_resp` reserve as many octets as `command_status` says: a peer that
/// writes 0xFFFFFFFF there has four gigabytes reserved for it.
#[must_use]
pub fn reserves_the_status(frame: &Frame) -> bool {
    let reserves = matches!(
        frame.command(),
        CommandId::BIND_TRANSMITTER
            | CommandId::BIND_RECEIVER
            | CommandId::BIND_TRANSCEIVER
            | CommandId::CANCEL_SM
            | CommandId::CANCEL_SM_RESP
    );
    reserves && frame.header().status.code() > 0xFFFF
}

/// Calls `ask` with the TLVs of a frame that wirepath decodes; `false` for what has none.
fn with_tlvs(frame: &Frame, ask: impl Fn(Tlvs<'_>) -> bool) -> bool {
    match RequestPdu::decode(frame.clone(), Rules::Lenient) {
        Ok(RequestPdu::QuerySm(pdu)) => return ask(pdu.tlvs()),
        Ok(RequestPdu::CancelSm(pdu)) => return ask(pdu.tlvs()),
        Ok(RequestPdu::ReplaceSm(pdu)) => return ask(pdu.tlvs()),
        Ok(RequestPdu::Outbind(pdu)) => return ask(pdu.tlvs()),
        Ok(RequestPdu::Bind(pdu)) => return ask(pdu.tlvs()),
        Ok(RequestPdu::AlertNotification(pdu)) => return ask(pdu.tlvs()),
        _ => {}
    }
    match ResponsePdu::decode(frame.clone(), Rules::Lenient) {
        Ok(ResponsePdu::SubmitSm(pdu)) => ask(pdu.tlvs.as_tlvs()),
        Ok(ResponsePdu::DeliverSm(pdu)) => ask(pdu.tlvs.as_tlvs()),
        Ok(ResponsePdu::QuerySm(pdu)) => ask(pdu.tlvs.as_tlvs()),
        Ok(ResponsePdu::SubmitMulti(pdu)) => ask(pdu.tlvs.as_tlvs()),
        Ok(ResponsePdu::Bind(pdu)) => ask(pdu.tlvs.as_tlvs()),
        _ => false,
    }
}
