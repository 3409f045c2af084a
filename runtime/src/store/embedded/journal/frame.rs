//! Frames as a journal's file holds them: pure functions.
//!
//! ```text
//! file:   "wpj" and version, 4 │ its number 8 │ its salt 8 │ frames …
//! frame:  mark 2 │ octets of the writes 4 │ CRC-32, 4 │ number 8 │ writes …
//! write:  table 1, with 0x80 to delete │ length of the key 2 │ length of the record 4 │ key │ record
//! ```
//!
//! Numbers are big-endian. The checksum is of the salt of the file, and of the frame from its number on. The salt is random, and
//! known to nobody outside: a message whose text looks like a frame is not taken for one where a crash has torn what it was in.

use bytes::{Buf, Bytes};

use super::layer::Span;
use crate::store::embedded::engine::{Table, Write, Writes};

/// What a file begins with: the last octet is the version.
pub(super) const MAGIC: [u8; 4] = *b"wpj\x01";
/// Octets before the first frame.
pub(super) const FILE_HEADER: usize = 20;

pub(super) const MARK: [u8; 2] = [0xA7, 0x5E];
const HEADER: usize = 18;
const DELETES: u8 = 0x80;

/// What a file begins with.
pub(super) fn file_header(number: u64, salt: u64) -> [u8; FILE_HEADER] {
    let mut header = [0; FILE_HEADER];
    let octets = MAGIC.into_iter().chain(number.to_be_bytes()).chain(salt.to_be_bytes());
    header.iter_mut().zip(octets).for_each(|(place, octet)| *place = octet);
    header
}

/// The salt of the file of a number, if these octets begin one.
pub(super) fn salt(octets: &[u8], number: u64) -> Option<u64> {
    let rest = octets.strip_prefix(&MAGIC)?.strip_prefix(&number.to_be_bytes())?;
    Some(u64::from_be_bytes(*rest.first_chunk()?))
}

/// Which frame of which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) salt: u64,
    pub(super) frame: u64,
}

/// Writes a frame into `out`, which is empty, and says where its writes stand, and which are new.
pub(super) fn encode(writes: &Writes, place: Place, out: &mut Vec<u8>) -> Vec<(Span, bool)> {
    let octets = |write: Write<'_>| 7 + write.key.len() + write.record.map_or(0, <[u8]>::len);
    out.reserve(HEADER + writes.iter().map(octets).sum::<usize>());
    out.extend_from_slice(&MARK);
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&place.frame.to_be_bytes());
    let mut spans = Vec::with_capacity(writes.len());
    for write in writes.iter() {
        let (key, record) = (write.key, write.record);
        out.push(code(write.table) | if record.is_none() { DELETES } else { 0 });
        // Keys have up to 1,100 octets, records little more than a MiB: batches are bounded before they get here.
        out.extend_from_slice(&(key.len() as u16).to_be_bytes());
        out.extend_from_slice(&(record.map_or(0, <[u8]>::len) as u32).to_be_bytes());
        let start = out.len();
        out.extend_from_slice(key);
        let key = start..out.len();
        let record = record.map(|record| {
            out.extend_from_slice(record);
            key.end..out.len()
        });
        spans.push((Span { table: write.table, key, record }, write.is_new));
    }
    let length = u32::try_from(out.len().saturating_sub(HEADER)).unwrap_or(u32::MAX);
    let crc = checksum(place.salt, out.get(10..).unwrap_or_default());
    if let Some(hole) = out.get_mut(2..10) {
        hole[..4].copy_from_slice(&length.to_be_bytes());
        hole[4..].copy_from_slice(&crc.to_be_bytes());
    }
    spans
}

/// What stands at the beginning of some octets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A frame of so many octets, and what it writes.
    Frame {
        /// Its number.
        frame: u64,
        octets: usize,
        writes: Vec<Span>,
    },
    /// None that is whole.
    None,
}

/// Reads the frame at the beginning of `octets`, in a file of this salt.
pub(super) fn decode(octets: &Bytes, salt: u64) -> Found {
    let mut rest = octets.clone();
    if rest.len() < HEADER || !rest.starts_with(&MARK) {
        return Found::None;
    }
    rest.advance(MARK.len());
    let length = rest.get_u32() as usize;
    let crc = rest.get_u32();
    let Some(end) = length.checked_add(8).filter(|end| *end <= rest.len()) else {
        return Found::None;
    };
    rest.truncate(end);
    if checksum(salt, &rest) != crc {
        return Found::None;
    }
    let frame = rest.get_u64();
    let mut writes = Vec::new();
    while !rest.is_empty() {
        let at = HEADER + length - rest.len();
        match take(&mut rest, at) {
            Some(write) => writes.push(write),
            None => return Found::None, // never written by this version
        }
    }
    Found::Frame { frame, octets: HEADER + length, writes }
}

/// A write, of which `rest` begins at the octet `at` of the frame.
fn take(rest: &mut Bytes, at: usize) -> Option<Span> {
    let kind = rest.try_get_u8().ok()?;
    let table = table(kind & !DELETES)?;
    let key = usize::from(rest.try_get_u16().ok()?);
    let record = rest.try_get_u32().ok()? as usize;
    if rest.len() < key.checked_add(record)? {
        return None;
    }
    rest.advance(key + record);
    let (key, end) = (at + 7..at + 7 + key, at + 7 + key + record);
    let record = key.end..end;
    Some(Span { table, key, record: (kind & DELETES == 0).then_some(record) })
}

const fn code(table: Table) -> u8 {
    match table {
        Table::Items => 1,
        Table::Keys => 2,
        Table::Meta => 3,
    }
}

const fn table(code: u8) -> Option<Table> {
    match code {
        1 => Some(Table::Items),
        2 => Some(Table::Keys),
        3 => Some(Table::Meta),
        _ => None,
    }
}

fn checksum(salt: u64, rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&salt.to_be_bytes());
    hasher.update(rest);
    hasher.finalize()
}
