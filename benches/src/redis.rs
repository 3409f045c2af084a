//! A Redis server of one's own.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::error::LoadError;

/// What it has to start.
const PATIENCE: Duration = Duration::from_secs(10);
/// Somebody else may be faster at the port.
const ATTEMPTS: usize = 5;

/// A server on a free port, which has every write on disk before it answers. It goes when this is dropped.
pub(crate) struct RedisServer {
    child: Child,
    pub(crate) url: String,
}

impl RedisServer {
    /// Starts it with its files in a folder.
    pub(crate) fn start(folder: &Path) -> Result<Self, LoadError> {
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let mut server = Self {
                child: Command::new("redis-server")
                    .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
                    .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
                    .arg(folder)
                    .stdout(Stdio::null())
                    .spawn()
                    .map_err(|error| {
                        LoadError::new(format!("redis-server: {error}; install Redis 7 or Valkey"))
                    })?,
                url: format!("redis://127.0.0.1:{port}"),
            };
            if server.answers(port)? {
                return Ok(server);
            }
        }
        Err(LoadError::new("redis-server does not start"))
    }

    fn answers(&mut self, port: u16) -> Result<bool, LoadError> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && self.child.try_wait()?.is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(false)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may have gone already; then neither does anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
