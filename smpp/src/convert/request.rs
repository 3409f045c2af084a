use smpp34::DestAddress;

use super::{ConvertError, address, header, no_tlvs, our_tlvs, text, their_tlvs, time, time_text};
use crate::{
    BuildError, CancelSm, CommandId, DataSm, DeliverSm, Destination, QuerySm, ReplaceSm, Status,
    SubmitMulti, SubmitSm,
};

/// The two PDUs with one body.
macro_rules! message {
    ($ours:ident, $theirs:ident) => {
        impl TryFrom<&$ours> for smpp34::$theirs {
            type Error = ConvertError;

            fn try_from(pdu: &$ours) -> Result<Self, ConvertError> {
                if pdu.short_message().len() > 254 {
                    return Err(ConvertError::NoPlace { field: "short_message" });
                }
                let (source, to) = (pdu.source(), pdu.destination());
                let converted = Self::new(
                    0,
                    text("service_type", pdu.service_type())?,
                    source.ton.0,
                    source.npi.0,
                    text("source_addr", source.digits)?,
                    to.ton.0,
                    to.npi.0,
                    text("destination_addr", to.digits)?,
                    pdu.esm_class(),
                    pdu.protocol_id(),
                    pdu.priority_flag(),
                    time_text(pdu.schedule_delivery_time()),
                    time_text(pdu.validity_period()),
                    pdu.registered_delivery(),
                    pdu.replace_if_present_flag(),
                    pdu.data_coding(),
                    pdu.sm_default_msg_id(),
                    pdu.short_message().to_vec(),
                );
                Ok(converted.with_tlvs(their_tlvs(pdu.tlvs())))
            }
        }

        impl TryFrom<&smpp34::$theirs> for $ours {
            type Error = BuildError;

            fn try_from(pdu: &smpp34::$theirs) -> Result<Self, BuildError> {
                let to = address(pdu.dest_addr_ton, pdu.dest_addr_npi, &pdu.destination_addr);
                Self::builder()
                    .service_type(&pdu.service_type)
                    .source(address(pdu.source_addr_ton, pdu.source_addr_npi, &pdu.source_addr))
                    .destination(to)
                    .esm_class(pdu.esm_class)
                    .protocol_id(pdu.protocol_id)
                    .priority_flag(pdu.priority_flag)
                    .schedule_delivery_time(time(
                        "schedule_delivery_time",
                        &pdu.schedule_delivery_time,
                    )?)
                    .validity_period(time("validity_period", &pdu.validity_period)?)
                    .registered_delivery(pdu.registered_delivery)
                    .replace_if_present_flag(pdu.replace_if_present_flag)
                    .data_coding(pdu.data_coding)
                    .sm_default_msg_id(pdu.sm_default_msg_id)
                    .short_message(&pdu.short_message)
                    .tlvs(our_tlvs(&pdu.tlvs)?)
                    .build()
            }
        }
    };
}

message!(SubmitSm, submit_sm);
message!(DeliverSm, deliver_sm);

impl TryFrom<&DataSm> for smpp34::data_sm {
    type Error = ConvertError;

    fn try_from(pdu: &DataSm) -> Result<Self, ConvertError> {
        let (source, to) = (pdu.source(), pdu.destination());
        let converted = Self::new(
            0,
            text("service_type", pdu.service_type())?,
            source.ton.0,
            source.npi.0,
            text("source_addr", source.digits)?,
            to.ton.0,
            to.npi.0,
            text("destination_addr", to.digits)?,
            pdu.esm_class(),
            pdu.registered_delivery(),
            pdu.data_coding(),
        );
        Ok(converted.with_tlvs(their_tlvs(pdu.tlvs())))
    }
}

impl TryFrom<&smpp34::data_sm> for DataSm {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::data_sm) -> Result<Self, BuildError> {
        Self::builder()
            .service_type(&pdu.service_type)
            .source(address(pdu.source_addr_ton, pdu.source_addr_npi, &pdu.source_addr))
            .destination(address(pdu.dest_addr_ton, pdu.dest_addr_npi, &pdu.destination_addr))
            .esm_class(pdu.esm_class)
            .registered_delivery(pdu.registered_delivery)
            .data_coding(pdu.data_coding)
            .tlvs(our_tlvs(&pdu.tlvs)?)
            .build()
    }
}

impl TryFrom<&SubmitMulti> for smpp34::submit_sm_multi {
    type Error = ConvertError;

    fn try_from(pdu: &SubmitMulti) -> Result<Self, ConvertError> {
        if pdu.short_message().len() > 254 {
            return Err(ConvertError::NoPlace { field: "short_message" });
        }
        if pdu.destinations().len() > 254 {
            return Err(ConvertError::NoPlace { field: "dest_address" });
        }
        let recipients = pdu.destinations().iter().map(|to| {
            Ok(match to {
                Destination::Sme(to) => DestAddress::Sme {
                    dest_addr_ton: to.ton.0,
                    dest_addr_npi: to.npi.0,
                    destination_addr: text("destination_addr", to.digits)?,
                },
                Destination::List(name) => {
                    DestAddress::DistributionList { dl_name: text("dl_name", name)? }
                }
            })
        });
        let source = pdu.source();
        let converted = Self::new(
            0,
            text("service_type", pdu.service_type())?,
            source.ton.0,
            source.npi.0,
            text("source_addr", source.digits)?,
            recipients.collect::<Result<_, _>>()?,
            pdu.esm_class(),
            pdu.protocol_id(),
            pdu.priority_flag(),
            time_text(pdu.schedule_delivery_time()),
            time_text(pdu.validity_period()),
            pdu.registered_delivery(),
            pdu.replace_if_present_flag(),
            pdu.data_coding(),
            pdu.sm_default_msg_id(),
            pdu.short_message().to_vec(),
        );
        Ok(converted.with_tlvs(their_tlvs(pdu.tlvs())))
    }
}

impl TryFrom<&smpp34::submit_sm_multi> for SubmitMulti {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::submit_sm_multi) -> Result<Self, BuildError> {
        let recipients: Vec<Destination<'_>> = pdu
            .dest_addresses
            .iter()
            .map(|to| match to {
                DestAddress::Sme { dest_addr_ton, dest_addr_npi, destination_addr } => {
                    Destination::Sme(address(*dest_addr_ton, *dest_addr_npi, destination_addr))
                }
                DestAddress::DistributionList { dl_name } => Destination::List(dl_name.as_bytes()),
            })
            .collect();
        Self::builder()
            .service_type(&pdu.service_type)
            .source(address(pdu.source_addr_ton, pdu.source_addr_npi, &pdu.source_addr))
            .destinations(&recipients[..])
            .esm_class(pdu.esm_class)
            .protocol_id(pdu.protocol_id)
            .priority_flag(pdu.priority_flag)
            .schedule_delivery_time(time("schedule_delivery_time", &pdu.schedule_delivery_time)?)
            .validity_period(time("validity_period", &pdu.validity_period)?)
            .registered_delivery(pdu.registered_delivery)
            .replace_if_present_flag(pdu.replace_if_present_flag)
            .data_coding(pdu.data_coding)
            .sm_default_msg_id(pdu.sm_default_msg_id)
            .short_message(&pdu.short_message)
            .tlvs(our_tlvs(&pdu.tlvs)?)
            .build()
    }
}

impl TryFrom<&QuerySm> for smpp34::query_sm {
    type Error = ConvertError;

    fn try_from(pdu: &QuerySm) -> Result<Self, ConvertError> {
        no_tlvs(pdu.tlvs())?;
        let source = pdu.source();
        let id = text("message_id", pdu.message_id())?;
        Ok(Self::new(0, id, source.ton.0, source.npi.0, text("source_addr", source.digits)?))
    }
}

impl TryFrom<&smpp34::query_sm> for QuerySm {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::query_sm) -> Result<Self, BuildError> {
        Self::builder()
            .message_id(&pdu.message_id)
            .source(address(pdu.source_addr_ton, pdu.source_addr_npi, &pdu.source_addr))
            .build()
    }
}

impl TryFrom<&CancelSm> for smpp34::cancel_sm {
    type Error = ConvertError;

    fn try_from(pdu: &CancelSm) -> Result<Self, ConvertError> {
        no_tlvs(pdu.tlvs())?;
        let (source, to) = (pdu.source(), pdu.destination());
        Ok(Self {
            header: header(CommandId::CANCEL_SM, Status::ROK, pdu.frame().as_bytes().len()),
            service_type: text("service_type", pdu.service_type())?,
            message_id: text("message_id", pdu.message_id())?,
            source_addr_ton: source.ton.0,
            source_addr_npi: source.npi.0,
            source_addr: text("source_addr", source.digits)?,
            dest_addr_ton: to.ton.0,
            dest_addr_npi: to.npi.0,
            destination_addr: text("destination_addr", to.digits)?,
        })
    }
}

impl TryFrom<&smpp34::cancel_sm> for CancelSm {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::cancel_sm) -> Result<Self, BuildError> {
        Self::builder()
            .service_type(&pdu.service_type)
            .message_id(&pdu.message_id)
            .source(address(pdu.source_addr_ton, pdu.source_addr_npi, &pdu.source_addr))
            .destination(address(pdu.dest_addr_ton, pdu.dest_addr_npi, &pdu.destination_addr))
            .build()
    }
}

impl TryFrom<&ReplaceSm> for smpp34::replace_sm {
    type Error = ConvertError;

    fn try_from(pdu: &ReplaceSm) -> Result<Self, ConvertError> {
        no_tlvs(pdu.tlvs())?;
        if pdu.short_message().len() > 254 {
            return Err(ConvertError::NoPlace { field: "short_message" });
        }
        let source = pdu.source();
        Ok(Self::new(
            0,
            text("message_id", pdu.message_id())?,
            source.ton.0,
            source.npi.0,
            text("source_addr", source.digits)?,
            time_text(pdu.schedule_delivery_time()),
            time_text(pdu.validity_period()),
            pdu.registered_delivery(),
            pdu.sm_default_msg_id(),
            pdu.short_message().to_vec(),
        ))
    }
}

impl TryFrom<&smpp34::replace_sm> for ReplaceSm {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::replace_sm) -> Result<Self, BuildError> {
        Self::builder()
            .message_id(&pdu.message_id)
            .source(address(pdu.source_addr_ton, pdu.source_addr_npi, &pdu.source_addr))
            .schedule_delivery_time(time("schedule_delivery_time", &pdu.schedule_delivery_time)?)
            .validity_period(time("validity_period", &pdu.validity_period)?)
            .registered_delivery(pdu.registered_delivery)
            .sm_default_msg_id(pdu.sm_default_msg_id)
            .short_message(&pdu.short_message)
            .build()
    }
}
