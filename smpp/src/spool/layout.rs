//! A message as octets in the store.
//!
//! ```text
//!  octet 0   version: 2 with the number that its sender has for it, 1 without
//!        1   stage
//!        2   message_state
//!        3   failures after which the next bind is tried, a bit each
//!        4   error code of the receipt, four octets of which the first `n` count, n in octet 8
//!        9   accepted, settled, deadline: milliseconds since 1970, u64 each
//!       33   run and session that it came on, u64 each
//!       49   version 2: the number that its sender has for it, u64
//!        …   system_id, bind, upstream id: a length octet and so many octets, each
//!        …   steps of the chain: a count, then a length octet and so many octets, each
//!        …   reason: u16 length and text
//!        …   what is known of its parts: u16 length and octets
//!        …   the PDU as it came, to the end
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wirepath_runtime::store::ItemId;

use super::{
    record::{ErrorCode, Record, Stage},
    way::Way,
};
use crate::protocol::{MessageId, MessageState, SystemId, pdu::Pdu};

/// The first version, and the last one.
const FIRST: u8 = 1;
const VERSION: u8 = 2;

/// Longest reason that is kept, in octets.
const MAX_REASON: usize = 512;

/// A record that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It was written by another version.
    #[error("it has version {0}, and this program reads 1 to {VERSION}")]
    Version(u8),
    /// It ends too early.
    #[error("it is cut short")]
    Short,
    /// A value in it is none.
    #[error("its {0} is none")]
    Value(&'static str),
}

/// A message that has just been accepted.
pub(super) struct Entry<'a> {
    pub(super) way: &'a Way,
    pub(super) esme: SystemId,
    pub(super) origin: (u64, u64),
    pub(super) multi: Option<ItemId>,
    pub(super) accepted: SystemTime,
    pub(super) deadline: SystemTime,
}

impl Entry<'_> {
    /// The octets that are stored: as those of a [`Record`], without making one.
    pub(super) fn encode(&self, pdu: &impl Pdu) -> Bytes {
        let mut out = BytesMut::with_capacity(512);
        let version = if self.multi.is_some() { VERSION } else { FIRST };
        let (stage, state) = (self.way.stage as u8, MessageState::ENROUTE.code());
        let failover = if self.way.stage == Stage::Waiting { self.way.failover.0 } else { 0 };
        out.put_slice(&[version, stage, state, failover]);
        out.put_slice(&[0; 5]);
        for at in [self.accepted, UNIX_EPOCH, self.deadline] {
            out.put_u64(millis(at));
        }
        out.put_u64(self.origin.0);
        out.put_u64(self.origin.1);
        if let Some(multi) = self.multi {
            out.put_u64(multi.0);
        }
        put_short(&mut out, self.esme.as_bytes());
        out.put_slice(&[0, 0]);
        // 16 at most.
        out.put_u8(self.way.chain.len() as u8);
        for step in &self.way.chain {
            put_short(&mut out, step.as_bytes());
        }
        out.put_slice(&[0; 4]);
        pdu.encode(1, &mut out);
        // In memory until it has been sent: as long as it is, and no longer.
        Bytes::copy_from_slice(&out)
    }
}

impl Record {
    /// The octets that are stored.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(96 + self.pdu.len());
        // What an older program can read is written for it to read.
        let version = if self.multi.is_some() { VERSION } else { FIRST };
        out.put_slice(&[version, self.stage as u8, self.state.code(), self.failover]);
        out.put_slice(&self.err.octets);
        out.put_u8(self.err.length);
        for at in [self.accepted, self.settled, self.deadline] {
            out.put_u64(millis(at));
        }
        out.put_u64(self.origin.0);
        out.put_u64(self.origin.1);
        if let Some(multi) = self.multi {
            out.put_u64(multi.0);
        }
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

    /// Reads the octets that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`RecordError`] for octets that it did not write, whatever they are.
    pub fn decode(mut octets: Bytes) -> Result<Self, RecordError> {
        let from = &mut octets;
        let version = octet(from)?;
        if !(FIRST..=VERSION).contains(&version) {
            return Err(RecordError::Version(version));
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
        let multi = match version {
            FIRST => None,
            _ => Some(ItemId(number(from)?)),
        };
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
            multi,
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
}

/// What sending needs to know of a record, read without a copy.
pub(super) struct Outline {
    pub(super) deadline: SystemTime,
    pub(super) esme: SystemId,
    /// The PDU as it came.
    pub(super) pdu: Bytes,
}

impl Outline {
    /// Reads the octets that [`Record::encode`] wrote; what it skips is not looked at.
    pub(super) fn read(octets: &Bytes) -> Result<Self, RecordError> {
        let mut rest = &octets[..];
        let from = &mut rest;
        let version = from.try_get_u8().map_err(|_| RecordError::Short)?;
        let names = match version {
            FIRST => 0,
            VERSION => 8,
            other => return Err(RecordError::Version(other)),
        };
        skip(from, DEADLINE - 1)?;
        let ms = from.try_get_u64().map_err(|_| RecordError::Short)?;
        let deadline = UNIX_EPOCH.checked_add(Duration::from_millis(ms));
        let deadline = deadline.ok_or(RecordError::Value("time"))?;
        skip(from, 16 + names)?;
        let esme = SystemId::new(skip_short(from)?).map_err(|_| RecordError::Value("system_id"))?;
        skip_short(from)?;
        skip_short(from)?;
        for _ in 0..from.try_get_u8().map_err(|_| RecordError::Short)? {
            skip_short(from)?;
        }
        for _ in ["reason", "parts"] {
            let length = from.try_get_u16().map_err(|_| RecordError::Short)?;
            skip(from, usize::from(length))?;
        }
        Ok(Self { deadline, esme, pdu: octets.slice_ref(rest) })
    }
}

/// Where the deadline stands.
const DEADLINE: usize = 25;

fn skip<'a>(from: &mut &'a [u8], length: usize) -> Result<&'a [u8], RecordError> {
    from.split_off(..length).ok_or(RecordError::Short)
}

fn skip_short<'a>(from: &mut &'a [u8]) -> Result<&'a [u8], RecordError> {
    let length = from.try_get_u8().map_err(|_| RecordError::Short)?;
    skip(from, usize::from(length))
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
    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{
        TlvList,
        pdu::{DataSm, SubmitSm},
    };

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
        let outline = Outline::read(&record.encode()).unwrap();
        assert_eq!((outline.deadline, outline.esme), (record.deadline, record.esme));
        assert_eq!(outline.pdu, record.pdu);
        assert_eq!(read.submit_sm().unwrap().destination().digits, b"31612345678");
        assert_eq!(read.deliver_sm(), Err(RecordError::Value("PDU's command")));
    }

    /// `accepted`, `settled` and `deadline`, run and session of [`record`].
    const NUMBERS: [u8; 40] = hex!(
        "000001a3185c5000 0000000000000000 000001a3185d3a60"
        "0000000000000007 0000000000000009"
    );

    /// What is behind them: names, chain, reason and parts.
    const NAMES: &[u8] =
        b"\x04shop\x05alpha\x0800C0FFEE\x02\x05alpha\x04beta\0\x0fno receipt came\0\x02\x01\x02";

    #[test]
    fn octets_of_the_first_version_are_read_and_written() {
        let pdu = hex!(
            "0000002e 00000004 00000000 00000001"
            "00 0000 00 0000 33313631323334353637 3800 00 00 00 00 00 00 00 00 00 02 6869"
        );
        let head = hex!("01 01 05 05 30413100 03");
        let octets = [&head[..], &NUMBERS, NAMES, &pdu].concat();
        assert_eq!(Record::decode(octets.clone().into()), Ok(record()));
        assert_eq!(record().encode(), octets);
    }

    #[test]
    fn octets_of_one_of_several_messages_have_the_number_of_all() {
        let tlvs = TlvList::new().message_payload(b"hi");
        let data = DataSm::builder().source("1").destination("2").tlvs(tlvs).build().unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let accepted = Record::accepted(&data, Stage::Sent, SystemId::EMPTY, now);
        let record = Record { multi: Some(ItemId(4711)), pdu: accepted.pdu, ..record() };
        let pdu = hex!(
            "00000022 00000103 00000000 00000001"
            "00 0000 3100 0000 3200 00 00 00 0424 0002 6869"
        );
        let (head, number) = (hex!("02 01 05 05 30413100 03"), hex!("0000000000001267"));
        let octets = [&head[..], &NUMBERS, &number, NAMES, &pdu].concat();
        assert_eq!(record.encode(), octets);
        let read = Record::decode(octets.into()).unwrap();
        assert_eq!(read.submitted().unwrap().user_data(), b"hi");
        assert_eq!(read, record);
    }

    #[test]
    fn a_torn_record_is_an_error_wherever_it_is_torn() {
        let whole = record().encode();
        let head = whole.len() - record().pdu.len();
        for length in 0..head {
            assert!(Record::decode(whole.slice(..length)).is_err(), "{length}");
            assert!(Outline::read(&whole.slice(..length)).is_err(), "{length}");
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
        assert_eq!(error.to_string(), "it has version 9, and this program reads 1 to 2");
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
                let _ = (record.submitted(), record.deliver_sm());
                prop_assert_eq!(Record::decode(record.encode()), Ok(record));
            }
        }
    }
}
