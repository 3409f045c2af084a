//! Whole numbers that are written with a fraction.

/// A JSON text in which numbers that are whole are written as such: `12.0` and `1.2e1` become `12`. `None` if there are none
/// of these.
///
/// To JSON Schema they are integers (Draft 2020-12, Core §4.2.3), and some clients write them so; serde takes them for floating
/// point. Numbers of more than 20 digits, which no integer type has, stay as they are; so does all that is no JSON.
pub(crate) fn rewrite(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // What is copied as it is begins here.
    let (mut from, mut at) = (0, 0);
    while let Some(octet) = text.get(at) {
        match octet {
            b'"' => at += string(text.get(at..)?),
            b'-' | b'0'..=b'9' => {
                let rest = text.get(at..)?;
                let number = rest.get(..rest.iter().take_while(|it| is_number(**it)).count())?;
                if let Some(whole) = whole(number) {
                    out.extend_from_slice(text.get(from..at)?);
                    out.extend_from_slice(&whole);
                    from = at + number.len();
                }
                at += number.len();
            }
            _ => at += 1,
        }
    }
    (from > 0).then(|| {
        out.extend_from_slice(text.get(from..).unwrap_or_default());
        out
    })
}

/// The length of a string, with its quotes.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(octet) = text.get(at) {
        match octet {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn is_number(octet: u8) -> bool {
    matches!(octet, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
}

/// The digits of a number that has a fraction or an exponent, if it is whole.
fn whole(number: &[u8]) -> Option<Vec<u8>> {
    const MOST: usize = 20;

    let text = std::str::from_utf8(number).ok()?;
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (before, behind) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None if text.len() == mantissa.len() => return None,
        None => (mantissa, ""),
    };
    let digits = [before, behind].concat();
    let is_json = !before.is_empty() && (before.len() == 1 || !before.starts_with('0'));
    if !is_json || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let point = i64::try_from(before.len()).ok()? + i64::from(exponent);
    let point = usize::try_from(point.max(0)).ok()?;
    let (kept, gone) = digits.split_at(point.min(digits.len()));
    if !gone.bytes().all(|it| it == b'0') {
        return None;
    }
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() {
        return Some(b"0".to_vec());
    }
    let zeros = point - digits.len().min(point);
    (kept.len() + zeros <= MOST).then(|| [sign, kept, &"0".repeat(zeros)].concat().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_as_such() {
        for (text, expected) in [
            ("12.0", "12"),
            ("-12.00", "-12"),
            ("1.2e1", "12"),
            ("120E-1", "12"),
            ("1e+3", "1000"),
            ("0.0", "0"),
            ("-0.0", "0"),
            ("0e9999", "0"),
            ("18446744073709551615.0", "18446744073709551615"),
            (
                r#"{"a": 1.0, "b": [2.5, 3.0], "1.0": "\"4.0"}"#,
                r#"{"a": 1, "b": [2.5, 3], "1.0": "\"4.0"}"#,
            ),
        ] {
            let found = rewrite(text.as_bytes()).map(|it| String::from_utf8(it).unwrap());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn values_stay_what_they_are(values: Vec<(String, i32, i32)>, octets: Vec<u8>) {
            let quarters = |(name, whole, part): (String, i32, i32)| (name, whole, f64::from(part) / 4.0);
            let values: Vec<_> = values.into_iter().map(quarters).collect();
            // As some clients write all numbers.
            let floats = values.iter().map(|(name, whole, part)| (name, f64::from(*whole), part));
            let text = serde_json::to_vec(&floats.collect::<Vec<_>>()).unwrap();
            let text = rewrite(&text).unwrap_or(text);
            let read: Vec<(String, i32, f64)> = serde_json::from_slice(&text).unwrap();
            proptest::prop_assert_eq!(read, values);
            // Whatever it is.
            rewrite(&octets);
        }
    }

    #[test]
    fn anything_else_stays() {
        for text in [
            "", "12", "-12", "1.5", "12.5e0", "1e-1", "1e20", "1e99999", "1.", ".0", "01.0",
            "1.0.0", "--1.0", "1e", "1e1.0", "\"1.0", "\"\\", "nonsense", "[1, 2]",
        ] {
            assert_eq!(rewrite(text.as_bytes()), None, "{text}");
        }
    }
}
