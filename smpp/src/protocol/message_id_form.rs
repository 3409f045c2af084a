//! Message ids that an SMSC writes in two ways: hexadecimal in `submit_sm_resp`, decimal in the receipt, or the reverse.

use std::{fmt, str::FromStr};

use super::MessageId;

/// How the id in an SMSC's receipts is written, next to the one in its `submit_sm_resp`.
///
/// Ids are texts, and two that differ are two messages, so whoever joins receipts to messages has to know. In configuration:
/// `as_is`, `hex_to_decimal` or `decimal_to_hex`.
///
/// # Examples
///
/// ```
/// use wirepath_smpp::{MessageId, protocol::message_id_form::MessageIdForm};
///
/// let answered = MessageId::new(b"1a2B")?; // submit_sm_resp
/// assert_eq!(MessageIdForm::HexToDecimal.in_receipts(answered).as_str(), Some("6699"));
/// # Ok::<(), wirepath_smpp::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageIdForm {
    /// Both are the same, octet by octet.
    #[default]
    AsIs,
    /// Hexadecimal in `submit_sm_resp`, decimal in receipts.
    HexToDecimal,
    /// Decimal in `submit_sm_resp`, hexadecimal in receipts.
    DecimalToHex,
}

impl MessageIdForm {
    /// The names in configuration.
    pub const NAMES: [&str; 3] = ["as_is", "hex_to_decimal", "decimal_to_hex"];

    /// The id that receipts will have for the message that `submit_sm_resp` gave this id.
    ///
    /// Of any length: an id of 64 digits is no `u64`. Leading zeros and the case of hexadecimal digits say nothing and are
    /// dropped, so ask this for the ids of receipts too: [`normal`](Self::normal). An id that is no number of its form, or
    /// whose decimal digits would not fit a message id, stays as it is.
    #[must_use]
    pub fn in_receipts(self, answered: MessageId) -> MessageId {
        let (from, to) = match self {
            Self::AsIs => return answered,
            Self::HexToDecimal => (16, 10),
            Self::DecimalToHex => (10, 16),
        };
        convert(answered.as_bytes(), from, to).unwrap_or(answered)
    }

    /// The id of a receipt as [`in_receipts`](Self::in_receipts) writes it: without leading zeros, hexadecimal digits in lower
    /// case.
    #[must_use]
    pub fn normal(self, receipted: MessageId) -> MessageId {
        let base = match self {
            Self::AsIs => return receipted,
            Self::HexToDecimal => 10,
            Self::DecimalToHex => 16,
        };
        convert(receipted.as_bytes(), base, base).unwrap_or(receipted)
    }
}

/// The same number with another base, both at most 16; `None` if it is no number, or too long for an id then.
fn convert(digits: &[u8], from: u32, to: u32) -> Option<MessageId> {
    // The digits so far, the lowest first.
    let mut number = [0_u8; MessageId::MAX];
    let mut length = 0;
    for digit in digits {
        let mut carry = char::from(*digit).to_digit(from)?;
        for place in number.get_mut(..length)? {
            let value = u32::from(*place) * from + carry;
            // Below 16.
            *place = (value % to) as u8;
            carry = value / to;
        }
        while carry > 0 {
            *number.get_mut(length)? = (carry % to) as u8;
            carry /= to;
            length += 1;
        }
    }
    if digits.is_empty() {
        return None;
    }
    let number = number.get_mut(..length.max(1))?;
    number.reverse();
    for digit in &mut *number {
        *digit = u8::try_from(char::from_digit(u32::from(*digit), to)?).ok()?;
    }
    MessageId::new(number).ok()
}

impl fmt::Display for MessageIdForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [as_is, hex_to_decimal, decimal_to_hex] = Self::NAMES;
        f.write_str(match self {
            Self::AsIs => as_is,
            Self::HexToDecimal => hex_to_decimal,
            Self::DecimalToHex => decimal_to_hex,
        })
    }
}

/// A text that is no [`MessageIdForm`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `as_is`, `hex_to_decimal` or `decimal_to_hex`")]
pub struct UnknownForm(());

impl FromStr for MessageIdForm {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, UnknownForm> {
        [Self::AsIs, Self::HexToDecimal, Self::DecimalToHex]
            .into_iter()
            .zip(Self::NAMES)
            .find_map(|(form, name)| (name == text).then_some(form))
            .ok_or(UnknownForm(()))
    }
}

impl<'de> serde::Deserialize<'de> for MessageIdForm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> MessageId {
        MessageId::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn hexadecimal_answers_are_found_by_decimal_receipts() {
        let form = MessageIdForm::HexToDecimal;
        for (answered, receipted) in [
            ("0", "0"),
            ("0000", "0"),
            ("a", "10"),
            ("FF", "255"),
            ("00ff", "0255"),
            ("ffffffffffffffff", "18446744073709551615"),
            ("10000000000000000", "18446744073709551616"),
            ("123456789abcdef0123456789abcdef", "1512366075204170929049582354406559215"),
        ] {
            assert_eq!(form.in_receipts(id(answered)), form.normal(id(receipted)), "{answered}");
        }
    }

    #[test]
    fn decimal_answers_are_found_by_hexadecimal_receipts() {
        let form = MessageIdForm::DecimalToHex;
        for (answered, receipted) in
            [("0", "0"), ("255", "00FF"), ("18446744073709551616", "10000000000000000")]
        {
            assert_eq!(form.in_receipts(id(answered)), form.normal(id(receipted)), "{answered}");
        }
    }

    #[test]
    fn what_is_no_number_stays_as_it_is() {
        for text in ["", "12-34", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "0x1f", "xyz"] {
            assert_eq!(MessageIdForm::HexToDecimal.in_receipts(id(text)), id(text));
            assert_eq!(MessageIdForm::DecimalToHex.in_receipts(id(text)), id(text));
            assert_eq!(MessageIdForm::AsIs.in_receipts(id(text)), id(text));
        }
        // 64 hexadecimal digits are up to 78 decimal ones.
        let longest = "f".repeat(64);
        assert_eq!(MessageIdForm::HexToDecimal.in_receipts(id(&longest)), id(&longest));
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for form in [MessageIdForm::AsIs, MessageIdForm::HexToDecimal, MessageIdForm::DecimalToHex]
        {
            assert_eq!(form.to_string().parse(), Ok(form));
        }
        assert!("hex".parse::<MessageIdForm>().is_err());
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_standard_library(number: u128) {
            let (hex, decimal) = (id(&format!("{number:x}")), id(&number.to_string()));
            prop_assert_eq!(MessageIdForm::HexToDecimal.in_receipts(hex), decimal);
            prop_assert_eq!(MessageIdForm::DecimalToHex.in_receipts(decimal), hex);
        }

        #[test]
        fn there_and_back_is_the_same_number(digits in "[1-9a-f][0-9a-f]{0,52}") {
            let there = MessageIdForm::HexToDecimal.in_receipts(id(&digits));
            prop_assert_eq!(MessageIdForm::DecimalToHex.in_receipts(there), id(&digits));
        }
    }
}
