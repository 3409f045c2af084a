//! Independent SMPP clients against the smsc binary.
//!
//! Each does the same with a transceiver, and with a transmitter and a receiver side by side: binds, submits a message
//! that asks for a receipt, gets it, asks with enquire_link whether the SMSC is there, answers the SMSC when it asks,
//! unbinds. Each script checks what it sees; what the SMSC saw is checked here.

mod npm;
mod smpp34;
mod smpplib;
#[path = "../support/mod.rs"]
mod support;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::Smsc;

/// An SMSC that soon asks whether its peers are there, and hangs up if they do not say so.
fn start() -> Smsc {
    let mut config = tempfile::Builder::new().suffix(".yaml").tempfile().expect("a temporary file");
    let timers = "server: {enquire_link_timer_ms: 300, response_timer_ms: 2000}";
    writeln!(config, "{timers}").expect("a temporary file");
    let path = config.path().to_str().expect("its name is text").to_owned();
    Smsc::start(&["--config", &path])
}

/// Where `scripts/install-test-peers` put things.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("test-peers")
}

/// Runs a client; the SMSC's port is its last argument.
fn drive(mut client: Command, smsc: &Smsc) {
    let output = client.arg(smsc.port()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot run {client:?}: {error}; run scripts/install-test-peers first")
    });
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success(),
        "{client:?}: {}\n{out}{err}\nIf the client is missing, run scripts/install-test-peers first.\nsmsc: {:#?}",
        output.status,
        smsc.log()
    );
}

/// Every session that was bound has ended because its peer unbound it, and nothing was odd about it.
fn check(smsc: &Smsc, sessions: usize) {
    let began = std::time::Instant::now();
    let ends = loop {
        let log = smsc.log();
        let ends: Vec<String> =
            log.iter().filter(|line| line.contains("\"session over\"")).cloned().collect();
        if ends.len() >= sessions || began.elapsed().as_secs() > 5 {
            break ends;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    let log = smsc.log();
    assert_eq!(ends.len(), sessions, "{log:#?}");
    assert!(ends.iter().all(|line| line.contains("unbound by the peer")), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("\"level\":\"WARN\"")), "{log:#?}");
}
