//! The dates in a receipt.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::time;

/// A date as receipts have it: a local time, as a rule without its offset from UTC.
///
/// Appendix B has `YYMMDDhhmm`. Peers add seconds, four digits for the year, or use the sixteen
/// characters of §7.1.1.1, which alone say what the offset is. Years of two digits are 20xx.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReceiptDate {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    offset_quarters: Option<i8>,
}

impl ReceiptDate {
    /// Reads a date of 10, 12, 14, 15 or 16 characters; `None` for all zeros and what is no date.
    ///
    /// Twelve digits are `YYMMDDhhmmss`, or `YYYYMMDDhhmm` where only that is possible. A sign at the
    /// end counts the two digits before it as quarter hours from UTC.
    ///
    /// ```
    /// use wirepath_smpp::protocol::receipt::ReceiptDate;
    ///
    /// let date = ReceiptDate::parse(b"20240229120005").unwrap();
    /// assert_eq!((date.year(), date.month(), date.day()), (2024, 2, 29));
    /// assert_eq!((date.hour(), date.minute(), date.second()), (12, 0, 5));
    /// assert_eq!(ReceiptDate::parse(b"0000000000"), None);
    /// ```
    pub fn parse(raw: &[u8]) -> Option<Self> {
        match raw.split_last()? {
            (&sign @ (b'+' | b'-'), digits) => Self::with_sign(digits, sign == b'-'),
            _ => Self::of_digits(raw),
        }
    }

    /// The point in time, written as local time at an offset of so many quarter hours from UTC.
    ///
    /// `None` beyond ±48 quarter hours, and for local years other than 2000 to 2099.
    pub fn from_system_time(at: SystemTime, quarters: i8) -> Option<Self> {
        let octets =
            time::SmppTime::from(time::AbsoluteTime::with_offset(at, quarters)?).to_octets();
        Self::parse(&octets)
    }

    /// The point in time; `assumed_quarters` is the offset from UTC if the date does not tell its own.
    pub fn to_system_time(self, assumed_quarters: i8) -> SystemTime {
        let quarters = self.offset_quarters.unwrap_or(assumed_quarters);
        let days = time::days_from_civil(self.year, self.month, self.day);
        let of_day = time::clock_seconds(self.hour, self.minute, self.second);
        let local = Duration::from_secs(days * 86_400 + of_day);
        let offset = Duration::from_secs(u64::from(quarters.unsigned_abs()) * 900);
        // Years are 1970 to 2099: what comes before 1970 through the offset becomes its first day.
        UNIX_EPOCH + if quarters < 0 { local + offset } else { local.saturating_sub(offset) }
    }

    /// The year, 1970 to 2099.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// The second, 0 to 59; 0 if the date does not have it.
    pub fn second(self) -> u8 {
        self.second
    }

    /// The offset from UTC in quarter hours, negative to the west, if the date says so.
    pub fn offset_quarters(self) -> Option<i8> {
        self.offset_quarters
    }

    /// `YYMMDDhhmm`, as appendix B has it.
    pub(super) fn to_octets(self) -> [u8; 10] {
        let [y0, y1] = time::two_digits((self.year % 100) as u8);
        let [mo0, mo1] = time::two_digits(self.month);
        let [d0, d1] = time::two_digits(self.day);
        let [h0, h1] = time::two_digits(self.hour);
        let [mi0, mi1] = time::two_digits(self.minute);
        [y0, y1, mo0, mo1, d0, d1, h0, h1, mi0, mi1]
    }

    fn with_sign(digits: &[u8], behind_utc: bool) -> Option<Self> {
        let (date, offset) = match digits.len() {
            10 | 12 => (digits, None),
            // YYMMDDhhmmss, a tenth of a second or none, quarter hours.
            14 | 15 => {
                let (date, rest) = digits.split_at_checked(12)?;
                match (Self::short_year(date), rest.last_chunk().copied().and_then(time::number)) {
                    (Some(_), Some(quarters @ 0..=48)) => (date, Some(quarters as i8)),
                    // The sign may stand behind YYYYMMDDhhmmss just as well.
                    _ => (digits, None),
                }
            }
            _ => return None,
        };
        let offset_quarters = offset.map(|quarters| if behind_utc { -quarters } else { quarters });
        Some(Self { offset_quarters, ..Self::of_digits(date)? })
    }

    fn of_digits(digits: &[u8]) -> Option<Self> {
        match digits.len() {
            10 => Self::short_year(digits),
            12 => Self::short_year(digits).or_else(|| Self::long_year(digits)),
            14 => Self::long_year(digits),
            // The sixteen characters of §7.1.1.1 without their sign.
            15 => {
                let (date, rest) = digits.split_at_checked(12)?;
                rest.iter().all(u8::is_ascii_digit).then(|| Self::short_year(date))?
            }
            _ => None,
        }
    }

    fn short_year(digits: &[u8]) -> Option<Self> {
        let (&year, rest) = digits.split_first_chunk()?;
        Self::checked(2000 + u16::from(time::number(year)?), rest)
    }

    fn long_year(digits: &[u8]) -> Option<Self> {
        let (&century, rest) = digits.split_first_chunk()?;
        let (&year, rest) = rest.split_first_chunk()?;
        let year = u16::from(time::number(century)?) * 100 + u16::from(time::number(year)?);
        (1970..=2099).contains(&year).then(|| Self::checked(year, rest))?
    }

    /// `MMDDhhmm` or `MMDDhhmmss`.
    fn checked(year: u16, rest: &[u8]) -> Option<Self> {
        let mut pairs = rest.as_chunks().0.iter().map(|&pair| time::number(pair));
        let (month, day) = (pairs.next()??, pairs.next()??);
        let (hour, minute) = (pairs.next()??, pairs.next()??);
        let second = match pairs.next() {
            Some(second) => second?,
            None => 0,
        };
        let exists = (1..=12).contains(&month)
            && (1..=time::days_in_month(year, month)).contains(&day)
            && hour <= 23
            && minute <= 59
            && second <= 59;
        exists.then_some(Self { year, month, day, hour, minute, second, offset_quarters: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_length() {
        let noon = UNIX_EPOCH + Duration::from_secs(1_709_208_000);
        for (raw, quarters, seconds) in [
            ("2402291200", None, 0),
            ("240229120000", None, 0),
            ("240229120007", None, 7),
            ("20240229120007", None, 7),
            ("202402291200", None, 0),
            ("240229120000000+", Some(0), 0),
            ("240229140000008+", Some(8), 0),
            ("240229070000020-", Some(-20), 0),
            ("24022914000008+", Some(8), 0),
            ("240229120000000", None, 0),
            ("20240229120007+", None, 7),
            ("2402291200+", None, 0),
        ] {
            let date = ReceiptDate::parse(raw.as_bytes()).expect(raw);
            assert_eq!(date.offset_quarters(), quarters, "{raw}");
            assert_eq!(date.to_system_time(0), noon + Duration::from_secs(seconds), "{raw}");
        }
        let local = ReceiptDate::parse(b"2402291400").unwrap();
        assert_eq!(local.to_system_time(8), noon);
        assert_eq!(ReceiptDate::from_system_time(noon, 8).unwrap().to_octets(), *b"2402291400");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for raw in [
            "",
            "+",
            "0000000000",
            "000000000000",
            "00000000000000",
            "0000000000000000",
            "000000000000000+",
            "2402301200",
            "2413011200",
            "24022912",
            "240229120",
            "24022912000",
            "2402291260",
            "240229120060",
            "2024-02-29",
            "29/02/2024",
            "19690229120007",
            "240229120000R00",
            "240229120000000R",
            "é4022912",
        ] {
            assert_eq!(ReceiptDate::parse(raw.as_bytes()), None, "{raw}");
        }
    }

    #[test]
    fn the_earliest_date_does_not_underflow() {
        let date = ReceiptDate::parse(b"19700101000000").unwrap();
        assert_eq!(date.to_system_time(48), UNIX_EPOCH);
        assert_eq!(date.to_system_time(i8::MIN), UNIX_EPOCH + Duration::from_secs(128 * 900));
    }
}
