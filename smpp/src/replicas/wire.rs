//! What replicas say to each other, as octets.

use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    handle::SendError,
    protocol::{CommandId, Frame, SystemId},
};

/// The longest PDU that one replica asks another to send, in octets.
pub(super) const MAX_PDU: usize = 128 * 1024;

/// The first octet of everything. Another version is not understood, so nobody answers it while replicas are upgraded.
const VERSION: u8 = 1;

/// A number of this engine, so that no other takes what is for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run([u8; 16]);

impl Run {
    pub(super) fn new() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self(((u128::from(random()) << 64) | u128::from(random())).to_be_bytes())
    }

    /// Where it hears answers.
    pub(super) fn topic(self) -> String {
        format!("replica:{self}")
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Where those listen who have a receiving session of an ESME.
pub(super) fn topic(esme: SystemId) -> String {
    format!("esme:{}", esme.as_bytes().escape_ascii())
}

/// A PDU for an ESME, and who would hear what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) run: Run,
    pub(super) number: u64,
    /// How long it is worth sending.
    pub(super) patience: Duration,
    pub(super) frame: Frame,
}

impl Ask {
    /// The key that one deletes who serves it, or takes it back.
    pub(super) fn key(&self) -> String {
        format!("ask/{}/{}", self.run, self.number)
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(29 + self.frame.as_bytes().len());
        out.put_u8(VERSION);
        out.put_slice(&self.run.0);
        out.put_u64(self.number);
        out.put_u32(u32::try_from(self.patience.as_millis()).unwrap_or(u32::MAX));
        out.put_slice(self.frame.as_bytes());
        out.freeze()
    }

    /// `None` for what is none of this version.
    pub(super) fn decode(payload: &Bytes) -> Option<Self> {
        let rest = payload.strip_prefix(&[VERSION])?;
        let (run, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (patience, frame) = rest.split_first_chunk()?;
        if frame.len() > MAX_PDU {
            return None;
        }
        Some(Self {
            run: Run(*run),
            number: u64::from_be_bytes(*number),
            patience: Duration::from_millis(u32::from_be_bytes(*patience).into()),
            frame: Frame::from_bytes(payload.slice_ref(frame))?,
        })
    }
}

/// What came of a PDU: the answer of the ESME, if the command has one.
pub(super) type Outcome = Result<Option<Frame>, SendError>;

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) number: u64,
    pub(super) outcome: Outcome,
}

const ANSWERED: u8 = 0;
const QUEUED: u8 = 1;
const NOT_BOUND: u8 = 2;
const NEEDS_NEWER: u8 = 3;
const BUSY: u8 = 4;
const LOST: u8 = 5;
const LOST_UNSENT: u8 = 6;
const TIMED_OUT: u8 = 7;

impl Reply {
    pub(super) fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(64);
        out.put_u8(VERSION);
        out.put_u64(self.number);
        out.put_u8(match &self.outcome {
            Ok(Some(_)) => ANSWERED,
            Ok(None) => QUEUED,
            Err(SendError::NeedsNewer { .. }) => NEEDS_NEWER,
            Err(SendError::Busy) => BUSY,
            Err(SendError::SessionLost { sent: true }) => LOST,
            Err(SendError::SessionLost { sent: false }) => LOST_UNSENT,
            // Others do not happen. What counts of them is whether the ESME may have it.
            Err(error) if error.may_have_arrived() => TIMED_OUT,
            Err(_) => NOT_BOUND,
        });
        if let Ok(Some(frame)) = &self.outcome {
            out.put_slice(frame.as_bytes());
        }
        out.freeze()
    }

    /// The number of a reply, and its outcome, yet to be [read](read_outcome) by who knows the command.
    pub(super) fn split(payload: &Bytes) -> Option<(u64, Bytes)> {
        let rest = payload.strip_prefix(&[VERSION])?;
        let (number, outcome) = rest.split_first_chunk()?;
        Some((u64::from_be_bytes(*number), payload.slice_ref(outcome)))
    }
}

/// The outcome of a request whose PDU had this command. What cannot be read is like no answer.
pub(super) fn read_outcome(outcome: &Bytes, command: CommandId) -> Outcome {
    let Some((kind, frame)) = outcome.split_first() else { return Err(SendError::TimedOut) };
    match *kind {
        ANSWERED => match Frame::from_bytes(outcome.slice_ref(frame)) {
            Some(frame) => Ok(Some(frame)),
            None => Err(SendError::TimedOut),
        },
        QUEUED => Ok(None),
        NOT_BOUND => Err(SendError::NotBound),
        NEEDS_NEWER => Err(SendError::NeedsNewer { command }),
        BUSY => Err(SendError::Busy),
        LOST => Err(SendError::SessionLost { sent: true }),
        LOST_UNSENT => Err(SendError::SessionLost { sent: false }),
        _ => Err(SendError::TimedOut),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::pdu::{DeliverSm, Pdu};

    fn frame() -> Frame {
        let mut out = BytesMut::new();
        let pdu = DeliverSm::builder().destination("2").short_message("hi").build().unwrap();
        pdu.encode(1, &mut out);
        Frame::from_bytes(out.freeze()).unwrap()
    }

    fn ask() -> Ask {
        let patience = Duration::from_millis(1_500);
        Ask { run: Run::new(), number: 7, patience, frame: frame() }
    }

    #[test]
    fn a_request_is_read_back_whole_and_not_otherwise() {
        let ask = ask();
        let octets = ask.encode();
        assert_eq!(Ask::decode(&octets).unwrap(), ask);
        for end in 0..octets.len() {
            assert_eq!(Ask::decode(&octets.slice(..end)), None, "{end}");
        }
        let mut newer = octets.to_vec();
        newer[0] = VERSION + 1;
        assert_eq!(Ask::decode(&newer.into()), None);
    }

    #[test]
    fn a_request_above_the_bound_is_not_read() {
        let mut frame = vec![0; MAX_PDU + 1];
        let length = u32::try_from(frame.len()).unwrap();
        frame[..4].copy_from_slice(&length.to_be_bytes());
        let frame = Frame::from_bytes(frame.into()).unwrap();
        assert_eq!(Ask::decode(&Ask { frame, ..ask() }.encode()), None);
    }

    #[test]
    fn outcomes_are_read_back() {
        let command = CommandId::DATA_SM;
        for outcome in [
            Ok(Some(frame())),
            Ok(None),
            Err(SendError::NotBound),
            Err(SendError::NeedsNewer { command }),
            Err(SendError::Busy),
            Err(SendError::SessionLost { sent: true }),
            Err(SendError::SessionLost { sent: false }),
            Err(SendError::TimedOut),
        ] {
            let octets = Reply { number: u64::MAX, outcome: outcome.clone() }.encode();
            let (number, rest) = Reply::split(&octets).unwrap();
            assert_eq!((number, read_outcome(&rest, command)), (u64::MAX, outcome));
        }
    }

    #[test]
    fn what_cannot_be_read_may_have_arrived() {
        let octets = Reply { number: 1, outcome: Ok(Some(frame())) }.encode();
        for end in 0..octets.len() {
            if let Some((_, rest)) = Reply::split(&octets.slice(..end)) {
                let error = read_outcome(&rest, CommandId::DELIVER_SM).unwrap_err();
                assert!(error.may_have_arrived(), "{end}");
            }
        }
        let unknown = Bytes::from_static(&[99]);
        assert_eq!(read_outcome(&unknown, CommandId::DELIVER_SM), Err(SendError::TimedOut));
    }

    #[test]
    fn topics_are_plain_whatever_the_octets() {
        let esme = SystemId::new(b"a\xFF b").unwrap();
        assert_eq!(topic(esme), "esme:a\\xff b");
        assert_ne!(Run::new(), Run::new());
    }
}
