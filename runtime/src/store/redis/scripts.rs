//! The scripts: each is one step at the server.

use std::time::Duration;

use redis::aio::ConnectionManager;

use super::calls::{answer, source};
use crate::store::StoreError;

macro_rules! scripts {
    ($($name:ident),*) => {
        /// The digests by which the server knows them.
        #[derive(Debug)]
        pub(super) struct Scripts {
            $(pub(super) $name: String,)*
        }

        impl Scripts {
            /// Loads all of them.
            pub(super) async fn load(
                connection: &mut ConnectionManager,
                limit: Duration,
            ) -> Result<Self, StoreError> {
                $(let $name = load(
                    connection,
                    limit,
                    concat!(include_str!("common.lua"), include_str!(concat!(stringify!($name), ".lua"))),
                ).await?;)*
                Ok(Self { $($name,)* })
            }
        }
    };
}

scripts!(open, commit, lease, release, recover, beat, list, depths);

async fn load(
    connection: &mut ConnectionManager,
    limit: Duration,
    text: &str,
) -> Result<String, StoreError> {
    let mut command = redis::cmd("SCRIPT");
    command.arg("LOAD").arg(text);
    match answer(limit, command.query_async(connection)).await? {
        redis::Value::BulkString(digest) => String::from_utf8(digest).map_err(|error| {
            StoreError::Unavailable { hint: "it is no Redis".to_owned(), source: source(error) }
        }),
        redis::Value::SimpleString(digest) => Ok(digest),
        _ => Err(super::calls::unexpected()),
    }
}
