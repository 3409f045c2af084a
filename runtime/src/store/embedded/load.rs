//! From the disk into memory, when a store opens.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::EmbeddedOptions;
use super::engine::{Engine, Table, Writes, refusal};
use super::group::TOTALS;
use super::state::{State, report_damaged};
use super::writer::damaged_key;
use crate::store::index::Index;
use crate::store::items::Meta;
use crate::store::record::{Record, Totals, decode, decode_item};
use crate::store::time::Clock;
use crate::store::{Item, ItemId, Source, StoreError};

/// Numbers that are left out where nobody knows any more which were given.
const LEAP: u64 = 1 << 32;
/// Damaged records that are moved at a time.
const MOVED_AT_ONCE: usize = 1_000;

type Moved = (Vec<u8>, Bytes);

/// Reads all items, and what was counted. Damaged records are moved out of the way; gives how many there were.
pub(super) fn load(
    engine: &Arc<dyn Engine>,
    path: &Path,
    options: &EmbeddedOptions,
) -> Result<(State, u64), StoreError> {
    let unreadable = |source: Source| refusal(path, source);
    let mut index = Index::default();
    let items = index.items();
    let (mut last, mut damaged, mut from) = (0, 0, Some(Vec::new()));
    let now = Clock::Wall.now_ms();
    while let Some(start) = from.take() {
        let mut torn = Vec::<Moved>::new();
        let mut each = |key: &[u8], record: Bytes| {
            if torn.len() == MOVED_AT_ONCE {
                from = Some(key.to_vec());
                return false;
            }
            match item_of(key, &record) {
                Ok(item) => {
                    last = last.max(item.id.0);
                    let octets = u32::try_from(record.len() + key.len()).unwrap_or(u32::MAX);
                    let has_room = items.kept() < options.cache_bytes;
                    // A slice of the record would keep all of it.
                    let body = has_room.then(|| Bytes::copy_from_slice(&item.body));
                    index.push(item.id, Meta::of(&item, octets), body, false);
                    index.settle(item.id, now, u64::MAX);
                }
                Err(reason) => {
                    report_damaged("items", key, reason);
                    torn.push((key.to_vec(), record));
                }
            }
            true
        };
        engine.scan(Table::Items, &start, &mut each).map_err(unreadable)?;
        damaged += torn.len() as u64;
        move_away(engine, Table::Items, torn).map_err(unreadable)?;
    }
    let totals = match read_totals(engine).map_err(unreadable)? {
        Ok(totals) => totals,
        Err(missing) => {
            damaged += missing;
            count_keys(engine, last.saturating_add(LEAP)).map_err(unreadable)?
        }
    };
    let next_id = totals.ceiling.max(last.saturating_add(1)).max(1);
    Ok((State { index, totals, next_id, ceiling: totals.ceiling }, damaged))
}

fn item_of(key: &[u8], record: &Bytes) -> Result<Item, &'static str> {
    let id = key.try_into().map_err(|_| "its key is no number")?;
    decode_item(ItemId(u64::from_be_bytes(id)), record.clone()).map_err(|damage| damage.0)
}

/// The totals; or how many records were damaged, if they cannot be had.
fn read_totals(engine: &Arc<dyn Engine>) -> Result<Result<Totals, u64>, Source> {
    let Some(record) = engine.get(Table::Meta, TOTALS)? else {
        let mut is_new = true;
        for table in [Table::Items, Table::Keys] {
            engine.scan(table, &[], &mut |_, _| {
                is_new = false;
                false
            })?;
        }
        return Ok(if is_new { Ok(Totals { ceiling: 1, ..Totals::default() }) } else { Err(0) });
    };
    match decode(TOTALS, record.clone()) {
        Ok(Record::Totals(totals)) => Ok(Ok(totals)),
        Ok(_) => move_totals(engine, record, "it is of another kind").map(|()| Err(1)),
        Err(damage) => move_totals(engine, record, damage.0).map(|()| Err(1)),
    }
}

fn move_totals(engine: &Arc<dyn Engine>, record: Bytes, reason: &str) -> Result<(), Source> {
    report_damaged("meta", TOTALS, reason);
    move_away(engine, Table::Meta, vec![(TOTALS.to_vec(), record)])
}

fn move_away(engine: &Arc<dyn Engine>, table: Table, torn: Vec<Moved>) -> Result<(), Source> {
    if torn.is_empty() {
        return Ok(());
    }
    let mut writes = Writes::default();
    for (key, record) in torn {
        writes.put(Table::Meta, &damaged_key(table, &key), &record);
        writes.delete(table, &key);
    }
    engine.apply(&writes)
}

fn count_keys(engine: &Arc<dyn Engine>, ceiling: u64) -> Result<Totals, Source> {
    let mut totals = Totals { ceiling, ..Totals::default() };
    engine.scan(Table::Keys, &[], &mut |key, record| {
        totals.keys += 1;
        totals.key_octets = totals.key_octets.saturating_add((key.len() + record.len()) as u64);
        true
    })?;
    Ok(totals)
}
