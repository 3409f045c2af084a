//! Random operations, beside a model that is too simple to be wrong.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use wirepath_runtime::store::{Batch, Guard, Item, ItemId, Lane, Op, Store};

const CASES: usize = 24;
const IDS: u64 = 6;

#[derive(Clone, Debug)]
enum Step {
    Commit { guards: Vec<(u8, u64)>, ops: Vec<(u8, u64, u8, u8)> },
    Lease { lane: u8, max: usize },
    Release { id: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let guards = proptest::collection::vec((0..6u8, 0..IDS), 0..2);
    let ops = proptest::collection::vec((0..5u8, 0..IDS, 0..2u8, 0..4u8), 0..4);
    prop_oneof![
        4 => (guards, ops).prop_map(|(guards, ops)| Step::Commit { guards, ops }),
        2 => (0..2u8, 0..4usize).prop_map(|(lane, max)| Step::Lease { lane, max }),
        1 => (0..IDS).prop_map(|id| Step::Release { id }),
    ]
}

#[derive(Default)]
struct Model {
    items: BTreeMap<ItemId, (Item, bool)>,
    keys: BTreeMap<u64, String>,
}

struct Names {
    case: usize,
    first: ItemId,
}

impl Names {
    fn id(&self, n: u64) -> ItemId {
        super::nth(self.first, n)
    }

    fn lane(&self, n: u8) -> Lane {
        Lane::from(format!("{}/{n}", self.case))
    }

    fn key(&self, n: u64) -> String {
        format!("{}/{n}", self.case)
    }
}

impl Model {
    fn holds(&self, kind: u8, n: u64, names: &Names) -> bool {
        let id = names.id(n);
        match kind {
            0 => self.keys.contains_key(&n),
            1 => !self.keys.contains_key(&n),
            2 => self.items.contains_key(&id),
            3 => !self.items.contains_key(&id),
            _ => self
                .items
                .get(&id)
                .is_some_and(|(item, leased)| !leased && item.lane == names.lane(kind % 2)),
        }
    }

    fn ready(&self, lane: &Lane) -> Vec<ItemId> {
        let free = self.items.values().filter(|(item, leased)| item.lane == *lane && !leased);
        let mut free: Vec<_> = free.map(|(item, _)| (3 - item.priority, item.id)).collect();
        free.sort_unstable();
        free.into_iter().map(|(_, id)| id).collect()
    }
}

pub(super) async fn as_the_naive_model(store: Store) {
    let mut runner = TestRunner::deterministic();
    let steps = proptest::collection::vec(step(), 1..60);
    for case in 0..CASES {
        let steps = steps.new_tree(&mut runner).unwrap().current();
        let names = Names { case, first: store.reserve(IDS).await.unwrap() };
        let mut model = Model::default();
        for (n, step) in steps.iter().enumerate() {
            apply(&store, &names, &mut model, step, n).await;
            compare(&store, &names, &model, &steps[..=n]).await;
        }
    }
}

async fn apply(store: &Store, names: &Names, model: &mut Model, step: &Step, n: usize) {
    match step {
        Step::Commit { guards, ops } => commit(store, names, model, guards, ops, n).await,
        Step::Lease { lane, max } => {
            let lane = names.lane(*lane);
            let ready = model.ready(&lane);
            if ready.is_empty() {
                return; // it would wait
            }
            let leased: Vec<_> =
                store.lease(&lane, *max).await.unwrap().iter().map(|item| item.id).collect();
            assert_eq!(leased, ready[..ready.len().min(*max)]);
            for id in leased {
                model.items.get_mut(&id).unwrap().1 = true;
            }
        }
        Step::Release { id } => {
            let id = names.id(*id);
            store.release(&[id]);
            // It is not awaited; what is committed behind it is.
            store.commit(Batch::new().delete("behind")).await.unwrap();
            if let Some((_, leased)) = model.items.get_mut(&id) {
                *leased = false;
            }
        }
    }
}

async fn commit(
    store: &Store,
    names: &Names,
    model: &mut Model,
    guards: &[(u8, u64)],
    ops: &[(u8, u64, u8, u8)],
    n: usize,
) {
    let mut batch = Batch::new();
    for (kind, n) in guards {
        let (key, id) = (names.key(*n), names.id(*n));
        batch = batch.guard(match kind {
            0 => Guard::KeyPresent(key.into()),
            1 => Guard::KeyAbsent(key.into()),
            2 => Guard::ItemPresent(id),
            3 => Guard::ItemAbsent(id),
            _ => Guard::ItemFree(id, names.lane(*kind % 2)),
        });
    }
    let holds = guards.iter().all(|(kind, n)| model.holds(*kind, *n, names));
    for (kind, number, lane, priority) in ops {
        let (key, id) = (names.key(*number), names.id(*number));
        let body = format!("{n}/{number}");
        // Due long ago: whether it is ready must not depend on the clock.
        let item = Item {
            priority: *priority,
            due: UNIX_EPOCH,
            ..Item::new(id, names.lane(*lane), body.clone())
        };
        batch = batch.op(match kind {
            0 => Op::Put { key: key.into(), value: body.clone().into(), ttl: None },
            1 => Op::Delete { key: key.into() },
            2 => Op::Push(item.clone()),
            3 => Op::PushLeased(item.clone()),
            _ => Op::Remove(id),
        });
        if !holds {
            continue;
        }
        match kind {
            0 => drop(model.keys.insert(*number, body)),
            1 => drop(model.keys.remove(number)),
            2 | 3 => drop(model.items.insert(id, (item, *kind == 3))),
            _ => drop(model.items.remove(&id)),
        }
    }
    assert_eq!(store.commit(batch).await.unwrap(), holds);
}

async fn compare(store: &Store, names: &Names, model: &Model, steps: &[Step]) {
    for n in 0..IDS {
        let value = store.get(names.key(n).as_bytes()).await.unwrap();
        assert_eq!(value.as_deref(), model.keys.get(&n).map(String::as_bytes), "{steps:?}");
        let found = store.item(names.id(n)).await.unwrap();
        let found = found.map(|found| (found.item.lane, found.item.body, found.is_leased));
        let expected = model.items.get(&names.id(n));
        let expected =
            expected.map(|(item, leased)| (item.lane.clone(), item.body.clone(), *leased));
        assert_eq!(found, expected, "{steps:?}");
    }
    for lane in 0..2 {
        let lane = names.lane(lane);
        let listed = store.list(&lane, None, 99).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|item| item.id).collect();
        let of_lane = model.items.values().filter(|(item, _)| item.lane == lane);
        let expected: Vec<_> = of_lane.clone().map(|(item, _)| item.id).collect();
        assert_eq!(listed, expected, "{steps:?}");
        let depths = store.depths().await.unwrap();
        let depth = depths.iter().find(|depth| depth.lane == lane);
        let leased = of_lane.filter(|(_, leased)| *leased).count();
        assert_eq!(depth.map_or(0, |depth| depth.leased), leased as u64, "{steps:?}");
        assert_eq!(depth.map_or(0, |depth| depth.ready), (expected.len() - leased) as u64);
    }
}
