//! The same at a Redis server of the test's own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Instant,
};

use tempfile::TempDir;
use wirepath_runtime::store::{RedisOptions, Store};
use wirepath_smpp::{BindKind, DeliverSm, SendError};

use super::{Replica, message};
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
    let sent = esme.sent_as::<DeliverSm>();
    let bodies: Vec<_> = sent.iter().map(DeliverSm::body).collect();
    assert_eq!(bodies, [&b"hi"[..], b"a", b"b", b"c"]);
    assert_eq!(two.to_esme().session().unwrap().counters().sent, 4);
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
    let bodies: Vec<_> =
        esme.sent_as::<DeliverSm>().iter().map(|pdu| pdu.body().to_vec()).collect();
    assert_eq!(bodies, [b"before".to_vec(), b"after".to_vec()]);
}
