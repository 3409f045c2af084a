//! The table form of a response PDU, and the PDUs that are a header alone.

use bytes::{BufMut, BytesMut};

use super::{Pdu, Response};
use crate::protocol::{
    BuildError, CommandId, DecodeError, Frame, Header, Inline, MessageId, MessageState, Rules,
    SmppTime, Status, decode::Cursor,
};

/// A mandatory field that is kept by value.
pub(crate) trait Field: Sized + Default {
    fn read(name: &'static str, cursor: &mut Cursor<'_>) -> Result<Self, DecodeError>;
    fn write(&self, out: &mut BytesMut);
    fn is_default(&self) -> bool;
}

impl<const N: usize> Field for Inline<N> {
    fn read(name: &'static str, cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        // `RINVMSGID` for ids; a system_id that is too long can only be reported the same way: no answer has an answer.
        let status = Status::RINVMSGID;
        let octets = cursor.c_octets(name, N + 1, status)?;
        // Lenient rules let more through than there is room for, and the beginning is kept: an answer that could not be read
        // would be taken for none, the message for lost, and sent again.
        let kept = octets.get(..N).unwrap_or(octets);
        Self::new(kept).map_err(|_| DecodeError::TooLong { field: name, max: N + 1, status })
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) {
        self.put_with_nul(out);
    }

    #[inline]
    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl Field for u8 {
    fn read(name: &'static str, cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        cursor.u8(name)
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) {
        out.put_u8(*self);
    }

    #[inline]
    fn is_default(&self) -> bool {
        *self == 0
    }
}

impl Field for MessageState {
    fn read(name: &'static str, cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        cursor.u8(name).map(Self::from_code)
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) {
        out.put_u8(self.code());
    }

    #[inline]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Field for Option<SmppTime> {
    fn read(name: &'static str, cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let status = Status::RINVEXPIRY;
        let octets = cursor.c_octets(name, 17, status)?;
        let time = SmppTime::parse(octets).ok();
        if time.is_none() && !octets.is_empty() && cursor.is_strict() {
            return Err(DecodeError::BadValue { field: name, status });
        }
        Ok(time)
    }

    #[inline]
    fn write(&self, out: &mut BytesMut) {
        if let Some(time) = self {
            out.put_slice(&time.to_octets());
        }
        out.put_u8(0);
    }

    #[inline]
    fn is_default(&self) -> bool {
        self.is_none()
    }
}

/// Fills in `command_length` of the PDU that starts at `start`.
#[inline]
pub(crate) fn close(start: usize, out: &mut BytesMut) {
    // A response is some hundred octets; the only long part, TLVs, is bounded by its builder.
    let length = u32::try_from(out.len().saturating_sub(start)).unwrap_or(u32::MAX);
    if let Some(announced) = out.get_mut(start..).and_then(|pdu| pdu.first_chunk_mut::<4>()) {
        *announced = length.to_be_bytes();
    }
}

/// Defines a response with a body.
macro_rules! response {
    ($(#[$doc:meta])* $name:ident = $command:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct $name {
            /// `command_status`.
            pub status: $crate::protocol::Status,
            $($(#[$fdoc])* pub $field: $ty,)*
            /// The optional parameters.
            pub tlvs: $crate::protocol::TlvList,
        }

        const _: () = {
            use bytes::{BufMut, BytesMut};
            use $crate::protocol::{
                CommandId, DecodeError, Frame, Header, Rules, Status, TlvList, Tlvs, decode::Cursor,
                pdu::{Pdu, Response, response::{Field, close}},
            };

            impl Pdu for $name {
                fn decode(frame: Frame, rules: Rules) -> Result<Self, DecodeError> {
                    let header = frame.header();
                    if header.command != CommandId::$command {
                        return Err(DecodeError::WrongCommand);
                    }
                    // SMPP 3.4 §4.1.2, §4.4.2: the body is not returned with an error; some peers leave it out of a
                    // success that has nothing to say, too.
                    if frame.body().is_empty() {
                        return Ok(Self { status: header.status, ..Self::default() });
                    }
                    let mut cursor = Cursor::new(frame.as_bytes(), Header::LEN, rules);
                    $(let $field = Field::read(stringify!($field), &mut cursor)?;)*
                    Tlvs::check(&cursor)?;
                    let tlvs = match cursor.rest() {
                        [] => TlvList::new(),
                        _ => TlvList::from_checked(frame.as_bytes().slice(cursor.at()..)),
                    };
                    Ok(Self { status: header.status, $($field,)* tlvs })
                }

                fn command(&self) -> CommandId {
                    CommandId::$command
                }

                fn encode_without_tlvs(&self, sequence: u32, out: &mut BytesMut) {
                    Self { tlvs: TlvList::new(), ..self.clone() }.encode(sequence, out);
                }

                #[inline]
                fn encode(&self, sequence: u32, out: &mut BytesMut) {
                    let start = out.len();
                    Header::put_alone(CommandId::$command, self.status, sequence, out);
                    let is_bare = self.tlvs.is_empty() $(&& self.$field.is_default())*;
                    if !(is_bare && !self.status.is_ok()) {
                        $(self.$field.write(out);)*
                        if !self.tlvs.is_empty() {
                            out.put_slice(self.tlvs.as_tlvs().as_bytes());
                        }
                    }
                    close(start, out);
                }
            }

            impl Response for $name {
                fn of_status(_: CommandId, status: Status) -> Self {
                    Self { status, ..Self::default() }
                }

                fn status(&self) -> Status {
                    self.status
                }
            }
        };
    };
}

/// Defines a response that is a header alone.
macro_rules! bare_response {
    ($($(#[$doc:meta])* $name:ident = $command:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct $name {
            /// `command_status`.
            pub status: $crate::protocol::Status,
        }

        const _: () = {
            use bytes::BytesMut;
            use $crate::protocol::{CommandId, DecodeError, Frame, Header, Rules, Status, pdu::{Pdu, Response}};

            impl Pdu for $name {
                /// Octets behind the header are passed over: 5.0 peers put TLVs there.
                fn decode(frame: Frame, _: Rules) -> Result<Self, DecodeError> {
                    let header = frame.header();
                    if header.command != CommandId::$command {
                        return Err(DecodeError::WrongCommand);
                    }
                    Ok(Self { status: header.status })
                }

                fn command(&self) -> CommandId {
                    CommandId::$command
                }

                fn encode(&self, sequence: u32, out: &mut BytesMut) {
                    Header::put_alone(CommandId::$command, self.status, sequence, out);
                }
            }

            impl Response for $name {
                fn of_status(_: CommandId, status: Status) -> Self {
                    Self { status }
                }

                fn status(&self) -> Status {
                    self.status
                }
            }
        };
    )*};
}

pub(super) use {bare_response, response};

bare_response! {
    /// SMPP 3.4 §4.11.2.
    EnquireLinkResp = ENQUIRE_LINK_RESP;
    /// SMPP 3.4 §4.2.2.
    UnbindResp = UNBIND_RESP;
    /// SMPP 3.4 §4.3.1.
    GenericNack = GENERIC_NACK;
}

macro_rules! bare_request {
    ($($(#[$doc:meta])* $name:ident = $command:ident, $resp:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name;

        impl Pdu for $name {
            fn decode(frame: Frame, rules: Rules) -> Result<Self, DecodeError> {
                if frame.command() != CommandId::$command {
                    return Err(DecodeError::WrongCommand);
                }
                // No mandatory body: whatever is behind the header can only be TLVs.
                crate::protocol::Tlvs::check(&Cursor::new(frame.as_bytes(), Header::LEN, rules))?;
                Ok(Self)
            }

            fn command(&self) -> CommandId {
                CommandId::$command
            }

            fn encode(&self, sequence: u32, out: &mut BytesMut) {
                Header::put_alone(CommandId::$command, Status::ROK, sequence, out);
            }
        }

        impl super::Request for $name {
            type Response = $resp;
        }
    )*};
}

bare_request! {
    /// SMPP 3.4 §4.11.1.
    EnquireLink = ENQUIRE_LINK, EnquireLinkResp;
    /// SMPP 3.4 §4.2.1.
    Unbind = UNBIND, UnbindResp;
}

/// A response by number and status: to a vendor's command, or where only the status matters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawResponse {
    /// The response's own `command_id` (bit 31 set).
    pub command: CommandId,
    /// `command_status`.
    pub status: Status,
    /// The body, as it is.
    pub body: bytes::Bytes,
}

impl RawResponse {
    /// An answer to `request` with a body.
    #[must_use]
    pub const fn new(request: CommandId, status: Status, body: bytes::Bytes) -> Self {
        Self { command: request.response(), status, body }
    }
}

impl Pdu for RawResponse {
    fn decode(frame: Frame, _: Rules) -> Result<Self, DecodeError> {
        let header = frame.header();
        if !header.command.is_response() {
            return Err(DecodeError::WrongCommand);
        }
        let body = frame.into_bytes().slice(Header::LEN..);
        Ok(Self { command: header.command, status: header.status, body })
    }

    fn command(&self) -> CommandId {
        self.command
    }

    fn encode(&self, sequence: u32, out: &mut BytesMut) {
        let start = out.len();
        Header::put_alone(self.command, self.status, sequence, out);
        out.put_slice(&self.body);
        close(start, out);
    }
}

impl Response for RawResponse {
    fn of_status(command: CommandId, status: Status) -> Self {
        Self::new(command, status, bytes::Bytes::new())
    }

    fn status(&self) -> Status {
        self.status
    }
}

/// What `accept` takes for a message id.
///
/// Numbers become decimal. Text is taken verbatim; should it be longer than 64 octets or hold a NUL, the answer becomes
/// `ESME_RSYSERR` and the log says why: an id that the peer could not use is never sent.
pub trait IntoMessageId {
    /// The id.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if no PDU can carry it.
    fn into_message_id(self) -> Result<MessageId, BuildError>;
}

impl IntoMessageId for MessageId {
    #[inline]
    fn into_message_id(self) -> Result<MessageId, BuildError> {
        Ok(self)
    }
}

impl IntoMessageId for u64 {
    #[inline]
    fn into_message_id(self) -> Result<MessageId, BuildError> {
        Ok(MessageId::decimal(self))
    }
}

impl IntoMessageId for &str {
    #[inline]
    fn into_message_id(self) -> Result<MessageId, BuildError> {
        MessageId::new(self.as_bytes())
    }
}

impl IntoMessageId for String {
    #[inline]
    fn into_message_id(self) -> Result<MessageId, BuildError> {
        MessageId::new(self.as_bytes())
    }
}

impl IntoMessageId for &[u8] {
    #[inline]
    fn into_message_id(self) -> Result<MessageId, BuildError> {
        MessageId::new(self)
    }
}

/// The status and id of an acceptance; a bad id turns it into `RSYSERR`, and says so.
#[inline]
pub(super) fn accepted(id: impl IntoMessageId) -> (Status, MessageId) {
    match id.into_message_id() {
        Ok(id) => (Status::ROK, id),
        Err(error) => {
            tracing::error!(%error, "the handler's message id fits no PDU; answered ESME_RSYSERR: use 1 to 64 octets");
            (Status::RSYSERR, MessageId::EMPTY)
        }
    }
}
