//! SIGKILL, in the middle of writing.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use wirepath_runtime::store::{Batch, EmbeddedOptions, ItemId, Store};

use super::item;

const FOLDER: &str = "WIREPATH_TEST_STORE_TO_FILL";
const KILLS: usize = 3;
const ACKNOWLEDGED: usize = 300;

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for _ in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::kill::fill_until_killed", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut read = 0;
        while let Some(Ok(line)) = lines.next() {
            // The last line may be cut.
            let Some(id) = line.strip_prefix("acknowledged ").and_then(|id| id.strip_suffix('.'))
            else {
                continue;
            };
            acknowledged.push(ItemId(id.parse().unwrap()));
            read += 1;
            if read == ACKNOWLEDGED {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(read >= ACKNOWLEDGED, "it ended by itself");
    }
    let store = Store::open(folder.path(), EmbeddedOptions::default()).unwrap();
    let count = acknowledged.len();
    for id in &acknowledged {
        let found = store.item(*id).await.unwrap();
        assert_eq!(found.unwrap().item.body, format!("body of {id}"));
        assert_eq!(store.get(&id.0.to_be_bytes()).await.unwrap().unwrap(), "sent");
    }
    acknowledged.sort_unstable();
    acknowledged.dedup();
    assert_eq!(acknowledged.len(), count, "a number was given twice");
}

/// What the test above runs in another process.
#[test]
#[ignore = "run by what_was_acknowledged_is_there_after_a_kill"]
fn fill_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = Store::open(folder, EmbeddedOptions::default()).unwrap();
    let tasks: Vec<_> = (0..16).map(|_| runtime.spawn(fill(store.clone()))).collect();
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
}

/// Ends when nobody listens any more.
async fn fill(store: Store) {
    loop {
        let id = store.reserve(1).await.unwrap();
        let key = id.0.to_be_bytes().to_vec();
        store.commit(Batch::new().push(item(id, "a")).put(key, "sent", None)).await.unwrap();
        let mut out = std::io::stdout().lock();
        let line = format!("acknowledged {id}.\n");
        if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}
