//! Receipts in UCS-2.

use std::borrow::Cow;

/// The body in UTF-8 if it is in UTF-16, and as it is if not.
///
/// A receipt begins in ASCII, so one in UTF-16 has zeros at every other octet there, and one in
/// octets cannot. `data_coding` (§5.2.19) says nothing more, and at times what is not so: some peers
/// copy it from the message that they report on.
pub(super) fn narrow(body: &[u8]) -> Cow<'_, [u8]> {
    let (units, little_endian) = match body {
        [0xFE, 0xFF, rest @ ..] => (rest, false),
        [0xFF, 0xFE, rest @ ..] => (rest, true),
        [0, 1..=0xFF, 0, 1..=0xFF, ..] => (body, false),
        [1..=0xFF, 0, 1..=0xFF, 0, ..] => (body, true),
        _ => return Cow::Borrowed(body),
    };
    let read = if little_endian { u16::from_le_bytes } else { u16::from_be_bytes };
    // An octet left over is half a character: the body was cut there.
    let units = units.as_chunks().0.iter().map(|&unit| read(unit));
    let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    Cow::Owned(text.collect::<String>().into_bytes())
}
