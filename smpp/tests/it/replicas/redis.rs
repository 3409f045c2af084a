//! The same at a Redis server of the test's own.

use std::{
    collections::HashSet,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Instant,
};

use futures_util::future::join_all;
use tempfile::TempDir;
use wirepath_runtime::store::{RedisOptions, Store};
use wirepath_smpp::{BindKind, SendError};

use super::{Replica, bodies, message};
use crate::support::{PATIENCE, soon};

/// A server on a free port, its files in a folder of its own.
struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        Self { child: run(port, &folder), port, folder }
    }

    /// A store of a replica's own, as soon as the server answers.
    async fn open(&self) -> Store {
        let until = Instant::now() + PATIENCE;
        let url = format!("redis://127.0.0.1:{}", self.port);
        loop {
            match Store::redis(RedisOptions::new(url.as_str())).await {
                Ok(store) => return store,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
        }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn restart(&mut self) {
        self.child = run(self.port, &self.folder);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(port: u16, folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server: scripts/install-test-needs installs it")
}

#[tokio::test]
async fn replicas_at_a_redis_server_reach_each_others_esmes() {
    let server = Server::start();
    let one = Replica::new(&server.open().await).await;
    let two = Replica::new(&server.open().await).await;
    let esme = two.bound(BindKind::Receiver).await;
    // The subscription is made in the background; until it is there, nobody serves.
    soon(async {
        while one.to_esme().deliver_sm(&message("hi")).await == Err(SendError::NotBound) {}
    })
    .await;
    let texts = ["a", "b", "c"];
    for text in texts {
        soon(one.to_esme().deliver_sm(&message(text))).await.unwrap();
    }
    assert_eq!(bodies(&esme), [&b"hi"[..], b"a", b"b", b"c"]);
    assert_eq!(two.to_esme().session().unwrap().counters().sent, 4);
}

#[tokio::test]
async fn of_many_replicas_at_a_redis_server_one_sends() {
    let server = Server::start();
    let one = Replica::new(&server.open().await).await;
    let (mut others, mut esmes) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let other = Replica::new(&server.open().await).await;
        esmes.push(other.bound(BindKind::Receiver).await);
        others.push(other);
    }
    let esme = one.to_esme();
    soon(async { while esme.deliver_sm(&message("0")).await == Err(SendError::NotBound) {} }).await;
    let texts: Vec<_> = (1..=500).map(|n| n.to_string()).collect();
    let all = texts.iter().map(async |text| esme.deliver_sm(&message(text)).await);
    for outcome in soon(join_all(all)).await {
        outcome.unwrap();
    }
    let got: Vec<_> = esmes.iter().flat_map(bodies).collect();
    assert_eq!((got.len(), got.iter().collect::<HashSet<_>>().len()), (501, 501));
}

#[tokio::test]
async fn a_redis_server_that_is_gone_is_said_so_and_found_again() {
    let mut server = Server::start();
    let one = Replica::new(&server.open().await).await;
    let two = Replica::new(&server.open().await).await;
    let esme = two.bound(BindKind::Transceiver).await;
    soon(async {
        while one.to_esme().deliver_sm(&message("before")).await == Err(SendError::NotBound) {}
    })
    .await;
    server.kill();
    let error = soon(one.to_esme().deliver_sm(&message("meanwhile"))).await.unwrap_err();
    assert_eq!(error, SendError::Unreachable);
    assert!(!error.may_have_arrived());
    server.restart();
    soon(async { while one.to_esme().deliver_sm(&message("after")).await.is_err() {} }).await;
    assert_eq!(bodies(&esme), [&b"before"[..], b"after"]);
}
