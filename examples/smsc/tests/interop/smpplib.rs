//! smpplib, Python.

use std::process::Command;

use crate::{check, drive, peers, start};

#[test]
fn smpplib_binds_submits_gets_receipts_and_unbinds() {
    let smsc = start();
    let mut python = Command::new(peers().join("smpplib/bin/python"));
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/smpplib_client.py"));
    drive(python, &smsc);
    check(&smsc, 3);
}
