//! One suite of rules, for every backend.

mod concurrency;
#[cfg(feature = "store-embedded")]
mod embedded;
#[cfg(feature = "store-embedded")]
mod kill;
mod memory;
mod model;
#[cfg(feature = "store-redis")]
mod redis;
mod rules;

use std::time::Duration;

use wirepath_runtime::store::{Item, ItemId, Lane, Store};

/// What no call may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Makes the tests of a backend: `$open` is an async function that gives a store and what has to live as long.
macro_rules! conformance {
    ($open:path) => {
        $crate::store::conformance!($open, rules: [
            all_of_a_batch_or_nothing, every_guard, writes_apply_in_their_order, by_priority_then_by_number,
            pushed_again_it_moves_and_its_lease_ends, pushed_leased_it_is_hidden, released_it_comes_back, a_late_release_ends_no_lease,
                       a_delayed_item_waits_until_it_is_due, an_earlier_item_wakes_who_waits, keys_are_set_and_deleted, keys_grow, keys_expire,
            numbers_are_given_once, lookups, how_full_lanes_are, what_is_out_of_bounds_is_refused, the_bus,
            handed_over_when_called, each_by_itself,
        ]);
        $crate::store::conformance!($open, concurrency: [
            a_push_wakes_who_waits, leased_to_one_at_a_time, one_takes_a_key, dropped_calls_lose_nothing,
            numbers_never_overlap,
        ]);
        $crate::store::conformance!($open, model: [as_the_naive_model]);
    };
    ($open:path, $module:ident: [$($rule:ident),* $(,)?]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let (store, _keep) = $open().await;
                let rule = $crate::store::$module::$rule(store);
                tokio::time::timeout(std::time::Duration::from_secs(60), rule).await.expect("it hangs");
            }
        )*
    };
}
use conformance;

fn item(id: ItemId, lane: &str) -> Item {
    Item::new(id, lane, format!("body of {id}"))
}

fn nth(first: ItemId, n: u64) -> ItemId {
    ItemId(first.0 + n)
}

async fn lease(store: &Store, lane: &str, max: usize) -> Vec<Item> {
    let lane = Lane::from(lane);
    let leased = tokio::time::timeout(LIMIT, store.lease(&lane, max)).await;
    leased.expect("nothing to lease").unwrap()
}

async fn lease_ids(store: &Store, lane: &str, max: usize) -> Vec<u64> {
    lease(store, lane, max).await.iter().map(|item| item.id.0).collect()
}

/// For paused time, which a time limit would make run.
async fn lease_ids_at_leisure(store: &Store, lane: &str) -> Vec<u64> {
    let lane = Lane::from(lane);
    store.lease(&lane, 10).await.unwrap().iter().map(|item| item.id.0).collect()
}
