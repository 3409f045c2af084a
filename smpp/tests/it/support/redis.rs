//! A Redis server of the test's own.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Instant,
};

use wirepath_runtime::store::{RedisOptions, Store};

use super::PATIENCE;

/// A server on a free port, its files in a folder of its own. It writes through to the disk.
#[derive(Debug)]
pub(crate) struct Redis {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Redis {
    /// Tries again where somebody else was faster at the port.
    pub(crate) fn start() -> Self {
        for _ in 0..5 {
            let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
            let mut child = Command::new("redis-server")
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
                .arg(folder.path())
                .args(["--save", "", "--appendonly", "yes", "--appendfsync", "always"])
                .args(["--maxmemory-policy", "noeviction"])
                .stdout(Stdio::null())
                .spawn()
                .expect("redis-server starts; scripts/install-test-needs installs it");
            let began = Instant::now();
            while began.elapsed() < PATIENCE && child.try_wait().expect("it is ours").is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Self { child, port, _folder: folder };
                }
                std::thread::yield_now();
            }
            let _ = child.kill();
        }
        panic!("redis-server does not start");
    }

    /// The store of one more replica.
    pub(crate) async fn store(&self) -> Store {
        let url = format!("redis://127.0.0.1:{}", self.port);
        let began = Instant::now();
        loop {
            match Store::redis(RedisOptions::new(url.as_str())).await {
                Ok(store) => return store,
                // It listens a moment before it has read its files.
                Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
            }
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface");
    listener.local_addr().expect("it is bound").port()
}
