//! What types cannot express.

mod bind;
mod empty;

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use wirepath_runtime::config::{Env, Problem, Section};
use wirepath_runtime::secret::Password;

use crate::protocol::long::Policy;

use super::overrides::{DEFAULT_CHAIN, SERVER_MAX_MPS, SERVER_THROTTLE_ACTION, value, variable_of};
use super::routing::{MAX_BALANCED, MAX_WEIGHT};
use super::{Balance, EsmeConfig, ReassemblyConfig, Rule, ServerConfig, SmppConfig, Step};

/// SMPP 3.4 §5.2.1: at most 16 octets with the NUL.
const MAX_SYSTEM_ID: usize = 15;
/// SMPP 3.4 §5.2.2: at most 9 octets with the NUL.
const MAX_PASSWORD: usize = 8;
/// What a lenient session takes.
const MAX_LENIENT_PASSWORD: usize = 255;
/// SMPP 3.4 §5.2.3: at most 13 octets with the NUL.
const MAX_SYSTEM_TYPE: usize = 12;

const HOUR_MS: u64 = 60 * 60 * 1_000;
const WEEK_MS: u64 = 7 * 24 * HOUR_MS;
const MAX_SPOOL_MS: u64 = 365 * 24 * HOUR_MS;
const MAX_WINDOW: u64 = 100_000;

/// A key, relative to what is checked, and what is wrong with its value.
type Finding = (String, String);

pub(super) fn check(config: &SmppConfig, section: &Section<'_>, env: &Env) -> Vec<Problem> {
    let mut problems = Vec::new();
    empty::check_address(&config.server, section, &mut problems);
    for (key, message) in check_server(&config.server) {
        problems.push(section.problem(&format!("server.{key}"), message));
    }
    for (key, message) in empty::check_empty(config, section) {
        problems.push(section.problem(&key, message));
    }
    problems.extend(empty::check_valueless(config, section, env));
    for (i, bind) in config.binds.iter().enumerate() {
        for (key, message) in bind::check_bind(bind) {
            problems.push(match variable_of(env, bind, &key) {
                Some(variable) => Problem::variable(variable, message),
                None => section.problem(&format!("binds[{i}].{key}"), message),
            });
        }
    }
    for (key, message) in config.reassembly.iter().flat_map(check_reassembly) {
        problems.push(section.problem(&format!("reassembly.{key}"), message));
    }
    check_chains(config, section, env, &mut problems);
    for (key, message) in check_spool(config) {
        problems.push(section.problem(&key, message));
    }
    #[cfg(feature = "spool")]
    if let Some(store) = section.section("store") {
        problems.extend(config.store.check(&store));
    }
    problems
}

fn check_spool(config: &SmppConfig) -> Vec<Finding> {
    let Some(spool) = &config.spool else { return Vec::new() };
    let mut found = Vec::new();
    if !cfg!(feature = "spool") {
        let message =
            "this program is built without the spool: switch on the feature `spool` of wirepath";
        found.push(("spool".to_owned(), message.to_owned()));
    }
    for (key, ms, may_be_zero) in spool.times() {
        let least = u64::from(!may_be_zero);
        if !(least..=MAX_SPOOL_MS).contains(&ms) {
            let message =
                format!("expected {least} to {MAX_SPOOL_MS} milliseconds, which is a year");
            found.push((format!("spool.{key}"), message));
        }
    }
    if spool.long_receipts == Policy::Each {
        let message =
            "expected `all`, `any_failure`, `first` or `last`: a message ends once".to_owned();
        found.push(("spool.long_receipts".to_owned(), message));
    }
    if spool.validity_ms > spool.max_validity_ms {
        let message =
            format!("expected at most `max_validity_ms`, which is {}", spool.max_validity_ms);
        found.push(("spool.validity_ms".to_owned(), message));
    }
    found
}

/// What works here but may not work at the peer, or not mean what was meant.
pub(super) fn warn(config: &SmppConfig) {
    for esme in &config.server.esmes {
        if let Password::Plain(password) = &esme.password
            && password.expose().len() > MAX_PASSWORD
        {
            tracing::warn!(
                system_id = esme.system_id,
                "the password is longer than the 8 octets that SMPP 3.4 allows; many peers cannot send it"
            );
        }
    }
    let (mut seen, mut taken) = (HashSet::new(), HashSet::new());
    for rule in &config.routing.rules {
        if !seen.insert((&rule.prefix, &rule.source, &rule.esme)) || taken.contains(&rule.prefix) {
            tracing::warn!(
                prefix = rule.prefix,
                "a rule is never reached: one before it has this prefix and takes all that it would"
            );
        }
        if !rule.is_conditional() {
            taken.insert(&rule.prefix);
        }
    }
}

fn check_server(server: &ServerConfig) -> Vec<Finding> {
    let mut found = Vec::new();
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
        for (key, message) in check_esme(esme, esme.lenient(server)) {
            found.push((format!("esmes[{i}].{key}"), message));
        }
        if !seen.insert(&esme.system_id) {
            let message = format!("another ESME has the system id `{}`", esme.system_id);
            found.push((format!("esmes[{i}].system_id"), message));
        }
    }
    found
}

fn check_esme(esme: &EsmeConfig, is_lenient: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    check_text("system_id", &esme.system_id, 1..=MAX_SYSTEM_ID, &mut found);
    if let Password::Plain(password) = &esme.password {
        let password = password.expose();
        let message = match password.len() {
            0 => Some("is empty: anyone who knows the system id could bind"),
            _ if password.contains(&0) => Some("a NUL cannot be sent"),
            // A strict session refuses such a bind before it is compared.
            len if len > MAX_PASSWORD && !is_lenient => Some(
                "is longer than the 8 octets that SMPP 3.4 allows: shorten it, or set `lenient: true` for this ESME, whose bind \
                 is refused otherwise",
            ),
            len if len > MAX_LENIENT_PASSWORD => {
                Some("is longer than 255 octets, which no bind can have")
            }
            _ => None,
        };
        if let Some(message) = message {
            found.push(("password".to_owned(), message.to_owned()));
        }
    }
    if let Some(window) = esme.window_size {
        check_range("window_size", window as u64, 1..=MAX_WINDOW, &mut found);
    }
    found
}

fn check_reassembly(reassembly: &ReassemblyConfig) -> Vec<Finding> {
    let mut found = Vec::new();
    check_range("timeout_ms", reassembly.timeout_ms, 1..=WEEK_MS, &mut found);
    for (key, octets) in [
        ("max_bytes", reassembly.max_bytes),
        ("max_bytes_per_esme", reassembly.max_bytes_per_esme),
        ("max_bytes_per_source", reassembly.max_bytes_per_source),
    ] {
        // At least one whole part.
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        check_range(key, octets, 4_096..=1 << 40, &mut found);
    }
    check_range("max_parts", reassembly.max_parts.into(), 2..=255, &mut found);
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
    for (i, step) in config.routing.default_chain.iter().enumerate() {
        if let Some((name, message, known)) = unknown_peer(config, step) {
            let problem = if value(env, DEFAULT_CHAIN).is_some() {
                Problem::variable(DEFAULT_CHAIN, format!("has the step `{step}`, but {message}"))
            } else {
                section.problem(&format!("routing.default_chain[{i}]"), message)
            };
            problems.push(problem.suggest(name, known));
        }
    }
    for (i, rule) in config.routing.rules.iter().enumerate() {
        let key = |rest: &str| format!("routing.rules[{i}].{rest}");
        for (j, step) in rule.chain.iter().enumerate() {
            if let Some((name, message, known)) = unknown_peer(config, step) {
                let problem = section.problem(&key(&format!("chain[{j}]")), message);
                problems.push(problem.suggest(name, known));
            }
        }
        if let Some(esme) = rule.esme.as_ref().filter(|esme| !esme.is_empty())
            && let Some((message, known)) = unknown_esme(config, esme)
        {
            problems.push(section.problem(&key("esme"), message).suggest(esme, known));
        }
        check_balance(config, rule, key, section, problems);
    }
}

/// `weight` goes by the names of the chain, and only where it has an effect.
fn check_balance(
    config: &SmppConfig,
    rule: &Rule,
    key: impl Fn(&str) -> String,
    section: &Section<'_>,
    problems: &mut Vec<Problem>,
) {
    let chain = if rule.chain.is_empty() { &config.routing.default_chain } else { &rule.chain };
    if rule.balance != Balance::Failover && chain.len() > MAX_BALANCED {
        let message = format!("the chain has {} steps, at most {MAX_BALANCED} share", chain.len());
        problems.push(section.problem(&key("balance"), message));
    }
    if rule.weight.is_empty() {
        return;
    }
    if rule.balance != Balance::Weighted {
        let message = "has no effect without `balance: weighted`";
        problems.push(section.problem(&key("weight"), message));
        return;
    }
    for (name, &weight) in &rule.weight {
        let key = key(&format!("weight.{name}"));
        if !chain.iter().any(|step| step.peer() == Some(name)) {
            let message = format!("the chain has no step `bind:{name}` or `esme:{name}`");
            let known = chain.iter().filter_map(Step::peer);
            problems.push(section.problem(&key, message).suggest(name, known));
        }
        let mut found = Vec::new();
        check_range(&key, weight.into(), 1..=MAX_WEIGHT.into(), &mut found);
        problems.extend(found.into_iter().map(|(key, message)| section.problem(&key, message)));
    }
}

/// What a step names and is not there: the name, what is wrong with it, and the names that are.
fn unknown_peer<'a>(
    config: &'a SmppConfig,
    step: &'a Step,
) -> Option<(&'a str, String, Vec<&'a str>)> {
    match step {
        Step::Bind(name) => {
            let known = || config.binds.iter().map(|bind| bind.name.as_str());
            let is_there = known().any(|known| known == name);
            let message = || format!("no bind is named `{name}`");
            (!is_there).then(|| (name.as_str(), message(), known().collect()))
        }
        Step::Esme(system_id) => unknown_esme(config, system_id)
            .map(|(message, known)| (system_id.as_str(), message, known)),
        Step::Queue => None,
    }
}

/// What is wrong with a system id. Where `server.esmes` is empty a handler decides who binds, and any may be right.
fn unknown_esme<'a>(config: &'a SmppConfig, system_id: &str) -> Option<(String, Vec<&'a str>)> {
    let mut found = Vec::new();
    check_text("", system_id, 1..=MAX_SYSTEM_ID, &mut found);
    if let Some((_, message)) = found.pop() {
        return Some((format!("the system id {message}"), Vec::new()));
    }
    let esmes = &config.server.esmes;
    let is_there = esmes.is_empty() || esmes.iter().any(|esme| esme.system_id == system_id);
    (!is_there).then(|| {
        let message = format!("no entry of `server.esmes` has the system id `{system_id}`");
        (message, esmes.iter().map(|esme| esme.system_id.as_str()).collect())
    })
}
