//! Command identifiers (SMPP 3.4 §5.1.2.1, SMPP 5.0 §4.7.5 for the broadcast ones).

use std::fmt;

/// The `command_id` of a PDU.
///
/// Any 32-bit value is a `CommandId`: vendors use numbers of their own, and what a peer sends has to be named in the
/// answer. The standard ones are constants.
///
/// ```
/// use wirepath_smpp::CommandId;
///
/// assert_eq!(CommandId::SUBMIT_SM.response(), CommandId::SUBMIT_SM_RESP);
/// assert_eq!(CommandId::from_name("submit_multi"), CommandId::from_name("submit_sm_multi"));
/// assert_eq!(CommandId::new(0x0001_0201).to_string(), "0x00010201");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(u32);

/// Bit 31: set in the identifier of every response.
const RESPONSE: u32 = 0x8000_0000;

macro_rules! commands {
    ($($(#[$doc:meta])* $konst:ident = $value:literal, $name:literal;)*) => {
        impl CommandId {
            $($(#[$doc])* pub const $konst: Self = Self($value);)*

            /// Every standard command, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$konst),*];

            /// The specification's name, or `None` for a vendor's command.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

commands! {
    /// SMPP 3.4 §4.1.3.
    BIND_RECEIVER = 0x0000_0001, "bind_receiver";
    /// SMPP 3.4 §4.1.4.
    BIND_RECEIVER_RESP = 0x8000_0001, "bind_receiver_resp";
    /// SMPP 3.4 §4.1.1.
    BIND_TRANSMITTER = 0x0000_0002, "bind_transmitter";
    /// SMPP 3.4 §4.1.2.
    BIND_TRANSMITTER_RESP = 0x8000_0002, "bind_transmitter_resp";
    /// SMPP 3.4 §4.8.1.
    QUERY_SM = 0x0000_0003, "query_sm";
    /// SMPP 3.4 §4.8.2.
    QUERY_SM_RESP = 0x8000_0003, "query_sm_resp";
    /// SMPP 3.4 §4.4.1.
    SUBMIT_SM = 0x0000_0004, "submit_sm";
    /// SMPP 3.4 §4.4.2.
    SUBMIT_SM_RESP = 0x8000_0004, "submit_sm_resp";
    /// SMPP 3.4 §4.6.1.
    DELIVER_SM = 0x0000_0005, "deliver_sm";
    /// SMPP 3.4 §4.6.2.
    DELIVER_SM_RESP = 0x8000_0005, "deliver_sm_resp";
    /// SMPP 3.4 §4.2.1.
    UNBIND = 0x0000_0006, "unbind";
    /// SMPP 3.4 §4.2.2.
    UNBIND_RESP = 0x8000_0006, "unbind_resp";
    /// SMPP 3.4 §4.10.1.
    REPLACE_SM = 0x0000_0007, "replace_sm";
    /// SMPP 3.4 §4.10.2.
    REPLACE_SM_RESP = 0x8000_0007, "replace_sm_resp";
    /// SMPP 3.4 §4.9.1.
    CANCEL_SM = 0x0000_0008, "cancel_sm";
    /// SMPP 3.4 §4.9.2.
    CANCEL_SM_RESP = 0x8000_0008, "cancel_sm_resp";
    /// SMPP 3.4 §4.1.5.
    BIND_TRANSCEIVER = 0x0000_0009, "bind_transceiver";
    /// SMPP 3.4 §4.1.6.
    BIND_TRANSCEIVER_RESP = 0x8000_0009, "bind_transceiver_resp";
    /// SMPP 3.4 §4.1.7. Has no response.
    OUTBIND = 0x0000_000B, "outbind";
    /// SMPP 3.4 §4.11.1.
    ENQUIRE_LINK = 0x0000_0015, "enquire_link";
    /// SMPP 3.4 §4.11.2.
    ENQUIRE_LINK_RESP = 0x8000_0015, "enquire_link_resp";
    /// SMPP 3.4 §4.5.1. Called `submit_multi` in the specification's tables.
    SUBMIT_MULTI = 0x0000_0021, "submit_multi";
    /// SMPP 3.4 §4.5.2.
    SUBMIT_MULTI_RESP = 0x8000_0021, "submit_multi_resp";
    /// SMPP 3.4 §4.12.1. Has no response.
    ALERT_NOTIFICATION = 0x0000_0102, "alert_notification";
    /// SMPP 3.4 §4.7.1.
    DATA_SM = 0x0000_0103, "data_sm";
    /// SMPP 3.4 §4.7.2.
    DATA_SM_RESP = 0x8000_0103, "data_sm_resp";
    /// SMPP 5.0 §4.4.1.1.
    BROADCAST_SM = 0x0000_0111, "broadcast_sm";
    /// SMPP 5.0 §4.4.1.2.
    BROADCAST_SM_RESP = 0x8000_0111, "broadcast_sm_resp";
    /// SMPP 5.0 §4.6.1.1.
    QUERY_BROADCAST_SM = 0x0000_0112, "query_broadcast_sm";
    /// SMPP 5.0 §4.6.1.3.
    QUERY_BROADCAST_SM_RESP = 0x8000_0112, "query_broadcast_sm_resp";
    /// SMPP 5.0 §4.6.2.1.
    CANCEL_BROADCAST_SM = 0x0000_0113, "cancel_broadcast_sm";
    /// SMPP 5.0 §4.6.2.3.
    CANCEL_BROADCAST_SM_RESP = 0x8000_0113, "cancel_broadcast_sm_resp";
    /// SMPP 3.4 §4.3.1: the answer to what cannot be named.
    GENERIC_NACK = 0x8000_0000, "generic_nack";
}

impl CommandId {
    /// Any command by its number.
    #[inline]
    #[must_use]
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// The number on the wire.
    #[inline]
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// True for responses and `generic_nack` (bit 31 is set).
    #[inline]
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.0 & RESPONSE != 0
    }

    /// The command that answers this one.
    #[inline]
    #[must_use]
    pub const fn response(self) -> Self {
        Self(self.0 | RESPONSE)
    }

    /// The request that this response answers; a request is returned unchanged.
    #[inline]
    #[must_use]
    pub const fn request(self) -> Self {
        Self(self.0 & !RESPONSE)
    }

    /// Looks a standard command up by name. `submit_sm_multi` is taken for `submit_multi`: both names are in use.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "submit_sm_multi" {
            return Some(Self::SUBMIT_MULTI);
        }
        Self::ALL.iter().copied().find(|command| command.name() == Some(name))
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
