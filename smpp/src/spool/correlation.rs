//! From an SMSC's id of a message to ours.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use wirepath_runtime::store::ItemId;

use crate::protocol::MessageId;

/// What a correlation outlives the wait for its receipt by: it is what decides between a late receipt and the end of the wait.
const GRACE: Duration = Duration::from_secs(3_600);

/// The key for an id, as the bind's receipts write it.
pub(super) fn key(bind: &str, id: MessageId) -> Bytes {
    Bytes::from([b"c:", bind.as_bytes(), b"\0", id.as_bytes()].concat())
}

/// What stands under it: the message, and which of its parts, 0 for one that went out whole.
pub(super) fn value(id: ItemId, part: u8) -> Bytes {
    Bytes::from([&id.0.to_be_bytes()[..], &[part]].concat())
}

/// What stands under it; `None` for octets that [`value`] did not write.
pub(super) fn read(value: &[u8]) -> Option<(ItemId, u8)> {
    let (id, part) = value.split_first_chunk()?;
    match part {
        [part] => Some((ItemId(u64::from_be_bytes(*id)), *part)),
        _ => None,
    }
}

/// How long it is kept, for a receipt that is waited for until `due`.
pub(super) fn lifetime(due: SystemTime, now: SystemTime) -> Duration {
    due.duration_since(now).unwrap_or_default().saturating_add(GRACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_two_binds_never_meet() {
        let id = |octets| MessageId::new(octets).unwrap();
        assert_ne!(key("a", id(b"b1")), key("ab", id(b"1")));
        assert_eq!(read(&value(ItemId(7), 2)), Some((ItemId(7), 2)));
        assert_eq!(read(b"torn"), None);
    }
}
