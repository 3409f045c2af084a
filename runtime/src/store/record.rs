//! Records as the disk holds them: pure functions, so that a fuzzer can call them.
//!
//! ```text
//! version 1 │ CRC-32, 4 │ kind 1 │ …
//!   kind 1, an item:  priority 1 │ due 8 │ queued 8 │ attempts 4 │ length of the lane 1 │ lane │ body
//!   kind 2, a value:  expires 8, 0 for never │ value
//!   kind 3, totals:   ceiling of the numbers 8 │ keys 8 │ octets of keys 8
//! ```
//!
//! Numbers are big-endian, times milliseconds since 1970. The checksum is of the key's length in four octets, the key, and all that
//! follows it: a record that stands under another key than its own is damaged too.

use bytes::{Buf, Bytes};

use super::time::{floor_ms, from_ms};
use super::{Batch, Item, ItemId, Lane};

/// The version that this build writes, and the only one that it reads.
pub const VERSION: u8 = 1;

const HEADER: usize = 6;
const ITEM: u8 = 1;
const VALUE: u8 = 2;
const TOTALS: u8 = 3;

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// An item; its key is its number, in eight octets.
    Item(Item),
    /// What a key holds, and when it expires, in milliseconds since 1970; 0 is never.
    Value {
        /// The value.
        value: Bytes,
        /// When it expires.
        expires: u64,
    },
    /// What the store counts.
    Totals(Totals),
}

/// What a store counts, so that it need not look at every key when it opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Numbers below this one may have been given.
    pub ceiling: u64,
    /// How many keys there are, expired ones among them.
    pub keys: u64,
    /// The octets of them and their records.
    pub key_octets: u64,
}

/// A record that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(pub &'static str);

/// Adds a record to `out`, and says how many octets it took.
///
/// ```
/// use wirepath_runtime::store::record::{Record, decode, encode};
///
/// let record = Record::Value { value: "0A1B".into(), expires: 0 };
/// let mut octets = Vec::new();
/// encode(b"sent/7", &record, &mut octets);
/// assert_eq!(decode(b"sent/7", octets.clone().into()), Ok(record));
/// assert!(decode(b"sent/8", octets.into()).is_err());
/// ```
pub fn encode(key: &[u8], record: &Record, out: &mut Vec<u8>) -> usize {
    match record {
        Record::Item(item) => seal(key, ITEM, out, |out| put_item(item, out)),
        Record::Value { value, expires } => encode_value(key, value, *expires, out),
        Record::Totals(totals) => seal(key, TOTALS, out, |out| {
            for number in [totals.ceiling, totals.keys, totals.key_octets] {
                out.extend_from_slice(&number.to_be_bytes());
            }
        }),
    }
}

/// Reads the record of a key.
///
/// # Errors
///
/// If it is torn, of another version, of another key, or holds what no store would write.
pub fn decode(key: &[u8], record: Bytes) -> Result<Record, Damage> {
    let mut rest = record;
    if rest.len() < HEADER {
        return Err(Damage("it is shorter than a header"));
    }
    if rest.get_u8() != VERSION {
        return Err(Damage("it has another version, from a newer or older program"));
    }
    let crc = rest.get_u32();
    if crc != checksum(key, &rest) {
        return Err(Damage("its checksum does not fit: it is torn, or was changed"));
    }
    match rest.get_u8() {
        ITEM => take_item(key, rest).map(Record::Item),
        VALUE => {
            let expires = take_u64(&mut rest)?;
            bounded(rest.len(), Batch::MAX_VALUE)?;
            Ok(Record::Value { value: rest, expires })
        }
        TOTALS => {
            let ceiling = take_u64(&mut rest)?;
            let keys = take_u64(&mut rest)?;
            let key_octets = take_u64(&mut rest)?;
            bounded(rest.len(), 0)?;
            Ok(Record::Totals(Totals { ceiling, keys, key_octets }))
        }
        _ => Err(Damage("it is of no known kind")),
    }
}

/// The key of an item's record.
pub(super) fn item_key(id: ItemId) -> [u8; 8] {
    id.0.to_be_bytes()
}

pub(super) fn encode_item(item: &Item, out: &mut Vec<u8>) -> usize {
    seal(&item_key(item.id), ITEM, out, |out| put_item(item, out))
}

pub(super) fn encode_value(key: &[u8], value: &[u8], expires: u64, out: &mut Vec<u8>) -> usize {
    seal(key, VALUE, out, |out| {
        out.extend_from_slice(&expires.to_be_bytes());
        out.extend_from_slice(value);
    })
}

pub(super) fn decode_item(id: ItemId, record: Bytes) -> Result<Item, Damage> {
    match decode(&item_key(id), record)? {
        Record::Item(item) => Ok(item),
        Record::Value { .. } | Record::Totals(_) => Err(Damage("it is no item")),
    }
}

pub(super) fn decode_value(key: &[u8], record: Bytes) -> Result<(Bytes, u64), Damage> {
    match decode(key, record)? {
        Record::Value { value, expires } => Ok((value, expires)),
        Record::Item(_) | Record::Totals(_) => Err(Damage("it is no value")),
    }
}

fn seal(key: &[u8], kind: u8, out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) -> usize {
    let start = out.len();
    out.extend_from_slice(&[VERSION, 0, 0, 0, 0, kind]);
    put(out);
    let crc = checksum(key, out.get(start + HEADER - 1..).unwrap_or_default()).to_be_bytes();
    if let Some(hole) = out.get_mut(start + 1..start + 5) {
        hole.copy_from_slice(&crc);
    }
    out.len() - start
}

fn checksum(key: &[u8], rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
    hasher.update(key);
    hasher.update(rest);
    hasher.finalize()
}

fn put_item(item: &Item, out: &mut Vec<u8>) {
    let lane = item.lane.as_str().as_bytes();
    out.push(item.priority);
    out.extend_from_slice(&floor_ms(item.due).to_be_bytes());
    out.extend_from_slice(&floor_ms(item.queued).to_be_bytes());
    out.extend_from_slice(&item.attempts.to_be_bytes());
    out.push(u8::try_from(lane.len()).unwrap_or(u8::MAX)); // longer ones are refused before they get here
    out.extend_from_slice(lane.get(..Lane::MAX).unwrap_or(lane));
    out.extend_from_slice(&item.body);
}

fn take_item(key: &[u8], mut rest: Bytes) -> Result<Item, Damage> {
    let id =
        ItemId(u64::from_be_bytes(key.try_into().map_err(|_| Damage("its key is no number"))?));
    if rest.len() < 22 {
        return Err(SHORT);
    }
    let priority = rest.get_u8();
    let (due, queued, attempts) = (rest.get_u64(), rest.get_u64(), rest.get_u32());
    let len = usize::from(rest.get_u8());
    if rest.len() < len {
        return Err(SHORT);
    }
    let lane = rest.split_to(len);
    let lane =
        std::str::from_utf8(&lane).map_err(|_| Damage("the name of its lane is no UTF-8"))?;
    if priority > Item::MAX_PRIORITY {
        return Err(Damage("its priority is above 3"));
    }
    bounded(rest.len(), Item::MAX_BODY)?;
    Ok(Item {
        id,
        lane: Lane::from(lane),
        priority,
        due: from_ms(due),
        queued: from_ms(queued),
        attempts,
        body: rest,
    })
}

const SHORT: Damage = Damage("it ends in the middle of a field");

fn take_u64(rest: &mut Bytes) -> Result<u64, Damage> {
    rest.try_get_u64().map_err(|_| SHORT)
}

fn bounded(len: usize, max: usize) -> Result<(), Damage> {
    if len <= max { Ok(()) } else { Err(Damage("it is longer than it can be")) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;

    fn item() -> Item {
        Item {
            id: ItemId(0x0102),
            lane: "ab".into(),
            priority: 3,
            due: UNIX_EPOCH + Duration::from_millis(5),
            queued: UNIX_EPOCH + Duration::from_millis(4),
            attempts: 6,
            body: Bytes::from_static(b"body"),
        }
    }

    #[test]
    fn the_octets_of_an_item() {
        let mut out = Vec::new();
        encode_item(&item(), &mut out);
        let (head, rest) = out.split_at(5);
        assert_eq!(head[0], VERSION);
        assert_eq!(rest, hex!("01 03 0000000000000005 0000000000000004 00000006 02 6162 626F6479"));
        assert_eq!(decode_item(ItemId(0x0102), out.into()), Ok(item()));
    }

    #[test]
    fn every_cut_and_every_changed_octet_is_refused() {
        let mut out = Vec::new();
        encode_item(&item(), &mut out);
        for len in 0..out.len() {
            assert!(decode_item(item().id, Bytes::copy_from_slice(&out[..len])).is_err(), "{len}");
        }
        for at in 0..out.len() {
            let mut changed = out.clone();
            changed[at] ^= 0x40;
            assert!(decode_item(item().id, changed.into()).is_err(), "{at}");
        }
        assert!(decode_item(ItemId(0x0103), out.into()).is_err(), "another key");
    }

    #[test]
    fn another_version_is_named_as_such() {
        let mut out = Vec::new();
        encode_value(b"k", b"v", 0, &mut out);
        out[0] = 2;
        assert!(decode(b"k", out.into()).unwrap_err().0.contains("version"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            key in proptest::collection::vec(any::<u8>(), 1..64),
            value in proptest::collection::vec(any::<u8>(), 0..300),
            expires: u64,
            before in proptest::collection::vec(any::<u8>(), 0..10),
        ) {
            let mut out = before.clone();
            let record = Record::Value { value: value.into(), expires };
            let len = encode(&key, &record, &mut out);
            prop_assert_eq!(out.len(), before.len() + len);
            prop_assert_eq!(decode(&key, Bytes::from(out).slice(before.len()..)), Ok(record));
        }

        #[test]
        fn anything_is_read_or_refused(
            key in proptest::collection::vec(any::<u8>(), 0..12),
            rest in proptest::collection::vec(any::<u8>(), 1..64),
        ) {
            // Behind a right checksum, or only the checksum would be tested.
            let mut out = vec![VERSION];
            out.extend_from_slice(&checksum(&key, &rest).to_be_bytes());
            out.extend_from_slice(&rest);
            if let Ok(record) = decode(&key, out.clone().into()) {
                let mut again = Vec::new();
                encode(&key, &record, &mut again);
                let is_exact = !matches!(&record, Record::Item(_)); // its times are bounded
                prop_assert!(!is_exact || again == out);
            }
        }
    }
}
