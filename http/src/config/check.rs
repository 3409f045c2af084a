//! What types cannot express.

use wirepath_runtime::config::{Problem, Section};

use crate::around::Surround;

use super::{Around, HttpConfig, Listen, ServerConfig};

const HOUR_MS: u64 = 60 * 60 * 1_000;

pub(super) fn check(config: &HttpConfig, section: &Section<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut demand = |key: String, message: String| problems.push(section.problem(&key, message));
    if config.servers.is_empty() {
        demand(
            "servers".to_owned(),
            "is empty: name a listener, or leave it out for port 8080".to_owned(),
        );
    }
    if config.drain_timeout_ms > HOUR_MS {
        demand("drain_timeout_ms".to_owned(), format!("expected 0 to {HOUR_MS}"));
    }
    for (key, why) in around(&config.around, "around", section) {
        demand(key, why);
    }
    for (i, server) in config.servers.iter().enumerate() {
        let key = |name: &str| format!("servers[{i}].{name}");
        for (key, why) in server.around.iter().flat_map(|own| around(own, &key("around"), section))
        {
            demand(key, why);
        }
        for (name, number, least, most) in numbers(server) {
            if !(least..=most).contains(&number) {
                demand(key(name), format!("expected {least} to {most}"));
            }
        }
        // Written and empty, as when the variable in their `${…}` is: without them more would be let in than was meant.
        for (name, why) in [
            ("tls", "is empty: leave it out for plain TCP"),
            (
                "tls.client_ca",
                "is empty: name the file, or leave it out to demand no certificate of clients",
            ),
        ] {
            let empty = match name {
                "tls" => server.tls.is_none(),
                _ => server.tls.as_ref().is_some_and(|tls| {
                    tls.client_ca.as_ref().is_none_or(|path| path.as_os_str().is_empty())
                }),
            };
            if empty && section.mentions(&key(name)) {
                demand(key(name), why.to_owned());
            }
        }
        let earlier =
            config.servers.iter().take(i).any(|earlier| same(&earlier.listen, &server.listen));
        if earlier {
            demand(key("listen"), "is the place of a listener before it".to_owned());
        }
    }
    clients(config, section, &mut problems);
    problems
}

fn clients(config: &HttpConfig, section: &Section<'_>, problems: &mut Vec<Problem>) {
    let mut demand = |key: &str, message: String| problems.push(section.problem(key, message));
    if !cfg!(feature = "client") && !config.clients.is_empty() {
        let message =
            "this program was built without clients: add the cargo feature `client` of `wirepath`";
        demand("clients", message.to_owned());
    }
    for (name, client) in &config.clients {
        let key = |name_of_key: &str| format!("clients.{name}.{name_of_key}");
        if name.is_empty() || name.contains(['.', '[']) {
            demand("clients", format!("`{name}` is no name: leave out `.` and `[`"));
            continue;
        }
        for (of, message) in client.problems() {
            demand(&key(&of), message);
        }
        // As above: an empty file is not what was meant by naming one.
        for (of, file) in [("ca", &client.ca), ("cert", &client.cert), ("key", &client.key)] {
            let is_empty = file.as_ref().is_none_or(|path| path.as_os_str().is_empty());
            if is_empty && section.mentions(&key(of)) {
                demand(&key(of), "is empty: name the file, or leave it out".to_owned());
            }
        }
    }
}

/// What is wrong with what stands around requests.
fn around(around: &Around, at: &str, section: &Section<'_>) -> Vec<(String, String)> {
    let wrong = Surround::problems(around).into_iter();
    let mut wrong: Vec<_> = wrong.map(|(key, why)| (format!("{at}.{key}"), why)).collect();
    // Written and empty, as when the variable in their `${…}` is: more would be let in than was meant, or less.
    for key in Around::SWITCHES.map(|key| format!("{at}.{key}")) {
        if section.mentions(&key) && !section.has(&key) {
            wrong.push((key, "is empty: say what is meant, or leave it out".to_owned()));
        }
    }
    wrong
}

fn same(a: &Listen, b: &Listen) -> bool {
    a == b && !matches!(a, Listen::Tcp { port: 0, .. })
}

/// Keys, their values, and what these may be.
fn numbers(server: &ServerConfig) -> [(&'static str, u64, u64, u64); 8] {
    [
        ("max_body_bytes", server.max_body_bytes as u64, 0, 1 << 40),
        ("request_timeout_ms", server.request_timeout_ms, 1, 24 * HOUR_MS),
        ("header_timeout_ms", server.header_timeout_ms, 1, HOUR_MS),
        ("idle_timeout_ms", server.idle_timeout_ms, 1, 24 * HOUR_MS),
        ("max_connections", server.max_connections as u64, 1, 10_000_000),
        // Below, hyper cannot read at all.
        ("max_header_bytes", server.max_header_bytes as u64, 8_192, 16 << 20),
        ("h2_max_streams", server.h2_max_streams.into(), 1, 100_000),
        ("h2_max_resets", server.h2_max_resets as u64, 1, 100_000),
    ]
}
