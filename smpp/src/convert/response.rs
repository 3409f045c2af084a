use smpp34::UnsuccessSme;

use super::{ConvertError, address, header, no_tlvs, text, time, time_text};
use crate::{
    BuildError, CommandId, MessageId, MessageState, QuerySmResp, ReplaceSmResp, Status,
    SubmitMultiResp, SubmitSmResp, protocol::Header,
};

impl TryFrom<&SubmitSmResp> for smpp34::submit_sm_resp {
    type Error = ConvertError;

    fn try_from(pdu: &SubmitSmResp) -> Result<Self, ConvertError> {
        no_tlvs(pdu.tlvs.as_tlvs())?;
        let id = text("message_id", pdu.message_id.as_bytes())?;
        let message_id = (pdu.status.is_ok() || !id.is_empty()).then_some(id);
        let length = Header::LEN + message_id.as_ref().map_or(0, |id| id.len() + 1);
        Ok(Self { header: header(CommandId::SUBMIT_SM_RESP, pdu.status, length), message_id })
    }
}

impl TryFrom<&smpp34::submit_sm_resp> for SubmitSmResp {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::submit_sm_resp) -> Result<Self, BuildError> {
        Ok(Self {
            status: Status::from_code(pdu.header.command_status),
            message_id: our_id(pdu.message_id.as_deref())?,
            ..Self::default()
        })
    }
}

/// Of an answer that failed, smpp34 keeps nothing but the status: fields beside it are an error here.
impl TryFrom<&QuerySmResp> for smpp34::query_sm_resp {
    type Error = ConvertError;

    fn try_from(pdu: &QuerySmResp) -> Result<Self, ConvertError> {
        no_tlvs(pdu.tlvs.as_tlvs())?;
        let bare = QuerySmResp { status: pdu.status, ..QuerySmResp::default() };
        if !pdu.status.is_ok() && *pdu != bare {
            return Err(ConvertError::NoPlace { field: "the body of an error" });
        }
        let message_id = text("message_id", pdu.message_id.as_bytes())?;
        let final_date = time_text(pdu.final_date);
        let body = message_id.len() + 1 + final_date.len() + 1 + 2;
        let length = Header::LEN + if pdu.status.is_ok() { body } else { 0 };
        Ok(Self {
            header: header(CommandId::QUERY_SM_RESP, pdu.status, length),
            message_id,
            final_date,
            message_state: pdu.message_state.code(),
            error_code: pdu.error_code,
        })
    }
}

impl TryFrom<&smpp34::query_sm_resp> for QuerySmResp {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::query_sm_resp) -> Result<Self, BuildError> {
        Ok(Self {
            status: Status::from_code(pdu.header.command_status),
            message_id: our_id(Some(&pdu.message_id))?,
            final_date: time("final_date", &pdu.final_date)?,
            message_state: MessageState::from_code(pdu.message_state),
            error_code: pdu.error_code,
            ..Self::default()
        })
    }
}

/// Of an answer that failed, smpp34 keeps nothing but the status: fields beside it are an error here.
impl TryFrom<&SubmitMultiResp> for smpp34::submit_sm_multi_resp {
    type Error = ConvertError;

    fn try_from(pdu: &SubmitMultiResp) -> Result<Self, ConvertError> {
        no_tlvs(pdu.tlvs.as_tlvs())?;
        let is_ok = pdu.status.is_ok();
        if !is_ok && (!pdu.message_id.is_empty() || !pdu.unsuccess.is_empty()) {
            return Err(ConvertError::NoPlace { field: "the body of an error" });
        }
        let refused = pdu.unsuccess.iter().map(|refused| {
            Ok(UnsuccessSme {
                dest_addr_ton: refused.address.ton.0,
                dest_addr_npi: refused.address.npi.0,
                destination_addr: text("destination_addr", refused.address.digits)?,
                error_status_code: refused.status.code(),
            })
        });
        let unsuccess_sme: Vec<UnsuccessSme> = refused.collect::<Result<_, _>>()?;
        let message_id = text("message_id", pdu.message_id.as_bytes())?;
        let list: usize = unsuccess_sme.iter().map(|sme| sme.destination_addr.len() + 7).sum();
        let length = Header::LEN + if is_ok { message_id.len() + 1 + 1 + list } else { 0 };
        Ok(Self {
            header: header(CommandId::SUBMIT_MULTI_RESP, pdu.status, length),
            message_id: is_ok.then_some(message_id),
            // The list holds 255 at most.
            no_unsuccess: u8::try_from(unsuccess_sme.len()).unwrap_or(u8::MAX),
            unsuccess_sme,
        })
    }
}

impl TryFrom<&smpp34::submit_sm_multi_resp> for SubmitMultiResp {
    type Error = BuildError;

    fn try_from(pdu: &smpp34::submit_sm_multi_resp) -> Result<Self, BuildError> {
        let answer = Self {
            status: Status::from_code(pdu.header.command_status),
            message_id: our_id(pdu.message_id.as_deref())?,
            ..Self::default()
        };
        pdu.unsuccess_sme.iter().try_fold(answer, |answer, refused| {
            let to =
                address(refused.dest_addr_ton, refused.dest_addr_npi, &refused.destination_addr);
            answer.refuse(to, Status::from_code(refused.error_status_code))
        })
    }
}

impl From<&ReplaceSmResp> for smpp34::replace_sm_resp {
    fn from(pdu: &ReplaceSmResp) -> Self {
        Self { header: header(CommandId::REPLACE_SM_RESP, pdu.status, Header::LEN) }
    }
}

impl From<&smpp34::replace_sm_resp> for ReplaceSmResp {
    fn from(pdu: &smpp34::replace_sm_resp) -> Self {
        Self { status: Status::from_code(pdu.header.command_status) }
    }
}

fn our_id(id: Option<&str>) -> Result<MessageId, BuildError> {
    MessageId::new(id.unwrap_or_default().as_bytes())
}
