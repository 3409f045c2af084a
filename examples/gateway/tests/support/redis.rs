//! A Redis server of the test's own.

use std::{
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Instant,
};

use super::{PATIENCE, free_port};

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

    /// What goes under `store`.
    pub(crate) fn store(&self) -> String {
        format!(
            "{{engine: redis, url: 'redis://127.0.0.1:{}', replica_timeout_ms: 1000}}",
            self.port
        )
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
