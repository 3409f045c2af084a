//! Optional parameters (SMPP 3.4 §3.2.4, §5.3): borrowed from a PDU, or collected for one.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::{DecodeError, MessageState, Tag, decode::Cursor, tlv_tag::Width};

/// One optional parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// What it is.
    pub tag: Tag,
    /// Its octets, without tag and length.
    pub value: &'a [u8],
}

impl fmt::Debug for Tlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tag == Tag::MESSAGE_PAYLOAD {
            return write!(f, "{}: [{} octets]", self.tag, self.value.len());
        }
        write!(f, "{}: \"{}\"", self.tag, self.value.escape_ascii())
    }
}

/// The optional parameters of a decoded PDU, in the order in which they came.
///
/// Unknown tags are kept byte for byte. Iterating yields [`Tlv`]s.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Tlvs<'a> {
    octets: &'a [u8],
}

/// Tag and length.
const HEAD: usize = 4;

/// Cuts the first TLV off; `None` at the end, or where the octets do not hold together.
#[inline]
fn split_first(octets: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (head, rest) = octets.split_first_chunk::<HEAD>()?;
    let [t0, t1, l0, l1] = *head;
    let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
    Some((Tlv { tag: Tag(u16::from_be_bytes([t0, t1])), value }, rest))
}

impl<'a> Tlvs<'a> {
    /// Walks the rest of a PDU: every TLV must fit, and standard ones must have a length that they can have.
    #[inline]
    pub(crate) fn check(cursor: &Cursor<'a>) -> Result<(), DecodeError> {
        let mut octets = cursor.rest();
        while !octets.is_empty() {
            let (tlv, rest) = split_first(octets).ok_or(DecodeError::TlvStream)?;
            let length = tlv.value.len();
            let fits = match tlv.tag.width() {
                Width::Fixed(n) => length == usize::from(n),
                Width::Range(min, max) => (usize::from(min)..=usize::from(max)).contains(&length),
                Width::Any => true,
            };
            if !fits && cursor.is_strict() {
                return Err(DecodeError::TlvLength { tag: tlv.tag, length });
            }
            octets = rest;
        }
        Ok(())
    }

    /// Takes octets that `check` has walked.
    #[inline]
    pub(crate) const fn from_checked(octets: &'a [u8]) -> Self {
        Self { octets }
    }

    /// The octets as they stand on the wire.
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }

    /// True if there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// The value of the first parameter with this tag.
    #[must_use]
    pub fn get(&self, tag: Tag) -> Option<&'a [u8]> {
        self.find(|tlv| tlv.tag == tag).map(|tlv| tlv.value)
    }

    /// The first parameter that `wanted` accepts. Does not advance `self`.
    fn find(&self, mut wanted: impl FnMut(&Tlv<'a>) -> bool) -> Option<Tlv<'a>> {
        self.into_iter().find(|tlv| wanted(tlv))
    }

    /// Every value with this tag: some may be repeated (`callback_num`, `broadcast_area_identifier`).
    pub fn get_all(&self, tag: Tag) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.into_iter().filter(move |tlv| tlv.tag == tag).map(|tlv| tlv.value)
    }
}

/// Iterates over [`Tlvs`].
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    octets: &'a [u8],
}

impl<'a> Iterator for Iter<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let (tlv, rest) = split_first(self.octets)?;
        self.octets = rest;
        Some(tlv)
    }
}

impl<'a> IntoIterator for Tlvs<'a> {
    type Item = Tlv<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        Iter { octets: self.octets }
    }
}

impl fmt::Debug for Tlvs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// Optional parameters for a PDU that is being built.
///
/// ```
/// use wirepath_smpp::{Tag, TlvList};
///
/// let tlvs = TlvList::new().user_message_reference(7).with(Tag(0x1401), b"vendor");
/// assert_eq!(tlvs.as_tlvs().user_message_reference(), Some(7));
/// assert_eq!(tlvs.as_tlvs().get(Tag(0x1401)), Some(&b"vendor"[..]));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TlvList {
    /// Boxed: most responses have none, and then this is one word.
    octets: Option<Box<Bytes>>,
}

impl TlvList {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { octets: None }
    }

    /// Takes octets that `Tlvs::check` has walked, without a copy.
    #[inline]
    pub(crate) fn from_checked(octets: Bytes) -> Self {
        Self { octets: (!octets.is_empty()).then(|| Box::new(octets)) }
    }

    /// Appends a parameter. A value above 65,535 octets is cut there: no TLV can carry more.
    #[must_use]
    pub fn with(self, tag: Tag, value: &[u8]) -> Self {
        let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
        let mut octets = self.octets.map(|octets| BytesMut::from(*octets)).unwrap_or_default();
        octets.reserve(HEAD + value.len());
        octets.put_u16(tag.0);
        // Cut to u16::MAX above.
        octets.put_u16(value.len() as u16);
        octets.put_slice(value);
        Self::from_checked(octets.freeze())
    }

    /// Reads them back.
    #[inline]
    #[must_use]
    pub fn as_tlvs(&self) -> Tlvs<'_> {
        Tlvs { octets: self.octets.as_deref().map_or(&[], |octets| octets) }
    }

    /// True if there are none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.octets.is_none()
    }
}

impl From<Tlvs<'_>> for TlvList {
    fn from(tlvs: Tlvs<'_>) -> Self {
        Self::from_checked(Bytes::copy_from_slice(tlvs.octets))
    }
}

impl fmt::Debug for TlvList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_tlvs(), f)
    }
}

/// How a typed parameter stands in its octets.
trait Wire<'a>: Sized {
    fn read(octets: &'a [u8]) -> Option<Self>;
}

impl Wire<'_> for u8 {
    fn read(octets: &[u8]) -> Option<Self> {
        octets.first_chunk().map(|[octet]| *octet)
    }
}

impl Wire<'_> for u16 {
    fn read(octets: &[u8]) -> Option<Self> {
        octets.first_chunk().map(|word| Self::from_be_bytes(*word))
    }
}

impl Wire<'_> for u32 {
    fn read(octets: &[u8]) -> Option<Self> {
        octets.first_chunk().map(|word| Self::from_be_bytes(*word))
    }
}

/// A C-octet string: the NUL and what follows it are left out; peers that send none are read too.
fn text(octets: &[u8]) -> &[u8] {
    let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
    octets.get(..end).unwrap_or(octets)
}

macro_rules! typed {
    (@get u8, $self:ident, $tag:ident) => { $self.get(Tag::$tag).and_then(u8::read) };
    (@get u16, $self:ident, $tag:ident) => { $self.get(Tag::$tag).and_then(u16::read) };
    (@get u32, $self:ident, $tag:ident) => { $self.get(Tag::$tag).and_then(u32::read) };
    (@get octets, $self:ident, $tag:ident) => { $self.get(Tag::$tag) };
    (@get text, $self:ident, $tag:ident) => { $self.get(Tag::$tag).map(text) };
    (@get flag, $self:ident, $tag:ident) => { $self.get(Tag::$tag).is_some() };
    (@put text, $self:ident, $tag:ident, $value:ident) => { $self.with(Tag::$tag, &[$value, b"\0"].concat()) };
    (@put octets, $self:ident, $tag:ident, $value:ident) => { $self.with(Tag::$tag, $value) };
    (@put $int:ident, $self:ident, $tag:ident, $value:ident) => { $self.with(Tag::$tag, &$value.to_be_bytes()) };
    (@one $(#[$doc:meta])* $name:ident, $tag:ident, flag) => {
        impl Tlvs<'_> {
            $(#[$doc])* #[must_use]
            pub fn $name(&self) -> bool { typed!(@get flag, self, $tag) }
        }
        impl TlvList {
            $(#[$doc])* #[must_use]
            pub fn $name(self) -> Self { self.with(Tag::$tag, &[]) }
        }
    };
    (@one $(#[$doc:meta])* $name:ident, $tag:ident, text) => {
        typed!(@octets $(#[$doc])* $name, $tag, text);
    };
    (@one $(#[$doc:meta])* $name:ident, $tag:ident, octets) => {
        typed!(@octets $(#[$doc])* $name, $tag, octets);
    };
    (@octets $(#[$doc:meta])* $name:ident, $tag:ident, $kind:ident) => {
        impl<'a> Tlvs<'a> {
            $(#[$doc])* #[must_use]
            pub fn $name(&self) -> Option<&'a [u8]> { typed!(@get $kind, self, $tag) }
        }
        impl TlvList {
            $(#[$doc])* #[must_use]
            pub fn $name(self, value: &[u8]) -> Self { typed!(@put $kind, self, $tag, value) }
        }
    };
    (@one $(#[$doc:meta])* $name:ident, $tag:ident, $int:ident) => {
        impl Tlvs<'_> {
            $(#[$doc])* #[must_use]
            pub fn $name(&self) -> Option<$int> { typed!(@get $int, self, $tag) }
        }
        impl TlvList {
            $(#[$doc])* #[must_use]
            pub fn $name(self, value: $int) -> Self { typed!(@put $int, self, $tag, value) }
        }
    };
    ($($(#[$doc:meta])* $name:ident: $tag:ident = $kind:ident;)*) => {
        $(typed!(@one $(#[$doc])* $name, $tag, $kind);)*
    };
}

typed! {
    /// SMPP 3.4 §5.3.2.1.
    dest_addr_subunit: DEST_ADDR_SUBUNIT = u8;
    /// SMPP 3.4 §5.3.2.2.
    source_addr_subunit: SOURCE_ADDR_SUBUNIT = u8;
    /// SMPP 3.4 §5.3.2.3.
    dest_network_type: DEST_NETWORK_TYPE = u8;
    /// SMPP 3.4 §5.3.2.4.
    source_network_type: SOURCE_NETWORK_TYPE = u8;
    /// SMPP 3.4 §5.3.2.5.
    dest_bearer_type: DEST_BEARER_TYPE = u8;
    /// SMPP 3.4 §5.3.2.6.
    source_bearer_type: SOURCE_BEARER_TYPE = u8;
    /// SMPP 3.4 §5.3.2.7.
    dest_telematics_id: DEST_TELEMATICS_ID = u16;
    /// SMPP 3.4 §5.3.2.8.
    source_telematics_id: SOURCE_TELEMATICS_ID = u8;
    /// Seconds (SMPP 3.4 §5.3.2.9).
    qos_time_to_live: QOS_TIME_TO_LIVE = u32;
    /// SMPP 3.4 §5.3.2.10.
    payload_type: PAYLOAD_TYPE = u8;
    /// ASCII, without its NUL (SMPP 3.4 §5.3.2.11).
    additional_status_info_text: ADDITIONAL_STATUS_INFO_TEXT = text;
    /// The SMSC's id of the message that a receipt is about, without its NUL (SMPP 3.4 §5.3.2.12).
    receipted_message_id: RECEIPTED_MESSAGE_ID = text;
    /// SMPP 3.4 §5.3.2.13.
    ms_msg_wait_facilities: MS_MSG_WAIT_FACILITIES = u8;
    /// SMPP 3.4 §5.3.2.14.
    privacy_indicator: PRIVACY_INDICATOR = u8;
    /// SMPP 3.4 §5.3.2.15.
    source_subaddress: SOURCE_SUBADDRESS = octets;
    /// SMPP 3.4 §5.3.2.16.
    dest_subaddress: DEST_SUBADDRESS = octets;
    /// SMPP 3.4 §5.3.2.17.
    user_message_reference: USER_MESSAGE_REFERENCE = u16;
    /// SMPP 3.4 §5.3.2.18.
    user_response_code: USER_RESPONSE_CODE = u8;
    /// SMPP 3.4 §5.3.2.19.
    language_indicator: LANGUAGE_INDICATOR = u8;
    /// SMPP 3.4 §5.3.2.20.
    source_port: SOURCE_PORT = u16;
    /// SMPP 3.4 §5.3.2.21.
    destination_port: DESTINATION_PORT = u16;
    /// SMPP 3.4 §5.3.2.22.
    sar_msg_ref_num: SAR_MSG_REF_NUM = u16;
    /// SMPP 3.4 §5.3.2.23.
    sar_total_segments: SAR_TOTAL_SEGMENTS = u8;
    /// From 1 (SMPP 3.4 §5.3.2.24).
    sar_segment_seqnum: SAR_SEGMENT_SEQNUM = u8;
    /// SMPP 3.4 §5.3.2.25.
    sc_interface_version: SC_INTERFACE_VERSION = u8;
    /// SMPP 3.4 §5.3.2.26.
    display_time: DISPLAY_TIME = u8;
    /// SMPP 3.4 §5.3.2.27.
    ms_validity: MS_VALIDITY = octets;
    /// SMPP 3.4 §5.3.2.28.
    dpf_result: DPF_RESULT = u8;
    /// SMPP 3.4 §5.3.2.29.
    set_dpf: SET_DPF = u8;
    /// SMPP 3.4 §5.3.2.30.
    ms_availability_status: MS_AVAILABILITY_STATUS = u8;
    /// Network type and two octets of code (SMPP 3.4 §5.3.2.31).
    network_error_code: NETWORK_ERROR_CODE = octets;
    /// The message, where it is longer than 254 octets or the command has no `short_message` (SMPP 3.4 §5.3.2.32).
    message_payload: MESSAGE_PAYLOAD = octets;
    /// SMPP 3.4 §5.3.2.33.
    delivery_failure_reason: DELIVERY_FAILURE_REASON = u8;
    /// SMPP 3.4 §5.3.2.34.
    more_messages_to_send: MORE_MESSAGES_TO_SEND = u8;
    /// SMPP 3.4 §5.3.2.36.
    callback_num: CALLBACK_NUM = octets;
    /// SMPP 3.4 §5.3.2.37.
    callback_num_pres_ind: CALLBACK_NUM_PRES_IND = u8;
    /// SMPP 3.4 §5.3.2.38.
    callback_num_atag: CALLBACK_NUM_ATAG = octets;
    /// SMPP 3.4 §5.3.2.39.
    number_of_messages: NUMBER_OF_MESSAGES = u8;
    /// SMPP 3.4 §5.3.2.40.
    sms_signal: SMS_SIGNAL = u16;
    /// Present or not: it has no value (SMPP 3.4 §5.3.2.41).
    alert_on_message_delivery: ALERT_ON_MESSAGE_DELIVERY = flag;
    /// SMPP 3.4 §5.3.2.42.
    its_reply_type: ITS_REPLY_TYPE = u8;
    /// SMPP 3.4 §5.3.2.43.
    its_session_info: ITS_SESSION_INFO = octets;
    /// SMPP 3.4 §5.3.2.44.
    ussd_service_op: USSD_SERVICE_OP = u8;
    /// May be repeated: see [`Tlvs::get_all`] (SMPP 5.0 §4.8.4.4).
    broadcast_area_identifier: BROADCAST_AREA_IDENTIFIER = octets;
    /// SMPP 5.0 §4.8.4.5.
    broadcast_area_success: BROADCAST_AREA_SUCCESS = u8;
    /// SMPP 5.0 §4.8.4.7.
    broadcast_content_type: BROADCAST_CONTENT_TYPE = octets;
    /// SMPP 5.0 §4.8.4.11.
    broadcast_frequency_interval: BROADCAST_FREQUENCY_INTERVAL = octets;
    /// SMPP 5.0 §4.8.4.13.
    broadcast_rep_num: BROADCAST_REP_NUM = u16;
}

impl Tlvs<'_> {
    /// The state that a receipt reports (SMPP 3.4 §5.3.2.35).
    #[must_use]
    pub fn message_state(&self) -> Option<MessageState> {
        self.get(Tag::MESSAGE_STATE).and_then(u8::read).map(MessageState::from_code)
    }
}

impl TlvList {
    /// The state that a receipt reports (SMPP 3.4 §5.3.2.35).
    #[must_use]
    pub fn message_state(self, state: MessageState) -> Self {
        self.with(Tag::MESSAGE_STATE, &[state.code()])
    }
}
