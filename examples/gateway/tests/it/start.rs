//! Start, send, drain.

use std::process::Command;

use crate::support::{Gateway, fail, gateway, text};

/// Without a file, on a free port.
fn start(data: &std::path::Path) -> Gateway {
    Gateway::start(&["--listen", "127.0.0.1:0", "--data", text(data)])
}

#[test]
fn it_starts_without_a_file_and_says_how_to_send() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder.path().join("data"));
    let said = running.said();
    let command = said.lines().find(|line| line.contains(" send ")).unwrap().trim();
    // As somebody who copies it.
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command}: {output:?}");
    let id = answer.lines().next().and_then(|line| line.strip_prefix("taken as ")).unwrap();
    assert!(answer.contains(&format!("receipt  {id}: DELIVRD")), "{answer}");
    assert!(running.terminate().success());
}

#[test]
fn called_by_cargo_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut command = gateway();
    command.env("CARGO", "cargo").env("CARGO_PKG_NAME", "gateway");
    let running =
        Gateway::start_by(command.args(["run", "--listen", "127.0.0.1:0", "--data", text(&data)]));
    assert!(running.said().contains("    cargo run "), "{}", running.said());
}

#[test]
fn a_long_text_goes_out_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder.path().join("data"));
    let long = "Zum Würzen nehme man nur das Beste – 100 % reines Salz. ".repeat(6);
    let said = crate::support::say(&[
        "send",
        "--to",
        running.address(),
        "--from",
        "Koch",
        "--text",
        &long,
        "+31612345678",
    ]);
    let parts = said.lines().filter(|line| line.starts_with("part ")).count();
    assert!(parts > 2, "{said}");
    assert_eq!(said.matches(": DELIVRD").count(), parts, "{said}");
}

#[test]
fn who_may_not_bind_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&folder.path().join("data"));
    let to = ["send", "--to", running.address(), "--text", "x"];
    let error = fail(&[&to[..], &["--password", "wrong", "31612345678"]].concat());
    assert!(error.contains("ESME_RINVPASWD") && error.contains("--password"), "{error}");
    let error = fail(&[&to[..], &["hello"]].concat());
    assert!(error.contains("`hello` is no number"), "{error}");
    drop(running);
    let error = fail(&["send", "--to", "127.0.0.1:1", "--text", "x", "31612345678"]);
    assert!(error.contains("start the gateway"), "{error}");
}

#[test]
fn a_store_in_use_coaches() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _running = start(&data);
    let error = fail(&["--listen", "127.0.0.1:0", "--data", text(&data)]);
    assert!(error.contains("in use by another process; stop that one"), "{error}");
}

#[test]
fn a_mistake_in_the_configuration_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.yaml");
    std::fs::write(&file, "server: {prot: 1}").unwrap();
    let error = fail(&["--config", text(&file)]);
    assert!(error.contains("unknown key `server.prot`"), "{error}");
    assert!(error.contains("did you mean `port`?"), "{error}");
}
