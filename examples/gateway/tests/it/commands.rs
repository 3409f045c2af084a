//! `check`, `route`, `spool`.

use std::path::{Path, PathBuf};

use crate::support::{Gateway, fail, free_port, gateway, say, text};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/gateway.yaml");

#[test]
fn the_example_is_right() {
    let said = say(&["check", EXAMPLE]);
    for found in
        ["is right", "shop, as ", "beta: transceiver at smsc-b", "4 rules", "on disk, in ./data"]
    {
        assert!(said.contains(found), "{found}: {said}");
    }
}

#[test]
fn a_mistake_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.yaml");
    std::fs::write(&file, "routing: {default_chain: ['bind:alhpa']}\nbinds: []\n").unwrap();
    let error = fail(&["check", text(&file)]);
    assert!(error.contains("alhpa") && error.contains("gateway.yaml:1"), "{error}");
    assert!(fail(&["check", "no-such.yaml"]).contains("no-such.yaml"));
}

#[test]
fn a_route_is_explained() {
    let route = |arguments: &[&str]| say(&[&["route", "--config", EXAMPLE], arguments].concat());
    let said = route(&["--esme", "bank", "31612345678"]);
    assert!(said.contains("one-time passwords") && said.contains("1. bind:gamma"), "{said}");
    let said = route(&["--esme", "shop", "+31612345678"]);
    assert!(said.contains("passed over") && said.contains("weighted"), "{said}");
    assert!(say(&["route", "1"]).contains("1. bind:builtin"));
}

/// A gateway whose only SMSC cannot be reached.
struct Stuck {
    folder: tempfile::TempDir,
    file: PathBuf,
}

impl Stuck {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.yaml");
        let config = format!(
            "server: {{bind_address: 127.0.0.1, port: {}, esmes: [{{system_id: esme1, password: secret}}]}}
binds: [{{name: up, host: 127.0.0.1, port: 1, system_id: me, password: secret}}]
routing: {{rules: [{{prefix: 31, chain: ['bind:up']}}]}}
spool: true
store: {{path: '{}'}}
",
            free_port(),
            folder.path().join("data").display()
        );
        std::fs::write(&file, config).unwrap();
        Self { folder, file }
    }

    fn config(&self) -> [&str; 2] {
        ["--config", text(&self.file)]
    }

    fn start(&self) -> Gateway {
        Gateway::start(&self.config())
    }

    fn spool(&self, arguments: &[&str]) -> String {
        say(&[&["spool"], arguments, &self.config()].concat())
    }

    fn spool_fails(&self, arguments: &[&str]) -> String {
        fail(&[&["spool"], arguments, &self.config()].concat())
    }
}

/// The message's id.
fn send(gateway: &Gateway) -> String {
    let said =
        say(&["send", "--to", gateway.address(), "--no-wait", "--text", "waits", "31612345678"]);
    said.trim().strip_prefix("taken as ").unwrap().to_owned()
}

#[test]
fn what_waits_is_shown_by_a_gateway_that_runs_and_by_one_that_does_not() {
    let stuck = Stuck::new();
    let running = stuck.start();
    let id = send(&running);
    let look = |stuck: &Stuck| {
        assert!(stuck.spool(&["ls"]).contains("out:up"));
        let list = stuck.spool(&["ls", "--lane", "out:up"]);
        assert!(list.contains(&id) && list.contains("31612345678"), "{list}");
        let shown = stuck.spool(&["show", &id]);
        for part in ["waiting", "esme1", "ENROUTE", "up", "waits"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert_eq!(stuck.spool(&["ls", "--dead"]), "no messages\n");
        let error = stuck.spool_fails(&["replay", &id]);
        assert!(error.contains("is no dead letter"), "{error}");
        assert!(stuck.spool_fails(&["show", "4711000"]).contains("there is no message 4711000"));
    };
    look(&stuck);
    assert!(running.terminate().success());
    assert!(!stuck.folder.path().join("data/control.sock").exists());
    look(&stuck);
}

#[test]
fn a_number_without_a_route_is_told_how_to_get_one() {
    let stuck = Stuck::new();
    let running = stuck.start();
    let error = fail(&["send", "--to", running.address(), "--text", "x", "4915112345678"]);
    assert!(error.contains("ESME_RINVDSTADR"), "{error}");
    assert!(error.contains("`gateway route 4915112345678`"), "{error}");
    assert!(
        say(&["route", stuck.config()[0], stuck.config()[1], "4915112345678"])
            .contains("has no way")
    );
}

#[test]
fn a_socket_that_a_kill_left_is_replaced() {
    let stuck = Stuck::new();
    let mut running = stuck.start();
    send(&running);
    running.kill();
    assert!(stuck.folder.path().join("data/control.sock").exists());
    assert!(stuck.spool(&["ls"]).contains("out:up"), "nobody answers, the store is read");
    let _again = stuck.start();
    assert!(stuck.spool(&["ls"]).contains("out:up"));
}

#[test]
fn where_nothing_is_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("data");
    let error = fail(&["spool", "ls", "--data", text(&nowhere)]);
    assert!(error.contains("there is no store at") && error.contains("--data"), "{error}");
    assert!(!Path::new(&nowhere).exists());
}

/// An SMSC that refuses everything for good: what has no receipt is a dead letter.
#[test]
fn dead_letters_are_replayed_and_discarded() {
    let stuck = Stuck::new();
    let smsc = Refusing::start();
    let config = std::fs::read_to_string(&stuck.file).unwrap();
    std::fs::write(&stuck.file, config.replace("port: 1,", &format!("port: {},", smsc.port)))
        .unwrap();
    let running = stuck.start();
    let (one, other) = (send(&running), send(&running));
    wait_dead(&stuck, 2);
    let shown = stuck.spool(&["show", &one]);
    assert!(shown.contains("REJECTD") && shown.contains("`up`"), "{shown}");
    assert!(stuck.spool(&["replay", &one]).contains("is sent again"));
    wait_dead(&stuck, 2);
    assert!(stuck.spool(&["discard", &one]).contains("is gone"));
    assert!(running.terminate().success());
    let list = stuck.spool(&["ls", "--dead"]);
    assert!(list.contains(&other) && list.lines().count() == 2, "{list}");
    assert!(stuck.spool(&["replay", &other]).contains("is sent again"));
    assert_eq!(stuck.spool(&["ls", "--dead"]), "no messages\n");
    assert!(stuck.spool(&["ls"]).contains("out:up"), "it goes out at the next start");
    let _again = stuck.start();
    wait_dead(&stuck, 1);
}

fn wait_dead(stuck: &Stuck, number: usize) {
    let began = std::time::Instant::now();
    loop {
        let list = stuck.spool(&["ls", "--dead"]);
        if list.lines().count() == number + 1 {
            return;
        }
        assert!(began.elapsed() < crate::support::PATIENCE, "{list}");
    }
}

/// A gateway with nobody behind it refuses all messages.
struct Refusing {
    _gateway: Gateway,
    _folder: tempfile::TempDir,
    port: String,
}

impl Refusing {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.yaml");
        let config = "server: {bind_address: 127.0.0.1, esmes: [{system_id: me, password: secret}]}
binds: [{name: x, host: 127.0.0.1, port: 1, system_id: me, password: secret}]
routing: {rules: [{prefix: none, chain: ['bind:x']}]}
spool: true
store: {engine: memory, path: '";
        let config = format!("{config}{}'}}", folder.path().display());
        std::fs::write(&file, config).unwrap();
        let gateway =
            Gateway::start_by(gateway().args(["--config", text(&file), "--listen", "127.0.0.1:0"]));
        let port = gateway.address().rsplit(':').next().unwrap().to_owned();
        Self { _gateway: gateway, _folder: folder, port }
    }
}
