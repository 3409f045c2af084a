//! What the environment changes.

use std::collections::BTreeMap;
use std::str::FromStr;

use wirepath_runtime::config::{Env, Problem, Section};
use wirepath_runtime::secret::Secret;

use super::{BindConfig, SmppConfig, Step};

const BIND: &str = "SMPP_BIND_";
pub(super) const SERVER_MAX_MPS: &str = "SMPP_SERVER_MAX_MPS";
pub(super) const SERVER_THROTTLE_ACTION: &str = "SMPP_SERVER_THROTTLE_ACTION";
pub(super) const DEFAULT_CHAIN: &str = "SMPP_DEFAULT_CHAIN";

const SUFFIXES: [&str; 6] = ["HOST", "PORT", "SYSTEM_ID", "PASSWORD", "BIND_TYPE", "MAX_MPS"];
const NEEDED: [&str; 3] = ["HOST", "SYSTEM_ID", "PASSWORD"];

const WHOLE_NUMBER: &str = "a whole number, 0 for unlimited";
const PORT: &str = "a port from 1 to 65535";
const BIND_TYPE: &str = "`transmitter`, `receiver` or `transceiver`";

/// The variables of one bind, by suffix.
type Fields<'a> = BTreeMap<&'a str, &'a str>;

pub(super) fn apply(config: &mut SmppConfig, section: &Section<'_>, env: &Env) -> Vec<Problem> {
    let mut problems = Vec::new();
    set(env, SERVER_MAX_MPS, WHOLE_NUMBER, &mut config.server.max_msg_per_sec, &mut problems);
    set(
        env,
        SERVER_THROTTLE_ACTION,
        "`pace` or `reject`",
        &mut config.server.throttle_action,
        &mut problems,
    );
    if let Some(text) = value(env, DEFAULT_CHAIN) {
        match text.split(',').map(str::parse).collect::<Result<Vec<Step>, _>>() {
            Ok(chain) => config.routing.default_chain = chain,
            Err(error) => problems.push(Problem::variable(
                DEFAULT_CHAIN,
                format!("is `{text}`, {error}, with commas between them"),
            )),
        }
    }
    for (name, fields) in binds(section, env, &mut problems) {
        apply_bind(config, section, name, &fields, &mut problems);
    }
    problems
}

/// The variable that sets a field of a bind, if there is one.
pub(super) fn variable_of(env: &Env, bind: &BindConfig, field: &str) -> Option<String> {
    let suffix = match field {
        "max_msg_per_sec" => "MAX_MPS".to_owned(),
        field => field.to_ascii_uppercase(),
    };
    let name = format!("{BIND}{}_{suffix}", bind.name.to_ascii_uppercase());
    value(env, &name).is_some().then_some(name)
}

/// A variable that is set and not empty: compose files and charts set what they do not know to "".
pub(super) fn value<'a>(env: &'a Env, name: &str) -> Option<&'a str> {
    env.get(name).filter(|value| !value.is_empty())
}

fn set<T: FromStr>(env: &Env, name: &str, expected: &str, to: &mut T, problems: &mut Vec<Problem>) {
    if let Some(text) = value(env, name) {
        match text.trim().parse() {
            Ok(value) => *to = value,
            Err(_) => {
                let message = format!("is `{text}`, expected {expected}");
                problems.push(Problem::variable(name, message));
            }
        }
    }
}

fn binds<'a>(
    section: &Section<'_>,
    env: &'a Env,
    problems: &mut Vec<Problem>,
) -> BTreeMap<&'a str, Fields<'a>> {
    let mut binds = BTreeMap::<_, Fields<'a>>::new();
    for (variable, value) in env.with_prefix(BIND) {
        let rest = &variable[BIND.len()..];
        match rest.split_once('_') {
            Some((name, suffix)) if !name.is_empty() && SUFFIXES.contains(&suffix) => {
                if !value.is_empty() {
                    binds.entry(name).or_default().insert(suffix, value);
                }
            }
            // A variable of the operator's own, under a name that happens to look like ours.
            _ if section.refers_to(variable) => {}
            split => {
                let suffix = split.map_or(rest, |(_, suffix)| suffix);
                problems.push(
                    Problem::variable(
                        variable,
                        format!(
                            "sets nothing: expected {BIND}<NAME>_ and one of {}, with no underscore in the name",
                            SUFFIXES.join(", ")
                        ),
                    )
                    .suggest(suffix, SUFFIXES),
                );
            }
        }
    }
    binds
}

fn apply_bind(
    config: &mut SmppConfig,
    section: &Section<'_>,
    name: &str,
    fields: &Fields<'_>,
    problems: &mut Vec<Problem>,
) {
    let known = config.binds.iter().any(|bind| bind.name.eq_ignore_ascii_case(name));
    if !known {
        // The file uses them itself, for a bind of another name.
        if fields.keys().all(|suffix| section.refers_to(&format!("{BIND}{name}_{suffix}"))) {
            return;
        }
        let missing: Vec<_> =
            NEEDED.into_iter().filter(|suffix| !fields.contains_key(suffix)).collect();
        if let Some(given) = fields.keys().next()
            && !missing.is_empty()
        {
            let missing: Vec<_> =
                missing.iter().map(|suffix| format!("{BIND}{name}_{suffix}")).collect();
            problems.push(Problem::variable(
                format!("{BIND}{name}_{given}"),
                format!(
                    "starts a bind that is incomplete: {} must be set too",
                    missing.join(" and ")
                ),
            ));
            return;
        }
        config.binds.push(BindConfig::new(name.to_ascii_lowercase(), "", "", Secret::default()));
    }
    for bind in config.binds.iter_mut().filter(|bind| bind.name.eq_ignore_ascii_case(name)) {
        // A pool has several binds of the name; each variable is complained about once.
        let mut found = Vec::new();
        for (&suffix, &text) in fields {
            let variable = format!("{BIND}{name}_{suffix}");
            let variables = Env::from_iter([(variable.as_str(), text)]);
            match suffix {
                "HOST" => bind.host = text.to_owned(),
                "PORT" => set(&variables, &variable, PORT, &mut bind.port, &mut found),
                "SYSTEM_ID" => bind.system_id = text.to_owned(),
                "PASSWORD" => bind.password = Secret::from(text),
                "BIND_TYPE" => {
                    set(&variables, &variable, BIND_TYPE, &mut bind.bind_type, &mut found)
                }
                _ => {
                    set(&variables, &variable, WHOLE_NUMBER, &mut bind.max_msg_per_sec, &mut found)
                }
            }
        }
        if !found.is_empty() {
            problems.append(&mut found);
            return;
        }
    }
}
