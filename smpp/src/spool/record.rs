//! A message as it is stored.
//!
//! ```text
//!  octet 0   version, 1
//!        1   stage
//!        2   message_state
//!        3   failures after which the next bind is tried, a bit each
//!        4   error code of the receipt, four octets of which the first `n` count, n in octet 8
//!        9   accepted, settled, deadline: milliseconds since 1970, u64 each
//!       33   run and session that it came on, u64 each
//!       49   system_id, bind, upstream id: a length octet and so many octets, each
//!        …   steps of the chain: a count, then a length octet and so many octets, each
//!        …   reason: u16 length and text
//!        …   what is known of its parts: u16 length and octets
//!        …   the PDU as it came, to the end
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wirepath_runtime::store::Lane;

use super::{lane, outcome::Failover, settle};
use crate::protocol::{
    CommandId, Frame, MessageId, MessageState, Rules, SystemId,
    pdu::{DeliverSm, Pdu, SubmitSm},
};

/// The version that is written.
const VERSION: u8 = 1;

/// Longest reason that is kept, in octets.
const MAX_REASON: usize = 512;

/// Where a message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// It waits to be sent to an SMSC.
    Waiting = 0,
    /// An SMSC has it, and its receipt is waited for.
    Sent = 1,
    /// It has ended, and its receipt waits to be delivered to the ESME.
    Settled = 2,
    /// A message that waits to be delivered to an ESME.
    Inbound = 3,
    /// It could not be brought to its end: kept for whoever runs this.
    Dead = 4,
}

impl Stage {
    fn of(code: u8) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::Settled, Self::Inbound, Self::Dead]
            .into_iter()
            .find(|stage| *stage as u8 == code)
    }
}

/// A message as it is stored: what came, and what became of it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Where it is on its way.
    pub stage: Stage,
    /// Its state as the SMSC gave it, or this side.
    pub state: MessageState,
    /// `err` of its receipt: up to four characters.
    pub err: ErrorCode,
    /// When it was accepted.
    pub accepted: SystemTime,
    /// When it reached its state; [`UNIX_EPOCH`] before.
    pub settled: SystemTime,
    /// When it is given up.
    pub deadline: SystemTime,
    /// The process that accepted it, and the session there: whose response goes before its receipt.
    pub origin: (u64, u64),
    /// Whose it is: who sent it, or for a message of an SMSC's who gets it.
    pub esme: SystemId,
    /// The bind that has it; empty before.
    pub bind: String,
    /// The id that the SMSC gave it; empty before.
    pub upstream_id: MessageId,
    /// The binds that it may go out on, in order.
    pub chain: Vec<String>,
    /// After which failures the next one is tried: 1 throttled, 2 temporary, 4 permanent, 8 down, 16 unanswered.
    pub failover: u8,
    /// Why it is a dead letter; empty otherwise.
    pub reason: String,
    /// What is known of its parts, if it was sent in several; empty otherwise.
    pub parts: Bytes,
    /// The PDU as it came: `submit_sm`, or `deliver_sm` for a message of an SMSC's.
    pub pdu: Bytes,
}

/// `err` of a receipt: up to four characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCode {
    octets: [u8; 4],
    length: u8,
}

impl ErrorCode {
    /// The first four octets of a code.
    #[must_use]
    pub fn new(code: &[u8]) -> Self {
        let mut this = Self::default();
        for (place, octet) in this.octets.iter_mut().zip(code) {
            *place = *octet;
            this.length += 1;
        }
        this
    }

    /// Its characters; `000` if none were given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self.octets.get(..usize::from(self.length)) {
            None | Some([]) => b"000",
            Some(code) => code,
        }
    }
}

/// A record that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It was written by another version.
    #[error("it has version {0}, and this program reads version {VERSION}")]
    Version(u8),
    /// It ends too early.
    #[error("it is cut short")]
    Short,
    /// A value in it is none.
    #[error("its {0} is none")]
    Value(&'static str),
}

impl Record {
    /// A message that has just been accepted.
    pub(super) fn accepted(pdu: &impl Pdu, stage: Stage, esme: SystemId, now: SystemTime) -> Self {
        let mut octets = BytesMut::new();
        pdu.encode(1, &mut octets);
        Self {
            stage,
            state: MessageState::ENROUTE,
            err: ErrorCode::default(),
            accepted: now,
            settled: UNIX_EPOCH,
            deadline: now,
            origin: (0, 0),
            esme,
            bind: String::new(),
            upstream_id: MessageId::default(),
            chain: Vec::new(),
            failover: 0,
            reason: String::new(),
            parts: Bytes::new(),
            pdu: octets.freeze(),
        }
    }

    /// The octets that are stored.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(96 + self.pdu.len());
        out.put_slice(&[VERSION, self.stage as u8, self.state.code(), self.failover]);
        out.put_slice(&self.err.octets);
        out.put_u8(self.err.length);
        for at in [self.accepted, self.settled, self.deadline] {
            out.put_u64(millis(at));
        }
        out.put_u64(self.origin.0);
        out.put_u64(self.origin.1);
        put_short(&mut out, self.esme.as_bytes());
        put_short(&mut out, self.bind.as_bytes());
        put_short(&mut out, self.upstream_id.as_bytes());
        let steps = self.chain.iter().take(usize::from(u8::MAX));
        // 255 at most.
        out.put_u8(steps.len() as u8);
        for step in steps {
            put_short(&mut out, step.as_bytes());
        }
        let reason = cut(&self.reason, MAX_REASON);
        // 512 at most.
        out.put_u16(reason.len() as u16);
        out.put_slice(reason.as_bytes());
        let parts = self.parts.get(..usize::from(u16::MAX)).unwrap_or(&self.parts);
        // 65,535 at most.
        out.put_u16(parts.len() as u16);
        out.put_slice(parts);
        out.put_slice(&self.pdu);
        out.freeze()
    }

    /// Whether what is left of it is its receipt: it has ended, and the sender wants to hear of it.
    pub(super) fn is_receipt(&self) -> bool {
        self.settled != UNIX_EPOCH && settle::wants_receipt(self, self.state)
    }

    /// Whether it is a message from one ESME to another, whose sender may want a receipt.
    pub(super) fn is_from_esme(&self) -> bool {
        self.stage == Stage::Inbound && self.submit_sm().is_ok()
    }

    /// Its lane while it waits to be sent.
    pub(super) fn lane(&self) -> Lane {
        lane::out(&self.chain, Failover(self.failover).waits_for_first())
    }

    /// Reads the octets that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`RecordError`] for octets that it did not write, whatever they are.
    pub fn decode(mut octets: Bytes) -> Result<Self, RecordError> {
        let from = &mut octets;
        match from.try_get_u8().map_err(|_| RecordError::Short)? {
            VERSION => {}
            version => return Err(RecordError::Version(version)),
        }
        let stage = Stage::of(octet(from)?).ok_or(RecordError::Value("stage"))?;
        let state = MessageState::from_code(octet(from)?);
        let failover = octet(from)?;
        let mut code = [0; 4];
        from.try_copy_to_slice(&mut code).map_err(|_| RecordError::Short)?;
        let length = octet(from)?;
        if length > 4 {
            return Err(RecordError::Value("error code"));
        }
        let err = ErrorCode { octets: code, length };
        let (accepted, settled, deadline) = (time(from)?, time(from)?, time(from)?);
        let origin = (number(from)?, number(from)?);
        let esme = SystemId::new(&short(from)?).map_err(|_| RecordError::Value("system_id"))?;
        let bind = text(short(from)?, "bind")?;
        let upstream_id =
            MessageId::new(&short(from)?).map_err(|_| RecordError::Value("upstream id"))?;
        let mut chain = Vec::new();
        for _ in 0..octet(from)? {
            chain.push(text(short(from)?, "chain")?);
        }
        let reason = text(long(from)?, "reason")?;
        let parts = long(from)?;
        let pdu = octets;
        Ok(Self {
            stage,
            state,
            err,
            accepted,
            settled,
            deadline,
            origin,
            esme,
            bind,
            upstream_id,
            chain,
            failover,
            reason,
            parts,
            pdu,
        })
    }

    fn frame(&self, command: CommandId) -> Result<Frame, RecordError> {
        let frame = Frame::from_bytes(self.pdu.clone()).ok_or(RecordError::Value("PDU"))?;
        match frame.header().command == command {
            true => Ok(frame),
            false => Err(RecordError::Value("PDU's command")),
        }
    }

    /// The `submit_sm` of a message of an ESME's.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if it is none.
    pub fn submit_sm(&self) -> Result<SubmitSm, RecordError> {
        let frame = self.frame(CommandId::SUBMIT_SM)?;
        SubmitSm::decode(frame, Rules::Lenient).map_err(|_| RecordError::Value("submit_sm"))
    }

    /// The `deliver_sm` of a message of an SMSC's.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if it is none.
    pub fn deliver_sm(&self) -> Result<DeliverSm, RecordError> {
        let frame = self.frame(CommandId::DELIVER_SM)?;
        DeliverSm::decode(frame, Rules::Lenient).map_err(|_| RecordError::Value("deliver_sm"))
    }
}

/// Milliseconds since 1970; 0 for a time before it.
fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn put_short(out: &mut BytesMut, octets: &[u8]) {
    let octets = octets.get(..usize::from(u8::MAX)).unwrap_or(octets);
    // 255 at most.
    out.put_u8(octets.len() as u8);
    out.put_slice(octets);
}

/// The beginning of a text, cut between two characters.
fn cut(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

fn octet(from: &mut Bytes) -> Result<u8, RecordError> {
    from.try_get_u8().map_err(|_| RecordError::Short)
}

fn number(from: &mut Bytes) -> Result<u64, RecordError> {
    from.try_get_u64().map_err(|_| RecordError::Short)
}

fn time(from: &mut Bytes) -> Result<SystemTime, RecordError> {
    let since = Duration::from_millis(number(from)?);
    UNIX_EPOCH.checked_add(since).ok_or(RecordError::Value("time"))
}

fn take(from: &mut Bytes, length: usize) -> Result<Bytes, RecordError> {
    match from.len() >= length {
        true => Ok(from.split_to(length)),
        false => Err(RecordError::Short),
    }
}

fn short(from: &mut Bytes) -> Result<Bytes, RecordError> {
    let length = usize::from(octet(from)?);
    take(from, length)
}

fn long(from: &mut Bytes) -> Result<Bytes, RecordError> {
    let length = usize::from(from.try_get_u16().map_err(|_| RecordError::Short)?);
    take(from, length)
}

fn text(octets: Bytes, what: &'static str) -> Result<String, RecordError> {
    String::from_utf8(octets.into()).map_err(|_| RecordError::Value(what))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> Record {
        let pdu = SubmitSm::builder().destination("31612345678").short_message("hi").build();
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        Record {
            state: MessageState::UNDELIVERABLE,
            err: ErrorCode::new(b"0A1"),
            deadline: now + Duration::from_secs(60),
            origin: (7, 9),
            bind: "alpha".to_owned(),
            upstream_id: MessageId::new(b"00C0FFEE").unwrap(),
            chain: vec!["alpha".to_owned(), "beta".to_owned()],
            failover: 5,
            reason: "no receipt came".to_owned(),
            parts: Bytes::from_static(b"\x01\x02"),
            ..Record::accepted(&pdu.unwrap(), Stage::Sent, SystemId::new(b"shop").unwrap(), now)
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let record = record();
        let read = Record::decode(record.encode()).unwrap();
        assert_eq!(read, record);
        assert_eq!(read.submit_sm().unwrap().destination().digits, b"31612345678");
        assert_eq!(read.deliver_sm(), Err(RecordError::Value("PDU's command")));
    }

    #[test]
    fn a_torn_record_is_an_error_wherever_it_is_torn() {
        let whole = record().encode();
        let head = whole.len() - record().pdu.len();
        for length in 0..head {
            assert!(Record::decode(whole.slice(..length)).is_err(), "{length}");
        }
        for length in head..whole.len() {
            let torn = Record::decode(whole.slice(..length)).unwrap();
            assert!(torn.submit_sm().is_err(), "{length}");
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut octets = record().encode().to_vec();
        octets[0] = 9;
        let error = Record::decode(octets.into()).unwrap_err();
        assert_eq!(error.to_string(), "it has version 9, and this program reads version 1");
    }

    #[test]
    fn a_long_reason_is_cut_between_two_characters() {
        let mut record = record();
        record.reason = "é".repeat(400);
        let read = Record::decode(record.encode()).unwrap();
        assert_eq!(read.reason, "é".repeat(256));
    }

    proptest! {
        #[test]
        fn no_octets_are_a_panic(octets: Vec<u8>) {
            if let Ok(record) = Record::decode(octets.into()) {
                let _ = (record.submit_sm(), record.deliver_sm());
                prop_assert_eq!(Record::decode(record.encode()), Ok(record));
            }
        }
    }
}
