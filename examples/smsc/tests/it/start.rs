//! Start, binds, drain.

use std::process::Command;

use wirepath::smpp::{BindKind, Client, Status, UnbindCause};

use crate::{bind, message, support::Smsc};

#[tokio::test]
async fn sigterm_drains() {
    let smsc = Smsc::start(&["--latency", "300"]);
    let (session, _inbox) = bind(&smsc, BindKind::Transceiver).await;
    let answer = tokio::spawn({
        let session = session.clone();
        async move { session.submit_sm(&message(0).build().unwrap()).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    smsc.terminate();
    assert!(answer.await.unwrap().is_ok(), "what was in flight is answered");
    assert_eq!(session.wait_ended().await, UnbindCause::Peer);
    assert!(smsc.wait().success());
}

#[tokio::test]
async fn only_those_who_are_known_may_bind() {
    let smsc = Smsc::start(&[]);
    for (system_id, password, status) in
        [("esme1", "wrong", Status::RINVPASWD), ("esme2", "secret", Status::RINVSYSID)]
    {
        let refused = Client::new(smsc.address(), system_id, password).connect().await.unwrap_err();
        assert_eq!(refused.to_string(), format!("the bind was refused: {status}"));
    }
}

#[test]
fn a_port_in_use_says_so() {
    let first = Smsc::start(&[]);
    let second = Command::new(env!("CARGO_BIN_EXE_smsc"))
        .args(["--listen", first.address()])
        .output()
        .unwrap();
    assert!(!second.status.success());
    let log = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(log.contains("another program listens there"), "{log}");
}

#[test]
fn a_wrong_option_says_so() {
    let wrong = Command::new(env!("CARGO_BIN_EXE_smsc"))
        .args(["--fail-every", "3", "RTHROTTELD"])
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let text = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(text.contains("did you mean ESME_RTHROTTLED?"), "{text}");
}

#[test]
fn the_log_lists_handlers_and_is_json() {
    let smsc = Smsc::start(&[]);
    let log = smsc.log();
    assert!(log.iter().all(|line| line.starts_with('{') && line.ends_with('}')), "{log:#?}");
    assert!(log.iter().any(|line| line.contains(r#""on":"replace_sm""#)), "{log:#?}");
}
