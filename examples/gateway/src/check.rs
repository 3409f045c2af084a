//! `gateway check`: whether a configuration is right, and what it holds.

use std::{fmt::Write as _, path::Path};

use wirepath::{
    config::Env,
    smpp::config::{SmppConfig, Step},
    store::StoreEngine,
};

use crate::failure::Failure;

/// Says what a file holds.
pub(crate) fn check(file: &Path) -> Result<(), Failure> {
    let config = SmppConfig::from_file(file, &Env::of_process())?;
    print!("{} is right\n{}", file.display(), found(&config));
    Ok(())
}

/// What there is, a line each.
fn found(config: &SmppConfig) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String does not fail.
        let _ = writeln!(out, "  {name:<8} {value}");
    };
    let server = &config.server;
    let tls = if server.tls.is_some() { " with TLS" } else { "" };
    line("listens", format!("{}:{}{tls}", server.bind_address, server.port));
    for esme in &server.esmes {
        let kinds: Vec<String> = esme.bind_types.iter().map(|kind| kind.to_string()).collect();
        line("esme", format!("{}, as {}", esme.system_id, kinds.join(", ")));
    }
    if server.esmes.is_empty() {
        line("esme", "none: nobody can bind; add server.esmes".to_owned());
    }
    for bind in &config.binds {
        let (name, kind) = (&bind.name, bind.bind_type);
        line("bind", format!("{name}: {kind} at {}:{}", bind.host, bind.port));
    }
    let routing = &config.routing;
    let chain: Vec<String> = routing.default_chain.iter().map(Step::to_string).collect();
    let chain = if chain.is_empty() { "none".to_owned() } else { chain.join(", ") };
    line("routing", format!("{} rules, default chain {chain}", routing.rules.len()));
    line(
        "spool",
        match (&config.spool, config.store.engine) {
            (None, _) => "off: messages are not stored; `spool: true` turns it on".to_owned(),
            (Some(_), StoreEngine::Memory) => "in memory: a restart loses what waits".to_owned(),
            (Some(_), StoreEngine::Embedded) => {
                format!("on disk, in {}", config.store.path.display())
            }
            (Some(_), _) => format!("in Redis, under the prefix `{}`", config.store.prefix),
        },
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let text = "
server: {port: 1, esmes: [{system_id: shop, password: geheim}]}
binds: [{name: a, host: h, system_id: me, password: geheim}]
routing: {default_chain: ['bind:a', queue]}
spool: true
store: {engine: redis, url: 'redis://:geheim@h'}";
        let config = SmppConfig::from_str(text, "x.yaml", &Env::empty()).unwrap();
        let found = found(&config);
        assert!(found.contains("shop") && found.contains("a: transceiver at h:2775"), "{found}");
        assert!(found.contains("0 rules, default chain bind:a, queue"), "{found}");
        assert!(!found.contains("geheim"), "{found}");
    }
}
