//! Batches that go in one script: each all or nothing, one after the other.

use std::collections::HashSet;

use redis::{Cmd, Value};

use super::Shared;
use super::calls::{source, unexpected};
use super::packed::{digits, pack};
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
        Op::Put { value, .. } => value.len(),
        Op::Push(item) | Op::PushLeased(item) => item.body.len(),
        Op::Delete { .. } | Op::Remove(_) => 0,
    }
}

/// The call of `commit.lua`.
pub(super) fn command(shared: &Shared, group: &[&Batch]) -> Cmd {
    let mut command = shared.script(&shared.scripts.commit);
    command.arg(&shared.replica).arg(shared.next_call());
    let keys = Keys { prefix: [shared.base.as_bytes(), b":k:"].concat() };
    name(&mut command, group, &keys);
    for batch in group {
        // The kind and what it is about, '|', and what writes have.
        let words: usize = batch.ops.iter().map(words_of).sum();
        let room = if batch.takes_room() { "1" } else { "0" };
        command.arg(room).arg(2 * batch.guards.len() + 1 + words);
        for guard in &batch.guards {
            match guard {
                Guard::KeyPresent(key) => command.arg("K").arg(&keys.full(key)),
                Guard::KeyAbsent(key) => command.arg("k").arg(&keys.full(key)),
                Guard::ItemPresent(id) => command.arg("I").arg(&digits(*id)),
                Guard::ItemAbsent(id) => command.arg("i").arg(&digits(*id)),
                Guard::ItemFree(id) => command.arg("f").arg(&digits(*id)),
            };
        }
        command.arg("|");
        for op in &batch.ops {
            match op {
                Op::Put { key, value, ttl } => {
                    command.arg("s").arg(&keys.full(key)).arg(&value[..]);
                    match ttl {
                        Some(ttl) => command.arg(duration_ms(*ttl)),
                        None => command.arg(""),
                    }
                }
                Op::Delete { key } => command.arg("d").arg(&keys.full(key)),
                Op::Remove(id) => command.arg("r").arg(&digits(*id)),
                Op::Push(item) => command.arg("p").arg(&digits(item.id)).arg(&pack(item)),
                Op::PushLeased(item) => command.arg("l").arg(&digits(item.id)).arg(&pack(item)),
            };
        }
    }
    command
}

struct Keys {
    prefix: Vec<u8>,
}

impl Keys {
    fn full(&self, key: &[u8]) -> Vec<u8> {
        [&self.prefix, key].concat()
    }
}

fn words_of(op: &Op) -> usize {
    match op {
        Op::Put { .. } => 4,
        Op::Delete { .. } | Op::Remove(_) => 2,
        Op::Push(_) | Op::PushLeased(_) => 3,
    }
}

/// The items and keys that the script has to look at before.
fn name(command: &mut Cmd, group: &[&Batch], keys: &Keys) {
    let (mut ids, mut there, mut not_there) = (HashSet::new(), HashSet::new(), HashSet::new());
    for batch in group {
        for guard in &batch.guards {
            match guard {
                Guard::KeyPresent(key) => drop(there.insert(key)),
                Guard::KeyAbsent(key) => drop(not_there.insert(key)),
                Guard::ItemPresent(id) | Guard::ItemAbsent(id) | Guard::ItemFree(id) => {
                    ids.insert(*id);
                }
            }
        }
        for op in &batch.ops {
            match op {
                Op::Push(item) | Op::PushLeased(item) => drop(ids.insert(item.id)),
                Op::Remove(id) => drop(ids.insert(*id)),
                Op::Put { .. } | Op::Delete { .. } => {}
            }
        }
    }
    let mut ids: Vec<ItemId> = ids.into_iter().collect();
    // Neighbours come to be neighbours in the lanes as well.
    ids.sort_unstable();
    command.arg(ids.len());
    for id in ids {
        command.arg(&digits(id));
    }
    for names in [there, not_there] {
        command.arg(names.len());
        for key in names {
            command.arg(&keys.full(key));
        }
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
