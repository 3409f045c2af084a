//! npm's smpp.

use std::process::Command;

use crate::{check, drive, peers, start};

#[test]
fn npm_smpp_binds_submits_gets_receipts_and_unbinds() {
    let smsc = start();
    let mut node = Command::new("node");
    node.env("NODE_PATH", peers().join("npm/node_modules"));
    node.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/npm_client.js"));
    drive(node, &smsc);
    check(&smsc, 3);
}
