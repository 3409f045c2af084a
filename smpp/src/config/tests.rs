use std::net::IpAddr;

use crate::protocol::pdu::BindKind;

use super::*;

fn load_with<const N: usize>(
    text: &str,
    env: [(&str, &str); N],
) -> Result<SmppConfig, ConfigError> {
    SmppConfig::from_str(text, "smpp.yaml", &Env::from_iter(env))
}

fn load(text: &str) -> Result<SmppConfig, ConfigError> {
    load_with(text, [])
}

fn error(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

const ALPHA: &str = "binds: [{name: alpha, host: h, port: 2776, system_id: me, password: pw}]\n";

#[test]
fn the_defaults() {
    for text in [
        "",
        "server:\n",
        "server: {}\nbinds: []\nrouting: {}\n",
        "smpp:\n",
        "http: {servers: []}\n",
    ] {
        assert_eq!(load(text).unwrap(), SmppConfig::default(), "{text:?}");
    }
    let server = SmppConfig::default().server;
    assert_eq!((server.bind_address.as_str(), server.port), ("0.0.0.0", 2775));
    assert_eq!(server.session_init_timer_ms, 5_000);
    assert_eq!(server.enquire_link_timer_ms, 30_000);
    assert_eq!(server.inactivity_timer_ms, 300_000);
    assert_eq!(server.response_timer_ms, 30_000);
    assert_eq!((server.max_msg_per_sec, server.throttle_action), (0, ThrottleAction::Pace));
    assert_eq!(server.tls, None);

    let bind = &load("binds: [{name: a, host: h, system_id: s, password: p}]").unwrap().binds[0];
    assert_eq!(*bind, BindConfig::new("a", "h", "s", "p"));
    assert_eq!(
        (bind.port, bind.bind_type, bind.system_type.as_str()),
        (2775, BindKind::Transceiver, "")
    );
}

#[test]
fn every_key() {
    let config = load_with(
        r#"
server:
  bind_address: "127.0.0.1"
  port: 12775
  session_init_timer_ms: 1
  enquire_link_timer_ms: 0
  inactivity_timer_ms: 3
  response_timer_ms: 4
  max_msg_per_sec: 5
  throttle_action: reject
  tls: {cert_path: /c.pem, key_path: /k.pem, ca_path: /ca.pem}
  max_connections: 6
  max_pdu_bytes: 4096
  max_in_flight: 7
  window_size: 8
  output_high_water_bytes: 9000
  proxy_protocol: true
  proxy_trusted: [10.0.0.1]
  drain_timeout_ms: 10
  system_id: smsc
  lenient: true
  esmes:
    - system_id: shop
      password: ${SHOP}
      allowed_networks: [10.0.0.0/8, "2001:db8::/32"]
      bind_types: [transmitter, receiver]
      max_binds: 2
      max_msg_per_sec: 20
      throttle_action: pace
      window_size: 30
      lenient: false
    - {system_id: bank, password: "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"}
binds:
  - name: alpha
    host: smsc.example.net
    port: 2775
    system_id: me
    password: ${PW:-pw}
    system_type: SMPP
    bind_type: transmitter
    max_msg_per_sec: 50
    enquire_link_timer_ms: 11
    response_timer_ms: 12
    window_size: 13
    text: {alphabet: gsm, national: [turkish, spanish], packed: true, split: udh16, max_parts: 9}
    tls: {ca_path: /ca.pem, server_name: smsc}
  - {name: alpha, host: b, port: 2775, system_id: me, password: pw, tls: true}
  - {name: beta, host: b, port: 2775, system_id: me, password: pw, tls: false}
reassembly: {enabled: false, timeout_ms: 1, max_bytes: 5000, max_bytes_per_esme: 4999, max_bytes_per_source: 4998, max_parts: 3}
routing:
  default_chain: ["bind:alpha", queue]
  rules:
    - prefix: 0049
      chain: ["bind:beta"]
      name: germany
      options: {cost: 7, premium: true, note: x}
    - {prefix: "00491", chain: [queue]}
    - prefix: "0049"
      source: 4477
      esme: shop
      chain: ["bind:alpha", "bind:beta", "esme:bank"]
      balance: weighted
      weight: {alpha: 3}
      failover_on: [down, throttled, temporary, permanent]
"#,
        [("SHOP", "s3cret")],
    )
    .unwrap();
    let server = &config.server;
    assert_eq!(server.enquire_link_timer(), None);
    assert_eq!(server.session_init_timer().as_millis(), 1);
    assert_eq!(server.throttle_action, ThrottleAction::Reject);
    assert_eq!(server.tls.as_ref().unwrap().ca_path.as_deref(), Some(Path::new("/ca.pem")));
    assert!(server.proxy_trusted.contains("10.0.0.1".parse().unwrap()));

    let shop = config.esme("shop").unwrap();
    assert!(shop.password.verify(b"s3cret"));
    assert!(shop.allows_address("10.1.2.3".parse().unwrap()));
    assert!(!shop.allows_address("192.0.2.1".parse().unwrap()));
    assert!(
        shop.allows_bind_type(BindKind::Receiver) && !shop.allows_bind_type(BindKind::Transceiver)
    );
    assert_eq!((shop.max_msg_per_sec(server), shop.window_size(server)), (20, 30));
    assert_eq!((shop.throttle_action(server), shop.lenient(server)), (ThrottleAction::Pace, false));
    let bank = config.esme("bank").unwrap();
    assert!(bank.password.is_hashed());
    assert!(bank.allows_address(IpAddr::from([192, 0, 2, 1])));
    assert_eq!((bank.max_msg_per_sec(server), bank.lenient(server)), (5, true));

    assert_eq!(config.binds_named("alpha").count(), 2);
    assert_eq!(config.binds[0].tls.as_ref().unwrap().server_name.as_deref(), Some("smsc"));
    assert_eq!(config.binds[1].tls, Some(BindTls::default()));
    let text = &config.binds[0].text;
    assert_eq!((text.alphabet, text.split, text.packed), (Alphabet::Gsm, Split::Udh16, true));
    assert_eq!((text.national.len(), text.max_parts), (2, 9));
    assert_eq!(config.binds[1].text, TextConfig::default());
    assert_eq!(config.binds[2].tls, None);

    let reassembly = config.reassembly.unwrap();
    assert!(!reassembly.enabled);
    let limits = reassembly.limits();
    assert_eq!((limits.timeout.as_millis(), limits.max_bytes, limits.max_parts), (1, 5_000, 3));
    assert_eq!((limits.max_bytes_per_esme, limits.max_bytes_per_source), (4_999, 4_998));

    let rule = config.routing.rule("00495").unwrap();
    assert_eq!(rule.name.as_deref(), Some("germany"));
    assert_eq!(rule.options["cost"], "7");
    assert_eq!(rule.options["premium"], "true");
    assert_eq!(rule.balance, Balance::Failover);
    assert_eq!(rule.failover_on, [FailoverOn::Down, FailoverOn::Temporary]);
    let rule = &config.routing.rules[2];
    assert_eq!((rule.source.as_deref(), rule.esme.as_deref()), (Some("4477"), Some("shop")));
    assert_eq!((rule.balance, rule.weight["alpha"]), (Balance::Weighted, 3));
    assert_eq!((rule.failover_on.len(), &rule.chain[2]), (4, &Step::Esme("bank".into())));
    assert_eq!(config.routing.chain("00491"), [Step::Queue]);
    assert_eq!(config.routing.chain("0033"), [Step::Bind("alpha".into()), Step::Queue]);
}

#[test]
fn flat_address_and_port() {
    let config = load("bind_address: 127.0.0.1\nport: 5\n").unwrap();
    assert_eq!((config.server.bind_address.as_str(), config.server.port), ("127.0.0.1", 5));
    assert_eq!(load("port: 5\nserver: {port: 6}\n").unwrap().server.port, 6);
    assert_eq!(load("port: 5\nserver: {port: }\n").unwrap().server.port, 5);
}

#[test]
fn a_section_of_a_larger_document() {
    let config = load("smpp:\n  server: {port: 1}\nhttp: {x: '${UNSET}'}\nws: {}\n").unwrap();
    assert_eq!(config.server.port, 1);
    assert_eq!(
        error("smpp:\n  server: {prot: 1}\n"),
        "unknown key `smpp.server.prot` at smpp.yaml:2:12; did you mean `port`?"
    );
    assert_eq!(
        error("smpp: {}\nhtpt: {}\n"),
        "unknown key `htpt` at smpp.yaml:2:1; did you mean `http`?"
    );
    assert_eq!(
        error("smpp:\n  server: {window_size: 0}\n"),
        "invalid value for `smpp.server.window_size` at smpp.yaml:2:25: is 0, expected 1 to 100000"
    );
}

#[test]
fn mistakes_have_their_place() {
    assert_eq!(
        error("server:\n  tls:\n    cert_path: a\n    cert_pth: b\n    key_path: c\n"),
        "unknown key `server.tls.cert_pth` at smpp.yaml:4:5; did you mean `cert_path`?"
    );
    assert_eq!(
        error("binds: [{name: a, host: h, system_id: s, password: p, tls: {ca: x}}]"),
        "unknown key `binds[0].tls.ca` at smpp.yaml:1:61; the known keys are ca_path, cert_path, key_path, server_name"
    );
    let text = |text: &str| {
        error(&format!("binds: [{{name: a, host: h, system_id: s, password: p, text: {text}}}]"))
    };
    assert_eq!(
        text("{alphabt: gsm}"),
        "unknown key `binds[0].text.alphabt` at smpp.yaml:1:62; did you mean `alphabet`?"
    );
    assert!(text("{split: udh}").ends_with("did you mean `udh8`?"), "{}", text("{split: udh}"));
    assert!(text("{national: [turkisch]}").ends_with("did you mean `turkish`?"));
    assert_eq!(
        error("binds: [{name: a, host: h, system_id: s}]"),
        "missing key `binds[0].password` at smpp.yaml:1:9"
    );
    assert_eq!(
        error("routing: {default_chain: [quue]}"),
        "invalid value `quue` for `routing.default_chain[0]` at smpp.yaml:1:27: expected `bind:<name>`, `esme:<system_id>` or `queue`"
    );
    assert_eq!(
        error(
            "server: {esmes: [{system_id: a, password: b, allowed_networks: [10.0.0.0/8, 10.0/8]}]}"
        ),
        "invalid value `10.0/8` for `server.esmes[0].allowed_networks[1]` at smpp.yaml:1:77: \
         `10.0/8` is neither an address nor a network such as 10.0.0.0/8"
    );
    assert_eq!(
        error("server: {throttle_action: rejct}"),
        "invalid value `rejct` for `server.throttle_action` at smpp.yaml:1:27: expected `pace` or `reject`; \
         did you mean `reject`?"
    );
}

#[test]
fn a_bind_connects_or_is_called_or_both() {
    let load =
        |keys: &str| load(&format!("binds: [{{name: a, system_id: s, password: p, {keys}}}]"));
    let called = &load("outbind: {system_id: SMSC, password: pw}").unwrap().binds[0];
    assert!(!called.connects());
    assert_eq!(called.outbind, Some(OutbindConfig::new("SMSC", "pw")));
    assert!(load("host: h, outbind: {system_id: SMSC, password: pw}").unwrap().binds[0].connects());
    for (keys, key, message) in [
        ("port: 1", "host", "name the SMSC, or say in `outbind` which one may call"),
        ("outbind: {system_id: SMSC}", "outbind.password", "missing"),
        ("outbind: {system_id: SMSC, password: ''}", "outbind.password", "anyone who knows"),
        ("outbind: {system_id: SMSC, password: '123456789'}", "outbind.password", "8 octets"),
        ("outbind: {system_id: SMSC, password: \"p\\0\"}", "outbind.password", "NUL"),
        ("outbind: {system_id: '', password: pw}", "outbind.system_id", "is empty"),
        ("outbind: {system_id: 1234567890123456, password: pw}", "outbind.system_id", "at most 15"),
        ("outbind: {system_id: S, password: pw, host: h}", "outbind.host", "unknown key"),
        (
            "bind_type: transmitter, outbind: {system_id: SMSC, password: pw}",
            "bind_type",
            "`receiver` or `transceiver`",
        ),
        ("tls: true, outbind: {system_id: SMSC, password: pw}", "tls", "`server.tls`"),
    ] {
        let error = load(keys).unwrap_err();
        assert_eq!(error.key(), Some(format!("binds[0].{key}").as_str()), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn a_chain_names_binds_that_are_there() {
    assert_eq!(
        error(&format!("{ALPHA}routing:\n  default_chain: [queue, 'bind:alhpa']\n")),
        "invalid value for `routing.default_chain[1]` at smpp.yaml:3:26: no bind is named `alhpa`; \
         did you mean `alpha`?"
    );
    let error = load(&format!("{ALPHA}routing: {{rules: [{{prefix: 1, chain: ['bind:x']}}]}}"))
        .unwrap_err();
    assert_eq!(error.key(), Some("routing.rules[0].chain[0]"));
    assert_eq!(error.suggestion(), None);
}

#[test]
fn a_rule_with_mistakes() {
    let rule = |rest: &str| {
        error(&format!(
            "{ALPHA}server: {{esmes: [{{system_id: shop, password: x}}]}}\nrouting: {{rules: [{{prefix: 1, {rest}}}]}}"
        ))
    };
    for (rest, message) in [
        (
            "wieght: {alpha: 1}",
            "unknown key `routing.rules[0].wieght` at smpp.yaml:3:31; did you mean `weight`?",
        ),
        (
            "balance: roundrobin",
            "invalid value `roundrobin` for `routing.rules[0].balance` at smpp.yaml:3:31: expected `failover`, \
             `round_robin` or `weighted`; did you mean `round_robin`?",
        ),
        (
            "failover_on: [donw]",
            "invalid value `donw` for `routing.rules[0].failover_on[0]` at smpp.yaml:3:31: expected `down`, `throttled`, \
             `temporary`, `permanent` or `unanswered`; did you mean `down`?",
        ),
        (
            "chain: ['esme:']",
            "invalid value `esme:` for `routing.rules[0].chain[0]` at smpp.yaml:3:31: `esme:` names nothing, expected \
             `esme:<system_id>`",
        ),
        (
            "chain: ['esme:shpo']",
            "invalid value for `routing.rules[0].chain[0]` at smpp.yaml:3:31: no entry of `server.esmes` has the system id \
             `shpo`; did you mean `shop`?",
        ),
        (
            "chain: ['esme:1234567890123456']",
            "invalid value for `routing.rules[0].chain[0]` at smpp.yaml:3:31: the system id has 16 octets, at most 15 are \
             allowed",
        ),
        (
            "esme: shpo",
            "invalid value for `routing.rules[0].esme` at smpp.yaml:3:31: no entry of `server.esmes` has the system id `shpo`; \
             did you mean `shop`?",
        ),
        (
            "source: ''",
            "invalid value for `routing.rules[0].source` at smpp.yaml:3:31: is empty: say how the source address starts, or \
             leave it out to match every one",
        ),
        (
            "esme: ",
            "invalid value for `routing.rules[0].esme` at smpp.yaml:3:31: is empty: give a system id, or leave it out to match \
             every ESME",
        ),
        (
            "weight: {alpha: 2}",
            "invalid value for `routing.rules[0].weight` at smpp.yaml:3:31: has no effect without `balance: weighted`",
        ),
        (
            "weight: {alhpa: 2}, balance: weighted, chain: ['bind:alpha']",
            "invalid value for `routing.rules[0].weight.alhpa` at smpp.yaml:3:31: the chain has no step `bind:alhpa` or \
             `esme:alhpa`; did you mean `alpha`?",
        ),
        (
            "weight: {alpha: 0}, balance: weighted, chain: ['bind:alpha']",
            "invalid value for `routing.rules[0].weight.alpha` at smpp.yaml:3:31: is 0, expected 1 to 100",
        ),
    ] {
        let error = rule(rest);
        let place = |text: &str| {
            let (before, after) = text.split_once(" at smpp.yaml:3:").unwrap();
            let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before} at line 3{after}")
        };
        assert_eq!(place(&error), place(message), "{error}");
    }
    let chain = vec!["'bind:alpha'"; 65].join(", ");
    assert!(
        rule(&format!("balance: round_robin, chain: [{chain}]"))
            .ends_with("the chain has 65 steps, at most 64 share")
    );
    // Nothing says who there is: a handler may let anyone bind.
    assert!(load("routing: {rules: [{prefix: 1, esme: x, chain: ['esme:y']}]}").is_ok());
}

#[test]
fn ranges_and_duplicates() {
    for (text, key) in [
        ("server: {session_init_timer_ms: 0}", "server.session_init_timer_ms"),
        ("server: {max_pdu_bytes: 16}", "server.max_pdu_bytes"),
        ("server: {system_id: 1234567890123456}", "server.system_id"),
        ("server: {bind_address: ''}", "server.bind_address"),
        ("server: {proxy_trusted: [10.0.0.1]}", "server.proxy_trusted"),
        ("server: {esmes: [{system_id: '', password: x}]}", "server.esmes[0].system_id"),
        (
            "server: {esmes: [{system_id: a, password: x, bind_types: []}]}",
            "server.esmes[0].bind_types",
        ),
        (
            "server: {esmes: [{system_id: a, password: x}, {system_id: a, password: y}]}",
            "server.esmes[1].system_id",
        ),
        ("reassembly: {timeout_ms: 0}", "reassembly.timeout_ms"),
        ("reassembly: {max_bytes: 1}", "reassembly.max_bytes"),
        ("reassembly: {max_bytes_per_esme: 1}", "reassembly.max_bytes_per_esme"),
        ("reassembly: {max_bytes_per_source: 1}", "reassembly.max_bytes_per_source"),
        ("reassembly: {max_parts: 1}", "reassembly.max_parts"),
        ("binds: [{name: a, host: h, port: 0, system_id: s, password: p}]", "binds[0].port"),
        ("binds: [{name: a, host: h, system_id: s, password: \"p\\0\"}]", "binds[0].password"),
        (
            "binds: [{name: a, host: h, system_id: s, password: p, text: {max_parts: 0}}]",
            "binds[0].text.max_parts",
        ),
        (
            "binds: [{name: a, host: h, system_id: s, password: p, tls: {cert_path: x}}]",
            "binds[0].tls.cert_path",
        ),
    ] {
        let error = load(text).unwrap_err();
        assert_eq!(error.key(), Some(key), "{error}");
        assert_eq!(error.line(), Some(1), "{error}");
    }
    // Several at once.
    let error = load("server: {window_size: 0, max_in_flight: 0}").unwrap_err();
    assert_eq!(error.problems().len(), 2);
}

#[test]
fn what_keeps_something_out_is_not_empty() {
    for (text, key, message) in [
        (
            "server: {esmes: [{system_id: a, password: x, allowed_networks: @}]}",
            "server.esmes[0].allowed_networks",
            "is empty: name the networks, or leave it out to allow every one",
        ),
        (
            "server: {proxy_protocol: true, proxy_trusted: @}",
            "server.proxy_trusted",
            "is empty: name the proxies whose header is believed, or leave it out to believe every one",
        ),
        (
            "server: {tls: {cert_path: c, key_path: k, ca_path: @}}",
            "server.tls.ca_path",
            "is empty: name the file, or leave it out to demand no certificate of clients",
        ),
        (
            "binds: [{name: a, host: h, system_id: s, password: p, tls: {ca_path: @}}]",
            "binds[0].tls.ca_path",
            "is empty: name the file, or leave it out to trust the authorities of the system",
        ),
        ("bind_address: @", "bind_address", "is empty: expected an address to listen on"),
        (
            "server: {bind_address: @}",
            "server.bind_address",
            "is empty: expected an address to listen on",
        ),
    ] {
        for empty in ["\"${NONE}\"", "${NONE}", "\"\"", "${UNSET:-}"] {
            let text = format!("# one\n{}\n", text.replace('@', empty));
            let error = load_with(&text, [("NONE", "")]).unwrap_err();
            assert_eq!(error.problems().len(), 1, "{error}");
            assert_eq!((error.key(), error.line()), (Some(key), Some(2)), "{text}: {error}");
            assert!(error.to_string().ends_with(message), "{error}");
        }
    }
    for (text, key) in [
        (
            "server: {esmes: [{system_id: a, password: x, allowed_networks: []}]}",
            "server.esmes[0].allowed_networks",
        ),
        (
            "server: {esmes: [{system_id: a, password: x, allowed_networks: ','}]}",
            "server.esmes[0].allowed_networks",
        ),
        (
            "server: {esmes: [{system_id: a, password: x, bind_types: '${NONE}'}]}",
            "server.esmes[0].bind_types",
        ),
        (
            "server: {esmes: [{system_id: a, password: x, bind_types: ${NONE}}]}",
            "server.esmes[0].bind_types",
        ),
        (
            "server: {esmes: [{system_id: a, password: x, max_binds: ${NONE}}]}",
            "server.esmes[0].max_binds",
        ),
        ("server: {proxy_protocol: true, proxy_trusted: []}", "server.proxy_trusted"),
        ("server: {tls: }", "server.tls"),
        ("binds: [{name: a, host: h, system_id: s, password: p, tls: ${NONE}}]", "binds[0].tls"),
        ("bind_address: ''\nserver: {port: 1}", "bind_address"),
    ] {
        let error = load_with(text, [("NONE", "")]).unwrap_err();
        assert_eq!((error.key(), error.line()), (Some(key), Some(1)), "{text}: {error}");
    }
}

#[test]
fn a_number_or_a_choice_is_not_empty() {
    const BIND: &str = "name: a, host: h, system_id: s, password: p";
    const DEFAULT: &str = "is empty: give a value, or leave it out for its default";
    let bind = |rest: &str| format!("binds: [{{{BIND}, {rest}}}]");
    for (text, key, message) in [
        (bind("port: @"), "binds[0].port", DEFAULT),
        (bind("bind_type: @"), "binds[0].bind_type", DEFAULT),
        (bind("max_msg_per_sec: @"), "binds[0].max_msg_per_sec", DEFAULT),
        (bind("text: {split: @}"), "binds[0].text.split", DEFAULT),
        ("port: @".to_owned(), "port", DEFAULT),
        ("server: {port: @}".to_owned(), "server.port", DEFAULT),
        ("server: {max_msg_per_sec: @}".to_owned(), "server.max_msg_per_sec", DEFAULT),
        ("server: {lenient: @}".to_owned(), "server.lenient", DEFAULT),
        (
            "server: {esmes: [{system_id: a, password: x, max_msg_per_sec: @}]}".to_owned(),
            "server.esmes[0].max_msg_per_sec",
            DEFAULT,
        ),
        (
            "routing: {rules: [{prefix: 1, failover_on: @}]}".to_owned(),
            "routing.rules[0].failover_on",
            DEFAULT,
        ),
        (
            "reassembly: @".to_owned(),
            "reassembly",
            "is empty: say `true` for its defaults, or `false` to put no parts together",
        ),
        #[cfg(feature = "spool")]
        (
            "spool: @".to_owned(),
            "spool",
            "is empty: say `true` for its defaults, or `false` to store no message",
        ),
        (
            "reassembly: {max_parts: @}".to_owned(),
            "reassembly.max_parts",
            "expected a whole number from 0 to 255, found nothing",
        ),
        #[cfg(feature = "spool")]
        ("store: {path: @}".to_owned(), "store.path", DEFAULT),
        #[cfg(feature = "spool")]
        ("store: {engine: @}".to_owned(), "store.engine", DEFAULT),
        #[cfg(feature = "spool")]
        ("store: {url: @}".to_owned(), "store.url", DEFAULT),
    ] {
        for empty in ["${NONE}", "${UNSET:-}", ""] {
            let text = text.replace('@', empty);
            let error = load_with(&text, [("NONE", "")]).unwrap_err();
            assert_eq!(error.problems().len(), 1, "{text}: {error}");
            assert_eq!((error.key(), error.line()), (Some(key), Some(1)), "{text}: {error}");
            assert!(error.to_string().ends_with(message), "{error}");
        }
    }
    // What the environment says instead is not missed; and what is above them may be empty.
    let text = format!("server: {{max_msg_per_sec: }}\n{}\n", bind("port: "));
    let config =
        load_with(&text, [("SMPP_BIND_A_PORT", "7"), ("SMPP_SERVER_MAX_MPS", "8")]).unwrap();
    assert_eq!((config.binds[0].port, config.server.max_msg_per_sec), (7, 8));
    load("server:\nbinds:\nrouting:\n  default_chain:\n  rules:\n").unwrap();
}

#[test]
fn passwords_are_what_a_bind_can_carry() {
    let esme = |rest: &str, password: &str| {
        load(&format!("server: {{esmes: [{{system_id: a, password: \"{password}\"{rest}}}]}}"))
    };
    assert!(esme("", "12345678").is_ok());
    assert!(esme(", lenient: true", "123456789").is_ok());
    for (rest, password, message) in [
        ("", "", "is empty: anyone who knows the system id could bind"),
        (", lenient: true", "", "is empty: anyone who knows the system id could bind"),
        ("", "p\\0", "a NUL cannot be sent"),
        ("", "123456789", "whose bind is refused otherwise"),
        (", lenient: true", &"x".repeat(256), "is longer than 255 octets, which no bind can have"),
    ] {
        let error = esme(rest, password).unwrap_err();
        assert_eq!(error.key(), Some("server.esmes[0].password"), "{error}");
        assert!(error.to_string().ends_with(message), "{error}");
        assert!(password.is_empty() || !error.to_string().contains(password), "{error}");
    }
    let lenient = "server: {lenient: true, esmes: [{system_id: a, password: '123456789'}]}";
    assert!(load(lenient).is_ok());
    // None at all is another matter.
    assert_eq!(
        error("server: {esmes: [{system_id: a, password: }]}"),
        "missing key `server.esmes[0].password` at smpp.yaml:1:18"
    );
    let bind =
        load("binds: [{name: a, host: h, system_id: s, password: '123456789'}]").unwrap_err();
    assert_eq!(bind.key(), Some("binds[0].password"), "{bind}");
}

#[test]
fn the_environment_declares_binds() {
    let config = load_with(
        "",
        [
            ("SMPP_BIND_ALPHA_HOST", "smsc.example.net"),
            ("SMPP_BIND_ALPHA_PORT", "2776"),
            ("SMPP_BIND_ALPHA_SYSTEM_ID", "me"),
            ("SMPP_BIND_ALPHA_PASSWORD", "s3cret"),
            ("SMPP_BIND_ALPHA_BIND_TYPE", "receiver"),
            ("SMPP_BIND_ALPHA_MAX_MPS", "9"),
            ("SMPP_BIND_BETA_HOST", ""),
            ("SMPP_SERVER_MAX_MPS", "100"),
            ("SMPP_SERVER_THROTTLE_ACTION", "reject"),
            ("SMPP_DEFAULT_CHAIN", "bind:alpha, queue"),
        ],
    )
    .unwrap();
    let mut alpha = BindConfig::new("alpha", "smsc.example.net", "me", "s3cret");
    alpha.port = 2776;
    alpha.bind_type = BindKind::Receiver;
    alpha.max_msg_per_sec = 9;
    assert_eq!(config.binds, [alpha]);
    assert_eq!(config.server.max_msg_per_sec, 100);
    assert_eq!(config.server.throttle_action, ThrottleAction::Reject);
    assert_eq!(config.routing.default_chain, [Step::Bind("alpha".into()), Step::Queue]);
}

#[test]
fn the_environment_overrides_binds() {
    let config =
        load_with(ALPHA, [("SMPP_BIND_ALPHA_PASSWORD", "new"), ("SMPP_BIND_ALPHA_PORT", "1")])
            .unwrap();
    assert_eq!(
        (config.binds.len(), config.binds[0].port, config.binds[0].host.as_str()),
        (1, 1, "h")
    );
    assert!(config.binds[0].password.matches(b"new"));
}

#[test]
fn variables_that_the_file_uses_are_the_operators_own() {
    let text = "
server: {bind_address: '${SMPP_BIND_ADDRESS}'}
binds: [{name: alpha-eu, host: h, system_id: s, password: '${SMPP_BIND_ALPHA_PASSWORD}'}]
";
    let env = [("SMPP_BIND_ADDRESS", "::1"), ("SMPP_BIND_ALPHA_PASSWORD", "pw")];
    let config = load_with(text, env).unwrap();
    assert_eq!(config.server.bind_address, "::1");
    assert_eq!(config.binds.len(), 1);
    assert!(load_with("", env).is_err());
}

#[test]
fn wrong_variables_are_named() {
    for (name, value, rest) in [
        ("SMPP_SERVER_MAX_MPS", "many", "is `many`, expected a whole number, 0 for unlimited"),
        ("SMPP_SERVER_THROTTLE_ACTION", "x", "is `x`, expected `pace` or `reject`"),
        (
            "SMPP_DEFAULT_CHAIN",
            "queue,x",
            "is `queue,x`, expected `bind:<name>`, `esme:<system_id>` or `queue`, with commas between them",
        ),
        (
            "SMPP_DEFAULT_CHAIN",
            "bind:alhpa",
            "has the step `bind:alhpa`, but no bind is named `alhpa`; did you mean `alpha`?",
        ),
        ("SMPP_BIND_ALPHA_PORT", "0", "is 0, expected 1 to 65535"),
        (
            "SMPP_BIND_ALPHA_PORT",
            "tcp://10.0.0.1:2775",
            "is `tcp://10.0.0.1:2775`, expected a port from 1 to 65535",
        ),
        (
            "SMPP_BIND_ALPHA_PASSWORD",
            "123456789",
            "is longer than the 8 octets that a bind can carry",
        ),
        ("SMPP_BIND_ALPHA_SYSTEM_ID", "1234567890123456", "has 16 octets, at most 15 are allowed"),
        (
            "SMPP_BIND_BETA_HOST",
            "h",
            "starts a bind that is incomplete: SMPP_BIND_BETA_SYSTEM_ID and SMPP_BIND_BETA_PASSWORD must be set too",
        ),
        (
            "SMPP_BIND_ALPHA_BIND_TYPE",
            "trx",
            "is `trx`, expected `transmitter`, `receiver` or `transceiver`",
        ),
        (
            "SMPP_BIND_ALPHA_PASSWROD",
            "hunter2",
            "sets nothing: expected SMPP_BIND_<NAME>_ and one of HOST, PORT, SYSTEM_ID, PASSWORD, BIND_TYPE, MAX_MPS, \
             with no underscore in the name; did you mean `PASSWORD`?",
        ),
    ] {
        let error = load_with(ALPHA, [(name, value)]).unwrap_err();
        assert_eq!(error.to_string(), format!("environment variable `{name}` {rest}"));
        assert_eq!(error.problems()[0].environment_variable(), Some(name));
    }
}

#[test]
fn passwords_never_print() {
    let config = load_with(
        "server: {esmes: [{system_id: a, password: hunter2}, {system_id: b, password: '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo'}]}\n\
         binds: [{name: a, host: h, system_id: s, password: '${PW}'}]\n",
        [("PW", "hunter3"), ("SMPP_BIND_B_HOST", "h"), ("SMPP_BIND_B_SYSTEM_ID", "s"), ("SMPP_BIND_B_PASSWORD", "hunter4")],
    )
    .unwrap();
    for shown in [format!("{config:?}"), format!("{config:#?}")] {
        assert!(!shown.contains("hunter") && !shown.contains("c2FsdHNhbHQ"), "{shown}");
    }
}

#[test]
fn the_published_example_loads_unchanged() {
    let text = "
    server: { bind_address: \"0.0.0.0\", port: 2775 }
    binds:
      - name: alpha
        host: smsc-a.example.net
        port: 2775
        system_id: ${SMPP_ALPHA_SYSTEM_ID}   # from a secret
        password: ${SMPP_ALPHA_PASSWORD}
        bind_type: transceiver
        max_msg_per_sec: 50
    routing: { default_chain: [\"bind:alpha\"] }
";
    let env = [("SMPP_ALPHA_SYSTEM_ID", "alpha_esme"), ("SMPP_ALPHA_PASSWORD", "changeme")];
    let config = load_with(text, env).unwrap();
    assert_eq!(config.binds[0].system_id, "alpha_esme");
    assert_eq!(config.binds[0].max_msg_per_sec, 50);
}

#[test]
fn from_a_file() {
    let error = SmppConfig::from_file("no/such/smpp.yaml", &Env::empty()).unwrap_err();
    assert_eq!(error.file(), Some("no/such/smpp.yaml"));
}
