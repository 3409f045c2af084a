//! A Redis server of a test's own.

use std::io::{self, BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// What it has to start, and to read its files.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody else may be faster at the port.
const ATTEMPTS: usize = 5;

/// A server on a free port of the loopback interface, which can be spoken to when this is there. Every write is on the disk
/// before it is answered. It is killed when this is dropped.
///
/// ```no_run
/// let server = wirepath_test_support::RedisServer::start();
/// assert_eq!(server.cli(&["PING"]), "PONG\n");
/// ```
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    folder: PathBuf,
    /// Goes with it.
    own: Option<TempDir>,
}

impl RedisServer {
    /// Starts one with its files in a folder of its own.
    ///
    /// # Panics
    ///
    /// If `redis-server` is not there, or does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Vec::new)
    }

    /// The same with arguments of its own, which come last. They are asked for at each attempt: one may name another port.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn with(arguments: impl Fn() -> Vec<String>) -> Self {
        let own = tempfile::tempdir().expect("a folder for the Redis server");
        let mut server =
            Self::begin(own.path(), arguments).unwrap_or_else(|error| panic!("{error}"));
        server.own = Some(own);
        server
    }

    /// Starts one with its files in a folder that is there.
    ///
    /// # Errors
    ///
    /// If `redis-server` is not there, or does not start.
    pub fn start_in(folder: &Path) -> io::Result<Self> {
        Self::begin(folder, Vec::new)
    }

    fn begin(folder: &Path, arguments: impl Fn() -> Vec<String>) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let (port, arguments) = (free_port(), arguments());
            if let Some(child) = run(port, folder, &arguments)? {
                return Ok(Self { child, port, arguments, folder: folder.to_owned(), own: None });
            }
        }
        Err(io::Error::other("redis-server does not start"))
    }

    /// Its port, without TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it is, for clients.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Where its files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a command says, as `redis-cli` prints it.
    ///
    /// # Panics
    ///
    /// If `redis-cli` is not there, or prints no text.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli").args(["-p", &port]).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{}", missing("redis-cli", &error)));
        String::from_utf8(output.stdout).expect("redis-cli prints text")
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        // It may have gone already; then neither does anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again after [`kill`](Self::kill), on its port and with its files.
    ///
    /// # Panics
    ///
    /// If it does not start: somebody else may have taken the port.
    pub fn restart(&mut self) {
        let child = run(self.port, &self.folder, &self.arguments).expect("redis-server starts");
        self.child = child.expect("its port is still free");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of the loopback interface that nobody listens on just now.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the loopback interface");
    listener.local_addr().expect("it is bound").port()
}

/// One that takes commands; `None` if it ended before it did.
fn run(port: u16, folder: &Path, arguments: &[String]) -> io::Result<Option<Child>> {
    let mut child = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "always"])
        .args(["--maxmemory-policy", "noeviction", "--dir"])
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), missing("redis-server", &error)))?;
    if let Some(said) = child.stdout.take() {
        let (ready, is_ready) = mpsc::channel();
        // To its end, or the server would wait for somebody to read what it says.
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if line.contains("Ready to accept connections") {
                    let _ = ready.send(());
                }
            }
        });
        if is_ready.recv_timeout(PATIENCE).is_ok() {
            return Ok(Some(child));
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Ok(None)
}

fn missing(program: &str, error: &io::Error) -> String {
    format!("{program}: {error}; scripts/install-test-needs installs it")
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn it_keeps_what_it_was_told_over_a_kill_and_goes_when_it_is_dropped() {
        let mut server = RedisServer::start();
        assert_eq!(server.cli(&["SET", "k", "v"]), "OK\n");
        server.kill();
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
        server.restart();
        assert_eq!(server.cli(&["GET", "k"]), "v\n");
        let (port, folder) = (server.port(), server.folder().to_owned());
        drop(server);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }

    #[test]
    fn its_own_arguments_come_last() {
        let server = RedisServer::with(|| vec!["--appendfsync".to_owned(), "everysec".to_owned()]);
        assert!(server.cli(&["CONFIG", "GET", "appendfsync"]).contains("everysec"));
    }

    #[test]
    fn one_that_cannot_start_is_said_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = RedisServer::start_in(file.path()).unwrap_err();
        assert!(error.to_string().contains("does not start"), "{error}");
    }
}
