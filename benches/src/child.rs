//! Servers and drivers as processes of their own.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use clap::ValueEnum;

use crate::{
    error::LoadError,
    plan::{ClientKind, Plan},
    report::Report,
    server::ServerKind,
    usage::Usage,
};

/// What is late after this does not come.
const STALLED: Duration = Duration::from_secs(60);
/// How often messages are looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// This program.
pub(crate) fn program() -> Result<PathBuf, LoadError> {
    Ok(std::env::current_exe()?)
}

/// This program with the counting allocator.
pub(crate) fn counted_program() -> Result<PathBuf, LoadError> {
    beside("wirepath-load-counted")
}

/// The program that a server runs in: relays have the allocator of the program `gateway`.
fn program_of(kind: ServerKind) -> Result<PathBuf, LoadError> {
    match kind {
        ServerKind::Relay | ServerKind::RelaySmpp34 | ServerKind::Spooled => {
            beside("wirepath-load-jemalloc")
        }
        _ => program(),
    }
}

/// Another build of this program, which is made together with it.
fn beside(name: &str) -> Result<PathBuf, LoadError> {
    let path = program()?.with_file_name(name);
    match path.exists() {
        true => Ok(path),
        false => Err(LoadError::new(format!(
            "{name} is not beside this program: cargo build --release -p wirepath-benches"
        ))),
    }
}

/// A server that runs as a child. It goes when this is dropped.
pub(crate) struct ServerProcess {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl ServerProcess {
    pub(crate) fn start(kind: ServerKind, extra: &[&str]) -> Result<Self, LoadError> {
        Self::start_program(&mut Command::new(program_of(kind)?), kind, extra)
    }

    /// Starts it under a command that may be another build of this program, or a tracer in front of it.
    pub(crate) fn start_program(
        command: &mut Command,
        kind: ServerKind,
        extra: &[&str],
    ) -> Result<Self, LoadError> {
        let fixed =
            ["smpp", "serve", "--control", "--listen", "127.0.0.1:0", "--kind", kind.name()];
        Self::spawn(command.args(fixed).args(extra))
    }

    /// Starts what prints its address first, and its counters for each line of its standard input.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self, LoadError> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let gone = || LoadError::new("the server process has no pipes");
        let stdin = Some(child.stdin.take().ok_or_else(gone)?);
        let mut stdout = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        let line = next_line(&mut stdout)?;
        let address = line.parse().map_err(|_| {
            LoadError::new(format!("the server printed {line:?} in place of its address"))
        })?;
        Ok(Self { child, stdin, stdout, address })
    }

    /// Its counters now.
    pub(crate) fn usage(&mut self) -> Result<Usage, LoadError> {
        if let Some(stdin) = &mut self.stdin {
            stdin.write_all(b"\n")?;
        }
        Ok(serde_json::from_str(&next_line(&mut self.stdout)?)?)
    }

    /// Waits until it has handled so many messages; fails if nothing moves for a while.
    pub(crate) fn handled(&mut self, count: u64) -> Result<Usage, LoadError> {
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            let usage = self.usage()?;
            if usage.handled >= count {
                return Ok(usage);
            }
            if usage.handled > seen {
                (seen, since) = (usage.handled, Instant::now());
            } else if since.elapsed() > STALLED {
                return Err(LoadError::new(format!(
                    "{seen} of {count} messages came, and no more"
                )));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Stops it, and waits until it has gone.
    pub(crate) fn stop(mut self) -> Result<Usage, LoadError> {
        drop(self.stdin.take());
        let usage = serde_json::from_str(&next_line(&mut self.stdout)?)?;
        self.child.wait()?;
        Ok(usage)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It may have gone already; then neither does anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn next_line(stdout: &mut impl BufRead) -> Result<String, LoadError> {
    let mut line = String::new();
    match stdout.read_line(&mut line)? {
        0 => Err(LoadError::new("the server process ended early")),
        _ => Ok(line.trim_end().to_owned()),
    }
}

/// Drives a server from a process of its own.
pub(crate) fn drive(plan: &Plan) -> Result<Report, LoadError> {
    drive_with(&program()?, plan)
}

fn drive_with(program: &Path, plan: &Plan) -> Result<Report, LoadError> {
    let client = plan.client.to_possible_value().map(|value| value.get_name().to_owned());
    let mut command = Command::new(program);
    command
        .args(["smpp", "drive", "--json", "--host", &plan.host])
        .args(["--port", &plan.port.to_string()])
        .args(["--system-id", &plan.system_id, "--password", &plan.password])
        .args(["--client", &client.unwrap_or_default()])
        .args(["--count", &plan.count.to_string()])
        .args(["--window", &plan.window.to_string()])
        .args(["--binds", &plan.binds.to_string()]);
    if let Some(threads) = plan.threads {
        command.args(["--threads", &threads.to_string()]);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    match output.stdout.is_empty() {
        true => Err(LoadError::new(format!("the driver failed: {}", output.status))),
        false => Ok(serde_json::from_slice(&output.stdout)?),
    }
}

/// A plan for a server.
pub(crate) fn plan(
    address: SocketAddr,
    client: ClientKind,
    (binds, window): (usize, usize),
    count: u64,
) -> Plan {
    Plan {
        host: address.ip().to_string(),
        port: address.port(),
        system_id: "load".to_owned(),
        password: "secret".to_owned(),
        client,
        count,
        window,
        binds,
        threads: None,
    }
}
