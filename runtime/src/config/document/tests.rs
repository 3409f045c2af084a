//! Documents, their faults, and the types that they load into.

use super::*;
use crate::secret::{Password, Secret};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Config {
    server: Server,
    peers: Vec<Peer>,
    options: BTreeMap<String, String>,
    password: Secret,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Server {
    host: String,
    port: u16,
    timer_ms: u64,
    lenient: bool,
    ratio: f64,
    mode: Mode,
    tls: Option<Tls>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Pace,
    Reject,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Tls {
    cert_path: String,
    key_path: String,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Peer {
    name: String,
    password: Password,
}

fn load_with(text: &str, env: &Env) -> Result<Config, ConfigError> {
    Document::parse(text, "c.yaml", env)?.root().load()
}

fn load(text: &str) -> Result<Config, ConfigError> {
    load_with(text, &Env::empty())
}

fn error(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

#[test]
fn values_of_every_type() {
    let config = load(
        "server:\n  host: smsc.example\n  port: '2775'\n  timer_ms: 5000\n  lenient: true\n  \
         ratio: 0.5\n  mode: reject\noptions: {cost: 007, note: yes}\n",
    )
    .unwrap();
    assert_eq!(config.server.host, "smsc.example");
    assert_eq!(config.server.port, 2775);
    assert_eq!(config.server.timer_ms, 5000);
    assert!(config.server.lenient);
    assert_eq!(config.server.ratio, 0.5);
    assert_eq!(config.server.mode, Mode::Reject);
    assert_eq!(config.options["cost"], "007");
    assert_eq!(config.options["note"], "yes");
}

#[test]
fn an_empty_document_and_empty_keys_are_defaults() {
    for text in
        ["", "# only a comment\n", "server:\n", "server: ~\n", "server:\n  port:\n", "---\n"]
    {
        assert_eq!(load(text).unwrap(), Config::default(), "{text:?}");
    }
}

#[test]
fn an_unknown_key_has_its_place_and_a_suggestion() {
    let error =
        load("server:\n  tls:\n    cert_pth: a\n    cert_path: b\n    key_path: c\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown key `server.tls.cert_pth` at c.yaml:3:5; did you mean `cert_path`?"
    );
    assert_eq!(error.file(), Some("c.yaml"));
    assert_eq!((error.line(), error.column()), (Some(3), Some(5)));
    assert_eq!(error.key(), Some("server.tls.cert_pth"));
    assert_eq!(error.suggestion(), Some("cert_path"));
}

#[test]
fn without_a_near_key_the_known_ones_are_listed() {
    assert_eq!(
        error("colour: red\n"),
        "unknown key `colour` at c.yaml:1:1; the known keys are server, peers, options, password"
    );
}

#[test]
fn all_unknown_keys_are_reported_and_what_stopped_the_loading() {
    let error = load("servr: 1\nserver:\n  prot: 1\n  host: x\n  port: many\n").unwrap_err();
    let lines: Vec<_> =
        error.problems().iter().map(|p| (p.line().unwrap(), p.key().unwrap())).collect();
    assert_eq!(lines, [(1, "servr"), (3, "server.prot"), (5, "server.port")]);
    assert_eq!(error.to_string().lines().count(), 3);
}

#[test]
fn type_errors_name_value_and_expectation() {
    assert_eq!(
        error("server:\n  port: 70000\n"),
        "invalid value `70000` for `server.port` at c.yaml:2:9: expected a whole number from 0 to 65535"
    );
    assert_eq!(
        error("server:\n  mode: rejct\n"),
        "invalid value `rejct` for `server.mode` at c.yaml:2:9: expected `pace` or `reject`; did you mean `reject`?"
    );
    assert_eq!(
        error("server: {lenient: maybe}\n"),
        "invalid value `maybe` for `server.lenient` at c.yaml:1:19: expected `true` or `false`"
    );
    assert_eq!(
        error("server: [1]\n"),
        "invalid value for `server` at c.yaml:1:9: expected a mapping of keys to values, found a list"
    );
    assert_eq!(error("peers: 7\n"), "invalid value `7` for `peers` at c.yaml:1:8: expected a list");
    assert_eq!(
        error("server: {tls: {cert_path: x}}\n"),
        "missing key `server.tls.key_path` at c.yaml:1:15"
    );
    assert_eq!(
        error("peers:\n  - name: [a]\n"),
        "invalid value for `peers[0].name` at c.yaml:2:11: expected a text, found a list"
    );
}

#[test]
fn a_long_value_is_cut() {
    let message = error(&format!("server: {{port: {}}}\n", "9".repeat(10_000)));
    assert!(message.len() < 200, "{message}");
}

#[test]
fn duplicate_keys_are_errors() {
    assert_eq!(
        error("server:\n  port: 1\n  port: 2\n"),
        "duplicate key `server.port` at c.yaml:3:3"
    );
    assert_eq!(error("server: {}\nserver: {}\n"), "duplicate key `server` at c.yaml:2:1");
}

#[test]
fn a_secret_is_never_repeated() {
    let broken = "$argon2id$v=19$m=8,t=1,p=1$hunter2hunter2";
    for text in [
        format!("peers: [{{name: a, password: '{broken}'}}]\n"),
        "password: [hunter2]\n".to_owned(),
        "password: {hunter2: hunter2}\n".to_owned(),
        "peers: [{name: a, password: {x: hunter2}}]\n".to_owned(),
        "pasword: hunter2\n".to_owned(),
    ] {
        let error = load(&text).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    // Under a name that says nothing, refused by the type that wraps the secret.
    #[derive(Debug, Deserialize)]
    struct Plain {
        #[serde(rename = "x")]
        _x: Password,
    }
    let text = format!("x: '{broken}'\n");
    let error = Document::parse(&text, "c.yaml", &Env::empty())
        .unwrap()
        .root()
        .load::<Plain>()
        .unwrap_err();
    assert_eq!((error.key(), error.line()), (Some("x"), Some(1)));
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    let config = load("password: hunter2\n").unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(config.password.matches(b"hunter2"));
}

#[test]
fn secrets_are_taken_as_written() {
    assert!(load("password: 0042\n").unwrap().password.matches(b"0042"));
    assert!(load("password: 1e3\n").unwrap().password.matches(b"1e3"));
    assert!(load("password: \"~\"\n").unwrap().password.matches(b"~"));
}

#[test]
fn a_variable_cannot_bring_in_structure() {
    for value in [
        "x\nport: 1",
        "{a: b}",
        "[1]",
        "a: b",
        "# no",
        "*alias",
        "&a",
        "!t",
        "'",
        "\"",
        "~",
        "null",
    ] {
        let env = Env::from_iter([("V", value)]);
        let config = load_with("server:\n  host: ${V}\n  port: 2\n", &env).unwrap();
        assert_eq!(config.server.host, value);
        assert_eq!(config.server.port, 2);
    }
}

#[test]
fn variables_fill_typed_values_and_lines_stay_true() {
    let env = Env::from_iter([("LINES", "a\nb\nc"), ("PORT", "x")]);
    let error = load_with("server:\n  host: ${LINES}\n  port: ${PORT}\n", &env).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid value `x` for `server.port` at c.yaml:3:9: expected a whole number from 0 to 65535"
    );
    let env = Env::empty();
    assert_eq!(load_with("server: {port: '${P:-7}'}\n", &env).unwrap().server.port, 7);
    assert_eq!(load_with("server: {port: ${P:-7}}\n", &env).unwrap().server.port, 7);
    assert_eq!(
        load_with("options: {a: ${A:-[x, {y}, b: ${H:-}z}\n", &env).unwrap().options["a"],
        "[x, {y"
    );
    let error = load_with("server: {tls: '', host: ${H:-}}\n", &env).unwrap_err();
    assert_eq!((error.key(), error.column()), (Some("server.tls"), Some(15)));
}

#[test]
fn hiding_braces_from_the_parser_leaves_no_trace() {
    let load = |text: &str| load(text).map(|config| config.options);
    for (text, expected) in [
        ("options: {a: ${A:-[x]}, b: '${A:-{}'}", [("a", "[x]"), ("b", "{")]),
        ("options: {a: '\u{F5000}', b: \"${A:-\\n}\"}", [("a", "\u{F5000}"), ("b", "\n")]),
        ("options: {a: $${A}, b: $}", [("a", "${A}"), ("b", "$")]),
        ("options:\n  a: |-\n    ${A:-x,\n    y}\n  b: z\n", [("a", "x,\ny"), ("b", "z")]),
    ] {
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(load(text).unwrap(), BTreeMap::from(expected), "{text}");
    }
    assert_eq!(load("options: {${A}: x}").unwrap()["${A}"], "x");
}

#[test]
fn an_unset_variable_is_named_with_its_place() {
    let error = load("server:\n  host: ${HOST}\n  port: ${PORT}\n").unwrap_err();
    assert_eq!(
        error.problems()[0].to_string(),
        "in `server.host` at c.yaml:2:9: environment variable `HOST` is not set; set it, or write `${HOST:-default}`"
    );
    assert_eq!(error.problems()[1].environment_variable(), Some("PORT"));
}

#[test]
fn a_section_needs_only_its_own_variables() {
    let document =
        Document::parse("a: {port: 1}\nb: {port: '${NONE}'}\n", "c.yaml", &Env::empty()).unwrap();
    assert_eq!(document.root().section("a").unwrap().load::<Server>().unwrap().port, 1);
    let error = document.root().section("b").unwrap().load::<Server>().unwrap_err();
    assert_eq!(error.key(), Some("b.port"));
    assert!(document.root().refers_to("NONE") && !document.root().refers_to("OTHER"));
    assert!(document.root().ignoring(&["a", "b"]).load::<Server>().is_ok());
}

#[test]
fn anchors_aliases_and_merge_keys() {
    let config = load("server: &s {host: h, port: 1}\noptions: {a: &x one, b: *x}\n").unwrap();
    assert_eq!(config.options["b"], "one");
    let document = Document::parse(
        "base: &b {host: h, port: 1}\nserver: {<<: *b, port: 2}\n",
        "c.yaml",
        &Env::empty(),
    )
    .unwrap();
    let server: Server = document.root().section("server").unwrap().load().unwrap();
    assert_eq!((server.host.as_str(), server.port), ("h", 2));
}

#[test]
fn documents_are_bounded() {
    let bomb = (1..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, i| {
        let before = i - 1;
        text + &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{before}"); 9].join(","))
    });
    for text in [
        bomb,
        format!("a: &a {}x{}\nb: [[*a]]\n", "[".repeat(30), "]".repeat(30)),
        "[".repeat(40) + &"]".repeat(40),
        format!("[{}]", "1,".repeat(30_000)),
        "x".repeat(MAX_BYTES + 1),
    ] {
        let error = Document::parse(&text, "c.yaml", &Env::empty()).unwrap_err();
        assert!(matches!(error.problems()[0].kind(), ProblemKind::TooLarge(_)), "{error}");
    }
    let env = Env::from_iter([("BIG", "x".repeat(100_000))]);
    let error =
        Document::parse(&format!("[{}]", "'${BIG}',".repeat(100)), "c.yaml", &env).unwrap_err();
    assert!(matches!(error.problems()[0].kind(), ProblemKind::TooLarge(_)), "{error}");
}

#[test]
fn what_is_not_one_plain_document_is_refused() {
    for text in [
        "a: 1\n---\nb: 2\n",
        "a: &a [*a]\n",
        "? [a]\n: b\n",
        "a: !include x\n",
        "a: *none\n",
        "a: [\n",
        "a: 'x\n",
        "<<: 1\n",
    ] {
        let error = Document::parse(text, "c.yaml", &Env::empty()).unwrap_err();
        assert!(matches!(error.problems()[0].kind(), ProblemKind::Syntax(_)), "{text:?}: {error}");
        assert!(error.line().is_some(), "{error}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("none.yaml");
    let error = Document::read(&missing, &Env::empty()).unwrap_err();
    assert!(error.to_string().contains("none.yaml"), "{error}");
    let latin1 = directory.path().join("latin1.yaml");
    std::fs::write(&latin1, b"a: 1\nb: \xe9\n").unwrap();
    assert_eq!(Document::read(&latin1, &Env::empty()).unwrap_err().line(), Some(2));
}

#[test]
fn a_problem_of_ones_own_finds_its_line() {
    let document =
        Document::parse("peers:\n  - name: a\n  - name: b\n", "c.yaml", &Env::empty()).unwrap();
    let problem = document.root().problem("peers[1].name", "is taken");
    assert_eq!(problem.to_string(), "invalid value for `peers[1].name` at c.yaml:3:11: is taken");
    assert_eq!(document.root().problem("peers[1].password", "is missing").line(), Some(3));
    assert!(document.root().has("peers[0].name"));
    assert!(!document.root().has("peers[2].name"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r"([a\-:{}\[\],&*!|>'%@#~<\x22$ \n]|\PC){0,80}") {
        let _ = load(&text);
    }

    #[test]
    fn any_value_of_a_variable_arrives_as_it_is(value in r"\PC{1,40}") {
        let env = Env::from_iter([("V", value.clone())]);
        prop_assert_eq!(load_with("server: {host: '${V}'}", &env).unwrap().server.host, value.clone());
        prop_assert_eq!(load_with("server:\n  host: ${V}\n", &env).unwrap().server.host, value);
    }
}
