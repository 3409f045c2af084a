//! HTTP/1 from peers that mean no good, or do not know better: octet by octet, on sockets.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wirepath_http::{
    HeaderMap, Server, State,
    config::{HttpConfig, ServerConfig},
    get, post, routes,
};
use wirepath_runtime::shutdown::Shutdown;

/// The requests that reached a handler.
#[derive(Clone, Default)]
struct Handled(Arc<Mutex<Vec<String>>>);

impl Handled {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[post("/count")]
async fn count(State(handled): State<Handled>, body: String) -> String {
    handled.note(format!("count {}", body.len()));
    body.len().to_string()
}

/// Looks at no body.
#[post("/ignore")]
async fn ignore(State(handled): State<Handled>) -> &'static str {
    handled.note("ignore");
    "ok"
}

#[get("/host")]
async fn host(headers: HeaderMap, State(handled): State<Handled>) -> &'static str {
    handled.note(format!("host {}", headers["host"].to_str().unwrap()));
    "ok"
}

#[get("/old")]
async fn old(State(handled): State<Handled>) -> &'static str {
    handled.note("old");
    "ok"
}

#[get("/smuggled")]
async fn smuggled(State(handled): State<Handled>) -> &'static str {
    handled.note("smuggled");
    "ok"
}

#[get("/after")]
async fn after(State(handled): State<Handled>) -> &'static str {
    handled.note("after");
    "ok"
}

struct Running {
    address: SocketAddr,
    handled: Handled,
    _shutdown: Shutdown,
}

async fn start(change: impl FnOnce(&mut ServerConfig)) -> Running {
    let mut config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    change(&mut config.servers[0]);
    let handled = Handled::default();
    let routes = routes![count, ignore, host, old, smuggled, after];
    let router = routes.with_state(Arc::new(handled.clone())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    tokio::spawn(server.run(shutdown.signal()));
    Running { address, handled, _shutdown: shutdown }
}

impl Running {
    /// Sends octets and, behind them, a request that is well: the statuses of all answers until the connection is closed, and
    /// what handlers saw.
    async fn answers(&self, octets: &[u8]) -> (Vec<u16>, Vec<String>) {
        const AFTER: &[u8] = b"GET /after HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // It may be closed before all is written.
        let _ = stream.write_all(&[octets, AFTER].concat()).await;
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text).await;
        let text = String::from_utf8(text).unwrap().replace("HTTP/1.0 ", "HTTP/1.1 ");
        let status = |answer: &str| answer[..3].parse().unwrap();
        (text.split("HTTP/1.1 ").skip(1).map(status).collect(), self.handled.take())
    }
}

/// Octets, the statuses of the answers, and what handlers saw. Behind the octets a request follows whose handler is `after`:
/// where it is not in the list, the connection was closed before.
type Row = (&'static str, String, &'static [u16], &'static [&'static str]);

async fn check(rows: Vec<Row>) {
    let running = start(|_| {}).await;
    let mut wrong = Vec::new();
    for (what, octets, statuses, handled) in rows {
        let seen = running.answers(octets.as_bytes()).await;
        if seen.0 != statuses || seen.1 != handled {
            wrong.push(format!("{what}: {seen:?}, not {statuses:?} and {handled:?}"));
        }
        assert_eq!(running.answers(b"").await, (vec![200], vec!["after".to_owned()]), "{what}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A `POST` with these lines in its head, and what follows.
fn post(lines: &str, body: &str) -> String {
    format!("POST /count HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n{body}")
}

/// A `GET` with these lines in its head.
fn get(lines: &str) -> String {
    format!("GET /host HTTP/1.1\r\n{lines}\r\n\r\n")
}

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn the_end_of_a_body_is_never_in_doubt() {
    let chunk = "3\r\nabc\r\n0\r\n\r\n";
    let hidden = format!("0\r\n\r\n{SMUGGLED}");
    let long = format!("content-length: {}", hidden.len());
    check(vec![
        ("a length", post("content-length: 3", "abc"), &[200, 200], &["count 3", "after"]),
        ("chunks", post("transfer-encoding: chunked", chunk), &[200, 200], &["count 3", "after"]),
        ("Chunked", post("Transfer-Encoding: Chunked", chunk), &[200, 200], &["count 3", "after"]),
        (
            "length, then chunks",
            post(&format!("{long}\r\ntransfer-encoding: chunked"), &hidden),
            &[400],
            &[],
        ),
        (
            "chunks, then length",
            post(&format!("transfer-encoding: chunked\r\n{long}"), &hidden),
            &[400],
            &[],
        ),
        ("two lengths", post(&format!("content-length: 5\r\n{long}"), &hidden), &[400], &[]),
        (
            "twice the same length",
            post("content-length: 3\r\ncontent-length: 3", "abc"),
            &[200, 200],
            &["count 3", "after"],
        ),
        ("+3", post("content-length: +3", "abc"), &[400], &[]),
        ("-3", post("content-length: -3", "abc"), &[400], &[]),
        ("3,3", post("content-length: 3,3", "abc"), &[400], &[]),
        ("0x3", post("content-length: 0x3", "abc"), &[400], &[]),
        ("3 3", post("content-length: 3 3", "abc"), &[400], &[]),
        ("no length", post("content-length:", "abc"), &[400], &[]),
        ("2^64+3", post("content-length: 18446744073709551619", "abc"), &[400], &[]),
        ("2^64-1", post("content-length: 18446744073709551615", "abc"), &[413], &[]),
        ("above max_body_bytes", post("content-length: 1048577", "abc"), &[413], &[]),
        ("chunked, identity", post("transfer-encoding: chunked, identity", &hidden), &[400], &[]),
        ("identity", post(&format!("transfer-encoding: identity\r\n{long}"), &hidden), &[400], &[]),
        ("identity, chunked", post("transfer-encoding: identity, chunked", chunk), &[501], &[]),
        ("gzip, chunked", post("transfer-encoding: gzip, chunked", chunk), &[501], &[]),
        (
            "gzip and chunked",
            post("transfer-encoding: gzip\r\ntransfer-encoding: chunked", chunk),
            &[501],
            &[],
        ),
        (
            "chunked twice",
            post("transfer-encoding: chunked\r\ntransfer-encoding: chunked", chunk),
            &[501],
            &[],
        ),
        ("xchunked", post(&format!("transfer-encoding: xchunked\r\n{long}"), &hidden), &[400], &[]),
        ("chunked;q", post("transfer-encoding: chunked;q=1", &hidden), &[400], &[]),
        ("\"chunked\"", post("transfer-encoding: \"chunked\"", &hidden), &[400], &[]),
        (
            "a tab before it",
            post("transfer-encoding:\tchunked", chunk),
            &[200, 200],
            &["count 3", "after"],
        ),
        ("a vertical tab before it", post("transfer-encoding: \x0bchunked", &hidden), &[400], &[]),
        ("on a line of its own", post("transfer-encoding:\r\n chunked", &hidden), &[400], &[]),
        ("a space before the colon", post("transfer-encoding : chunked", &hidden), &[400], &[]),
        (
            "HTTP/1.0 and chunks",
            post("transfer-encoding: chunked", &hidden).replace("1.1", "1.0"),
            &[400],
            &[],
        ),
        (
            "a body that nobody reads",
            post(&long, &hidden).replace("count", "ignore"),
            &[200, 200],
            &["ignore", "after"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn chunks_end_where_they_say() {
    let chunks = |body: &str| post("transfer-encoding: chunked", body);
    let extended = |length: usize| format!("3;{}\r\nabc\r\n0\r\n\r\n", "x".repeat(length));
    let trailers = |count: usize, length: usize| {
        let lines: String =
            (0..count).map(|i| format!("t{i}: {}\r\n", "x".repeat(length))).collect();
        format!("3\r\nabc\r\n0\r\n{lines}\r\n")
    };
    check(vec![
        ("an extension", chunks(&extended(100)), &[200, 200], &["count 3", "after"]),
        ("a long extension", chunks(&extended(20_000)), &[400], &[]),
        (
            "many extensions",
            chunks(&format!("{}0\r\n\r\n", format!("1;{}\r\na\r\n", "x".repeat(100)).repeat(200))),
            &[400],
            &[],
        ),
        ("a bare LF in an extension", chunks("3;a\nb\r\nabc\r\n0\r\n\r\n"), &[400], &[]),
        ("a bare LF behind a size", chunks("3\nabc\r\n0\r\n\r\n"), &[400], &[]),
        ("a bare LF behind a chunk", chunks("3\r\nabc\n0\r\n\r\n"), &[400], &[]),
        ("a bare CR behind a size", chunks("3\rabc\r\n0\r\n\r\n"), &[400], &[]),
        ("too large", chunks("10000000000000003\r\nabc\r\n0\r\n\r\n"), &[400], &[]),
        (
            "as large as can be",
            chunks(&format!("FFFFFFFFFFFFFFFF\r\n{}", "x".repeat(2 << 20))),
            &[413],
            &[],
        ),
        ("negative", chunks("-3\r\nabc\r\n0\r\n\r\n"), &[400], &[]),
        ("0x3", chunks("0x3\r\nabc\r\n0\r\n\r\n"), &[400], &[]),
        ("no size", chunks("\r\nabc\r\n0\r\n\r\n"), &[400], &[]),
        ("a chunk that is longer than it says", chunks("3\r\nabcdef\r\n0\r\n\r\n"), &[400], &[]),
        ("trailers", chunks(&trailers(3, 10)), &[200, 200], &["count 3", "after"]),
        ("long trailers", chunks(&trailers(20, 10_000)), &[400], &[]),
        ("many trailers", chunks(&trailers(2_000, 1)), &[400], &[]),
        ("a smuggled head", chunks(&format!("1\r\nZ\r\nQ\r\n\r\n{SMUGGLED}")), &[400], &[]),
    ])
    .await;
}

#[tokio::test]
async fn a_head_has_lines_of_its_own() {
    check(vec![
        ("well", get("host: x"), &[200, 200], &["host x", "after"]),
        (
            "an empty line before it",
            format!("\r\n{}", get("host: x")),
            &[200, 200],
            &["host x", "after"],
        ),
        ("bare LF behind the request line", get("host: x").replacen("\r\n", "\n", 1), &[400], &[]),
        ("bare LF behind a field", get("host: x\na: b"), &[400], &[]),
        ("bare LF everywhere", get("host: x").replace("\r\n", "\n"), &[400], &[]),
        ("bare LF at the end", "GET /host HTTP/1.1\r\nhost: x\r\n\n".to_owned(), &[400], &[]),
        ("bare CR in a value", get("host: x\r\na: b\rc: d"), &[400], &[]),
        ("NUL in a value", get("host: x\r\na: b\0c"), &[400], &[]),
        ("NUL in a name", get("host: x\r\na\0: b"), &[400], &[]),
        ("NUL in the target", get("host: x").replace("/host", "/ho\0st"), &[400], &[]),
        ("a folded line", get("host: x\r\na: b\r\n c"), &[400], &[]),
        ("a line that begins with a tab", get("host: x\r\na: b\r\n\tc: d"), &[400], &[]),
        ("a first line that is folded", get(" a: b\r\nhost: x"), &[400], &[]),
        ("a space before the colon", get("host : x"), &[400], &[]),
        ("a space in a name", get("host: x\r\na b: c"), &[400], &[]),
        ("no colon", get("host: x\r\na"), &[400], &[]),
        ("no name", get("host: x\r\n: b"), &[400], &[]),
        ("no HTTP version", get("host: x").replace(" HTTP/1.1", ""), &[400], &[]),
        ("HTTP/0.9", "GET /host\r\n".to_owned(), &[400], &[]),
        ("HTTP/1.2", get("host: x").replace("1.1", "1.2"), &[505], &[]),
        ("HTTP/2.0", get("host: x").replace("1.1", "2.0"), &[505], &[]),
        ("http/1.1", get("host: x").replace("HTTP", "http"), &[400], &[]),
        ("two spaces", get("host: x").replace("GET ", "GET  "), &[400], &[]),
        ("a space in the target", get("host: x").replace("/host", "/ho st"), &[400], &[]),
        (
            "a TLS hello",
            "\x16\x03\x01\x02\0\x01\0\x01\u{7c}\x03\x03\r\n\r\n".to_owned(),
            &[400],
            &[],
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_request_names_one_host() {
    let to = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n");
    check(vec![
        ("none", get("a: b"), &[400], &[]),
        ("none with HTTP/1.0", "GET /old HTTP/1.0\r\n\r\n".to_owned(), &[200], &["old"]),
        ("two", get("host: x\r\nhost: y"), &[400], &[]),
        ("twice the same", get("host: x\r\nHost: x"), &[400], &[]),
        ("two with HTTP/1.0", get("host: x\r\nhost: y").replace("1.1", "1.0"), &[400], &[]),
        ("an empty one", get("host:"), &[200, 200], &["host ", "after"]),
        ("a port", get("host: [::1]:8080"), &[200, 200], &["host [::1]:8080", "after"]),
        ("a path", get("host: x/y"), &[400], &[]),
        ("a list", get("host: x, y"), &[400], &[]),
        ("a user", get("host: u@x"), &[400], &[]),
        (
            "a target with its own",
            to("http://other:81/host"),
            &[200, 200],
            &["host other:81", "after"],
        ),
        (
            "a target with a user",
            to("http://u:p@other/host"),
            &[200, 200],
            &["host other", "after"],
        ),
        ("authority form", to("other:443"), &[400], &[]),
        ("CONNECT, and more", to("other:443").replace("GET", "CONNECT"), &[400], &[]),
        ("OPTIONS *", to("*").replace("GET", "OPTIONS"), &[404, 200], &["after"]),
        ("a target without a slash", to("host"), &[400], &[]),
    ])
    .await;
}

#[tokio::test]
async fn a_head_has_its_bounds() {
    let fields = |count: usize| (0..count).map(|i| format!("\r\na{i}: b")).collect::<String>();
    check(vec![
        ("many fields", get(&format!("host: x{}", fields(99))), &[200, 200], &["host x", "after"]),
        ("too many fields", get(&format!("host: x{}", fields(100))), &[431], &[]),
        ("a flood of them", get(&format!("host: x{}", fields(5_000))), &[431], &[]),
        ("a long field", get(&format!("host: x\r\na: {}", "b".repeat(70_000))), &[431], &[]),
        ("a long name", get(&format!("host: x\r\n{}: b", "a".repeat(70_000))), &[431], &[]),
        (
            "a long target",
            get("host: x").replace("/host", &format!("/{}", "a".repeat(60_000))),
            &[404, 200],
            &["after"],
        ),
        (
            "a target that is too long",
            get("host: x").replace("/host", &format!("/{}", "a".repeat(70_000))),
            &[431],
            &[],
        ),
        ("a head without an end", "a".repeat(1_000_000), &[431], &[]),
    ])
    .await;
}
