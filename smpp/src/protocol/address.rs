//! Addresses: type of number, numbering plan and digits (SMPP 3.4 §5.2.5–§5.2.9).

use std::fmt;

macro_rules! code {
    ($(#[$doc:meta])* $name:ident { $($(#[$cdoc:meta])* $konst:ident = $value:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(pub u8);

        impl $name {
            $($(#[$cdoc])* pub const $konst: Self = Self($value);)*

            /// True for a value that the specification assigns.
            #[must_use]
            #[allow(clippy::manual_range_patterns, reason = "the table of TONs happens to have no gap")]
            pub const fn is_assigned(self) -> bool {
                matches!(self.0, $($value)|*)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    $($value => f.write_str(stringify!($konst)),)*
                    other => write!(f, "{other}"),
                }
            }
        }
    };
}

code! {
    /// Type of number (SMPP 3.4 §5.2.5).
    Ton {
        /// Unknown.
        UNKNOWN = 0;
        /// International: digits begin with the country code.
        INTERNATIONAL = 1;
        /// National.
        NATIONAL = 2;
        /// Network specific: short codes of the operator.
        NETWORK_SPECIFIC = 3;
        /// Subscriber number.
        SUBSCRIBER = 4;
        /// Alphanumeric sender, up to eleven characters by custom.
        ALPHANUMERIC = 5;
        /// Abbreviated.
        ABBREVIATED = 6;
    }
}

code! {
    /// Numbering plan indicator (SMPP 3.4 §5.2.6).
    Npi {
        /// Unknown.
        UNKNOWN = 0;
        /// ISDN, E.163/E.164.
        ISDN = 1;
        /// Data, X.121.
        DATA = 3;
        /// Telex, F.69.
        TELEX = 4;
        /// Land mobile, E.212.
        LAND_MOBILE = 6;
        /// National.
        NATIONAL = 8;
        /// Private.
        PRIVATE = 9;
        /// ERMES.
        ERMES = 10;
        /// Internet (IP).
        INTERNET = 14;
        /// WAP client id.
        WAP = 18;
    }
}

/// An address as it stands in a PDU.
///
/// `digits` are octets, not text: alphanumeric senders come in whatever encoding the peer uses, and are passed on as they
/// came.
///
/// ```
/// use wirepath_smpp::{Address, Npi, Ton};
///
/// let to = Address::international("31612345678");
/// assert_eq!((to.ton, to.npi, to.digits), (Ton::INTERNATIONAL, Npi::ISDN, &b"31612345678"[..]));
/// assert_eq!(Address::from("12345").ton, Ton::UNKNOWN);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Address<'a> {
    /// Type of number.
    pub ton: Ton,
    /// Numbering plan.
    pub npi: Npi,
    /// The number or name, without its NUL.
    pub digits: &'a [u8],
}

impl<'a> Address<'a> {
    /// An address from its three parts.
    #[must_use]
    pub const fn new(ton: Ton, npi: Npi, digits: &'a [u8]) -> Self {
        Self { ton, npi, digits }
    }

    /// A number with its country code (TON 1, NPI 1).
    #[must_use]
    pub const fn international(digits: &'a str) -> Self {
        Self::new(Ton::INTERNATIONAL, Npi::ISDN, digits.as_bytes())
    }

    /// A sender by name (TON 5, NPI 0).
    #[must_use]
    pub const fn alphanumeric(name: &'a str) -> Self {
        Self::new(Ton::ALPHANUMERIC, Npi::UNKNOWN, name.as_bytes())
    }

    /// The digits as text, if they are UTF-8.
    #[must_use]
    pub const fn as_str(&self) -> Option<&'a str> {
        match std::str::from_utf8(self.digits) {
            Ok(text) => Some(text),
            Err(_) => None,
        }
    }
}

/// TON and NPI unknown.
impl<'a> From<&'a str> for Address<'a> {
    fn from(digits: &'a str) -> Self {
        Self::new(Ton::UNKNOWN, Npi::UNKNOWN, digits.as_bytes())
    }
}

/// The digits, octets outside printable ASCII escaped.
impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.digits.escape_ascii(), f)
    }
}

impl fmt::Debug for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{:?}:{self}", self.ton, self.npi)
    }
}
