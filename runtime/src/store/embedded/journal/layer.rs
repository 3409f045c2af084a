//! What the files of a journal hold, in memory.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;
use std::iter::Peekable;
use std::ops::{Bound, Range};

use bytes::Bytes;
use smallvec::SmallVec;

use crate::store::by_id::Spread;
use crate::store::embedded::engine::Table;

/// The last write of each record. Records, and keys other than items', are slices of the frames that they came with.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// The most of all, and read in order when a store opens only. Their keys are numbers that the store has given.
    items: HashMap<Number, Entry, BuildHasherDefault<Spread>>,
    /// Read in order all the time, for those that have expired.
    keys: BTreeMap<Bytes, Entry>,
    meta: BTreeMap<Bytes, Entry>,
}

/// The key of an item: a copy costs less than a share of the frame. One that is no number is kept too.
type Number = SmallVec<[u8; 8]>;

#[derive(Debug)]
struct Entry {
    /// `None` if it was deleted.
    record: Option<Bytes>,
    /// Nothing below this layer has it: deleted, it leaves nothing behind.
    is_new: bool,
}

/// A write: the table, and where in its frame the key stands, and the record or `None` to delete it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) table: Table,
    pub(super) key: Range<usize>,
    pub(super) record: Option<Range<usize>>,
}

impl Layer {
    pub(super) fn len(&self) -> usize {
        self.items.len() + self.keys.len() + self.meta.len()
    }

    /// `is_new` says that there was no such record in any layer, or in the tables. Only what stays is a slice of the frame: of a message
    /// that comes and goes nothing is.
    pub(super) fn write(&mut self, frame: &Bytes, span: &Span, is_new: bool) {
        let Span { table, key, record } = span;
        let Some(octets) = frame.get(key.clone()) else { return };
        let record = record.clone().map(|record| frame.slice(record));
        match self.entry(*table, octets) {
            Some(entry) if entry.is_new && record.is_none() => self.forget(*table, octets),
            Some(entry) => entry.record = record,
            None if is_new && record.is_none() => {} // it came and went in one step
            None => {
                let entry = Entry { record, is_new };
                match table {
                    Table::Items => self.items.insert(octets.into(), entry),
                    Table::Keys => self.keys.insert(frame.slice(key.clone()), entry),
                    Table::Meta => self.meta.insert(frame.slice(key.clone()), entry),
                };
            }
        }
    }

    fn entry(&mut self, table: Table, key: &[u8]) -> Option<&mut Entry> {
        match table {
            Table::Items => self.items.get_mut(key),
            Table::Keys => self.keys.get_mut(key),
            Table::Meta => self.meta.get_mut(key),
        }
    }

    fn forget(&mut self, table: Table, key: &[u8]) {
        match table {
            Table::Items => self.items.remove(key),
            Table::Keys => self.keys.remove(key),
            Table::Meta => self.meta.remove(key),
        };
    }

    /// The record, `Some(None)` for one that was deleted, `None` if this layer knows nothing of it.
    pub(super) fn get(&self, table: Table, key: &[u8]) -> Option<Option<Bytes>> {
        let entry = match table {
            Table::Items => self.items.get(key),
            Table::Keys => self.keys.get(key),
            Table::Meta => self.meta.get(key),
        };
        entry.map(|entry| entry.record.clone())
    }

    /// The writes of a table from a key on, in the order of their keys.
    pub(super) fn sorted(&self, table: Table, from: &[u8]) -> Sorted<'_> {
        let entries = match table {
            Table::Items => {
                let mut items: Vec<_> =
                    self.items.iter().filter(|(key, _)| ***key >= *from).collect();
                items.sort_unstable_by_key(|(key, _)| *key);
                Entries::Collected(items.into_iter())
            }
            Table::Keys => Entries::Ordered(
                self.keys.range::<[u8], _>((Bound::Included(from), Bound::Unbounded)),
            ),
            Table::Meta => Entries::Ordered(
                self.meta.range::<[u8], _>((Bound::Included(from), Bound::Unbounded)),
            ),
        };
        Sorted(entries)
    }
}

pub(super) struct Sorted<'a>(Entries<'a>);

enum Entries<'a> {
    Collected(std::vec::IntoIter<(&'a Number, &'a Entry)>),
    Ordered(std::collections::btree_map::Range<'a, Bytes, Entry>),
}

impl<'a> Iterator for Sorted<'a> {
    type Item = (&'a [u8], Option<&'a Bytes>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, entry): (&[u8], _) = match &mut self.0 {
            Entries::Collected(items) => items.next().map(|(key, entry)| (&**key, entry)),
            Entries::Ordered(range) => range.next().map(|(key, entry)| (&**key, entry)),
        }?;
        Some((key, entry.record.as_ref()))
    }
}

/// The writes of two layers in the order of their keys, each key once: the upper layer's where both have it.
pub(super) fn merge<'a>(
    upper: &'a Layer,
    lower: Option<&'a Layer>,
    table: Table,
    from: &[u8],
) -> Merged<'a> {
    Merged {
        upper: upper.sorted(table, from).peekable(),
        lower: lower.map(|lower| lower.sorted(table, from).peekable()),
    }
}

pub(super) struct Merged<'a> {
    upper: Peekable<Sorted<'a>>,
    lower: Option<Peekable<Sorted<'a>>>,
}

impl<'a> Iterator for Merged<'a> {
    type Item = (&'a [u8], Option<&'a Bytes>);

    fn next(&mut self) -> Option<Self::Item> {
        let Some(lower) = &mut self.lower else { return self.upper.next() };
        let Some((key, _)) = self.upper.peek() else { return lower.next() };
        if let Some(first) = lower.next_if(|(below, _)| below < key) {
            return Some(first);
        }
        lower.next_if(|(below, _)| below == key);
        self.upper.next()
    }
}
