//! `command_status`: what a response says about its request.
//!
//! The values are those of SMPP 3.4 §5.1.3 (table 5-2) and the additions of SMPP 5.0 §4.7.6
//! (0x100 to 0x112). A [`Status`] can hold any 32-bit value, because peers send values that no
//! table lists; the constants name the ones that do have a meaning.
//!
//! ```
//! use wirepath_smpp::protocol::status::Status;
//!
//! let status: Status = "ESME_RTHROTTLED".parse()?;
//! assert_eq!(status, Status::RTHROTTLED);
//! assert_eq!(status.code(), 0x58);
//! assert_eq!(status.to_string(), "ESME_RTHROTTLED (0x00000058)");
//! # Ok::<(), wirepath_smpp::protocol::status::ParseStatusError>(())
//! ```

use std::fmt;
use std::str::FromStr;

/// The result that a response carries (SMPP 3.4 §5.1.3).
///
/// It is an error type as well as a value, so that a handler can return `Err(Status::RSYSERR)` and
/// use `?` on it. [`Status::ROK`] is the one value that means success.
///
/// ```
/// use wirepath_smpp::protocol::status::Status;
///
/// assert!(Status::ROK.is_ok());
/// assert_eq!(Status::from_code(0x0D), Status::RBINDFAIL);
/// assert_eq!(Status::RBINDFAIL.name(), Some("ESME_RBINDFAIL"));
/// assert_eq!(Status::vendor(0x401).map(Status::code), Some(0x401));
/// assert_eq!(Status::vendor(0x500), None);
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash, Default)]
pub struct Status(u32);

/// Every named status once: value, name and meaning. Constants, look-ups and parsing come of it.
macro_rules! statuses {
    ($($code:literal $name:ident $description:literal)+) => {
        impl Status {
            $(
                #[doc = concat!("`ESME_", stringify!($name), "` (", stringify!($code), "): ", $description, ".")]
                pub const $name: Self = Self($code);
            )+

            /// Every status that has a name, in the order of their values.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name in the specification, with its prefix: `ESME_RTHROTTLED`.
            ///
            /// `None` for vendor-specific and reserved values.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(concat!("ESME_", stringify!($name))),)+
                    _ => None,
                }
            }

            /// What the status means, in a few lower-case words.
            pub const fn description(self) -> &'static str {
                match self.0 {
                    $($code => $description,)+
                    0x400..=0x4FF => "vendor-specific error",
                    _ => "reserved value",
                }
            }
        }
    };
}

statuses! {
    0x000 ROK "no error"
    0x001 RINVMSGLEN "message length is invalid"
    0x002 RINVCMDLEN "command length is invalid"
    0x003 RINVCMDID "command id is invalid"
    0x004 RINVBNDSTS "command is not allowed in this bind state"
    0x005 RALYBND "session is bound already"
    0x006 RINVPRTFLG "priority flag is invalid"
    0x007 RINVREGDLVFLG "registered delivery flag is invalid"
    0x008 RSYSERR "system error"
    0x00A RINVSRCADR "source address is invalid"
    0x00B RINVDSTADR "destination address is invalid"
    0x00C RINVMSGID "message id is invalid"
    0x00D RBINDFAIL "bind failed"
    0x00E RINVPASWD "password is invalid"
    0x00F RINVSYSID "system id is invalid"
    0x011 RCANCELFAIL "cancelling the message failed"
    0x013 RREPLACEFAIL "replacing the message failed"
    0x014 RMSGQFUL "message queue is full"
    0x015 RINVSERTYP "service type is invalid"
    0x033 RINVNUMDESTS "number of destinations is invalid"
    0x034 RINVDLNAME "distribution list name is invalid"
    0x040 RINVDESTFLAG "destination flag is invalid"
    0x042 RINVSUBREP "submit with replace is invalid here"
    0x043 RINVESMCLASS "esm class is invalid"
    0x044 RCNTSUBDL "cannot submit to a distribution list"
    0x045 RSUBMITFAIL "submitting the message failed"
    0x048 RINVSRCTON "source type of number is invalid"
    0x049 RINVSRCNPI "source numbering plan is invalid"
    0x050 RINVDSTTON "destination type of number is invalid"
    0x051 RINVDSTNPI "destination numbering plan is invalid"
    0x053 RINVSYSTYP "system type is invalid"
    0x054 RINVREPFLAG "replace-if-present flag is invalid"
    0x055 RINVNUMMSGS "number of messages is invalid"
    0x058 RTHROTTLED "allowed message rate is exceeded"
    0x061 RINVSCHED "scheduled delivery time is invalid"
    0x062 RINVEXPIRY "validity period is invalid"
    0x063 RINVDFTMSGID "predefined message is invalid or unknown"
    0x064 RX_T_APPN "receiver reports a temporary error"
    0x065 RX_P_APPN "receiver reports a permanent error"
    0x066 RX_R_APPN "receiver rejects the message"
    0x067 RQUERYFAIL "querying the message failed"
    0x0C0 RINVOPTPARSTREAM "optional parameters are malformed"
    0x0C1 ROPTPARNOTALLWD "optional parameter is not allowed"
    0x0C2 RINVPARLEN "parameter length is invalid"
    0x0C3 RMISSINGOPTPARAM "an expected optional parameter is missing"
    0x0C4 RINVOPTPARAMVAL "optional parameter value is invalid"
    0x0FE RDELIVERYFAILURE "delivery failed"
    0x0FF RUNKNOWNERR "unknown error"
    // SMPP 5.0 from here on.
    0x100 RSERTYPUNAUTH "not authorised to use this service type"
    0x101 RPROHIBITED "not authorised to use this operation"
    0x102 RSERTYPUNAVAIL "service type is unavailable"
    0x103 RSERTYPDENIED "service type is denied"
    0x104 RINVDCS "data coding is invalid"
    0x105 RINVSRCADDRSUBUNIT "source address subunit is invalid"
    0x106 RINVDSTADDRSUBUNIT "destination address subunit is invalid"
    0x107 RINVBCASTFREQINT "broadcast frequency interval is invalid"
    0x108 RINVBCASTALIAS_NAME "broadcast alias name is invalid"
    0x109 RINVBCASTAREAFMT "broadcast area format is invalid"
    0x10A RINVNUMBCAST_AREAS "number of broadcast areas is invalid"
    0x10B RINVBCASTCNTTYPE "broadcast content type is invalid"
    0x10C RINVBCASTMSGCLASS "broadcast message class is invalid"
    0x10D RBCASTFAIL "broadcasting the message failed"
    0x10E RBCASTQUERYFAIL "querying the broadcast failed"
    0x10F RBCASTCANCELFAIL "cancelling the broadcast failed"
    0x110 RINVBCAST_REP "number of broadcast repeats is invalid"
    0x111 RINVBCASTSRVGRP "broadcast service group is invalid"
    0x112 RINVBCASTCHANIND "broadcast channel indicator is invalid"
}

/// SMPP 5.0 renamed the optional-parameter errors and kept their values. Parsing takes both names;
/// [`Status::name`] gives the one of 3.4.
const RENAMED_IN_5_0: &[(&str, Status)] = &[
    ("RINVTLVSTREAM", Status::RINVOPTPARSTREAM),
    ("RTLVNOTALLWD", Status::ROPTPARNOTALLWD),
    ("RINVTLVLEN", Status::RINVPARLEN),
    ("RMISSINGTLV", Status::RMISSINGOPTPARAM),
    ("RINVTLVVAL", Status::RINVOPTPARAMVAL),
];

impl Status {
    /// The status with this value, whatever it is: the wire is not limited to the table.
    pub const fn from_code(code: u32) -> Self {
        Self(code)
    }

    /// The value on the wire.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// Whether this is [`Status::ROK`].
    pub const fn is_ok(self) -> bool {
        self.0 == Self::ROK.0
    }

    /// A vendor-specific status: 0x400 to 0x4FF (SMPP 3.4 §5.1.3). `None` outside that range.
    pub const fn vendor(code: u32) -> Option<Self> {
        let status = Self(code);
        if status.is_vendor() { Some(status) } else { None }
    }

    /// Whether the value is in the range that the specification leaves to vendors.
    pub const fn is_vendor(self) -> bool {
        matches!(self.0, 0x400..=0x4FF)
    }

    /// The status of this name, with or without `ESME_`, in any case.
    fn from_name(name: &str) -> Option<Self> {
        let bare = without_prefix(name);
        let known = Self::ALL.iter().find(|status| {
            status.name().is_some_and(|name| without_prefix(name).eq_ignore_ascii_case(bare))
        });
        known.copied().or_else(|| {
            let renamed = RENAMED_IN_5_0.iter().find(|(name, _)| name.eq_ignore_ascii_case(bare));
            renamed.map(|&(_, status)| status)
        })
    }
}

impl From<Status> for u32 {
    fn from(status: Status) -> Self {
        status.0
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match self.name() {
            Some(name) => name,
            None if self.is_vendor() => "vendor status",
            None => "reserved status",
        };
        write!(f, "{label} (0x{:08X})", self.0)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Status::{}", without_prefix(name)),
            None => write!(f, "Status(0x{:08X})", self.0),
        }
    }
}

impl std::error::Error for Status {}

/// A status as people write it: `ESME_RTHROTTLED`, `RTHROTTLED` (any case), `0x58` or `88`.
///
/// A number is taken as it is, named or not; a name must be known.
impl FromStr for Status {
    type Err = ParseStatusError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        // `from_str_radix` takes a leading plus sign; a status has none.
        let number = match hex {
            Some(digits) if !digits.starts_with('+') => u32::from_str_radix(digits, 16).ok(),
            None if !text.starts_with('+') => text.parse().ok(),
            _ => None,
        };
        number
            .map(Self)
            .or_else(|| Self::from_name(text))
            .ok_or_else(|| ParseStatusError { nearest: nearest_name(text), text: text.into() })
    }
}

/// A text that is neither the name nor the number of a status.
///
/// ```
/// use wirepath_smpp::protocol::status::Status;
///
/// let error = "ESME_RTHROTLED".parse::<Status>().unwrap_err();
/// assert_eq!(error.nearest(), Some("ESME_RTHROTTLED"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseStatusError {
    text: Box<str>,
    nearest: Option<&'static str>,
}

impl ParseStatusError {
    /// The text that was to be a status.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The known name closest to the text, where one is close enough to have been meant.
    pub fn nearest(&self) -> Option<&'static str> {
        self.nearest
    }
}

impl fmt::Display for ParseStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown command status {:?}", self.text)?;
        match self.nearest {
            Some(name) => write!(f, ", did you mean {name}?"),
            None => f.write_str(", expected a name like ESME_RTHROTTLED or a number like 0x58"),
        }
    }
}

impl std::error::Error for ParseStatusError {}

fn without_prefix(name: &str) -> &str {
    match name.split_at_checked("ESME_".len()) {
        Some((prefix, bare)) if prefix.eq_ignore_ascii_case("ESME_") => bare,
        _ => name,
    }
}

/// The closest name, unless more than a third of it would have to change.
fn nearest_name(text: &str) -> Option<&'static str> {
    // Longer than any name: comparing would only cost time.
    if text.len() > 64 {
        return None;
    }
    let wanted = without_prefix(text).to_ascii_uppercase();
    let distance = |name| strsim::osa_distance(&wanted, without_prefix(name));
    let names = Status::ALL.iter().filter_map(|status| status.name());
    let (nearest, changes) = names.map(|name| (name, distance(name))).min_by_key(|best| best.1)?;
    (changes.saturating_mul(3) <= without_prefix(nearest).len()).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_3_4_has_its_values() {
        // SMPP 3.4 table 5-2: the values that start a run, and the odd ones between.
        for (status, code) in [
            (Status::ROK, 0),
            (Status::RSYSERR, 8),
            (Status::RINVSRCADR, 0x0A),
            (Status::RINVSYSID, 0x0F),
            (Status::RCANCELFAIL, 0x11),
            (Status::RREPLACEFAIL, 0x13),
            (Status::RINVSERTYP, 0x15),
            (Status::RINVNUMDESTS, 0x33),
            (Status::RINVDESTFLAG, 0x40),
            (Status::RINVSUBREP, 0x42),
            (Status::RINVSRCTON, 0x48),
            (Status::RINVDSTTON, 0x50),
            (Status::RINVSYSTYP, 0x53),
            (Status::RTHROTTLED, 0x58),
            (Status::RINVSCHED, 0x61),
            (Status::RQUERYFAIL, 0x67),
            (Status::RINVOPTPARSTREAM, 0xC0),
            (Status::RDELIVERYFAILURE, 0xFE),
            (Status::RUNKNOWNERR, 0xFF),
            (Status::RSERTYPUNAUTH, 0x100),
            (Status::RINVBCASTCHANIND, 0x112),
        ] {
            assert_eq!(status.code(), code, "{status}");
        }
        assert_eq!(Status::ALL.iter().filter(|status| status.code() < 0x100).count(), 48);
        assert_eq!(Status::ALL.len(), 48 + 19);
        assert!(Status::ALL.is_sorted_by(|a, b| a.code() < b.code()));
    }

    #[test]
    fn every_name_and_number_parses_back() {
        for &status in Status::ALL {
            let name = status.name().unwrap();
            assert!(name.starts_with("ESME_R"), "{name}");
            assert_eq!(name.parse(), Ok(status));
            assert_eq!(name.to_ascii_lowercase().parse(), Ok(status));
            assert_eq!(without_prefix(name).parse(), Ok(status));
            assert_eq!(format!("{:#x}", status.code()).parse(), Ok(status));
            assert_eq!(status.code().to_string().parse(), Ok(status));
            assert_eq!(Status::from_code(status.code()), status);
        }
        for &(name, status) in RENAMED_IN_5_0 {
            assert_eq!(name.parse(), Ok(status));
        }
        assert_eq!(" 0x0000000A ".parse(), Ok(Status::RINVSRCADR));
        assert_eq!("0x999".parse(), Ok(Status::from_code(0x999)));
    }

    #[test]
    fn a_misspelt_name_gets_a_suggestion() {
        let nearest = |text: &str| text.parse::<Status>().unwrap_err().nearest();
        assert_eq!(nearest("ESME_RTHROTTELD"), Some("ESME_RTHROTTLED"));
        assert_eq!(nearest("RSYSER"), Some("ESME_RSYSERR"));
        assert_eq!(nearest("THROTTLED"), Some("ESME_RTHROTTLED"));
        for hopeless in ["", "ESME_", "hello", "-1", "+88", "0x", "0x+58", "4294967296", "é"] {
            assert_eq!(nearest(hopeless), None, "{hopeless:?}");
        }
        assert_eq!(nearest(&"R".repeat(100_000)), None);
        let error = "RSYSER".parse::<Status>().unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"unknown command status "RSYSER", did you mean ESME_RSYSERR?"#
        );
    }

    #[test]
    fn values_without_a_name_still_print() {
        assert_eq!(Status::from_code(0x401).to_string(), "vendor status (0x00000401)");
        assert_eq!(Status::from_code(9).to_string(), "reserved status (0x00000009)");
        assert_eq!(format!("{:?}", Status::from_code(9)), "Status(0x00000009)");
        assert_eq!(format!("{:?}", Status::RSYSERR), "Status::RSYSERR");
        assert_eq!(Status::vendor(0x3FF), None);
        assert_eq!(Status::vendor(0x400), Some(Status::from_code(0x400)));
        assert_eq!(Status::vendor(0x4FF).map(Status::description), Some("vendor-specific error"));
    }
}
