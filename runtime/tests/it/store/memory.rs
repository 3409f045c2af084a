//! The backend in memory.

use std::time::{Duration, SystemTime};

use wirepath_runtime::store::{Batch, Item, Store};

use super::conformance;

async fn open() -> (Store, ()) {
    (Store::memory(), ())
}

conformance!(open);

#[tokio::test(start_paused = true)]
async fn its_time_is_that_of_the_test() {
    let store = Store::memory();
    let day = Duration::from_secs(86_400);
    let id = store.reserve(1).await.unwrap();
    let item = Item { due: SystemTime::now() + day, ..super::item(id, "a") };
    store.commit(Batch::new().push(item).put("k", "v", Some(day))).await.unwrap();
    assert!(store.get(b"k").await.unwrap().is_some());
    assert_eq!(super::lease_ids_at_leisure(&store, "a").await, [id.0]);
    assert_eq!(store.get(b"k").await.unwrap(), None);
}
