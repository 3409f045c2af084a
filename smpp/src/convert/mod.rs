//! From smpp34 and to it, for programs that come from there (feature `smpp34`).
//!
//! Each PDU converts by reference, both ways, and never in part: what the other side cannot express is an error that names
//! the field. Sequence numbers belong to the session on either side: what comes out has number 0.
//!
//! | wirepath | smpp34 |
//! |---|---|
//! | [`SubmitSm`](crate::SubmitSm) | `submit_sm` |
//! | [`DeliverSm`](crate::DeliverSm) | `deliver_sm` |
//! | [`DataSm`](crate::DataSm) | `data_sm` |
//! | [`SubmitMulti`](crate::SubmitMulti) | `submit_sm_multi` |
//! | [`QuerySm`](crate::QuerySm), [`CancelSm`](crate::CancelSm), [`ReplaceSm`](crate::ReplaceSm) | `query_sm`, `cancel_sm`, `replace_sm` |
//! | [`SubmitSmResp`](crate::SubmitSmResp), [`QuerySmResp`](crate::QuerySmResp) | `submit_sm_resp`, `query_sm_resp` |
//! | [`SubmitMultiResp`](crate::SubmitMultiResp), [`ReplaceSmResp`](crate::ReplaceSmResp) | `submit_sm_multi_resp`, `replace_sm_resp` |
//! | [`Status`] | `SmppError` |
//!
//! Its other responses keep their fields to themselves; binds are the session's there.
//!
//! ```
//! use wirepath_smpp::{Address, SubmitSm};
//!
//! let ours = SubmitSm::builder().destination(Address::international("456")).short_message("hi").build()?;
//! let theirs = smpp34::submit_sm::try_from(&ours)?;
//! assert_eq!(theirs.destination_addr, "456");
//! assert_eq!(SubmitSm::try_from(&theirs)?, ours);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod request;
mod response;
#[cfg(test)]
mod tests;

use smpp34::{CommandHeader, SmppError, Tlv};

use crate::{Address, BuildError, CommandId, Npi, SmppTime, Status, Tag, TlvList, Tlvs, Ton};

/// What smpp34 cannot express.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// Its strings are UTF-8; an address in another encoding would be altered.
    #[error("{field} is not UTF-8")]
    NotUtf8 {
        /// The field.
        field: &'static str,
    },
    /// It has no such field in this PDU.
    #[error("smpp34 has no place for {field}")]
    NoPlace {
        /// The field.
        field: &'static str,
    },
}

/// The status with the same number. One that smpp34 does not know is `ESME_RUNKNOWNERR` there.
impl From<Status> for SmppError {
    fn from(status: Status) -> Self {
        Self::from_command_status(status.code())
    }
}

/// Left out of what the compiler recommends: its advice on an error that is no `Status` is then the same with and without
/// this feature, and a handler's error is never a reason to take smpp34 in.
#[diagnostic::do_not_recommend]
impl From<SmppError> for Status {
    fn from(error: SmppError) -> Self {
        Self::from_code(error as u32)
    }
}

fn text(field: &'static str, octets: &[u8]) -> Result<String, ConvertError> {
    std::str::from_utf8(octets).map(str::to_owned).map_err(|_| ConvertError::NotUtf8 { field })
}

fn time_text(time: Option<SmppTime>) -> String {
    time.map(|time| time.to_octets().map(char::from).into_iter().collect()).unwrap_or_default()
}

/// An empty field is no time; what is no time otherwise is an error.
fn time(field: &'static str, text: &str) -> Result<Option<SmppTime>, BuildError> {
    if text.is_empty() {
        return Ok(None);
    }
    SmppTime::parse(text.as_bytes()).map(Some).map_err(|_| BuildError::BadValue { field })
}

fn address(ton: u8, npi: u8, digits: &str) -> Address<'_> {
    Address::new(Ton(ton), Npi(npi), digits.as_bytes())
}

fn their_tlvs(tlvs: Tlvs<'_>) -> impl Iterator<Item = Tlv> {
    tlvs.into_iter().map(|tlv| Tlv::new(tlv.tag.code(), tlv.value.to_vec()))
}

fn our_tlvs(tlvs: &[Tlv]) -> Result<TlvList, BuildError> {
    let max = usize::from(u16::MAX);
    tlvs.iter().try_fold(TlvList::new(), |list, tlv| {
        let length = tlv.value.len();
        if length > max {
            return Err(BuildError::TooLong { field: "tlvs", length, max });
        }
        Ok(list.with(Tag(tlv.tag), &tlv.value))
    })
}

fn no_tlvs(tlvs: Tlvs<'_>) -> Result<(), ConvertError> {
    if tlvs.is_empty() { Ok(()) } else { Err(ConvertError::NoPlace { field: "tlvs" }) }
}

/// `length` is the PDU's whole length: smpp34 writes what stands here.
fn header(command: CommandId, status: Status, length: usize) -> CommandHeader {
    CommandHeader {
        command_length: u32::try_from(length).unwrap_or(u32::MAX),
        command_id: command.get(),
        command_status: status.code(),
        sequence_number: 0,
    }
}
