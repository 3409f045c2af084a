//! Whole files, and their mistakes.

use super::*;

fn load(text: &str) -> Result<HttpConfig, String> {
    let env = Env::from_iter([("EMPTY", "")]);
    HttpConfig::from_str(text, "http.yaml", &env).map_err(|error| error.to_string())
}

#[test]
fn every_key() {
    let config = load(
        "
servers:
  - listen: 127.0.0.1:1
    tls: {cert_path: /c.pem, key_path: /k.pem, client_ca: /ca.pem}
    max_body_bytes: 2
    request_timeout_ms: 3
    trusted_proxies: [10.0.0.0/8]
    header_timeout_ms: 4
    idle_timeout_ms: 5
    max_connections: 6
    max_header_bytes: 8193
    h2_max_streams: 7
    h2_max_resets: 8
    around: {access_log: true}
  - listen: unix:/run/a.sock
clients:
  api:
    base_url: https://api.test/v1
    timeout_ms: 10
    connect_timeout_ms: 11
    verify: true
    ca: /a.pem
    cert: /c.pem
    key: /k.pem
    pool_size: 12
    idle_timeout_ms: 13
    max_in_flight: 14
    max_body_bytes: 15
    retries: 16
    http2_prior_knowledge: true
    headers: {authorization: Bearer s3cret}
  plain: {base_url: 'http://127.0.0.1:1'}
threads: 3
drain_timeout_ms: 9
around:
  request_ids: true
  access_log: true
  metrics: true
  cors:
    origins: [https://a.example]
    methods: [GET]
    headers: [x-a]
    expose: [x-b]
    credentials: true
    max_age_s: 1
",
    )
    .unwrap();
    let [first, second] = &*config.servers else { panic!("two") };
    let tls = first.tls.as_ref().unwrap();
    assert_eq!(tls.client_ca.as_deref(), Some(std::path::Path::new("/ca.pem")));
    assert_eq!((first.max_body_bytes, first.request_timeout_ms), (2, 3));
    assert!(first.trusted_proxies.contains([10, 1, 1, 1].into()));
    assert_eq!((first.header_timeout_ms, first.idle_timeout_ms), (4, 5));
    assert_eq!((first.max_connections, first.max_header_bytes), (6, 8193));
    assert_eq!((first.h2_max_streams, first.h2_max_resets), (7, 8));
    assert_eq!(*second, ServerConfig::on("unix:/run/a.sock".parse().unwrap()));
    assert_eq!(first.around, Some(Around::new().access_log()));
    let cors = Cors {
        methods: vec!["GET".to_owned()],
        headers: vec!["x-a".to_owned()],
        expose: vec!["x-b".to_owned()],
        max_age_s: 1,
        ..Cors::new(["https://a.example"]).credentials()
    };
    assert_eq!(config.around, Around::new().request_ids().access_log().metrics().cors(cors));
    assert_eq!((config.threads, config.drain_timeout_ms), (Threads::Fixed(3), 9));
    let api = &config.clients["api"];
    assert_eq!(api.base_url.to_string(), "https://api.test/v1");
    assert_eq!((api.timeout_ms, api.connect_timeout_ms, api.pool_size), (10, 11, 12));
    assert_eq!((api.idle_timeout_ms, api.max_in_flight, api.max_body_bytes), (13, 14, 15));
    assert_eq!((api.retries, api.http2_prior_knowledge, &api.verify), (16, true, &Verify::Yes));
    #[cfg(feature = "client")]
    assert_eq!(api.authorities().unwrap().to_str(), Some("/a.pem"));
    assert!(api.headers["authorization"].matches(b"Bearer s3cret"));
    assert!(!format!("{config:?}").contains("s3cret"));
    assert_eq!(config.clients["plain"], ClientConfig::new("http://127.0.0.1:1".parse().unwrap()));
}

#[test]
fn nothing_is_the_defaults() {
    assert_eq!(load("{}").unwrap(), HttpConfig::default());
    assert_eq!(load("http: {threads: shared}\nsmpp: {x: 1}").unwrap().threads, Threads::Shared);
}

#[test]
fn mistakes_are_named() {
    for (text, expected) in [
        ("servers: []", "`servers`"),
        ("servers: [{}]", "listen"),
        ("servers: [{listen: x}]", "such as `0.0.0.0:8080`"),
        ("servers: [{listen: ':1', port: 1}]", "unknown key"),
        ("servers: [{listen: ':1', max_connections: 0}]", "expected 1 to 10000000"),
        ("servers: [{listen: ':1'}, {listen: ':1'}]", "is the place of a listener before it"),
        ("servers:\n- listen: ':1'\n  tls: ${EMPTY}", "leave it out for plain TCP"),
        (
            "servers:\n- listen: ':1'\n  tls:\n    cert_path: a\n    key_path: b\n    client_ca: ${EMPTY}",
            "demand no certificate",
        ),
        ("clients: {a: {}}", "base_url"),
        ("clients: {a: {base_url: 'http://b', timout_ms: 1}}", "did you mean `timeout_ms`?"),
        ("clients: {a: {base_url: /v1}}", "such as `https://api.example/v1`"),
        ("clients: {a: {base_url: 'http://b', retries: 101}}", "expected 0 to 100"),
        ("clients: {a: {base_url: 'https://b', cert: c}}", "has no `key`"),
        ("clients: {a: {base_url: 'https://b', key: k}}", "has no `cert`"),
        ("clients: {a: {base_url: 'http://b', ca: c}}", "write `https://`"),
        ("clients: {a: {base_url: 'https://b', ca: c, verify: false}}", "leave one of them out"),
        ("clients: {a: {base_url: 'https://b', ca: '${EMPTY}'}}", "is empty: name the file"),
        ("clients: {a: {base_url: 'http://b', headers: {'a b': c}}}", "`clients.a.headers.a b`"),
        ("threads: 0", "expected `per_core`"),
        ("thread: 1", "did you mean `threads`?"),
        ("http: {}\nsmp: {}", "did you mean `smpp`?"),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_secret_in_a_mistake_is_not_repeated() {
    for text in [
        "clients: {a: {base_url: 'https://me:s3cret@b'}}",
        "clients: {a: {base_url: 'https://b', headers: {authorization: \"s3cret\\n\"}}}",
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains("clients.a.") && !error.contains("s3cret"), "{error}");
    }
}
