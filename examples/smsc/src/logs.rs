//! The log: for people on a terminal, JSON elsewhere. On stderr.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

/// Back to the start of the line, and nothing on it.
pub const CLEAR_LINE: &str = "\r\x1b[2K";

/// Starts logging. `RUST_LOG` says how much, or else this, as `RUST_LOG` writes it; `NO_COLOR` that it shall have no colours.
///
/// # Panics
///
/// If the process logs already.
pub fn start(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter);
    if io::stderr().is_terminal() {
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        subscriber.with_target(false).with_ansi(colours).with_writer(AboveStatus::new).init();
    } else {
        subscriber.json().flatten_event(true).with_writer(io::stderr).init();
    }
}

/// Writes a log line where the status line stands; that one comes again within a second.
struct AboveStatus(io::StderrLock<'static>);

impl AboveStatus {
    fn new() -> Self {
        let mut stderr = io::stderr().lock();
        // If nobody can see it, nobody misses it.
        let _ = stderr.write_all(CLEAR_LINE.as_bytes());
        Self(stderr)
    }
}

impl Write for AboveStatus {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
