//! The state of a message: `message_state` and the `stat` of a receipt.
//!
//! The values are those of SMPP 3.4 §5.2.28 (table 5-6), with `SCHEDULED` and `SKIPPED` of SMPP 5.0
//! §4.7.15; the abbreviations are those of 3.4 appendix B (table B-2), and what peers write instead.
//!
//! ```
//! use wirepath_smpp::protocol::message_state::MessageState;
//!
//! let state = MessageState::from_receipt(b"DELIVRD");
//! assert_eq!(state, Some(MessageState::DELIVERED));
//! assert_eq!(MessageState::from_receipt(b"failed"), Some(MessageState::UNDELIVERABLE));
//! assert_eq!(MessageState::from_code(2).abbreviation(), Some("DELIVRD"));
//! ```

use std::fmt;

/// What became of a message.
///
/// Any octet fits, because vendors add states of their own; the constants name the known ones.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Default)]
pub struct MessageState(u8);

macro_rules! states {
    ($($code:literal $name:ident $abbreviation:literal $doc:literal)+) => {
        impl MessageState {
            $(
                #[doc = concat!($doc, " (", stringify!($code), ", `", $abbreviation, "` in receipts).")]
                pub const $name: Self = Self($code);
            )+

            /// Every state that has a name, in the order of their values.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name in the specification: `DELIVERED`.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(stringify!($name)),)+
                    _ => None,
                }
            }

            /// What stands after `stat:` in a receipt: seven letters where 3.4 defines the state.
            pub const fn abbreviation(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($abbreviation),)+
                    _ => None,
                }
            }
        }
    };
}

states! {
    0 SCHEDULED "SCHEDULED" "Delivery is yet to begin; SMPP 5.0"
    1 ENROUTE "ENROUTE" "On its way"
    2 DELIVERED "DELIVRD" "Arrived"
    3 EXPIRED "EXPIRED" "The validity period ended first"
    4 DELETED "DELETED" "Deleted"
    5 UNDELIVERABLE "UNDELIV" "Cannot be delivered"
    6 ACCEPTED "ACCEPTD" "Accepted on the subscriber's behalf"
    7 UNKNOWN "UNKNOWN" "In an invalid state"
    8 REJECTED "REJECTD" "Rejected"
    9 SKIPPED "SKIPPED" "Deliberately not delivered; SMPP 5.0"
}

/// The words that peers send after `stat:`, in upper case.
///
/// A text matches a word that it abbreviates, so each entry also covers its own truncations. The
/// buffering states of some centres are `ENROUTE`, since the message is still to be delivered.
const WORDS: &[(&[u8], MessageState)] = &[
    (b"DELIVRD", MessageState::DELIVERED),
    (b"DELIVERED", MessageState::DELIVERED),
    (b"DELIVERD", MessageState::DELIVERED),
    (b"DELVRD", MessageState::DELIVERED),
    (b"DLVRD", MessageState::DELIVERED),
    (b"EXPIRED", MessageState::EXPIRED),
    (b"EXPIRD", MessageState::EXPIRED),
    (b"EXPRD", MessageState::EXPIRED),
    (b"DELETED", MessageState::DELETED),
    (b"UNDELIVERABLE", MessageState::UNDELIVERABLE),
    (b"UNDELIVERED", MessageState::UNDELIVERABLE),
    (b"UNDELIVRD", MessageState::UNDELIVERABLE),
    (b"UNDELIVD", MessageState::UNDELIVERABLE),
    (b"UNDELVRD", MessageState::UNDELIVERABLE),
    (b"UNDLVRD", MessageState::UNDELIVERABLE),
    (b"FAILED", MessageState::UNDELIVERABLE),
    (b"FAILURE", MessageState::UNDELIVERABLE),
    (b"ACCEPTD", MessageState::ACCEPTED),
    (b"ACCEPTED", MessageState::ACCEPTED),
    (b"ACKED", MessageState::ACCEPTED),
    (b"UNKNOWN", MessageState::UNKNOWN),
    (b"UNKNWN", MessageState::UNKNOWN),
    (b"REJECTD", MessageState::REJECTED),
    (b"REJECTED", MessageState::REJECTED),
    (b"ENROUTE", MessageState::ENROUTE),
    (b"EN_ROUTE", MessageState::ENROUTE),
    (b"BUFFERED", MessageState::ENROUTE),
    (b"BUFFRED", MessageState::ENROUTE),
    (b"SCHEDULED", MessageState::SCHEDULED),
    (b"SKIPPED", MessageState::SKIPPED),
];

/// Fewer letters than this say too little to guess from.
const SHORTEST: usize = 3;

impl MessageState {
    /// The state with this value, whatever it is.
    pub const fn from_code(code: u8) -> Self {
        Self(code)
    }

    /// The value on the wire.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Whether the value is one that the specification names.
    pub const fn is_known(self) -> bool {
        self.name().is_some()
    }

    /// Whether nothing more will happen to the message.
    ///
    /// Two states go by practice, where the specification (5.0 §4.7.15) reads otherwise or is silent.
    /// `ACCEPTED` is an end there, but centres report it for "taken by the next hop" and send the real
    /// end later, so it is none here; a caller that waits for an end must also bound the wait.
    /// `UNKNOWN` is neither there, but nothing follows it, so it is an end here.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::DELIVERED
                | Self::EXPIRED
                | Self::DELETED
                | Self::UNDELIVERABLE
                | Self::UNKNOWN
                | Self::REJECTED
                | Self::SKIPPED
        )
    }

    /// The state that the `stat` of a receipt means, in any case, abbreviated or cut short.
    ///
    /// At least three letters are needed, and four to tell `DELIVRD` from `DELETED`. `None` for what
    /// is no state at all; that is not [`MessageState::UNKNOWN`], which a peer says on purpose.
    pub fn from_receipt(stat: &[u8]) -> Option<Self> {
        if stat == b"DELIVRD" {
            return Some(Self::DELIVERED);
        }
        if stat.len() < SHORTEST || stat.eq_ignore_ascii_case(b"DEL") {
            return None;
        }
        let abbreviates = |word: &[u8]| {
            word.split_at_checked(stat.len())
                .is_some_and(|(head, _)| head.eq_ignore_ascii_case(stat))
        };
        WORDS.iter().find(|(word, _)| abbreviates(word)).map(|&(_, state)| state)
    }
}

impl From<MessageState> for u8 {
    fn from(state: MessageState) -> Self {
        state.0
    }
}

impl fmt::Display for MessageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "message state {}", self.0),
        }
    }
}

impl fmt::Debug for MessageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "MessageState::{name}"),
            None => write!(f, "MessageState({})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_abbreviations_are_those_of_the_tables() {
        for (code, abbreviation) in [
            (1, "ENROUTE"),
            (2, "DELIVRD"),
            (3, "EXPIRED"),
            (4, "DELETED"),
            (5, "UNDELIV"),
            (6, "ACCEPTD"),
            (7, "UNKNOWN"),
            (8, "REJECTD"),
        ] {
            let state = MessageState::from_code(code);
            assert_eq!(state.abbreviation(), Some(abbreviation));
            assert_eq!(MessageState::from_receipt(abbreviation.as_bytes()), Some(state));
        }
        assert_eq!(MessageState::ALL.len(), 10);
        assert_eq!(MessageState::from_code(10).name(), None);
        assert_eq!(MessageState::from_code(200).to_string(), "message state 200");
    }

    #[test]
    fn what_peers_send_is_understood() {
        for (stat, state) in [
            ("delivrd", MessageState::DELIVERED),
            ("Delivered", MessageState::DELIVERED),
            ("DELIV", MessageState::DELIVERED),
            ("DELI", MessageState::DELIVERED),
            ("DELE", MessageState::DELETED),
            ("EXPIRE", MessageState::EXPIRED),
            ("FAILED", MessageState::UNDELIVERABLE),
            ("UNDELIVERABLE", MessageState::UNDELIVERABLE),
            ("undeliv", MessageState::UNDELIVERABLE),
            ("UND", MessageState::UNDELIVERABLE),
            ("UNK", MessageState::UNKNOWN),
            ("REJECTED", MessageState::REJECTED),
            ("REJ", MessageState::REJECTED),
            ("ACCEPTED", MessageState::ACCEPTED),
            ("enroute", MessageState::ENROUTE),
        ] {
            assert_eq!(MessageState::from_receipt(stat.as_bytes()), Some(state), "{stat}");
        }
        for nonsense in
            ["", "D", "DE", "DEL", "del", "UN", "DELIVRDX", "hello", "é", "DELIVERY_FAILED"]
        {
            assert_eq!(MessageState::from_receipt(nonsense.as_bytes()), None, "{nonsense}");
        }
    }

    #[test]
    fn every_truncation_that_is_understood_means_the_same() {
        for &(word, state) in WORDS {
            for end in 0..=word.len() {
                let parsed = MessageState::from_receipt(&word[..end]);
                assert!(parsed.is_none() || parsed == Some(state), "{word:?} cut to {end}");
            }
        }
    }

    #[test]
    fn an_end_is_an_end() {
        assert!(MessageState::DELIVERED.is_final());
        assert!(MessageState::SKIPPED.is_final());
        assert!(!MessageState::ENROUTE.is_final());
        assert!(!MessageState::SCHEDULED.is_final());
        assert!(!MessageState::ACCEPTED.is_final());
        assert!(!MessageState::from_code(77).is_final());
    }
}
