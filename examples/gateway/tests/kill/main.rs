//! A gateway that is killed again and again, at any instant, under load: no message that was acknowledged is lost, none goes out
//! twice unless the answer to it was lost, and every sender hears once.
//!
//! `WIREPATH_KILLS` says how often it is killed.

mod chance;
mod esmes;
mod judge;
#[path = "../support/mod.rs"]
mod support;
mod upstream;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    chance::Chance,
    esmes::Ledger,
    judge::judge,
    support::{Gateway, RedisServer, call, free_port, in_redis, say, text},
    upstream::Upstream,
};

/// How long everything may take to come to its end once the load has stopped.
const DRAIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("{{path: '{}'}}", folder.path().join("data").display());
    Trial { folder, store, kills: kills(200) }.run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_redis() {
    let redis = RedisServer::start();
    let folder = tempfile::tempdir().unwrap();
    Trial { folder, store: in_redis(&redis), kills: kills(40) }.run().await;
}

fn kills(default: u32) -> u32 {
    match std::env::var("WIREPATH_KILLS") {
        Ok(number) => number.parse().expect("WIREPATH_KILLS is a number"),
        Err(_) => default,
    }
}

struct Trial {
    folder: TempDir,
    /// What goes under the key `store`.
    store: String,
    kills: u32,
}

impl Trial {
    async fn run(self) {
        let began = Instant::now();
        let upstream = Upstream::start().await;
        let file = self.config(upstream.address());
        let ledger = Arc::new(Ledger::default());
        let mut gateway = start(&file).await;
        let mut load = esmes::start(gateway.address(), &ledger);
        let mut chance = Chance::new();
        for _ in 0..self.kills {
            let pause = Duration::from_millis(chance.between(20, 150));
            tokio::time::sleep(pause).await;
            assert!(!gateway.has_ended(), "it died of itself: {}", gateway.log());
            tokio::task::block_in_place(|| gateway.kill());
            ledger.killed();
            upstream.killed();
            gateway = start(&file).await;
        }
        let killing = began.elapsed();
        ledger.stop();
        upstream.behave();
        drain(&file, &ledger, &gateway).await;
        let dead = dead_letters(&file);
        ledger.finish();
        let log = gateway.log();
        assert!(tokio::task::block_in_place(|| gateway.terminate()).success(), "{log}");
        // What they have got is in the ledger when they end.
        while let Some(ended) = load.join_next().await {
            ended.unwrap();
        }
        let verdict = judge(&ledger, &upstream.events(), &dead);
        println!(
            "{} kills in {:.1} s, {:.1} s in all\n{verdict}",
            self.kills,
            killing.as_secs_f64(),
            began.elapsed().as_secs_f64()
        );
        verdict.assert();
    }

    /// Quick where a test would have to wait, as it is by default elsewhere.
    fn config(&self, upstream: std::net::SocketAddr) -> std::path::PathBuf {
        let (port, store) = (free_port(), &self.store);
        let (host, up) = (upstream.ip(), upstream.port());
        let config = format!(
            "server:
  bind_address: 127.0.0.1
  port: {port}
  esmes: [{{system_id: esme1, password: secret}}]
binds:
  - {{name: up, host: {host}, port: {up}, system_id: gateway, password: secret, window_size: 32, response_timer_ms: 5000}}
routing: {{default_chain: ['bind:up']}}
spool: {{retry_first_ms: 20, retry_longest_ms: 200, orphan_hold_ms: 200}}
store: {store}
"
        );
        let file = self.folder.path().join("gateway.yaml");
        std::fs::write(&file, config).unwrap();
        file
    }
}

async fn start(file: &Path) -> Gateway {
    tokio::task::block_in_place(|| Gateway::start(&["--config", text(file)]))
}

/// Waits until nothing is left but dead letters, and every ESME has heard.
async fn drain(file: &Path, ledger: &Ledger, gateway: &Gateway) {
    let began = Instant::now();
    loop {
        let lanes = tokio::task::block_in_place(|| call(&["spool", "ls", "--config", text(file)]));
        let lanes = String::from_utf8_lossy(&lanes.stdout).into_owned();
        let is_empty = lanes.lines().skip(1).all(|lane| lane.starts_with("dead "));
        if !lanes.is_empty() && is_empty && ledger.is_answered() {
            return;
        }
        assert!(
            began.elapsed() < DRAIN,
            "it does not drain; {} messages wait for an answer:\n{lanes}\n{}",
            ledger.unanswered(),
            gateway.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The ids of dead letters.
fn dead_letters(file: &Path) -> Vec<String> {
    let list = say(&["spool", "ls", "--dead", "--limit", "1000", "--config", text(file)]);
    let rows = list.lines().skip(1).filter_map(|row| row.split_whitespace().next());
    rows.map(str::to_owned).collect()
}
