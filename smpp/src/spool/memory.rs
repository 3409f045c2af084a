//! What is remembered of messages that have ended, for `query_sm`.
//!
//! Messages that are accepted together end together, more or less. So the ends of [`BLOCK`] messages in a row share a key, and what
//! is written of one end is a few octets behind the others:
//!
//! ```text
//!   last octet of the number 1 │ state 1 │ at, in milliseconds since 1970 8 │ system_id, source: a length octet and so many octets
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wirepath_runtime::store::{Batch, ItemId};

use super::record::Record;
use crate::protocol::{MessageState, SystemId};

/// Messages whose ends share a key.
const BLOCK: u64 = 256;

/// Blocks that are kept: of about the last million messages. Where more end within `spool.remember_ms` than that, those that came
/// first are forgotten first, so that what is remembered never fills the store.
const BLOCKS: u64 = 4_096;

/// The end of a message: whose it was, from whom, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) state: MessageState,
    pub(super) at: SystemTime,
    pub(super) esme: SystemId,
    /// The digits of its source address.
    pub(super) source: Bytes,
}

/// The key that it stands under, with others.
pub(super) fn key(id: ItemId) -> Bytes {
    key_of(id.0 / BLOCK)
}

fn key_of(block: u64) -> Bytes {
    Bytes::from([b"f:", &block.to_be_bytes()[..]].concat())
}

/// Adds to a batch what is remembered of messages.
pub(super) fn remember(mut batch: Batch, ended: &[(ItemId, Memory)], ttl: Duration) -> Batch {
    let mut blocks: Vec<(u64, BytesMut)> = Vec::new();
    for (id, memory) in ended {
        let block = id.0 / BLOCK;
        // Those of one block come after each other, nearly always.
        let entries = match blocks.iter_mut().rev().find(|(held, _)| *held == block) {
            Some((_, entries)) => entries,
            None => {
                blocks.push((block, BytesMut::new()));
                let Some((_, entries)) = blocks.last_mut() else { continue };
                entries
            }
        };
        memory.put(*id, entries);
        // Once a block.
        if id.0 % BLOCK == 0
            && let Some(old) = block.checked_sub(BLOCKS)
        {
            batch = batch.delete(key_of(old));
        }
    }
    blocks.into_iter().fold(batch, |batch, (block, entries)| {
        batch.append(key_of(block), entries.freeze(), Some(ttl))
    })
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

    fn put(&self, id: ItemId, out: &mut BytesMut) {
        let since = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        out.put_slice(&[(id.0 % BLOCK) as u8, self.state.code()]);
        out.put_u64(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        // An address and a system_id are shorter.
        for text in [self.esme.as_bytes(), &self.source] {
            let text = text.get(..usize::from(u8::MAX)).unwrap_or(text);
            out.put_u8(text.len() as u8);
            out.put_slice(text);
        }
    }

    /// The last that is remembered of a message among the others of its block. Nothing of what nobody wrote.
    pub(super) fn find(mut entries: Bytes, id: ItemId) -> Option<Self> {
        let mut found = None;
        while entries.has_remaining() {
            let (of, memory) = Self::take(&mut entries)?;
            if u64::from(of) == id.0 % BLOCK {
                found = Some(memory);
            }
        }
        found
    }

    fn take(entries: &mut Bytes) -> Option<(u8, Self)> {
        let of = entries.try_get_u8().ok()?;
        let state = MessageState::from_code(entries.try_get_u8().ok()?);
        let at = UNIX_EPOCH.checked_add(Duration::from_millis(entries.try_get_u64().ok()?))?;
        let mut text = || {
            let length = usize::from(entries.try_get_u8().ok()?);
            (entries.len() >= length).then(|| entries.split_to(length))
        };
        let esme = SystemId::new(&text()?).ok()?;
        Some((of, Self { state, at, esme, source: text()? }))
    }
}

#[cfg(test)]
mod tests {
    use wirepath_runtime::store::Op;

    use super::*;

    fn memory(source: &'static str, state: MessageState) -> Memory {
        Memory {
            state,
            at: UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            esme: SystemId::new(b"shop").unwrap(),
            source: Bytes::from_static(source.as_bytes()),
        }
    }

    fn appended(batch: &Batch) -> Vec<(Bytes, Bytes)> {
        let of = |op: &Op| match op {
            Op::Append { key, value, .. } => Some((key.clone(), value.clone())),
            _ => None,
        };
        batch.ops().iter().filter_map(of).collect()
    }

    #[test]
    fn what_is_written_is_found_and_nothing_else() {
        let ids = [256, 257, 511, 512].map(ItemId);
        let ended = ids.map(|id| (id, memory("12345", MessageState::DELIVERED)));
        let batch = remember(Batch::new(), &ended, Duration::from_secs(1));
        let [(first, entries), (second, _)] = &appended(&batch)[..] else { panic!("{batch:?}") };
        assert_eq!((first, second), (&key(ItemId(300)), &key(ItemId(513))));
        for id in &ids[..3] {
            let found = Memory::find(entries.clone(), *id);
            assert_eq!(found, Some(memory("12345", MessageState::DELIVERED)));
        }
        assert_eq!(Memory::find(entries.clone(), ItemId(258)), None);
        for length in 1..entries.len() / 3 {
            assert_eq!(Memory::find(entries.slice(..length), ids[0]), None, "{length}");
        }
    }

    #[test]
    fn the_last_end_of_a_message_counts() {
        let ended = [MessageState::UNDELIVERABLE, MessageState::DELIVERED]
            .map(|state| (ItemId(7), memory("1", state)));
        let batch = remember(Batch::new(), &ended, Duration::from_secs(1));
        let (_, entries) = appended(&batch).remove(0);
        assert_eq!(Memory::find(entries, ItemId(7)).unwrap().state, MessageState::DELIVERED);
    }

    #[test]
    fn old_blocks_are_forgotten() {
        let deleted = |id: u64| {
            let ended = [(ItemId(id), memory("1", MessageState::DELIVERED))];
            let batch = remember(Batch::new(), &ended, Duration::from_secs(1));
            batch.ops().iter().any(|op| *op == Op::Delete { key: key_of(2) })
        };
        assert!(deleted((BLOCKS + 2) * BLOCK));
        assert!(!deleted((BLOCKS + 2) * BLOCK + 1) && !deleted(BLOCKS * BLOCK - BLOCK));
    }
}
