//! Batches that go in one script: each all or nothing, one after the other.

use std::collections::HashMap;

use bytes::Bytes;
use redis::{Cmd, Value};

use super::Shared;
use super::calls::{source, unexpected};
use super::packed::{digits, pack};
use crate::store::by_id::ById;
use crate::store::time::duration_ms;
use crate::store::{Batch, Guard, ItemId, Op, StoreError};

/// Batches of one script, at most: a script keeps everybody else waiting.
const MAX_BATCHES: usize = 256;
/// Guards and writes of one script; more only if one batch has them.
const MAX_STEPS: usize = 4_096;
/// Octets of bodies and values of one script; more only if one batch has them.
const MAX_OCTETS: usize = 1 << 20;

pub(super) type Answers = Vec<Result<bool, StoreError>>;

/// Cuts batches into groups, in their order.
pub(super) fn split<'a, 'b>(mut batches: &'a [&'b Batch]) -> Vec<&'a [&'b Batch]> {
    let mut groups = Vec::new();
    while !batches.is_empty() {
        let (mut count, mut steps, mut octets) = (0, 0, 0);
        for batch in batches.iter().take(MAX_BATCHES) {
            steps += batch.guards.len() + batch.ops.len();
            octets += batch.ops.iter().map(octets_of).sum::<usize>();
            if count > 0 && (steps > MAX_STEPS || octets > MAX_OCTETS) {
                break;
            }
            count += 1;
        }
        let (group, rest) = batches.split_at(count);
        groups.push(group);
        batches = rest;
    }
    groups
}

fn octets_of(op: &Op) -> usize {
    match op {
        Op::Put { value, .. } | Op::Append { value, .. } => value.len(),
        Op::Push(item) | Op::PushLeased(item) => item.body.len(),
        Op::Delete { .. } | Op::Remove(_) => 0,
    }
}

/// The call of `commit.lua`.
pub(super) fn command(shared: &Shared, group: &[&Batch]) -> Cmd {
    let places = Places::of(group);
    let mut program = Vec::new();
    for batch in group {
        places.write(batch, &mut program);
    }
    let mut command = shared.script(&shared.scripts.commit);
    command.arg(&shared.replica).arg(shared.next_call()).arg(program);
    command.arg(places.ids.len()).arg(places.keys.len());
    command.arg(places.wanted).arg(places.unwanted);
    for id in &places.ids {
        command.arg(&digits(*id));
    }
    let prefix = [shared.base.as_bytes(), b":k:"].concat();
    for key in &places.keys {
        command.arg([&prefix, &key[..]].concat());
    }
    for batch in group {
        for guard in &batch.guards {
            if let Guard::ItemFree(_, lane) = guard {
                command.arg(lane.as_str());
            }
        }
        batch.ops.iter().for_each(|op| write_values(op, &mut command));
    }
    command
}

fn write_values(op: &Op, command: &mut Cmd) {
    match op {
        Op::Push(item) | Op::PushLeased(item) => drop(command.arg(pack(item))),
        Op::Put { value, ttl, .. } | Op::Append { value, ttl, .. } => {
            command.arg(&value[..]);
            match ttl {
                Some(ttl) => command.arg(duration_ms(*ttl)),
                None => command.arg(""),
            };
        }
        Op::Delete { .. } | Op::Remove(_) => {}
    }
}

/// The items and keys that batches name, each once. A script has few enough steps for two octets to count them.
#[derive(Default)]
struct Places<'a> {
    ids: Vec<ItemId>,
    keys: Vec<&'a Bytes>,
    /// The first so many keys are to be there, by a guard.
    wanted: usize,
    /// The next are not to be.
    unwanted: usize,
    of_ids: ById<u16>,
    of_keys: HashMap<&'a Bytes, u16>,
}

impl<'a> Places<'a> {
    fn of(group: &[&'a Batch]) -> Self {
        let mut this = Self::default();
        let guards = || group.iter().flat_map(|batch| &batch.guards);
        for guard in guards() {
            match guard {
                Guard::KeyPresent(key) => this.add_key(key),
                Guard::KeyAbsent(_) => {}
                Guard::ItemPresent(id) | Guard::ItemAbsent(id) | Guard::ItemFree(id, _) => {
                    this.add_id(*id);
                }
            }
        }
        this.wanted = this.keys.len();
        for guard in guards() {
            if let Guard::KeyAbsent(key) = guard {
                this.add_key(key);
            }
        }
        this.unwanted = this.keys.len() - this.wanted;
        for op in group.iter().flat_map(|batch| &batch.ops) {
            match op {
                Op::Put { key, .. } | Op::Append { key, .. } | Op::Delete { key } => {
                    this.add_key(key);
                }
                Op::Push(item) | Op::PushLeased(item) => this.add_id(item.id),
                Op::Remove(id) => this.add_id(*id),
            }
        }
        this
    }

    /// The first place is 1, as the script counts.
    fn add_id(&mut self, id: ItemId) {
        let ids = &mut self.ids;
        self.of_ids.entry(id).or_insert_with(|| {
            ids.push(id);
            short(ids.len())
        });
    }

    fn add_key(&mut self, key: &'a Bytes) {
        let keys = &mut self.keys;
        self.of_keys.entry(key).or_insert_with(|| {
            keys.push(key);
            short(keys.len())
        });
    }

    fn id(&self, id: ItemId) -> u16 {
        self.of_ids.get(&id).copied().unwrap_or_default()
    }

    fn key(&self, key: &Bytes) -> u16 {
        self.of_keys.get(key).copied().unwrap_or_default()
    }

    /// Adds a batch to the program.
    fn write(&self, batch: &Batch, program: &mut Vec<u8>) {
        program.push(batch.takes_room().into());
        let named = batch.guards.iter().filter(|guard| matches!(guard, Guard::ItemFree(..)));
        let values = named.count() + batch.ops.iter().map(values_of).sum::<usize>();
        for count in [batch.guards.len(), batch.ops.len(), values] {
            program.extend_from_slice(&short(count).to_be_bytes());
        }
        let mut step = |kind, place: u16| {
            let [high, low] = place.to_be_bytes();
            program.extend_from_slice(&[kind, high, low]);
        };
        for guard in &batch.guards {
            match guard {
                Guard::KeyPresent(key) => step(b'K', self.key(key)),
                Guard::KeyAbsent(key) => step(b'k', self.key(key)),
                Guard::ItemPresent(id) => step(b'I', self.id(*id)),
                Guard::ItemAbsent(id) => step(b'i', self.id(*id)),
                Guard::ItemFree(id, _) => step(b'f', self.id(*id)),
            }
        }
        for op in &batch.ops {
            match op {
                Op::Put { key, .. } => step(b's', self.key(key)),
                Op::Append { key, .. } => step(b'a', self.key(key)),
                Op::Delete { key } => step(b'd', self.key(key)),
                Op::Remove(id) => step(b'r', self.id(*id)),
                Op::Push(item) => step(b'p', self.id(item.id)),
                Op::PushLeased(item) => step(b'l', self.id(item.id)),
            }
        }
    }
}

/// A group has 8,192 steps at most, and as many values.
fn short(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn values_of(op: &Op) -> usize {
    match op {
        Op::Put { .. } | Op::Append { .. } => 2,
        Op::Push(_) | Op::PushLeased(_) => 1,
        Op::Delete { .. } | Op::Remove(_) => 0,
    }
}

impl Shared {
    /// What the script says of each batch. Rings for those that wait here.
    pub(super) fn marks(&self, value: Value, count: usize) -> Answers {
        let Value::Array(parts) = value else { return uncertain(count) };
        let mut parts = parts.into_iter();
        let (Some(Value::BulkString(marks)), Some(woken)) = (parts.next(), parts.next()) else {
            return uncertain(count);
        };
        self.ring(woken);
        if marks.len() != count {
            return uncertain(count);
        }
        let answer = |mark| match mark {
            b'1' => Ok(true),
            b'0' => Ok(false),
            b'F' => {
                let error = std::io::Error::other("OOM: used memory is above `maxmemory`");
                Err(StoreError::ServerFull { source: source(error) })
            }
            _ => Err(unexpected()),
        };
        marks.into_iter().map(answer).collect()
    }
}

/// It was called and says what nobody understands: it may have done what it was asked.
fn uncertain(count: usize) -> Answers {
    let error = std::io::Error::other("an answer of another kind than was asked for");
    let error = StoreError::Uncertain { source: source(error) };
    (0..count).map(|_| Err(error.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_within_their_bounds() {
        let small = Batch::new().put("k", "v", None);
        let batches: Vec<_> = (0..MAX_BATCHES + 1).map(|_| &small).collect();
        let lengths = |groups: Vec<&[&Batch]>| -> Vec<usize> {
            groups.iter().map(|group| group.len()).collect()
        };
        assert_eq!(lengths(split(&batches)), [MAX_BATCHES, 1]);
        let large = Batch::new().put("k", vec![0; MAX_OCTETS], None);
        assert_eq!(lengths(split(&[&small, &large, &large, &small])), [1, 1, 1, 1]);
        let long = (0..Batch::MAX_OPS as u64).map(ItemId).fold(Batch::new(), Batch::remove);
        assert_eq!(lengths(split(&[&long, &small, &small])), [1, 2]);
        assert!(split(&[]).is_empty());
    }
}
