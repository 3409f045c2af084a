//! Stores in a Redis server of the test's own.

use wirepath_runtime::store::{RedisOptions, Store};
use wirepath_test_support::RedisServer;

/// The store of one more replica.
pub(crate) async fn store(server: &RedisServer) -> Store {
    Store::redis(RedisOptions::new(server.url().as_str())).await.expect("the server is there")
}
