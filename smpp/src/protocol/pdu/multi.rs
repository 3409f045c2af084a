//! One message for many (SMPP 3.4 §4.5).

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    Request,
    message::check_udh,
    response::{Field, IntoMessageId, accepted, response},
    view::{value_of, view},
};
use crate::protocol::{
    Address, BuildError, DecodeError, MessageId, Npi, Status, Ton,
    decode::Cursor,
    field::{Addr, Argument, Kind, Message, Octet, Text, When, put_c_octets},
};

/// One recipient of a [`SubmitMulti`] (SMPP 3.4 §4.5.1.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Destination<'a> {
    /// A handset, `dest_flag` 1.
    Sme(Address<'a>),
    /// A distribution list that the SMSC knows by name, `dest_flag` 2: up to 20 octets.
    List(&'a [u8]),
}

impl fmt::Debug for Destination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sme(address) => write!(f, "{address:?}"),
            Self::List(name) => write!(f, "list \"{}\"", name.escape_ascii()),
        }
    }
}

/// The recipients of a [`SubmitMulti`], in order. Iterating yields [`Destination`]s.
#[derive(Clone, Copy, Default)]
pub struct Destinations<'a> {
    source: Source<'a>,
}

/// Either what a peer sent, or what a builder was given.
#[derive(Clone, Copy)]
enum Source<'a> {
    Wire(&'a [u8]),
    Given(&'a [Destination<'a>]),
}

impl Default for Source<'_> {
    fn default() -> Self {
        Self::Given(&[])
    }
}

impl<'a> Destinations<'a> {
    /// How many there are: up to 254 by the specification, 255 by the width of the count.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.source {
            Source::Wire(span) => span.first().copied().map_or(0, usize::from),
            Source::Given(list) => list.len(),
        }
    }

    /// True if there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Goes through them.
    pub fn iter(&self) -> impl Iterator<Item = Destination<'a>> + use<'a> {
        let (mut wire, given) = match self.source {
            Source::Wire(span) => (span.get(1..).unwrap_or_default(), &[][..]),
            Source::Given(list) => (&[][..], list),
        };
        let from_wire = std::iter::from_fn(move || {
            let mut cursor = Cursor::new(wire, 0, crate::protocol::Rules::Lenient);
            let destination = read(&mut cursor).ok()?;
            wire = cursor.rest();
            Some(destination)
        });
        from_wire.chain(given.iter().copied())
    }
}

/// The same recipients in the same order, wherever they came from.
impl PartialEq for Destinations<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Destinations<'_> {}

impl fmt::Debug for Destinations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> Argument<Destinations<'a>> for &'a [Destination<'a>] {
    fn into_value(self) -> Destinations<'a> {
        Destinations { source: Source::Given(self) }
    }
}

impl<'a, const N: usize> Argument<Destinations<'a>> for &'a [Destination<'a>; N] {
    fn into_value(self) -> Destinations<'a> {
        Destinations { source: Source::Given(self) }
    }
}

impl Argument<Self> for Destinations<'_> {
    fn into_value(self) -> Self {
        self
    }
}

const NAME: &str = "dest_address";
const ADDRESS: Addr = Addr::destination(21);
const LIST: Text = Text::new(21, Status::RINVDLNAME);

/// Reads one recipient.
fn read<'a>(cursor: &mut Cursor<'a>) -> Result<Destination<'a>, DecodeError> {
    match cursor.u8("dest_flag")? {
        1 => {
            let mut probe = Cursor::new(cursor.rest(), 0, cursor.rules);
            ADDRESS.check(NAME, &mut probe)?;
            Ok(Destination::Sme(ADDRESS.get(cursor.take(probe.at(), NAME)?)))
        }
        2 => cursor.c_octets("dl_name", LIST.max, LIST.status).map(Destination::List),
        _ => Err(DecodeError::BadValue { field: "dest_flag", status: Status::RINVDESTFLAG }),
    }
}

/// `number_of_dests` and the recipients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DestinationList;

impl Kind for DestinationList {
    type Value<'a> = Destinations<'a>;

    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        let count = cursor.u8(name)?;
        if count == 0 && cursor.is_strict() {
            return Err(DecodeError::BadValue { field: name, status: Status::RINVNUMDESTS });
        }
        for _ in 0..count {
            read(cursor)?;
        }
        Ok(())
    }

    fn get<'a>(&self, span: &'a [u8]) -> Destinations<'a> {
        Destinations { source: Source::Wire(span) }
    }

    fn put(
        &self,
        name: &'static str,
        value: Destinations<'_>,
        out: &mut BytesMut,
    ) -> Result<(), BuildError> {
        let max = usize::from(u8::MAX);
        let count = u8::try_from(value.len());
        out.put_u8(count.map_err(|_| BuildError::TooLong {
            field: name,
            length: value.len(),
            max,
        })?);
        for destination in value.iter() {
            match destination {
                Destination::Sme(address) => {
                    out.put_u8(1);
                    ADDRESS.put(NAME, address, out)?;
                }
                Destination::List(list) => {
                    out.put_u8(2);
                    put_c_octets("dl_name", list, LIST.max, out)?;
                }
            }
        }
        Ok(())
    }

    fn show(&self, span: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(span), f)
    }
}

view! {
    /// One message for many recipients (SMPP 3.4 §4.5.1).
    SubmitMulti, SubmitMultiBuilder = SUBMIT_MULTI, check esm_class by check_submit_multi {
        /// Up to 5 octets (§5.2.11).
        service_type: Text = Text::new(6, Status::RINVSERTYP);
        /// The sender (§5.2.8).
        source: Addr = Addr::source(21);
        /// The recipients (§5.2.24–26).
        destinations: DestinationList = DestinationList;
        /// Mode, type and features (§5.2.12).
        esm_class: Octet = Octet::ANY;
        /// GSM TP-PID (§5.2.13).
        protocol_id: Octet = Octet::ANY;
        /// 0 (lowest) to 3 (§5.2.14).
        priority_flag: Octet = Octet::up_to(3, Status::RINVPRTFLG);
        /// When to deliver; `None` for at once (§5.2.15).
        schedule_delivery_time: When = When(Status::RINVSCHED);
        /// Until when to try; `None` for the SMSC's default (§5.2.16).
        validity_period: When = When(Status::RINVEXPIRY);
        /// Which receipts are asked for (§5.2.17).
        registered_delivery: Octet = Octet::up_to(0x1F, Status::RINVREGDLVFLG);
        /// Reserved: 0 (§4.5.1).
        replace_if_present_flag: Octet = Octet::up_to(1, Status::RINVREPFLAG);
        /// How the text is encoded (§5.2.19).
        data_coding: Octet = Octet::ANY;
        /// A message held by the SMSC, by its number (§5.2.20).
        sm_default_msg_id: Octet = Octet::ANY;
        /// Up to 254 octets (§5.2.22).
        short_message: Message = Message;
    }
}

fn check_submit_multi(pdu: &SubmitMulti) -> Result<(), DecodeError> {
    check_udh(pdu.esm_class(), || pdu.body())
}

impl SubmitMulti {
    /// The message: `message_payload` if there is one, `short_message` otherwise.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.tlvs().message_payload().unwrap_or_else(|| self.short_message())
    }

    /// Takes the message for every recipient under one id.
    pub fn accept(&self, id: impl IntoMessageId) -> SubmitMultiResp {
        let (status, message_id) = accepted(id);
        SubmitMultiResp { status, message_id, ..SubmitMultiResp::default() }
    }

    /// Refuses the message for every recipient.
    #[must_use]
    pub fn reject(&self, status: Status) -> SubmitMultiResp {
        SubmitMultiResp { status, ..SubmitMultiResp::default() }
    }
}

/// A recipient that the SMSC did not take (SMPP 3.4 §4.5.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsuccess<'a> {
    /// Who.
    pub address: Address<'a>,
    /// Why.
    pub status: Status,
}

/// The recipients that the SMSC did not take: `no_unsuccess` and `unsuccess_sme`s.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UnsuccessList {
    /// As on the wire, the count left out; checked. Boxed: most answers have none, and then this is one word.
    octets: Option<Box<Bytes>>,
    count: u8,
}

impl UnsuccessList {
    /// Appends one.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the address does not fit its field, or the list is full (255).
    pub fn push(&mut self, entry: Unsuccess<'_>) -> Result<(), BuildError> {
        let full =
            BuildError::TooLong { field: "no_unsuccess", length: 256, max: usize::from(u8::MAX) };
        let count = self.count.checked_add(1).ok_or(full)?;
        let mut octets = BytesMut::from(self.octets());
        ADDRESS.put("unsuccess_sme", entry.address, &mut octets)?;
        octets.put_u32(entry.status.code());
        *self = Self { octets: Some(Box::new(octets.freeze())), count };
        Ok(())
    }

    fn octets(&self) -> &[u8] {
        self.octets.as_deref().map_or(&[], |octets| octets)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// True if every recipient was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Goes through them.
    pub fn iter(&self) -> impl Iterator<Item = Unsuccess<'_>> {
        let mut cursor = Cursor::new(self.octets(), 0, crate::protocol::Rules::Lenient);
        std::iter::from_fn(move || unsuccess(&mut cursor).ok())
    }
}

fn unsuccess<'a>(cursor: &mut Cursor<'a>) -> Result<Unsuccess<'a>, DecodeError> {
    const NAME: &str = "unsuccess_sme";
    let (ton, npi) = (Ton(cursor.u8(NAME)?), Npi(cursor.u8(NAME)?));
    let digits = cursor.c_octets(NAME, 21, Status::RINVDSTADR)?;
    let status = Status::from_code(cursor.u32(NAME)?);
    Ok(Unsuccess { address: Address::new(ton, npi, digits), status })
}

impl Field for UnsuccessList {
    fn read(name: &'static str, cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let count = cursor.u8(name)?;
        let octets = cursor.rest();
        let start = cursor.at();
        for _ in 0..count {
            unsuccess(cursor)?;
        }
        let walked = cursor.at() - start;
        let octets = Bytes::copy_from_slice(octets.get(..walked).unwrap_or_default());
        Ok(Self { octets: (count > 0).then(|| Box::new(octets)), count })
    }

    fn write(&self, out: &mut BytesMut) {
        out.put_u8(self.count);
        out.put_slice(self.octets());
    }

    fn is_default(&self) -> bool {
        self.is_empty()
    }
}

impl fmt::Debug for UnsuccessList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

response! {
    /// SMPP 3.4 §4.5.2.
    SubmitMultiResp = SUBMIT_MULTI_RESP {
        /// The SMSC's id of the message.
        message_id: MessageId,
        /// The recipients that were not taken.
        unsuccess: UnsuccessList,
    }
}

impl SubmitMultiResp {
    /// Adds a recipient that was not taken.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the address does not fit its field, or the list is full (255).
    pub fn refuse(mut self, address: Address<'_>, status: Status) -> Result<Self, BuildError> {
        self.unsuccess.push(Unsuccess { address, status })?;
        Ok(self)
    }
}

impl Request for SubmitMulti {
    type Response = SubmitMultiResp;
}
