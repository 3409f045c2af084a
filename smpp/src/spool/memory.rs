//! What is remembered of a message that has ended, for `query_sm`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wirepath_runtime::store::ItemId;

use super::record::Record;
use crate::protocol::{MessageState, SystemId};

const VERSION: u8 = 1;

/// The end of a message: whose it was, from whom, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) state: MessageState,
    pub(super) at: SystemTime,
    pub(super) esme: SystemId,
    /// The digits of its source address.
    pub(super) source: Bytes,
}

/// The key that it stands under.
pub(super) fn key(id: ItemId) -> Bytes {
    Bytes::from([b"f:", &id.0.to_be_bytes()[..]].concat())
}

impl Memory {
    /// Of a record that has just been settled.
    pub(super) fn of(record: &Record) -> Self {
        let source = record.submitted().map(|pdu| Bytes::copy_from_slice(pdu.source().digits));
        Self {
            state: record.state,
            at: record.settled,
            esme: record.esme,
            source: source.unwrap_or_default(),
        }
    }

    pub(super) fn encode(&self) -> Bytes {
        let since = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let esme = self.esme.as_bytes();
        let mut out = BytesMut::with_capacity(16 + esme.len() + self.source.len());
        out.put_slice(&[VERSION, self.state.code()]);
        out.put_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        // 15 at most.
        out.put_u8(esme.len() as u8);
        out.put_slice(esme);
        out.put_slice(&self.source);
        out.freeze()
    }

    /// `None` for octets that [`encode`](Self::encode) did not write.
    pub(super) fn decode(mut octets: Bytes) -> Option<Self> {
        if octets.try_get_u8().ok()? != VERSION {
            return None;
        }
        let state = MessageState::from_code(octets.try_get_u8().ok()?);
        let at = UNIX_EPOCH.checked_add(Duration::from_millis(octets.try_get_u64().ok()?))?;
        let length = usize::from(octets.try_get_u8().ok()?);
        if octets.len() < length {
            return None;
        }
        let esme = SystemId::new(&octets.split_to(length)).ok()?;
        Some(Self { state, at, esme, source: octets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let memory = Memory {
            state: MessageState::DELIVERED,
            at: UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            esme: SystemId::new(b"shop").unwrap(),
            source: Bytes::from_static(b"12345"),
        };
        let octets = memory.encode();
        assert_eq!(Memory::decode(octets.clone()), Some(memory));
        for length in 0..15 {
            assert_eq!(Memory::decode(octets.slice(..length)), None, "{length}");
        }
    }
}
