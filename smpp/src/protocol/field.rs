//! The kinds of mandatory field, each with its three faces: checked when it comes in, read from its span, written when it
//! goes out. A PDU is a list of these.

use std::fmt;

use bytes::{BufMut, BytesMut};

use super::{Address, BuildError, DecodeError, Npi, SmppTime, Status, Ton, decode::Cursor};

/// What the `view!` tables are made of. `name` is the field's name in the specification.
pub(crate) trait Kind {
    type Value<'a>: Copy + Default;

    /// Moves the cursor over the field, or says what is wrong with it.
    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError>;

    /// Reads the value from the span that `check` walked over.
    fn get<'a>(&self, span: &'a [u8]) -> Self::Value<'a>;

    /// Writes a value.
    fn put(
        &self,
        name: &'static str,
        value: Self::Value<'_>,
        out: &mut BytesMut,
    ) -> Result<(), BuildError>;

    /// Prints a value; secrets and message bodies print no content.
    fn show(&self, span: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// The span of a C-octet string without its NUL.
#[inline]
fn without_nul(span: &[u8]) -> &[u8] {
    span.split_last().map_or(span, |(_, octets)| octets)
}

pub(crate) fn put_c_octets(
    name: &'static str,
    value: &[u8],
    max: usize,
    out: &mut BytesMut,
) -> Result<(), BuildError> {
    if value.len() >= max {
        return Err(BuildError::TooLong {
            field: name,
            length: value.len(),
            max: max.saturating_sub(1),
        });
    }
    if value.contains(&0) {
        return Err(BuildError::Nul { field: name });
    }
    out.put_slice(value);
    out.put_u8(0);
    Ok(())
}

/// One octet; above `max` the answer is `status`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Octet {
    max: u8,
    status: Status,
}

impl Octet {
    pub(crate) const ANY: Self = Self { max: u8::MAX, status: Status::ROK };

    pub(crate) const fn up_to(max: u8, status: Status) -> Self {
        Self { max, status }
    }
}

impl Kind for Octet {
    type Value<'a> = u8;

    #[inline(always)]
    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        let value = cursor.u8(name)?;
        if value > self.max && cursor.is_strict() {
            return Err(DecodeError::BadValue { field: name, status: self.status });
        }
        Ok(())
    }

    #[inline]
    fn get(&self, span: &[u8]) -> u8 {
        span.first().copied().unwrap_or_default()
    }

    fn put(&self, _: &'static str, value: u8, out: &mut BytesMut) -> Result<(), BuildError> {
        out.put_u8(value);
        Ok(())
    }

    fn show(&self, span: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.get(span))
    }
}

/// A C-octet string of at most `max` octets, its NUL included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    pub(crate) max: usize,
    pub(crate) status: Status,
}

impl Text {
    pub(crate) const fn new(max: usize, status: Status) -> Self {
        Self { max, status }
    }
}

impl Kind for Text {
    type Value<'a> = &'a [u8];

    #[inline(always)]
    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        cursor.c_octets(name, self.max, self.status).map(drop)
    }

    #[inline]
    fn get<'a>(&self, span: &'a [u8]) -> &'a [u8] {
        without_nul(span)
    }

    fn put(&self, name: &'static str, value: &[u8], out: &mut BytesMut) -> Result<(), BuildError> {
        put_c_octets(name, value, self.max, out)
    }

    fn show(&self, span: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.get(span).escape_ascii())
    }
}

/// A password: a C-octet string that never prints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Password(pub(crate) Text);

impl Kind for Password {
    type Value<'a> = &'a [u8];

    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        self.0.check(name, cursor)
    }

    fn get<'a>(&self, span: &'a [u8]) -> &'a [u8] {
        self.0.get(span)
    }

    fn put(&self, name: &'static str, value: &[u8], out: &mut BytesMut) -> Result<(), BuildError> {
        self.0.put(name, value, out)
    }

    fn show(&self, _: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// TON, NPI and digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addr {
    ton: Status,
    npi: Status,
    digits: Text,
}

impl Addr {
    pub(crate) const fn source(max: usize) -> Self {
        Self {
            ton: Status::RINVSRCTON,
            npi: Status::RINVSRCNPI,
            digits: Text::new(max, Status::RINVSRCADR),
        }
    }

    pub(crate) const fn destination(max: usize) -> Self {
        Self {
            ton: Status::RINVDSTTON,
            npi: Status::RINVDSTNPI,
            digits: Text::new(max, Status::RINVDSTADR),
        }
    }
}

impl Kind for Addr {
    type Value<'a> = Address<'a>;

    #[inline(always)]
    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        let ton = Ton(cursor.u8(name)?);
        let npi = Npi(cursor.u8(name)?);
        if cursor.is_strict() {
            if !ton.is_assigned() {
                return Err(DecodeError::BadValue { field: name, status: self.ton });
            }
            if !npi.is_assigned() {
                return Err(DecodeError::BadValue { field: name, status: self.npi });
            }
        }
        self.digits.check(name, cursor)
    }

    #[inline]
    fn get<'a>(&self, span: &'a [u8]) -> Address<'a> {
        match span {
            [ton, npi, digits @ ..] => Address::new(Ton(*ton), Npi(*npi), without_nul(digits)),
            _ => Address::default(),
        }
    }

    fn put(
        &self,
        name: &'static str,
        value: Address<'_>,
        out: &mut BytesMut,
    ) -> Result<(), BuildError> {
        out.put_u8(value.ton.0);
        out.put_u8(value.npi.0);
        self.digits.put(name, value.digits, out)
    }

    fn show(&self, span: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.get(span))
    }
}

/// A time, or nothing (SMPP 3.4 §7.1.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct When(pub(crate) Status);

impl When {
    /// Sixteen characters and a NUL.
    const MAX: usize = 17;
}

/// Out of line: most times are left out.
#[cold]
fn is_time(octets: &[u8]) -> bool {
    SmppTime::parse(octets).is_ok()
}

impl Kind for When {
    type Value<'a> = Option<SmppTime>;

    #[inline(always)]
    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        let octets = cursor.c_octets(name, Self::MAX, self.0)?;
        match octets.is_empty() || !cursor.is_strict() || is_time(octets) {
            true => Ok(()),
            false => Err(DecodeError::BadValue { field: name, status: self.0 }),
        }
    }

    fn get(&self, span: &[u8]) -> Option<SmppTime> {
        SmppTime::parse(without_nul(span)).ok()
    }

    fn put(
        &self,
        name: &'static str,
        value: Option<SmppTime>,
        out: &mut BytesMut,
    ) -> Result<(), BuildError> {
        match value {
            Some(time) => put_c_octets(name, &time.to_octets(), Self::MAX, out),
            None => put_c_octets(name, b"", Self::MAX, out),
        }
    }

    fn show(&self, span: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", without_nul(span).escape_ascii())
    }
}

/// `sm_length` and `short_message` (SMPP 3.4 §5.2.21–22): up to 254 octets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message;

impl Message {
    const MAX: u8 = 254;
}

impl Kind for Message {
    type Value<'a> = &'a [u8];

    #[inline(always)]
    fn check(&self, name: &'static str, cursor: &mut Cursor<'_>) -> Result<(), DecodeError> {
        let length = cursor.u8(name)?;
        if length > Self::MAX && cursor.is_strict() {
            let max = usize::from(Self::MAX);
            return Err(DecodeError::TooLong { field: name, max, status: Status::RINVMSGLEN });
        }
        cursor.take(usize::from(length), name).map(drop)
    }

    #[inline]
    fn get<'a>(&self, span: &'a [u8]) -> &'a [u8] {
        span.split_first().map_or(span, |(_, message)| message)
    }

    fn put(&self, name: &'static str, value: &[u8], out: &mut BytesMut) -> Result<(), BuildError> {
        let max = usize::from(Self::MAX);
        let too_long = BuildError::TooLong { field: name, length: value.len(), max };
        let length = u8::try_from(value.len()).ok().filter(|n| *n <= Self::MAX).ok_or(too_long)?;
        out.put_u8(length);
        out.put_slice(value);
        Ok(())
    }

    fn show(&self, span: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} octets]", self.get(span).len())
    }
}

/// What a builder's setter takes for a field of type `T`.
///
/// Anything that is `AsRef<[u8]>` does for octets, so `"text"`, `b"octets"` and `&Vec<u8>` all read naturally; a `&str`
/// does for an address of unknown TON and NPI.
pub trait Argument<T> {
    /// The field's value.
    fn into_value(self) -> T;
}

impl<'a, B: AsRef<[u8]> + ?Sized> Argument<&'a [u8]> for &'a B {
    fn into_value(self) -> &'a [u8] {
        self.as_ref()
    }
}

impl<'a, A: Into<Address<'a>>> Argument<Address<'a>> for A {
    fn into_value(self) -> Address<'a> {
        self.into()
    }
}

impl Argument<Self> for u8 {
    fn into_value(self) -> Self {
        self
    }
}

impl Argument<Option<Self>> for SmppTime {
    fn into_value(self) -> Option<Self> {
        Some(self)
    }
}

impl Argument<Self> for Option<SmppTime> {
    fn into_value(self) -> Self {
        self
    }
}
