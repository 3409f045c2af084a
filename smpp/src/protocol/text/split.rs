//! A long text in parts (3GPP TS 23.040 §9.2.3.24.1, SMPP 3.4 §5.3.2.22).

use unicode_segmentation::UnicodeSegmentation;

use super::{Encoding, Options, Tables, Unencodable, septets};
use crate::protocol::{TlvList, pdu::EsmClass, udh::Udh};

/// What a part has for header and text, in octets: the TP-User-Data of 3GPP TS 23.040 §9.2.3.24.
const PART_OCTETS: usize = 140;
/// What a `message_payload` has: its length is an `u16` (SMPP 3.4 §5.3.2.32).
const PAYLOAD_OCTETS: usize = u16::MAX as usize;

/// How a text that is too long for one short message is sent.
///
/// The reference tells the parts of one text from those of the next to the same recipient: count it up.
///
/// | | septets | UTF-16 units | octets |
/// |---|---|---|---|
/// | alone | 160 | 70 | 140 |
/// | a part with a reference of 8 bits | 153 | 67 | 134 |
/// | a part with a reference of 16 bits | 152 | 66 | 133 |
///
/// National tables take 3 octets each, and one more if they are alone in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Parts with a user data header and a reference of 8 bits, 6 octets (3GPP TS 23.040 §9.2.3.24.1). All handsets know it.
    Udh8(u8),
    /// Parts with a user data header and a reference of 16 bits, 7 octets (§9.2.3.24.8).
    Udh16(u16),
    /// Parts with the TLVs `sar_msg_ref_num`, `sar_total_segments` and `sar_segment_seqnum` (SMPP 3.4 §5.3.2.22 to 24).
    ///
    /// The SMSC makes headers of them, and the parts leave room for that: 6 octets where the reference fits into 8 bits,
    /// 7 otherwise.
    Sar(u16),
    /// One part in the TLV `message_payload`, up to 65,535 octets: the SMSC splits it (§5.3.2.32).
    Payload,
}

impl Method {
    /// The information element that a part among several has, without its numbers: its length in octets.
    const fn element(self) -> usize {
        match self {
            Self::Udh8(_) | Self::Sar(0..=0xFF) => 5,
            Self::Udh16(_) | Self::Sar(_) => 6,
            Self::Payload => 0,
        }
    }
}

/// A text that cannot be split as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// More than 255 parts: they are counted in one octet.
    #[error("the text takes {parts} parts, a message has at most {}", u8::MAX)]
    TooManyParts {
        /// How many it would take.
        parts: usize,
    },
    /// A text that no `message_payload` can hold.
    #[error("the text takes {octets} octets, message_payload can have {PAYLOAD_OCTETS}")]
    PayloadTooLong {
        /// How many octets it would take, the header included.
        octets: usize,
    },
    /// A character that the encoding lacks.
    #[error(transparent)]
    Unencodable(#[from] Unencodable),
}

/// The parts of a text, in their order: at least one, at most 255.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    encoding: Encoding,
    parts: Vec<Part>,
}

impl Parts {
    /// How the text is encoded.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many parts there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always a part")]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// The parts one after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Part> {
        self.parts.iter()
    }
}

impl IntoIterator for Parts {
    type Item = Part;
    type IntoIter = std::vec::IntoIter<Part>;

    fn into_iter(self) -> Self::IntoIter {
        self.parts.into_iter()
    }
}

impl<'a> IntoIterator for &'a Parts {
    type Item = &'a Part;
    type IntoIter = std::slice::Iter<'a, Part>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One part: the values of the fields of its PDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    encoding: Encoding,
    method: Method,
    sequence: u8,
    total: u8,
    header: usize,
    body: Vec<u8>,
}

impl Part {
    /// Which part it is, from 1.
    #[must_use]
    pub const fn sequence(&self) -> u8 {
        self.sequence
    }

    /// How many parts there are, from 1.
    #[must_use]
    pub const fn total(&self) -> u8 {
        self.total
    }

    /// For `esm_class`: [`EsmClass::UDHI`] if there is a user data header, or 0 (SMPP 3.4 §5.2.12).
    #[must_use]
    pub const fn esm_class(&self) -> u8 {
        if self.header > 0 { EsmClass::UDHI } else { 0 }
    }

    /// For `data_coding` (§5.2.19).
    #[must_use]
    pub const fn data_coding(&self) -> u8 {
        self.encoding.data_coding()
    }

    /// The whole message: user data header and text.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The user data header, if there is one.
    #[must_use]
    pub fn udh(&self) -> Option<Udh<'_>> {
        let (udh, _) = Udh::parse(&self.body)?;
        (self.header > 0).then_some(udh)
    }

    /// The text without the header, as the encoding has it; GSM 7-bit with one septet an octet, unless it was to be
    /// [packed](Options::packed).
    #[must_use]
    pub fn user_data(&self) -> &[u8] {
        self.body.get(self.header..).unwrap_or_default()
    }

    /// For `short_message`: [`body`](Self::body), or nothing under [`Method::Payload`]. Up to 160 octets.
    #[must_use]
    pub fn short_message(&self) -> &[u8] {
        match self.method {
            Method::Payload => &[],
            _ => &self.body,
        }
    }

    /// The TLVs that say which part it is, or hold the text; there are none if header and `short_message` do.
    ///
    /// `data_sm` has no `short_message`: put [`body`](Self::body) into its `message_payload`.
    #[must_use]
    pub fn tlvs(&self) -> TlvList {
        let tlvs = TlvList::new();
        match self.method {
            Method::Payload => tlvs.message_payload(&self.body),
            Method::Sar(reference) if self.total > 1 => tlvs
                .sar_msg_ref_num(reference)
                .sar_total_segments(self.total)
                .sar_segment_seqnum(self.sequence),
            _ => tlvs,
        }
    }
}

/// The parts that a text takes under the cheapest encoding: [`Encoding::choose`], then [`split`](fn@split).
///
/// National tables are named in a user data header. They are not used under [`Method::Sar`] and [`Method::Payload`],
/// where the SMSC writes the headers.
///
/// # Errors
///
/// [`SplitError`], if the text is too long for the method.
///
/// ```
/// use wirepath_smpp::text::{Method, Options, parts};
///
/// let options = Options::new(Method::Udh8(7));
/// let text = "a".repeat(161);
/// let lengths: Vec<_> = parts(&text, options)?.iter().map(|part| part.user_data().len()).collect();
/// assert_eq!(lengths, [153, 8]);
/// assert_eq!(parts("short", options)?.len(), 1);
/// # Ok::<(), wirepath_smpp::text::SplitError>(())
/// ```
pub fn parts(text: &str, options: Options) -> Result<Parts, SplitError> {
    let ours = matches!(options.method, Method::Udh8(_) | Method::Udh16(_));
    let options = if ours { options } else { options.without_national() };
    split_with(text, Encoding::choose(text, options), options)
}

/// Splits a text under an encoding.
///
/// A part never ends between an escape and its septet, nor inside a surrogate pair. It ends inside a grapheme cluster, as of
/// an emoji and its modifiers, only if a part cannot hold it. An empty text is one empty part.
///
/// # Errors
///
/// [`SplitError`], if the text is too long for the method, or the encoding lacks a character.
///
/// ```
/// use wirepath_smpp::text::{Encoding, Method, SplitError, split};
///
/// let parts = split("naïve", Encoding::Latin1, Method::Sar(9))?;
/// assert_eq!(parts.iter().next().unwrap().body(), b"na\xEFve");
/// let error = split(&"a".repeat(40_000), Encoding::GSM7, Method::Udh8(0)).unwrap_err();
/// assert_eq!(error, SplitError::TooManyParts { parts: 262 });
/// # Ok::<(), SplitError>(())
/// ```
pub fn split(text: &str, encoding: Encoding, method: Method) -> Result<Parts, SplitError> {
    split_with(text, encoding, Options::new(method))
}

/// [`split`](fn@split) under options, of which the method and whether GSM 7-bit is packed count.
///
/// # Errors
///
/// As [`split`](fn@split).
///
/// ```
/// use wirepath_smpp::text::{Decoder, Encoding, Method, Options, split_with};
///
/// let parts = split_with("hellohello", Encoding::GSM7, Options::new(Method::Udh8(0)).packed(true))?;
/// let part = parts.iter().next().unwrap();
/// assert_eq!(part.body(), b"\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37");
/// assert_eq!(Decoder::new().packed(true).decode(part.body(), part.data_coding(), None), "hellohello");
/// # Ok::<(), wirepath_smpp::text::SplitError>(())
/// ```
pub fn split_with(text: &str, encoding: Encoding, options: Options) -> Result<Parts, SplitError> {
    let method = options.method;
    let is_packed = options.packed && matches!(encoding, Encoding::Gsm7(_));
    // A carriage return at the end of a full part is doubled when it is packed: one septet is kept free for it.
    let spare = usize::from(is_packed && text.contains('\r'));
    let ends = ends(text, encoding, method, spare)?;
    let Ok(total) = u8::try_from(ends.len()) else {
        return Err(SplitError::TooManyParts { parts: ends.len() });
    };
    let mut rest = text;
    let mut parts = Vec::with_capacity(ends.len());
    let mut start = 0;
    for (sequence, end) in (1..=total).zip(ends) {
        let (piece, behind) = rest.split_at_checked(end - start).unwrap_or((rest, ""));
        (rest, start) = (behind, end);
        let mut body = header(encoding, method, sequence, total);
        let header = body.len();
        let user_data = encoding.encode(piece)?;
        body.extend(match is_packed {
            true => septets::pack_cr(&user_data, septets::fill_bits(header)),
            false => user_data,
        });
        parts.push(Part { encoding, method, sequence, total, header, body });
    }
    Ok(Parts { encoding, parts })
}

/// Where the parts end, in octets of the text.
fn ends(
    text: &str,
    encoding: Encoding,
    method: Method,
    spare: usize,
) -> Result<Vec<usize>, SplitError> {
    let units = encoding.units(text)?;
    let shifts = shifts(encoding);
    let alone = header_octets(shifts);
    if method == Method::Payload {
        let width = if encoding == Encoding::Ucs2 { 2 } else { 1 };
        let octets = units.saturating_mul(width).saturating_add(alone);
        return match octets {
            0..=PAYLOAD_OCTETS => Ok(vec![text.len()]),
            _ => Err(SplitError::PayloadTooLong { octets }),
        };
    }
    if units.saturating_add(spare) <= capacity(encoding, alone) {
        return Ok(vec![text.len()]);
    }
    let capacity = capacity(encoding, header_octets(shifts + method.element()));
    cut(text, encoding, capacity.saturating_sub(spare))
}

/// Cuts a text where a part is full.
fn cut(text: &str, encoding: Encoding, capacity: usize) -> Result<Vec<usize>, SplitError> {
    let mut ends = Vec::new();
    let mut free = capacity;
    let mut place = |at: usize, units: usize| {
        if units > free {
            ends.push(at);
            free = capacity;
        }
        free = free.saturating_sub(units);
    };
    for (at, cluster) in text.grapheme_indices(true) {
        let units = encoding.units(cluster)?;
        if units <= capacity {
            place(at, units);
            continue;
        }
        for (offset, char) in cluster.char_indices() {
            place(at + offset, encoding.units_of(char).unwrap_or_default());
        }
    }
    ends.push(text.len());
    Ok(ends)
}

/// How many units a part holds behind a header of so many octets: septets, UTF-16 units or octets.
fn capacity(encoding: Encoding, header: usize) -> usize {
    let octets = PART_OCTETS.saturating_sub(header);
    match encoding {
        Encoding::Gsm7(_) => octets * 8 / 7,
        Encoding::Ucs2 => octets / 2,
        _ => octets,
    }
}

/// The octets of the elements that name national tables.
fn shifts(encoding: Encoding) -> usize {
    tables(encoding).shifts().len()
}

fn tables(encoding: Encoding) -> Tables {
    match encoding {
        Encoding::Gsm7(tables) => tables,
        _ => Tables::DEFAULT,
    }
}

/// The octets of a header with elements of so many: without them there is none.
const fn header_octets(elements: usize) -> usize {
    if elements == 0 { 0 } else { elements + 1 }
}

/// The user data header of a part; empty where it needs none.
fn header(encoding: Encoding, method: Method, sequence: u8, total: u8) -> Vec<u8> {
    let mut elements = Vec::new();
    match method {
        Method::Udh8(reference) if total > 1 => {
            elements.extend([Udh::CONCATENATION_8, 3, reference, total, sequence]);
        }
        Method::Udh16(reference) if total > 1 => {
            let [high, low] = reference.to_be_bytes();
            elements.extend([Udh::CONCATENATION_16, 4, high, low, total, sequence]);
        }
        _ => {}
    }
    elements.extend(tables(encoding).shifts());
    match u8::try_from(elements.len()) {
        Ok(len @ 1..) => {
            elements.insert(0, len);
            elements
        }
        _ => Vec::new(),
    }
}
