//! What wirepath takes from a PDU.

use wirepath_smpp::{Address, Destination, RequestPdu, ResponsePdu, Status, TlvList, Tlvs};

use super::Fields;

fn list(tlvs: Tlvs<'_>) -> impl Iterator<Item = (u16, Vec<u8>)> {
    tlvs.into_iter().map(|tlv| (tlv.tag.code(), tlv.value.to_vec()))
}

fn address(fields: Fields, address: Address<'_>) -> Fields {
    fields.address(address.ton.0, address.npi.0, address.digits)
}

macro_rules! message {
    ($pdu:expr, $destinations:expr) => {{
        let pdu = $pdu;
        let fields = Fields::default().text("service_type", pdu.service_type());
        let fields = $destinations(address(fields, pdu.source()));
        fields
            .number("esm_class", pdu.esm_class())
            .number("protocol_id", pdu.protocol_id())
            .number("priority_flag", pdu.priority_flag())
            .time("schedule_delivery_time", pdu.schedule_delivery_time())
            .time("validity_period", pdu.validity_period())
            .number("registered_delivery", pdu.registered_delivery())
            .number("replace_if_present_flag", pdu.replace_if_present_flag())
            .number("data_coding", pdu.data_coding())
            .number("sm_default_msg_id", pdu.sm_default_msg_id())
            .octets("short_message", pdu.short_message())
            .tlvs(list(pdu.tlvs()))
    }};
}

pub(super) fn request(pdu: &RequestPdu) -> Fields {
    match pdu {
        RequestPdu::SubmitSm(pdu) => message!(pdu, |fields| address(fields, pdu.destination())),
        RequestPdu::DeliverSm(pdu) => message!(pdu, |fields| address(fields, pdu.destination())),
        RequestPdu::SubmitMulti(pdu) => message!(pdu, |mut fields: Fields| {
            for destination in pdu.destinations().iter() {
                fields = match destination {
                    Destination::Sme(to) => address(fields, to),
                    Destination::List(name) => fields.text("dl_name", name),
                };
            }
            fields
        }),
        RequestPdu::DataSm(pdu) => {
            let fields = Fields::default().text("service_type", pdu.service_type());
            address(address(fields, pdu.source()), pdu.destination())
                .number("esm_class", pdu.esm_class())
                .number("registered_delivery", pdu.registered_delivery())
                .number("data_coding", pdu.data_coding())
                .tlvs(list(pdu.tlvs()))
        }
        RequestPdu::QuerySm(pdu) => {
            let fields = Fields::default().text("message_id", pdu.message_id());
            address(fields, pdu.source()).tlvs(list(pdu.tlvs()))
        }
        RequestPdu::CancelSm(pdu) => {
            let fields = Fields::default()
                .text("service_type", pdu.service_type())
                .text("message_id", pdu.message_id());
            address(address(fields, pdu.source()), pdu.destination()).tlvs(list(pdu.tlvs()))
        }
        RequestPdu::ReplaceSm(pdu) => {
            let fields = Fields::default().text("message_id", pdu.message_id());
            address(fields, pdu.source())
                .time("schedule_delivery_time", pdu.schedule_delivery_time())
                .time("validity_period", pdu.validity_period())
                .number("registered_delivery", pdu.registered_delivery())
                .number("sm_default_msg_id", pdu.sm_default_msg_id())
                .octets("short_message", pdu.short_message())
                .tlvs(list(pdu.tlvs()))
        }
        RequestPdu::Bind(pdu) => Fields::default()
            .text("system_id", pdu.system_id())
            .text("password", pdu.password())
            .text("system_type", pdu.system_type())
            .number("interface_version", pdu.interface_version())
            .address(pdu.addr_ton(), pdu.addr_npi(), pdu.address_range())
            .tlvs(list(pdu.tlvs())),
        RequestPdu::AlertNotification(pdu) => {
            let fields = address(address(Fields::default(), pdu.source()), pdu.esme());
            // smpp34 keeps the one parameter that the PDU has, if it is one octet.
            let status = pdu.tlvs().ms_availability_status();
            match status.filter(|_| has_one_octet(pdu.tlvs())) {
                Some(status) => fields.number("ms_availability_status", status),
                None => fields,
            }
        }
        _ => Fields::default(),
    }
}

fn has_one_octet(tlvs: Tlvs<'_>) -> bool {
    tlvs.get(wirepath_smpp::Tag::MS_AVAILABILITY_STATUS).is_some_and(|value| value.len() == 1)
}

fn answer(status: Status) -> Fields {
    Fields::default().number("command_status", status.code())
}

fn identified(status: Status, id: &[u8], tlvs: &TlvList) -> Fields {
    answer(status).text("message_id", id).tlvs(list(tlvs.as_tlvs()))
}

pub(super) fn response(pdu: &ResponsePdu) -> Fields {
    match pdu {
        ResponsePdu::SubmitSm(pdu) => identified(pdu.status, pdu.message_id.as_bytes(), &pdu.tlvs),
        // smpp34 reads the message_id of these two and shows it to nobody.
        ResponsePdu::DeliverSm(pdu) => answer(pdu.status),
        ResponsePdu::DataSm(pdu) => answer(pdu.status).tlvs(list(pdu.tlvs.as_tlvs())),
        ResponsePdu::QuerySm(pdu) => answer(pdu.status)
            .text("message_id", pdu.message_id.as_bytes())
            .time("final_date", pdu.final_date)
            .number("message_state", pdu.message_state.code())
            .number("error_code", pdu.error_code)
            .tlvs(list(pdu.tlvs.as_tlvs())),
        ResponsePdu::SubmitMulti(pdu) => {
            let mut fields = answer(pdu.status).text("message_id", pdu.message_id.as_bytes());
            for refused in pdu.unsuccess.iter() {
                fields = address(fields, refused.address).number("error", refused.status.code());
            }
            fields.tlvs(list(pdu.tlvs.as_tlvs()))
        }
        ResponsePdu::Bind(pdu) => {
            let fields = answer(pdu.status).text("system_id", pdu.system_id.as_bytes());
            let tlvs = pdu.tlvs.as_tlvs();
            let version = tlvs.get(wirepath_smpp::Tag::SC_INTERFACE_VERSION);
            match version {
                Some([version]) => fields.number("sc_interface_version", *version),
                _ => fields,
            }
        }
        ResponsePdu::Unbind(pdu) => answer(pdu.status),
        ResponsePdu::CancelSm(pdu) => answer(pdu.status),
        ResponsePdu::ReplaceSm(pdu) => answer(pdu.status),
        // Its status is to be had as an error only, which knows fewer values.
        _ => Fields::default(),
    }
}
