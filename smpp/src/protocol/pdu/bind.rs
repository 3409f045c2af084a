//! Opening a session: the three binds, their responses, and `outbind` (SMPP 3.4 §4.1).

use std::fmt;

use super::{
    Pdu, Response,
    response::{Field, close},
    view::{value_of, view},
};
use crate::protocol::{
    Address, BuildError, CommandId, DecodeError, Frame, Header, Npi, Rules, Status, SystemId, Tag,
    TlvList, Tlvs, Ton,
    decode::Cursor,
    field::{Octet, Password, Text},
};

/// What a session may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindKind {
    /// The ESME sends messages.
    Transmitter,
    /// The ESME receives messages.
    Receiver,
    /// Both.
    #[default]
    Transceiver,
}

/// A text that is no [`BindKind`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `transmitter`, `receiver` or `transceiver`")]
pub struct UnknownBindKind(());

impl std::str::FromStr for BindKind {
    type Err = UnknownBindKind;

    fn from_str(text: &str) -> Result<Self, UnknownBindKind> {
        Self::ALL.into_iter().find(|kind| kind.to_string() == text).ok_or(UnknownBindKind(()))
    }
}

impl BindKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Transmitter, Self::Receiver, Self::Transceiver];

    /// The kind that a bind command, or its response, asks for.
    #[must_use]
    pub const fn of(command: CommandId) -> Option<Self> {
        match command.request() {
            CommandId::BIND_TRANSMITTER => Some(Self::Transmitter),
            CommandId::BIND_RECEIVER => Some(Self::Receiver),
            CommandId::BIND_TRANSCEIVER => Some(Self::Transceiver),
            _ => None,
        }
    }

    /// The command that asks for it.
    #[must_use]
    pub const fn command(self) -> CommandId {
        match self {
            Self::Transmitter => CommandId::BIND_TRANSMITTER,
            Self::Receiver => CommandId::BIND_RECEIVER,
            Self::Transceiver => CommandId::BIND_TRANSCEIVER,
        }
    }

    /// The ESME may send messages on it.
    #[must_use]
    pub const fn can_transmit(self) -> bool {
        matches!(self, Self::Transmitter | Self::Transceiver)
    }

    /// The ESME may be sent messages on it.
    #[must_use]
    pub const fn can_receive(self) -> bool {
        matches!(self, Self::Receiver | Self::Transceiver)
    }
}

impl fmt::Display for BindKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transmitter => "transmitter",
            Self::Receiver => "receiver",
            Self::Transceiver => "transceiver",
        })
    }
}

view! {
    /// `bind_transmitter`, `bind_receiver` or `bind_transceiver` (SMPP 3.4 §4.1.1, §4.1.3, §4.1.5).
    BindRequest, BindRequestBuilder = ANY_BIND {
        /// Who binds: up to 15 octets (§5.2.1).
        system_id: Text = Text::new(16, Status::RINVSYSID);
        /// Up to 8 octets (§5.2.2). Never printed.
        password: Password = Password(Text::new(9, Status::RINVPASWD));
        /// Up to 12 octets (§5.2.3).
        system_type: Text = Text::new(13, Status::RINVSYSTYP);
        /// 0x34 for SMPP 3.4 (§5.2.4).
        interface_version: Octet = Octet::ANY;
        /// TON of the addresses that the ESME serves (§5.2.5).
        addr_ton: Octet = Octet::ANY;
        /// NPI of the addresses that the ESME serves (§5.2.6).
        addr_npi: Octet = Octet::ANY;
        /// The addresses that the ESME serves, as a UNIX regular expression: up to 40 octets (§5.2.7).
        address_range: Text = Text::new(41, Status::RBINDFAIL);
    }
}

impl BindRequest {
    /// As [`decode`](Pdu::decode), but for a password that is longer than [`MAX_PASSWORD`](Self::MAX_PASSWORD): whether that
    /// is taken depends on who binds, which is known only now.
    pub(crate) fn decode_any_password(frame: Frame, rules: Rules) -> Result<Self, DecodeError> {
        match Self::decode(frame.clone(), rules) {
            Err(DecodeError::TooLong { field: "password", .. }) => {}
            decoded => return decoded,
        }
        let pdu = Self::decode(frame, Rules::Lenient)?;
        for (field, octets, max, status) in [
            ("system_type", pdu.system_type(), 13, Status::RINVSYSTYP),
            ("address_range", pdu.address_range(), 41, Status::RBINDFAIL),
        ] {
            if octets.len() >= max {
                return Err(DecodeError::TooLong { field, max, status });
            }
        }
        Ok(pdu)
    }

    /// Octets that a password has at most (SMPP 3.4 §5.2.2), its NUL not counted.
    pub(crate) const MAX_PASSWORD: usize = 8;

    /// The kind of session that is asked for.
    #[must_use]
    pub fn kind(&self) -> BindKind {
        // `decode` took nothing but a bind.
        BindKind::of(self.command()).unwrap_or(BindKind::Transceiver)
    }

    /// `addr_ton`, `addr_npi` and `address_range` in one.
    #[must_use]
    pub fn range(&self) -> Address<'_> {
        Address::new(Ton(self.addr_ton()), Npi(self.addr_npi()), self.address_range())
    }
}

impl BindRequestBuilder<'_> {
    /// Writes the PDU.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a value that its field cannot carry.
    pub fn build(self, kind: BindKind) -> Result<BindRequest, BuildError> {
        self.build_as(kind.command())
    }
}

view! {
    /// An SMSC's request that the ESME binds as a receiver (SMPP 3.4 §4.1.7). Has no response.
    Outbind, OutbindBuilder = OUTBIND {
        /// Who asks: up to 15 octets.
        system_id: Text = Text::new(16, Status::RINVSYSID);
        /// Up to 8 octets. Never printed.
        password: Password = Password(Text::new(9, Status::RINVPASWD));
    }
}

/// The answer to a bind (SMPP 3.4 §4.1.2, §4.1.4, §4.1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindResp {
    /// Which bind it answers.
    pub kind: BindKind,
    /// `command_status`.
    pub status: Status,
    /// Who answers.
    pub system_id: SystemId,
    /// The optional parameters; `sc_interface_version` is the only standard one.
    pub tlvs: TlvList,
}

impl BindResp {
    /// An acceptance. `sc_interface_version` goes along only to a peer of 3.4 and above: an older one knows no TLVs
    /// (SMPP 3.4 §3.2.4).
    #[must_use]
    pub fn accept(request: &BindRequest, system_id: SystemId) -> Self {
        let tlvs = match request.interface_version() {
            0x34.. => TlvList::new().with(Tag::SC_INTERFACE_VERSION, &[0x34]),
            _ => TlvList::new(),
        };
        Self { kind: request.kind(), status: Status::ROK, system_id, tlvs }
    }

    /// A refusal.
    #[must_use]
    pub fn reject(kind: BindKind, status: Status) -> Self {
        Self { kind, status, system_id: SystemId::EMPTY, tlvs: TlvList::new() }
    }
}

impl Pdu for BindResp {
    fn decode(frame: Frame, rules: Rules) -> Result<Self, DecodeError> {
        let header = frame.header();
        let kind = BindKind::of(header.command).filter(|_| header.command.is_response());
        let kind = kind.ok_or(DecodeError::WrongCommand)?;
        if frame.body().is_empty() {
            return Ok(Self::reject(kind, header.status));
        }
        let mut cursor = Cursor::new(frame.as_bytes(), Header::LEN, rules);
        let system_id = Field::read("system_id", &mut cursor)?;
        Tlvs::check(&cursor)?;
        let tlvs = TlvList::from_checked(frame.as_bytes().slice(cursor.at()..));
        Ok(Self { kind, status: header.status, system_id, tlvs })
    }

    fn command(&self) -> CommandId {
        self.kind.command().response()
    }

    fn encode(&self, sequence: u32, out: &mut bytes::BytesMut) {
        let start = out.len();
        Header::put_alone(self.command(), self.status, sequence, out);
        // SMPP 3.4 §4.1.2: a refusal has no body, unless there is something to say in it.
        if self.status.is_ok() || !self.system_id.is_empty() || !self.tlvs.is_empty() {
            self.system_id.write(out);
            out.extend_from_slice(self.tlvs.as_tlvs().as_bytes());
        }
        close(start, out);
    }
}

impl Response for BindResp {
    fn of_status(command: CommandId, status: Status) -> Self {
        Self::reject(BindKind::of(command).unwrap_or(BindKind::Transceiver), status)
    }

    fn status(&self) -> Status {
        self.status
    }
}

impl super::Request for BindRequest {
    type Response = BindResp;
}
