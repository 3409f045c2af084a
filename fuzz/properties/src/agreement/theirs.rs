//! What smpp34 takes from a PDU, and what it writes of that.

use smpp34::{CommandHeader, DestAddress, SmppError, Tlv};
use wirepath_smpp::{CommandId, Frame};

use super::Fields;
use crate::exclusions;

/// A PDU that smpp34 has decoded.
pub(super) struct Theirs {
    pub(super) fields: Fields,
    /// The PDU as smpp34 writes it; `None` where it cannot be asked to.
    pub(super) encoded: Option<Vec<u8>>,
}

fn list(tlvs: &[Tlv]) -> impl Iterator<Item = (u16, Vec<u8>)> {
    tlvs.iter().map(|tlv| (tlv.tag, tlv.value.clone()))
}

macro_rules! decode {
    ($ty:ident, $frame:ident, |$pdu:ident| $fields:expr) => {
        decode!($ty, $frame, &$frame.as_bytes()[..], |$pdu| $fields)
    };
    ($ty:ident, $frame:ident, $octets:expr, |$pdu:ident| $fields:expr) => {{
        let header = CommandHeader::decode($frame.as_bytes());
        header.and_then(|header| smpp34::$ty::decode(header, $octets)).map(|$pdu| {
            let fields = $fields;
            let encoded = (!exclusions::reserves_the_status($frame)).then(|| $pdu.encode());
            Theirs { fields, encoded }
        })
    }};
}

macro_rules! message {
    ($pdu:expr, $destinations:expr) => {{
        let pdu = $pdu;
        let fields = Fields::default().text("service_type", &pdu.service_type).address(
            pdu.source_addr_ton,
            pdu.source_addr_npi,
            &pdu.source_addr,
        );
        assert_eq!(usize::from(pdu.sm_length), pdu.short_message.len());
        $destinations(fields)
            .number("esm_class", pdu.esm_class)
            .number("protocol_id", pdu.protocol_id)
            .number("priority_flag", pdu.priority_flag)
            .text("schedule_delivery_time", &pdu.schedule_delivery_time)
            .text("validity_period", &pdu.validity_period)
            .number("registered_delivery", pdu.registered_delivery)
            .number("replace_if_present_flag", pdu.replace_if_present_flag)
            .number("data_coding", pdu.data_coding)
            .number("sm_default_msg_id", pdu.sm_default_msg_id)
            .octets("short_message", &pdu.short_message)
            .tlvs(list(&pdu.tlvs))
    }};
}

macro_rules! source {
    ($pdu:expr) => {
        |fields: Fields| {
            fields.address($pdu.source_addr_ton, $pdu.source_addr_npi, &$pdu.source_addr)
        }
    };
}

macro_rules! destination {
    ($pdu:expr) => {
        |fields: Fields| {
            fields.address($pdu.dest_addr_ton, $pdu.dest_addr_npi, &$pdu.destination_addr)
        }
    };
}

macro_rules! bind {
    ($ty:ident, $frame:ident) => {
        decode!($ty, $frame, |pdu| Fields::default()
            .text("system_id", &pdu.system_id)
            .text("password", &pdu.password)
            .text("system_type", &pdu.system_type)
            .number("interface_version", pdu.interface_version)
            .address(pdu.addr_ton, pdu.addr_npi, &pdu.address_range)
            .tlvs([]))
    };
}

macro_rules! bind_resp {
    ($ty:ident, $frame:ident) => {
        decode!($ty, $frame, |pdu| {
            let fields = Fields::default()
                .number("command_status", pdu.command_status())
                .text("system_id", pdu.system_id.clone().unwrap_or_default());
            match pdu.sc_interface_version {
                Some(version) => fields.number("sc_interface_version", version),
                None => fields,
            }
        })
    };
}

/// `None` for what smpp34 has no public decoder for.
pub(super) fn decode(frame: &Frame) -> Option<Result<Theirs, SmppError>> {
    Some(match frame.command() {
        CommandId::SUBMIT_SM => decode!(submit_sm, frame, |pdu| message!(&pdu, destination!(pdu))),
        CommandId::DELIVER_SM => {
            decode!(deliver_sm, frame, |pdu| message!(&pdu, destination!(pdu)))
        }
        CommandId::SUBMIT_MULTI => {
            decode!(submit_sm_multi, frame, |pdu| message!(&pdu, |mut fields: Fields| {
                for to in &pdu.dest_addresses {
                    fields = match to {
                        DestAddress::Sme { dest_addr_ton, dest_addr_npi, destination_addr } => {
                            fields.address(*dest_addr_ton, *dest_addr_npi, destination_addr)
                        }
                        DestAddress::DistributionList { dl_name } => {
                            fields.text("dl_name", dl_name)
                        }
                    };
                }
                fields
            }))
        }
        CommandId::DATA_SM => decode!(data_sm, frame, |pdu| {
            let fields = Fields::default().text("service_type", &pdu.service_type);
            destination!(pdu)(source!(pdu)(fields))
                .number("esm_class", pdu.esm_class)
                .number("registered_delivery", pdu.registered_delivery)
                .number("data_coding", pdu.data_coding)
                .tlvs(list(&pdu.tlvs))
        }),
        CommandId::QUERY_SM => decode!(query_sm, frame, |pdu| {
            source!(pdu)(Fields::default().text("message_id", &pdu.message_id)).tlvs([])
        }),
        // Its decoder wants the body alone, unlike all others; smpp34's own server gives it the whole PDU, so that every
        // cancel_sm that it receives is misread.
        CommandId::CANCEL_SM => decode!(cancel_sm, frame, frame.body(), |pdu| {
            let fields = Fields::default()
                .text("service_type", &pdu.service_type)
                .text("message_id", &pdu.message_id);
            destination!(pdu)(source!(pdu)(fields)).tlvs([])
        }),
        CommandId::REPLACE_SM => decode!(replace_sm, frame, |pdu| {
            source!(pdu)(Fields::default().text("message_id", &pdu.message_id))
                .text("schedule_delivery_time", &pdu.schedule_delivery_time)
                .text("validity_period", &pdu.validity_period)
                .number("registered_delivery", pdu.registered_delivery)
                .number("sm_default_msg_id", pdu.sm_default_msg_id)
                .octets("short_message", &pdu.short_message)
                .tlvs([])
        }),
        CommandId::BIND_TRANSMITTER => bind!(bind_transmitter, frame),
        CommandId::BIND_RECEIVER => bind!(bind_receiver, frame),
        CommandId::BIND_TRANSCEIVER => bind!(bind_transceiver, frame),
        CommandId::ALERT_NOTIFICATION => decode!(alert_notification, frame, |pdu| {
            let fields = source!(pdu)(Fields::default()).address(
                pdu.esme_addr_ton,
                pdu.esme_addr_npi,
                &pdu.esme_addr,
            );
            match pdu.ms_availability_status {
                Some(status) => fields.number("ms_availability_status", status),
                None => fields,
            }
        }),
        CommandId::OUTBIND => decode!(outbind, frame, |pdu| Fields::default()),
        CommandId::ENQUIRE_LINK => decode!(enquire_link, frame, |pdu| Fields::default()),
        CommandId::GENERIC_NACK => decode!(generic_nack, frame, |pdu| Fields::default()),
        CommandId::SUBMIT_SM_RESP => decode!(submit_sm_resp, frame, |pdu| Fields::default()
            .number("command_status", pdu.command_status())
            .text("message_id", pdu.message_id.clone().unwrap_or_default())
            .tlvs([])),
        CommandId::DELIVER_SM_RESP => decode!(deliver_sm_resp, frame, |pdu| Fields::default()
            .number("command_status", pdu.command_status())),
        CommandId::DATA_SM_RESP => decode!(data_sm_resp, frame, |pdu| Fields::default()
            .number("command_status", pdu.command_status())
            .tlvs(list(&pdu.tlvs))),
        CommandId::QUERY_SM_RESP => decode!(query_sm_resp, frame, |pdu| Fields::default()
            .number("command_status", pdu.command_status())
            .text("message_id", &pdu.message_id)
            .text("final_date", &pdu.final_date)
            .number("message_state", pdu.message_state)
            .number("error_code", pdu.error_code)
            .tlvs([])),
        CommandId::SUBMIT_MULTI_RESP => decode!(submit_sm_multi_resp, frame, |pdu| {
            let mut fields = Fields::default()
                .number("command_status", pdu.command_status())
                .text("message_id", pdu.message_id.clone().unwrap_or_default());
            for refused in &pdu.unsuccess_sme {
                fields = destination!(refused)(fields).number("error", refused.error_status_code);
            }
            fields.tlvs([])
        }),
        CommandId::BIND_TRANSMITTER_RESP => bind_resp!(bind_transmitter_resp, frame),
        CommandId::BIND_RECEIVER_RESP => bind_resp!(bind_receiver_resp, frame),
        CommandId::BIND_TRANSCEIVER_RESP => bind_resp!(bind_transceiver_resp, frame),
        CommandId::UNBIND_RESP => decode!(unbind_resp, frame, |pdu| Fields::default()
            .number("command_status", pdu.command_status())),
        CommandId::CANCEL_SM_RESP => decode!(cancel_sm_resp, frame, |pdu| Fields::default()
            .number("command_status", pdu.command_status())),
        CommandId::REPLACE_SM_RESP => decode!(replace_sm_resp, frame, |pdu| Fields::default()
            .number("command_status", pdu.command_status())),
        _ => return None,
    })
}
