//! The gateway binary, running.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

pub(crate) use wirepath_test_support::{RedisServer, free_port};

/// How long a test waits for what should come soon, in real time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway of its own. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Gateway {
    child: Child,
    address: String,
    said: String,
    log: Arc<Mutex<String>>,
}

/// The binary, as if it had not been called by cargo.
pub(crate) fn gateway() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.env_remove("CARGO").env_remove("RUST_LOG");
    command
}

/// Runs a command of it to its end.
pub(crate) fn call(arguments: &[&str]) -> Output {
    gateway().args(arguments).output().expect("the gateway binary starts")
}

/// What a command that succeeds says.
pub(crate) fn say(arguments: &[&str]) -> String {
    let output = call(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// What a command that fails says, and that its exit status is 1.
pub(crate) fn fail(arguments: &[&str]) -> String {
    let output = call(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).expect("text")
}

impl Gateway {
    /// Starts one, and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_by(gateway().args(arguments))
    }

    /// The same, by a command of one's own.
    pub(crate) fn start_by(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gateway binary starts");
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let log = Arc::new(Mutex::new(String::new()));
        let lines = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut octets = [0; 4_096];
            while let Ok(length @ 1..) = stderr.read(&mut octets) {
                let text = String::from_utf8_lossy(&octets[..length]);
                lines.lock().expect("nobody panics with the log").push_str(&text);
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut said = String::new();
        // All that it says at the start comes in one piece; it ends at once if it cannot start.
        let _ = stdout.read_line(&mut said);
        said.push_str(&String::from_utf8_lossy(stdout.buffer()));
        let address = said.strip_prefix("SMPP on ").and_then(|rest| rest.split(',').next());
        let address = address.unwrap_or_default().to_owned();
        let this = Self { child, address, said, log };
        assert!(!this.address.is_empty(), "no gateway: {}", this.log());
        this
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it said on stdout at the start.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("nobody panics with the log").clone()
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is ours").is_some()
    }

    /// Sends SIGTERM, and waits for its end.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &id]).status().expect("kill").success());
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the gateway does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// What goes under `store`, for a store in Redis.
pub(crate) fn in_redis(server: &RedisServer) -> String {
    format!("{{engine: redis, url: '{}', replica_timeout_ms: 1000}}", server.url())
}
