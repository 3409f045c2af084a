//! The index beside a list that is searched from end to end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Push { id: u64, lane: u8, priority: u8, due: u64, queued: u64, leased: bool, settle: bool },
    Settle(u64),
    Remove(u64),
    Release(u64),
    Lease { lane: u8, max: usize },
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..8u64;
    prop_oneof![
        6 => (id.clone(), 0..3u8, 0..4u8, 0..60u64, 0..60u64, any::<bool>(), any::<bool>()).prop_map(
            |(id, lane, priority, due, queued, leased, settle)| {
                Step::Push { id, lane, priority, due, queued, leased, settle }
            }
        ),
        2 => id.clone().prop_map(Step::Settle),
        2 => id.clone().prop_map(Step::Remove),
        2 => id.prop_map(Step::Release),
        4 => (0..3u8, 0..4usize).prop_map(|(lane, max)| Step::Lease { lane, max }),
        2 => (0..20u64).prop_map(Step::Pass),
    ]
}

#[derive(Clone, Debug)]
struct Naive {
    meta: Meta,
    leased: bool,
    settled: bool,
}

fn lane(n: u8) -> Lane {
    Lane::from(format!("lane {n}"))
}

fn meta(lane: Lane, priority: u8, due: u64, queued: u64) -> Meta {
    Meta { lane, priority, due, queued, attempts: 0, octets: 100 }
}

type Model = BTreeMap<ItemId, Naive>;

/// What can be leased, in its order.
fn ready(model: &Model, lane: &Lane, now: u64) -> Vec<ItemId> {
    let free = model.iter().filter(|(_, item)| {
        item.meta.lane == *lane && item.settled && !item.leased && item.meta.due <= now
    });
    let mut free: Vec<_> = free.map(|(id, item)| (Reverse(item.meta.priority), *id)).collect();
    free.sort_unstable();
    free.into_iter().map(|(_, id)| id).collect()
}

fn apply(index: &mut Index, model: &mut Model, step: Step, now: &mut u64) {
    match step {
        Step::Push { id, lane: n, priority, due, queued, leased, settle } => {
            let meta = meta(lane(n), priority, due, queued);
            index.push(ItemId(id), meta.clone(), Some(Bytes::new()), leased);
            if settle {
                index.settle(ItemId(id), *now, u64::MAX);
            }
            model.insert(ItemId(id), Naive { meta, leased, settled: settle });
        }
        Step::Settle(id) => {
            index.settle(ItemId(id), *now, u64::MAX);
            model.entry(ItemId(id)).and_modify(|item| item.settled = true);
        }
        Step::Remove(id) => {
            let removed = index.remove(ItemId(id));
            assert_eq!(removed, model.remove(&ItemId(id)).map(|item| item.meta));
        }
        Step::Release(id) => {
            index.release(ItemId(id), *now);
            model.entry(ItemId(id)).and_modify(|item| item.leased = false);
        }
        Step::Lease { lane: n, max } => {
            let mut expected = ready(model, &lane(n), *now);
            expected.truncate(max);
            let mut leased = Vec::new();
            index.lease(&lane(n), max, *now, &mut leased);
            let leased: Vec<_> = leased.into_iter().map(|item| item.unwrap().id).collect();
            assert_eq!(leased, expected);
            for id in leased {
                model.get_mut(&id).unwrap().leased = true;
            }
        }
        Step::Pass(ms) => *now += ms,
    }
}

fn compare(index: &mut Index, model: &Model, now: u64) {
    assert_eq!((index.len(), index.octets()), (model.len(), 100 * model.len() as u64));
    let mut expected = Vec::new();
    for n in 0..3 {
        let name = lane(n);
        let of_lane: Vec<_> = model.iter().filter(|(_, item)| item.meta.lane == name).collect();
        let ids: Vec<_> = of_lane.iter().map(|(id, _)| **id).collect();
        assert_eq!(index.list(&name, None, 99), ids);
        assert_eq!(index.list(&name, Some(ItemId(3)), 2), {
            let above = ids.iter().filter(|id| id.0 > 3).copied();
            above.take(2).collect::<Vec<_>>()
        });
        let ready = ready(model, &name, now);
        let later = of_lane.iter().filter(|(_, item)| item.settled && !item.leased);
        let next = match later.map(|(_, item)| item.meta.due).min() {
            _ if !ready.is_empty() => Next::Now,
            Some(due) => Next::At(due),
            None => Next::Nothing,
        };
        assert_eq!(index.next(&name, now), next);
        if of_lane.is_empty() {
            continue;
        }
        let leased = of_lane.iter().filter(|(_, item)| item.leased).count();
        expected.push(Depth {
            lane: name,
            ready: ready.len() as u64,
            delayed: (of_lane.len() - ready.len() - leased) as u64,
            leased: leased as u64,
            oldest: of_lane.iter().map(|(_, item)| from_ms(item.meta.queued)).min(),
        });
    }
    assert_eq!(index.depths(now), expected);
    for (id, item) in model {
        let (meta, is_leased) =
            index.items().with(*id, |entry| (entry.meta.clone(), entry.is_leased)).unwrap();
        assert_eq!((&meta, is_leased), (&item.meta, item.leased));
        assert_eq!(index.is_free(*id), !item.leased);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn as_a_list_that_is_searched(steps in proptest::collection::vec(step(), 1..80)) {
        let (mut index, mut model, mut now) = (Index::default(), Model::new(), 10);
        for step in steps {
            apply(&mut index, &mut model, step, &mut now);
            compare(&mut index, &model, now);
        }
    }
}

#[test]
fn who_is_woken() {
    let mut index = Index::default();
    let (a, now) = (lane(0), 10);
    let mut push = |id, due| {
        index.push(ItemId(id), meta(a.clone(), 0, due, 0), None, false);
        index.settle(ItemId(id), now, u64::MAX)
    };
    assert_eq!(push(1, 10), Some(Wake::One(a.clone())));
    assert_eq!(push(2, 20), Some(Wake::All(a.clone())));
    assert_eq!(push(3, 30), None, "those that wait wait for 20");
    assert_eq!(push(4, 15), Some(Wake::All(a.clone())));
    assert_eq!(index.release(ItemId(1), now), None, "it is not leased");
    index.lease(&a, 1, now, &mut Vec::new());
    assert_eq!(index.release(ItemId(1), now), Some(Wake::One(a)));
}

#[test]
fn those_that_have_left_do_not_pile_up() {
    let mut index = Index::default();
    // The oldest stays on top of all that come and go.
    index.push(ItemId(0), meta(lane(0), 0, 0, 0), None, false);
    for id in 1..10_000 {
        index.push(ItemId(id), meta(lane(0), 0, 0, id), None, false);
        index.remove(ItemId(id));
        index.push(ItemId(0), meta(lane(0), 0, 0, 0), None, false); // and comes back again and again
    }
    assert!(index.lanes[0].oldest.len() < 200);
    assert_eq!(index.depths(0)[0].oldest, Some(from_ms(0)));
    index.remove(ItemId(0));
    assert!(index.places.is_empty() && index.free == [0]);
}
