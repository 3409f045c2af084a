//! Times in PDUs: `schedule_delivery_time`, `validity_period`, `final_date` (SMPP 3.4 §7.1.1).
//!
//! A time is sixteen characters, `YYMMDDhhmmsstnnp`, and a NUL that the PDU codec has taken off. The
//! last character says which kind it is: `+` or `-` make it a point in time at an offset from UTC
//! (§7.1.1.1), `R` a span from now (§7.1.1.2). An empty field, which means "at once" or "the
//! centre's default", is the caller's to tell apart before it parses.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use wirepath_smpp::protocol::time::SmppTime;
//!
//! let at: SmppTime = SmppTime::parse(b"240229120000004+")?;
//! let now = UNIX_EPOCH;
//! assert_eq!(at.resolve(now), Some(UNIX_EPOCH + Duration::from_secs(1_709_204_400)));
//!
//! let span = SmppTime::parse(b"000000010000000R")?;
//! assert_eq!(span.resolve(now), Some(now + Duration::from_secs(3600)));
//! assert_eq!(&span.to_octets(), b"000000010000000R");
//! # Ok::<(), wirepath_smpp::protocol::time::ParseTimeError>(())
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many octets a time has, without its NUL.
pub const TIME_LEN: usize = 16;

const DAY: u64 = 86_400;

/// A point in time, or a span from now.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum SmppTime {
    /// A point in time (§7.1.1.1).
    Absolute(AbsoluteTime),
    /// A span from now (§7.1.1.2).
    Relative(RelativeTime),
}

/// A point in time between 2000 and 2099, to a tenth of a second, at an offset from UTC.
///
/// The wire has two digits for the year; wirepath reads all of them as 20xx.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AbsoluteTime {
    year: u8,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    tenths: u8,
    quarters: u8,
    /// The sign is kept apart, because `00-` must be written back as it came.
    behind_utc: bool,
}

/// A span in calendar units, each 0 to 99.
///
/// §7.1.1.2 bounds no unit, and peers do write `90` minutes, so every two digits are taken.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RelativeTime {
    years: u8,
    months: u8,
    days: u8,
    hours: u8,
    minutes: u8,
    seconds: u8,
}

/// A field that is not a time.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseTimeError {
    /// The field has another length.
    #[error("a time has 16 characters, not {got}")]
    Length {
        /// How many octets there were.
        got: usize,
    },
    /// A part of the time is no number, or out of its range.
    #[error("the {part} of the time is invalid")]
    Part {
        /// Which part.
        part: &'static str,
    },
}

impl SmppTime {
    /// Reads the sixteen octets of a time.
    ///
    /// # Errors
    ///
    /// Names the first part that is out of range: month and day must exist in that year, offsets go
    /// up to 48 quarter hours, and the `tnn` of a relative time is `000`.
    pub fn parse(octets: &[u8]) -> Result<Self, ParseTimeError> {
        let octets: &[u8; TIME_LEN] =
            octets.try_into().map_err(|_| ParseTimeError::Length { got: octets.len() })?;
        let [y0, y1, mo0, mo1, d0, d1, h0, h1, mi0, mi1, s0, s1, t, n0, n1, p] = *octets;
        let year = part("year", [y0, y1], 0..=99)?;
        if p == b'R' {
            if [t, n0, n1] != *b"000" {
                return Err(ParseTimeError::Part { part: "reserved digits" });
            }
            return Ok(Self::Relative(RelativeTime {
                years: year,
                months: part("months", [mo0, mo1], 0..=99)?,
                days: part("days", [d0, d1], 0..=99)?,
                hours: part("hours", [h0, h1], 0..=99)?,
                minutes: part("minutes", [mi0, mi1], 0..=99)?,
                seconds: part("seconds", [s0, s1], 0..=99)?,
            }));
        }
        let behind_utc = match p {
            b'+' => false,
            b'-' => true,
            _ => return Err(ParseTimeError::Part { part: "kind" }),
        };
        let month = part("month", [mo0, mo1], 1..=12)?;
        Ok(Self::Absolute(AbsoluteTime {
            year,
            month,
            day: part("day", [d0, d1], 1..=days_in_month(2000 + u16::from(year), month))?,
            hour: part("hour", [h0, h1], 0..=23)?,
            minute: part("minute", [mi0, mi1], 0..=59)?,
            second: part("second", [s0, s1], 0..=59)?,
            tenths: part("tenth of a second", [b'0', t], 0..=9)?,
            quarters: part("offset from UTC", [n0, n1], 0..=48)?,
            behind_utc,
        }))
    }

    /// The sixteen octets of this time: what [`SmppTime::parse`] read is written back unchanged.
    pub fn to_octets(self) -> [u8; TIME_LEN] {
        match self {
            Self::Absolute(time) => time.to_octets(),
            Self::Relative(span) => span.to_octets(),
        }
    }

    /// The point in time that is meant, given what the time is now.
    ///
    /// `None` where the platform cannot express it.
    pub fn resolve(self, now: SystemTime) -> Option<SystemTime> {
        match self {
            Self::Absolute(time) => Some(time.to_system_time()),
            Self::Relative(span) => now.checked_add(span.to_duration()),
        }
    }
}

impl From<AbsoluteTime> for SmppTime {
    fn from(time: AbsoluteTime) -> Self {
        Self::Absolute(time)
    }
}

impl From<RelativeTime> for SmppTime {
    fn from(span: RelativeTime) -> Self {
        Self::Relative(span)
    }
}

impl AbsoluteTime {
    /// This point in time, written in UTC and cut to the tenth of a second.
    ///
    /// `None` outside the years 2000 to 2099.
    pub fn from_system_time(at: SystemTime) -> Option<Self> {
        Self::with_offset(at, 0)
    }

    /// This point in time, written as local time at an offset of so many quarter hours from UTC.
    ///
    /// `None` for offsets beyond ±48, and if the local year is not 2000 to 2099.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use wirepath_smpp::protocol::time::{AbsoluteTime, SmppTime};
    ///
    /// let noon_utc = UNIX_EPOCH + Duration::from_secs(1_709_208_000);
    /// let in_athens = AbsoluteTime::with_offset(noon_utc, 8).unwrap();
    /// assert_eq!(&SmppTime::from(in_athens).to_octets(), b"240229140000008+");
    /// assert_eq!(in_athens.to_system_time(), noon_utc);
    /// ```
    pub fn with_offset(at: SystemTime, quarters: i8) -> Option<Self> {
        if quarters.unsigned_abs() > 48 {
            return None;
        }
        let since_epoch = at.duration_since(UNIX_EPOCH).ok()?;
        let local = since_epoch.as_secs().checked_add_signed(i64::from(quarters) * 900)?;
        let (year, month, day) = civil_from_days(local / DAY)?;
        let of_day = local % DAY;
        Some(Self {
            year: u8::try_from(year.checked_sub(2000)?).ok().filter(|&year| year <= 99)?,
            month,
            day,
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
            tenths: (since_epoch.subsec_millis() / 100) as u8,
            quarters: quarters.unsigned_abs(),
            behind_utc: quarters < 0,
        })
    }

    /// The point in time, its offset from UTC taken into account.
    pub fn to_system_time(self) -> SystemTime {
        let days = days_from_civil(2000 + u16::from(self.year), self.month, self.day);
        let of_day = clock_seconds(self.hour, self.minute, self.second);
        let local = Duration::from_secs(days * DAY + of_day)
            + Duration::from_millis(u64::from(self.tenths) * 100);
        let offset = Duration::from_secs(u64::from(self.quarters) * 900);
        // From 2000 to 2099 and twelve hours at most: neither end of the range is near.
        UNIX_EPOCH + if self.behind_utc { local + offset } else { local.saturating_sub(offset) }
    }

    /// The offset from UTC in quarter hours, negative to the west.
    pub fn offset_quarters(self) -> i8 {
        let quarters = self.quarters as i8;
        if self.behind_utc { -quarters } else { quarters }
    }

    fn to_octets(self) -> [u8; TIME_LEN] {
        let date = [self.year, self.month, self.day, self.hour, self.minute, self.second];
        let [q0, q1] = two_digits(self.quarters);
        let sign = if self.behind_utc { b'-' } else { b'+' };
        octets(date, [b'0' + self.tenths, q0, q1, sign])
    }
}

impl RelativeTime {
    /// A span in whole seconds, in the largest units that hold it (a year being 365 days and a month
    /// 30, as in [`RelativeTime::to_duration`]); fractions are cut off.
    ///
    /// `None` above 99 years and some months: the wire has two digits.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wirepath_smpp::protocol::time::{RelativeTime, SmppTime};
    ///
    /// let span = RelativeTime::from_duration(Duration::from_secs(36 * 3600)).unwrap();
    /// assert_eq!(&SmppTime::from(span).to_octets(), b"000001120000000R");
    /// ```
    pub fn from_duration(span: Duration) -> Option<Self> {
        let seconds = span.as_secs();
        let days = seconds / DAY;
        Some(Self {
            years: u8::try_from(days / 365).ok().filter(|&years| years <= 99)?,
            months: (days % 365 / 30) as u8,
            days: (days % 365 % 30) as u8,
            hours: (seconds / 3600 % 24) as u8,
            minutes: (seconds / 60 % 60) as u8,
            seconds: (seconds % 60) as u8,
        })
    }

    /// How long the span is, a year being 365 days and a month 30.
    ///
    /// The specification leaves the length of calendar units open. Fixed ones make a validity period
    /// the same whenever it is submitted.
    pub fn to_duration(self) -> Duration {
        let days = u64::from(self.years) * 365 + u64::from(self.months) * 30 + u64::from(self.days);
        Duration::from_secs(days * DAY + clock_seconds(self.hours, self.minutes, self.seconds))
    }

    fn to_octets(self) -> [u8; TIME_LEN] {
        let span = [self.years, self.months, self.days, self.hours, self.minutes, self.seconds];
        octets(span, *b"000R")
    }
}

fn part(
    part: &'static str,
    digits: [u8; 2],
    range: std::ops::RangeInclusive<u8>,
) -> Result<u8, ParseTimeError> {
    number(digits).filter(|value| range.contains(value)).ok_or(ParseTimeError::Part { part })
}

/// Two ASCII digits.
pub(super) fn number([tens, ones]: [u8; 2]) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

/// Two ASCII digits of a value below 100, as all values in these types are.
pub(super) fn two_digits(value: u8) -> [u8; 2] {
    [b'0' + value / 10 % 10, b'0' + value % 10]
}

fn octets(pairs: [u8; 6], tail: [u8; 4]) -> [u8; TIME_LEN] {
    let [[y0, y1], [mo0, mo1], [d0, d1], [h0, h1], [mi0, mi1], [s0, s1]] = pairs.map(two_digits);
    let [t, n0, n1, p] = tail;
    [y0, y1, mo0, mo1, d0, d1, h0, h1, mi0, mi1, s0, s1, t, n0, n1, p]
}

pub(super) fn clock_seconds(hour: u8, minute: u8, second: u8) -> u64 {
    u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second)
}

pub(super) fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days from 1970-01-01 to a date that is not before it.
pub(super) fn days_from_civil(year: u16, month: u8, day: u8) -> u64 {
    let years = u64::from(year.saturating_sub(1970));
    // Leap days in the years before `year`, less those before 1970.
    let past = u64::from(year.saturating_sub(1));
    let leap_days = (past / 4 - past / 100 + past / 400).saturating_sub(477);
    let months: u64 = (1..month).map(|month| u64::from(days_in_month(year, month))).sum();
    years * 365 + leap_days + months + u64::from(day.saturating_sub(1))
}

/// The date that many days after 1970-01-01; `None` past the year 9999.
pub(super) fn civil_from_days(days: u64) -> Option<(u16, u8, u8)> {
    // By the length of 400 years: right, or one off.
    let estimate = u16::try_from(days.checked_mul(400)? / 146_097 + 1970).ok()?;
    if estimate > 9999 {
        return None;
    }
    let begun = |year: &u16| days_from_civil(*year, 1, 1) <= days;
    let year = [estimate + 1, estimate, estimate - 1].into_iter().find(begun)?;
    let mut left = days.checked_sub(days_from_civil(year, 1, 1))?;
    for month in 1..=12 {
        let length = u64::from(days_in_month(year, month));
        if left < length {
            return Some((year, month, left as u8 + 1));
        }
        left -= length;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unix(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn absolute(octets: &[u8]) -> AbsoluteTime {
        match SmppTime::parse(octets) {
            Ok(SmppTime::Absolute(time)) => time,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn golden_points_in_time() {
        for (octets, seconds) in [
            (b"000101000000000+", 946_684_800),
            (b"000101000000048+", 946_684_800 - 43_200),
            (b"991231235959000+", 4_102_444_799),
            (b"240229120000000+", 1_709_208_000),
            (b"240229120000000-", 1_709_208_000),
            (b"240229120000020-", 1_709_208_000 + 18_000),
            (b"240229120000022+", 1_709_208_000 - 19_800),
            (b"380119031408000+", 2_147_483_648),
        ] {
            let time = SmppTime::parse(octets).unwrap();
            assert_eq!(time.resolve(UNIX_EPOCH), Some(unix(seconds)), "{octets:?}");
            assert_eq!(&time.to_octets(), octets);
        }
        let tenths = absolute(b"240229120000700+").to_system_time();
        assert_eq!(tenths, unix(1_709_208_000) + Duration::from_millis(700));
        assert_eq!(absolute(b"240229120000020-").offset_quarters(), -20);
    }

    #[test]
    fn golden_spans() {
        for (octets, seconds) in [
            (b"000000000000000R", 0),
            (b"000000000030000R", 30),
            (b"000000009000000R", 5_400),
            (b"000007000000000R", 7 * 86_400),
            (b"000100000000000R", 30 * 86_400),
            (b"010000000000000R", 365 * 86_400),
            // The example of §7.1.1.2.
            (b"020610233429000R", (730 + 180 + 10) * 86_400 + 23 * 3600 + 34 * 60 + 29),
        ] {
            let time = SmppTime::parse(octets).unwrap();
            assert_eq!(time.resolve(UNIX_EPOCH), Some(unix(seconds)));
            assert_eq!(&time.to_octets(), octets);
        }
    }

    #[test]
    fn each_part_has_its_range() {
        for (octets, part) in [
            (b"2A0101000000000+", "year"),
            (b"240001000000000+", "month"),
            (b"241301000000000+", "month"),
            (b"240100000000000+", "day"),
            (b"240132000000000+", "day"),
            (b"240431000000000+", "day"),
            (b"230229000000000+", "day"),
            (b"240101240000000+", "hour"),
            (b"240101006000000+", "minute"),
            (b"240101000060000+", "second"),
            (b"240101000000:00+", "tenth of a second"),
            (b"240101000000049+", "offset from UTC"),
            (b"240101000000000Z", "kind"),
            (b"240101000000000r", "kind"),
            (b"000000000030100R", "reserved digits"),
            (b"00000000 30 000R", "minutes"),
        ] {
            assert_eq!(SmppTime::parse(octets), Err(ParseTimeError::Part { part }), "{octets:?}");
        }
        let whole = b"240229120000000+";
        for got in 0..16 {
            assert_eq!(SmppTime::parse(&whole[..got]), Err(ParseTimeError::Length { got }));
        }
        assert_eq!(SmppTime::parse(b"240229120000000+\0"), Err(ParseTimeError::Length { got: 17 }));
    }

    #[test]
    fn every_day_of_four_centuries_converts_both_ways() {
        let mut date = (1970, 1, 1);
        for days in 0..146_097 {
            assert_eq!(civil_from_days(days), Some(date), "{days}");
            let (year, month, day) = date;
            assert_eq!(days_from_civil(year, month, day), days);
            date = if day < days_in_month(year, month) {
                (year, month, day + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
        }
        assert_eq!(date, (2370, 1, 1));
        assert_eq!(civil_from_days(u64::MAX), None);
    }

    #[test]
    fn what_the_wire_cannot_say_is_none() {
        assert_eq!(AbsoluteTime::from_system_time(unix(946_684_799)), None);
        assert_eq!(AbsoluteTime::from_system_time(unix(4_102_444_800)), None);
        assert_eq!(AbsoluteTime::from_system_time(UNIX_EPOCH - Duration::from_secs(1)), None);
        assert_eq!(AbsoluteTime::with_offset(unix(1_709_208_000), 49), None);
        assert_eq!(AbsoluteTime::with_offset(unix(1_709_208_000), i8::MIN), None);
        assert_eq!(RelativeTime::from_duration(Duration::MAX), None);
        assert_eq!(RelativeTime::from_duration(Duration::from_secs(100 * 365 * DAY)), None);
    }

    proptest! {
        #[test]
        fn points_in_time_round_trip(
            tenths in 9_468_000_000_u64..41_024_000_000,
            quarters in -48_i8..=48,
        ) {
            let at = UNIX_EPOCH + Duration::from_millis(tenths * 100);
            let time = AbsoluteTime::with_offset(at, quarters).unwrap();
            prop_assert_eq!(time.to_system_time(), at);
            prop_assert_eq!(time.offset_quarters(), quarters);
            prop_assert_eq!(SmppTime::parse(&time.to_octets()), Ok(time.into()));
        }

        #[test]
        fn spans_round_trip(seconds in 0..100 * 365 * DAY) {
            let span = RelativeTime::from_duration(Duration::from_secs(seconds)).unwrap();
            prop_assert_eq!(span.to_duration(), Duration::from_secs(seconds));
            prop_assert_eq!(SmppTime::parse(&span.to_octets()), Ok(span.into()));
        }

        #[test]
        fn what_parses_is_written_back(octets in "[0-9]{15}[-+R]") {
            if let Ok(time) = SmppTime::parse(octets.as_bytes()) {
                let written = time.to_octets();
                prop_assert_eq!(&written[..], octets.as_bytes());
            }
        }

        #[test]
        fn any_octets_get_an_answer(octets: Vec<u8>) {
            let _ = SmppTime::parse(&octets);
        }
    }
}
