//! What types cannot express.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use wirepath_runtime::config::{Env, Problem, Section};
use wirepath_runtime::secret::Password;

use super::overrides::{DEFAULT_CHAIN, value, variable_of};
use super::{BindConfig, EsmeConfig, ServerConfig, SmppConfig, Step};

/// SMPP 3.4 §5.2.1: at most 16 octets with the NUL.
const MAX_SYSTEM_ID: usize = 15;
/// SMPP 3.4 §5.2.2: at most 9 octets with the NUL.
const MAX_PASSWORD: usize = 8;
/// SMPP 3.4 §5.2.3: at most 13 octets with the NUL.
const MAX_SYSTEM_TYPE: usize = 12;

const HOUR_MS: u64 = 60 * 60 * 1_000;
const WEEK_MS: u64 = 7 * 24 * HOUR_MS;
const MAX_WINDOW: u64 = 100_000;

/// A key, relative to what is checked, and what is wrong with its value.
type Finding = (String, String);

pub(super) fn check(config: &SmppConfig, section: &Section<'_>, env: &Env) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, message) in check_server(&config.server) {
        problems.push(section.problem(&format!("server.{key}"), message));
    }
    for (i, bind) in config.binds.iter().enumerate() {
        for (key, message) in check_bind(bind) {
            problems.push(match variable_of(env, bind, &key) {
                Some(variable) => Problem::variable(variable, message),
                None => section.problem(&format!("binds[{i}].{key}"), message),
            });
        }
    }
    check_chains(config, section, env, &mut problems);
    problems
}

/// What works here but may not work at the peer, or not mean what was meant.
pub(super) fn warn(config: &SmppConfig) {
    for bind in &config.binds {
        if bind.password.expose().len() > MAX_PASSWORD {
            tracing::warn!(
                bind = bind.name,
                "the password is longer than the 8 octets that SMPP 3.4 allows; it is sent as it is"
            );
        }
    }
    for esme in &config.server.esmes {
        if let Password::Plain(password) = &esme.password {
            if password.is_empty() {
                tracing::warn!(system_id = esme.system_id, "the password of this ESME is empty");
            } else if password.expose().len() > MAX_PASSWORD {
                tracing::warn!(
                    system_id = esme.system_id,
                    "the password is longer than the 8 octets that SMPP 3.4 allows; many peers cannot send it"
                );
            }
        }
    }
    let mut seen = HashSet::new();
    for rule in &config.routing.rules {
        if !seen.insert(&rule.prefix) {
            tracing::warn!(
                prefix = rule.prefix,
                "two rules have this prefix; the first one is used"
            );
        }
    }
}

fn check_server(server: &ServerConfig) -> Vec<Finding> {
    let mut found = Vec::new();
    if server.bind_address.trim().is_empty() {
        found.push(("bind_address".to_owned(), "expected an address to listen on".to_owned()));
    }
    for (key, number, range) in [
        ("session_init_timer_ms", server.session_init_timer_ms, 1..=HOUR_MS),
        ("enquire_link_timer_ms", server.enquire_link_timer_ms, 0..=WEEK_MS),
        ("inactivity_timer_ms", server.inactivity_timer_ms, 0..=WEEK_MS),
        ("response_timer_ms", server.response_timer_ms, 1..=HOUR_MS),
        ("max_connections", server.max_connections as u64, 1..=10_000_000),
        // Below 256 octets not even a bind with all its fields is sure to fit.
        ("max_pdu_bytes", server.max_pdu_bytes as u64, 256..=16 << 20),
        ("max_in_flight", server.max_in_flight as u64, 1..=1_000_000),
        ("window_size", server.window_size as u64, 1..=MAX_WINDOW),
        ("output_high_water_bytes", server.output_high_water_bytes as u64, 1 << 10..=1 << 30),
        ("drain_timeout_ms", server.drain_timeout_ms, 0..=HOUR_MS),
    ] {
        check_range(key, number, range, &mut found);
    }
    check_text("system_id", &server.system_id, 0..=MAX_SYSTEM_ID, &mut found);
    if !server.proxy_protocol && !server.proxy_trusted.is_empty() {
        let message = "has no effect without `proxy_protocol: true`";
        found.push(("proxy_trusted".to_owned(), message.to_owned()));
    }
    let mut seen = HashSet::new();
    for (i, esme) in server.esmes.iter().enumerate() {
        for (key, message) in check_esme(esme) {
            found.push((format!("esmes[{i}].{key}"), message));
        }
        if !seen.insert(&esme.system_id) {
            let message = format!("another ESME has the system id `{}`", esme.system_id);
            found.push((format!("esmes[{i}].system_id"), message));
        }
    }
    found
}

fn check_esme(esme: &EsmeConfig) -> Vec<Finding> {
    let mut found = Vec::new();
    check_text("system_id", &esme.system_id, 1..=MAX_SYSTEM_ID, &mut found);
    if esme.bind_types.is_empty() {
        let message = "an empty list allows no bind; leave it out to allow every kind";
        found.push(("bind_types".to_owned(), message.to_owned()));
    }
    if let Some(window) = esme.window_size {
        check_range("window_size", window as u64, 1..=MAX_WINDOW, &mut found);
    }
    found
}

fn check_bind(bind: &BindConfig) -> Vec<Finding> {
    let mut found = Vec::new();
    check_text("name", &bind.name, 1..=64, &mut found);
    check_text("host", &bind.host, 1..=255, &mut found);
    check_range("port", bind.port.into(), 1..=65_535, &mut found);
    check_text("system_id", &bind.system_id, 0..=MAX_SYSTEM_ID, &mut found);
    check_text("system_type", &bind.system_type, 0..=MAX_SYSTEM_TYPE, &mut found);
    if bind.password.expose().contains(&0) {
        found.push(("password".to_owned(), "a NUL cannot be sent".to_owned()));
    }
    check_range("enquire_link_timer_ms", bind.enquire_link_timer_ms, 0..=WEEK_MS, &mut found);
    check_range("response_timer_ms", bind.response_timer_ms, 1..=HOUR_MS, &mut found);
    check_range("window_size", bind.window_size as u64, 1..=MAX_WINDOW, &mut found);
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

fn check_range(key: &str, number: u64, range: RangeInclusive<u64>, found: &mut Vec<Finding>) {
    if !range.contains(&number) {
        let message = format!("is {number}, expected {} to {}", range.start(), range.end());
        found.push((key.to_owned(), message));
    }
}

fn check_text(key: &str, text: &str, length: RangeInclusive<usize>, found: &mut Vec<Finding>) {
    if text.contains('\0') {
        found.push((key.to_owned(), "a NUL cannot be sent".to_owned()));
    } else if !length.contains(&text.len()) {
        let message = match text.len() {
            0 => "is empty".to_owned(),
            octets => format!("has {octets} octets, at most {} are allowed", length.end()),
        };
        found.push((key.to_owned(), message));
    }
}

fn check_chains(
    config: &SmppConfig,
    section: &Section<'_>,
    env: &Env,
    problems: &mut Vec<Problem>,
) {
    let names = || config.binds.iter().map(|bind| bind.name.as_str());
    let unknown = |step: &Step| match step {
        Step::Bind(name) if !names().any(|known| known == name) => Some(name.clone()),
        _ => None,
    };
    for (i, step) in config.routing.default_chain.iter().enumerate() {
        if let Some(name) = unknown(step) {
            let problem = if value(env, DEFAULT_CHAIN).is_some() {
                Problem::variable(
                    DEFAULT_CHAIN,
                    format!("names the bind `{name}`, which is not there"),
                )
            } else {
                section.problem(&format!("routing.default_chain[{i}]"), no_bind(&name))
            };
            problems.push(problem.suggest(&name, names()));
        }
    }
    for (i, rule) in config.routing.rules.iter().enumerate() {
        for (j, step) in rule.chain.iter().enumerate() {
            if let Some(name) = unknown(step) {
                let key = format!("routing.rules[{i}].chain[{j}]");
                problems.push(section.problem(&key, no_bind(&name)).suggest(&name, names()));
            }
        }
    }
}

fn no_bind(name: &str) -> String {
    format!("no bind is named `{name}`")
}
