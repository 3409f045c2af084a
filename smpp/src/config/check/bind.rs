//! What can be wrong with an outbound bind.

use super::*;
use crate::{config::BindConfig, protocol::pdu::BindKind};

pub(super) fn check_bind(bind: &BindConfig) -> Vec<Finding> {
    let mut found = Vec::new();
    check_text("name", &bind.name, 1..=64, &mut found);
    check_text("host", &bind.host, 0..=255, &mut found);
    check_outbind(bind, &mut found);
    check_range("port", bind.port.into(), 1..=65_535, &mut found);
    check_text("system_id", &bind.system_id, 0..=MAX_SYSTEM_ID, &mut found);
    check_text("system_type", &bind.system_type, 0..=MAX_SYSTEM_TYPE, &mut found);
    let password = bind.password.expose();
    if password.contains(&0) {
        found.push(("password".to_owned(), "a NUL cannot be sent".to_owned()));
    } else if password.len() > MAX_PASSWORD {
        let message = "is longer than the 8 octets that a bind can carry";
        found.push(("password".to_owned(), message.to_owned()));
    }
    check_range("enquire_link_timer_ms", bind.enquire_link_timer_ms, 0..=WEEK_MS, &mut found);
    check_range("response_timer_ms", bind.response_timer_ms, 1..=HOUR_MS, &mut found);
    check_range("window_size", bind.window_size as u64, 1..=MAX_WINDOW, &mut found);
    check_range("text.max_parts", bind.text.max_parts.into(), 1..=255, &mut found);
    if let Some(tls) = &bind.tls {
        let message = "`cert_path` and `key_path` go together";
        match (&tls.cert_path, &tls.key_path) {
            (Some(_), None) => found.push(("tls.cert_path".to_owned(), message.to_owned())),
            (None, Some(_)) => found.push(("tls.key_path".to_owned(), message.to_owned())),
            _ => {}
        }
    }
    found
}

/// A bind connects, or is called, or both.
fn check_outbind(bind: &BindConfig, found: &mut Vec<Finding>) {
    let mut find = |key: &str, message: &str| found.push((key.to_owned(), message.to_owned()));
    let Some(outbind) = &bind.outbind else {
        if !bind.connects() {
            find("host", "is empty: name the SMSC, or say in `outbind` which one may call");
        }
        return;
    };
    if bind.bind_type == BindKind::Transmitter {
        // SMPP 3.4 §2.2.1: it calls because it has something to deliver.
        find("bind_type", "an `outbind` asks for a receiver: expected `receiver` or `transceiver`");
    }
    if bind.tls.is_some() && !bind.connects() {
        find("tls", "has no effect without `host`: an SMSC that calls has the TLS of `server.tls`");
    }
    let password = outbind.password.expose();
    if password.is_empty() {
        find("outbind.password", "is empty: anyone who knows the system id could call");
    } else if password.contains(&0) {
        find("outbind.password", "a NUL cannot be sent");
    } else if password.len() > MAX_PASSWORD {
        find("outbind.password", "is longer than the 8 octets that an outbind can carry");
    }
    check_text("outbind.system_id", &outbind.system_id, 1..=MAX_SYSTEM_ID, found);
}
