//! Writing receipts.

use std::borrow::Cow;
use std::str::FromStr;

use bytes::BufMut;

use super::super::message_state::MessageState;
use super::super::tlv_tag::Tag;
use super::ReceiptDate;

/// How much of the message a receipt quotes (appendix B).
const TEXT_LEN: usize = 20;

/// The longest id that `receipted_message_id` holds beside its NUL (§5.3.2.12).
const TLV_ID_LEN: usize = 64;

/// How a receipt is written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReceiptForm {
    /// All the fields of appendix B, in its order.
    #[default]
    Canonical,
    /// The canonical form with the id in hexadecimal, if it is a decimal number. For peers that were
    /// built against a centre that answers in one and reports in the other.
    HexId,
    /// The canonical form without `sub` and `dlvrd`.
    Short,
    /// No text: the TLVs say it all.
    Tlv,
}

impl ReceiptForm {
    /// The name in configuration: `canonical`, `hex-id`, `short` or `tlv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::HexId => "hex-id",
            Self::Short => "short",
            Self::Tlv => "tlv",
        }
    }
}

/// A text that names no form of receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown receipt form, expected canonical, hex-id, short or tlv")]
pub struct ParseFormError;

impl FromStr for ReceiptForm {
    type Err = ParseFormError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Canonical, Self::HexId, Self::Short, Self::Tlv]
            .into_iter()
            .find(|form| form.name() == name)
            .ok_or(ParseFormError)
    }
}

/// Writes a receipt.
///
/// ```
/// use wirepath_smpp::protocol::message_state::MessageState;
/// use wirepath_smpp::protocol::receipt::{ReceiptBuilder, ReceiptDate};
///
/// let date = ReceiptDate::parse(b"2402291200").unwrap();
/// let body = ReceiptBuilder::new(b"7", MessageState::DELIVERED)
///     .submitted(date)
///     .done(date)
///     .text(b"A text of more than twenty characters")
///     .to_vec();
/// assert_eq!(
///     String::from_utf8_lossy(&body),
///     "id:7 sub:001 dlvrd:001 submit date:2402291200 done date:2402291200 stat:DELIVRD err:000 \
///      text:A text of more than "
/// );
/// ```
#[derive(Copy, Clone, Debug)]
#[must_use]
pub struct ReceiptBuilder<'a> {
    id: &'a [u8],
    state: MessageState,
    sub: u16,
    dlvrd: u16,
    submit_date: Option<ReceiptDate>,
    done_date: Option<ReceiptDate>,
    err: &'a [u8],
    text: &'a [u8],
    network_error_code: Option<[u8; 3]>,
    form: ReceiptForm,
}

impl<'a> ReceiptBuilder<'a> {
    /// A receipt in the canonical form for one message; both dates are zeros until they are set.
    pub fn new(id: &'a [u8], state: MessageState) -> Self {
        Self {
            id,
            state,
            sub: 1,
            dlvrd: u16::from(state == MessageState::DELIVERED),
            submit_date: None,
            done_date: None,
            err: b"000",
            text: b"",
            network_error_code: None,
            form: ReceiptForm::default(),
        }
    }

    /// When the message was submitted. A receipt is exact to the minute.
    pub fn submitted(self, date: ReceiptDate) -> Self {
        Self { submit_date: Some(date), ..self }
    }

    /// When it reached its state.
    pub fn done(self, date: ReceiptDate) -> Self {
        Self { done_date: Some(date), ..self }
    }

    /// How many messages were submitted, and how many delivered: 999 at most is written.
    pub fn counts(self, sub: u16, dlvrd: u16) -> Self {
        Self { sub, dlvrd, ..self }
    }

    /// The error code, three digits as a rule. `000` by default.
    pub fn err(self, err: &'a [u8]) -> Self {
        Self { err, ..self }
    }

    /// The message, in the coding that the receipt is sent in. Its first twenty octets are quoted.
    pub fn text(self, text: &'a [u8]) -> Self {
        Self { text, ..self }
    }

    /// The `network_error_code` TLV, none by default.
    pub fn network_error_code(self, code: [u8; 3]) -> Self {
        Self { network_error_code: Some(code), ..self }
    }

    /// How the receipt is written.
    pub fn form(self, form: ReceiptForm) -> Self {
        Self { form, ..self }
    }

    /// Appends the text of the receipt; nothing in the form [`ReceiptForm::Tlv`].
    ///
    /// Octets of the id and of the error code that a reader would take for the end of the value
    /// (blanks, control characters, commas, semicolons) become underscores, so that neither can add
    /// fields of its own. A state without an abbreviation is written as `UNKNOWN`.
    ///
    /// # Panics
    ///
    /// If `out` has a fixed size and is full, as [`BufMut`] has it. `Vec` and `BytesMut` grow.
    pub fn write(&self, out: &mut impl BufMut) {
        if self.form == ReceiptForm::Tlv {
            return;
        }
        out.put_slice(b"id:");
        match self.form {
            ReceiptForm::HexId => put_value(out, &hexadecimal(self.id)),
            _ => put_value(out, self.id),
        }
        if self.form != ReceiptForm::Short {
            out.put_slice(b" sub:");
            out.put_slice(&three_digits(self.sub));
            out.put_slice(b" dlvrd:");
            out.put_slice(&three_digits(self.dlvrd));
        }
        let date = |date: Option<ReceiptDate>| date.map_or(*b"0000000000", ReceiptDate::to_octets);
        out.put_slice(b" submit date:");
        out.put_slice(&date(self.submit_date));
        out.put_slice(b" done date:");
        out.put_slice(&date(self.done_date));
        out.put_slice(b" stat:");
        out.put_slice(self.state.abbreviation().unwrap_or("UNKNOWN").as_bytes());
        out.put_slice(b" err:");
        put_value(out, self.err);
        out.put_slice(b" text:");
        out.put_slice(self.text.get(..TEXT_LEN).unwrap_or(self.text));
    }

    /// The text of the receipt, as [`ReceiptBuilder::write`] writes it.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128 + self.id.len());
        self.write(&mut out);
        out
    }

    /// The TLVs of the receipt. Any form may carry them; [`ReceiptForm::Tlv`] has nothing else.
    ///
    /// The id is the one that was given, in every form.
    pub fn tlvs(&self) -> ReceiptTlvs {
        let id = self.id.get(..TLV_ID_LEN).unwrap_or(self.id);
        ReceiptTlvs {
            receipted_message_id: [id, &[0]].concat(),
            message_state: [self.state.code()],
            network_error_code: self.network_error_code,
        }
    }
}

/// The TLVs of a receipt: `receipted_message_id`, `message_state` and, where it was given,
/// `network_error_code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptTlvs {
    receipted_message_id: Vec<u8>,
    message_state: [u8; 1],
    network_error_code: Option<[u8; 3]>,
}

impl ReceiptTlvs {
    /// Each tag with its value.
    ///
    /// ```
    /// use wirepath_smpp::protocol::message_state::MessageState;
    /// use wirepath_smpp::protocol::receipt::ReceiptBuilder;
    /// use wirepath_smpp::protocol::tlv_tag::Tag;
    ///
    /// let tlvs = ReceiptBuilder::new(b"7", MessageState::EXPIRED).tlvs();
    /// let tlvs: Vec<_> = tlvs.iter().collect();
    /// assert_eq!(tlvs, [(Tag::RECEIPTED_MESSAGE_ID, &b"7\0"[..]), (Tag::MESSAGE_STATE, &[3])]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        [
            Some((Tag::RECEIPTED_MESSAGE_ID, self.receipted_message_id.as_slice())),
            Some((Tag::MESSAGE_STATE, self.message_state.as_slice())),
            self.network_error_code.as_ref().map(|code| (Tag::NETWORK_ERROR_CODE, code.as_slice())),
        ]
        .into_iter()
        .flatten()
    }

    /// Appends the TLVs as they stand behind the body of a PDU.
    ///
    /// # Panics
    ///
    /// If `out` has a fixed size and is full, as [`BufMut`] has it.
    pub fn write(&self, out: &mut impl BufMut) {
        for (tag, value) in self.iter() {
            out.put_u16(tag.code());
            // 65 octets are the most there are.
            out.put_u16(value.len() as u16);
            out.put_slice(value);
        }
    }
}

fn put_value(out: &mut impl BufMut, value: &[u8]) {
    for &octet in value {
        let ends = octet <= b' ' || matches!(octet, b',' | b';');
        out.put_u8(if ends { b'_' } else { octet });
    }
}

fn three_digits(count: u16) -> [u8; 3] {
    let count = count.min(999);
    [count / 100, count / 10 % 10, count % 10].map(|digit| b'0' + digit as u8)
}

/// A decimal number in hexadecimal, however long; anything else as it is.
fn hexadecimal(id: &[u8]) -> Cow<'_, [u8]> {
    if id.is_empty() || id.len() > TLV_ID_LEN || !id.iter().all(u8::is_ascii_digit) {
        return Cow::Borrowed(id);
    }
    // Sixteen to some power per place, the lowest first: ids outgrow every integer type.
    let mut places: Vec<u8> = Vec::with_capacity(id.len());
    for digit in id {
        let mut carry = digit - b'0';
        for place in &mut places {
            let sum = *place * 10 + carry;
            *place = sum & 0x0F;
            carry = sum >> 4;
        }
        if carry > 0 {
            places.push(carry);
        }
    }
    if places.is_empty() {
        places.push(0);
    }
    let digit = |place: u8| if place < 10 { b'0' + place } else { b'a' + (place - 10) };
    Cow::Owned(places.into_iter().rev().map(digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_ids_become_hexadecimal() {
        for (decimal, hex) in [
            ("0", "0"),
            ("15", "f"),
            ("255", "ff"),
            ("0016", "10"),
            ("18446744073709551616", "10000000000000000"),
            ("c0ffee", "c0ffee"),
            ("12-34", "12-34"),
            ("", ""),
        ] {
            assert_eq!(hexadecimal(decimal.as_bytes()), hex.as_bytes(), "{decimal}");
        }
        let long = [b'9'; 64];
        let value = "9".repeat(38).parse::<u128>().unwrap();
        assert_eq!(hexadecimal(&long[..38]), format!("{value:x}").as_bytes());
        assert_eq!(hexadecimal(&long).len(), 54);
    }

    #[test]
    fn golden_forms() {
        let date = ReceiptDate::parse(b"2402291200").unwrap();
        let builder = ReceiptBuilder::new(b"3054", MessageState::UNDELIVERABLE)
            .submitted(date)
            .counts(3, 1000)
            .err(b"02F")
            .text(b"Hi");
        let text = |form| String::from_utf8(builder.form(form).to_vec()).unwrap();
        assert_eq!(
            text(ReceiptForm::Canonical),
            "id:3054 sub:003 dlvrd:999 submit date:2402291200 done date:0000000000 stat:UNDELIV \
             err:02F text:Hi"
        );
        assert_eq!(
            text(ReceiptForm::HexId),
            "id:bee sub:003 dlvrd:999 submit date:2402291200 done date:0000000000 stat:UNDELIV \
             err:02F text:Hi"
        );
        assert_eq!(
            text(ReceiptForm::Short),
            "id:3054 submit date:2402291200 done date:0000000000 stat:UNDELIV err:02F text:Hi"
        );
        assert_eq!(text(ReceiptForm::Tlv), "");
        let mut tlvs = Vec::new();
        builder.network_error_code([3, 0, 12]).tlvs().write(&mut tlvs);
        assert_eq!(tlvs, b"\0\x1E\0\x053054\0\x04\x27\0\x01\x05\x04\x23\0\x03\x03\0\x0C");
    }

    #[test]
    fn an_id_cannot_add_fields() {
        let body = ReceiptBuilder::new(b"1 stat:DELIVRD,x", MessageState::REJECTED).to_vec();
        assert!(body.starts_with(b"id:1_stat:DELIVRD_x sub:001 "));
    }

    #[test]
    fn long_ids_are_cut_in_the_tlv() {
        let tlvs = ReceiptBuilder::new(&[b'7'; 100], MessageState::DELIVERED).tlvs();
        let widths_hold = tlvs.iter().all(|(tag, value)| tag.width().accepts(value.len()));
        assert!(widths_hold);
    }

    #[test]
    fn forms_have_names() {
        for form in
            [ReceiptForm::Canonical, ReceiptForm::HexId, ReceiptForm::Short, ReceiptForm::Tlv]
        {
            assert_eq!(form.name().parse(), Ok(form));
        }
        assert_eq!("long".parse::<ReceiptForm>(), Err(ParseFormError));
    }
}
