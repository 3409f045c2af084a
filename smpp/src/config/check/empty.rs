//! Keys that are there and hold nothing, as when the variable in their `${…}` is empty.

use super::*;
use crate::config::BindConfig;

/// Keys whose defaults stand for what somebody meant to set: numbers, switches and choices. Texts may be empty, and so may lists and
/// mappings: who keeps a heading and takes out what is under it means the defaults. (Under `spool` and `reassembly` nothing is no value
/// from the beginning.)
const SERVER: &[&str] = &[
    "session_init_timer_ms",
    "enquire_link_timer_ms",
    "inactivity_timer_ms",
    "response_timer_ms",
    "max_msg_per_sec",
    "throttle_action",
    "max_connections",
    "max_pdu_bytes",
    "max_in_flight",
    "window_size",
    "output_high_water_bytes",
    "proxy_protocol",
    "drain_timeout_ms",
    "lenient",
];
const ESME: &[&str] = &["max_msg_per_sec", "throttle_action", "window_size", "lenient"];
const BIND: &[&str] = &[
    "port",
    "bind_type",
    "max_msg_per_sec",
    "enquire_link_timer_ms",
    "response_timer_ms",
    "window_size",
    "message_id_form",
    "resend",
    "text.alphabet",
    "text.packed",
    "text.split",
    "text.max_parts",
];
const RULE: &[&str] = &["balance", "failover_on"];

/// Such keys, where nothing in the environment says what they are. One that is left out has its default; one that was to be set is
/// a mistake.
pub(super) fn check_valueless(
    config: &SmppConfig,
    section: &Section<'_>,
    env: &Env,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut look = |at: &str, keys: &[&str], bind: Option<&BindConfig>| {
        for key in keys {
            let path = format!("{at}{key}");
            let is_overridden = bind.is_some_and(|bind| variable_of(env, bind, key).is_some())
                || overridden(env, &path);
            if section.mentions(&path) && !section.has(&path) && !is_overridden {
                let message = "is empty: give a value, or leave it out for its default";
                problems.push(section.problem(&path, message));
            }
        }
    };
    look("", &["port"], None);
    // With the other one there, it is that which counts.
    let server = if section.has("port") { SERVER } else { &[&["port"], SERVER].concat() };
    look("server.", server, None);
    for i in 0..config.server.esmes.len() {
        look(&format!("server.esmes[{i}]."), ESME, None);
    }
    for (i, bind) in config.binds.iter().enumerate() {
        look(&format!("binds[{i}]."), BIND, Some(bind));
    }
    for i in 0..config.routing.rules.len() {
        look(&format!("routing.rules[{i}]."), RULE, None);
    }
    problems
}

fn overridden(env: &Env, path: &str) -> bool {
    let variable = match path {
        "server.max_msg_per_sec" => SERVER_MAX_MPS,
        "server.throttle_action" => SERVER_THROTTLE_ACTION,
        _ => return false,
    };
    value(env, variable).is_some()
}

/// Nothing in its place would be every interface.
pub(super) fn check_address(
    server: &ServerConfig,
    section: &Section<'_>,
    problems: &mut Vec<Problem>,
) {
    let keys = ["server.bind_address", "bind_address"];
    let written = keys.into_iter().find(|key| section.has(key));
    let empty = match written {
        Some(key) => server.bind_address.trim().is_empty().then_some(key),
        None => keys.into_iter().find(|key| section.mentions(key)),
    };
    if let Some(key) = empty {
        problems.push(section.problem(key, "is empty: expected an address to listen on"));
    }
}

/// Keys that keep something out, written and empty, as when the variable in their `${…}` is: without them everything would be
/// let in.
pub(super) fn check_empty(config: &SmppConfig, section: &Section<'_>) -> Vec<Finding> {
    let server = &config.server;
    let is_empty = |key: &str, holds_nothing: bool| {
        section.mentions(key) && (holds_nothing || !section.has(key))
    };
    let mut found = Vec::new();
    let mut demand = |key: String, holds_nothing: bool, message: &str| {
        if is_empty(&key, holds_nothing) {
            found.push((key, message.to_owned()));
        }
    };
    demand(
        "server.proxy_trusted".to_owned(),
        server.proxy_trusted.is_empty(),
        "is empty: name the proxies whose header is believed, or leave it out to believe every one",
    );
    for (key, without) in [("spool", "store no message"), ("reassembly", "put no parts together")] {
        let message = format!("is empty: say `true` for its defaults, or `false` to {without}");
        demand(key.to_owned(), false, &message);
    }
    demand("server.tls".to_owned(), false, "is empty: leave it out for plain TCP");
    let has_authorities =
        |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| !path.as_os_str().is_empty());
    if let Some(tls) = &server.tls {
        demand(
            "server.tls.ca_path".to_owned(),
            !has_authorities(&tls.ca_path),
            "is empty: name the file, or leave it out to demand no certificate of clients",
        );
    }
    for (i, esme) in server.esmes.iter().enumerate() {
        let key = |name: &str| format!("server.esmes[{i}].{name}");
        demand(
            key("allowed_networks"),
            esme.allowed_networks.is_empty(),
            "is empty: name the networks, or leave it out to allow every one",
        );
        demand(
            key("bind_types"),
            esme.bind_types.is_empty(),
            "an empty list allows no bind; leave it out to allow every kind",
        );
        demand(key("max_binds"), false, "is empty: give a number, or leave it out for no limit");
    }
    for (i, rule) in config.routing.rules.iter().enumerate() {
        let is_empty = |condition: &Option<String>| condition.as_ref().is_none_or(String::is_empty);
        demand(
            format!("routing.rules[{i}].source"),
            is_empty(&rule.source),
            "is empty: say how the source address starts, or leave it out to match every one",
        );
        demand(
            format!("routing.rules[{i}].esme"),
            is_empty(&rule.esme),
            "is empty: give a system id, or leave it out to match every ESME",
        );
    }
    for (i, bind) in config.binds.iter().enumerate() {
        demand(
            format!("binds[{i}].tls"),
            false,
            "is empty: leave it out, or say `false`, for plain TCP",
        );
        if let Some(tls) = &bind.tls {
            demand(
                format!("binds[{i}].tls.ca_path"),
                !has_authorities(&tls.ca_path),
                "is empty: name the file, or leave it out to trust the authorities of the system",
            );
        }
    }
    found
}
