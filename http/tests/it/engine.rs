//! Listeners, on sockets.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};
use wirepath_http::{
    ClientIp, Json, Peer, Server, State,
    config::{HttpConfig, ServerConfig},
    get, post, routes,
};
use wirepath_runtime::{
    net::Networks,
    shutdown::{Drained, Shutdown},
};

#[get("/hello/{name}")]
async fn hello(name: String) -> String {
    format!("hello {name}")
}

#[post("/count")]
async fn count(body: String) -> Json<usize> {
    Json(body.len())
}

#[get("/never")]
async fn never() {
    std::future::pending::<()>().await;
}

#[get("/panic")]
async fn panics() {
    panic!("on purpose");
}

#[derive(Clone, Default)]
struct Gate {
    entered: Arc<Notify>,
    open: Arc<Notify>,
    done: Arc<AtomicU32>,
}

#[get("/gate")]
async fn gate(State(gate): State<Gate>) -> &'static str {
    gate.entered.notify_one();
    gate.open.notified().await;
    gate.done.fetch_add(1, Ordering::SeqCst);
    "through"
}

#[get("/who")]
async fn who(Peer(peer): Peer, ClientIp(client): ClientIp) -> String {
    format!("{} {client}", peer.ip())
}

struct Running {
    address: SocketAddr,
    gate: Gate,
    shutdown: Shutdown,
    ended: tokio::task::JoinHandle<Drained>,
}

/// Starts a listener on a free port, with changes to its configuration.
async fn start(threads: &str, change: impl FnOnce(&mut HttpConfig)) -> Running {
    let text = format!("{{servers: [{{listen: '127.0.0.1:0'}}], threads: {threads}}}");
    let mut config = HttpConfig::from_str(&text, "test", &Default::default()).unwrap();
    change(&mut config);
    let gate = Gate::default();
    let routes = routes![hello, count, never, panics, self::gate, who];
    let router = routes.with_state(Arc::new(gate.clone())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(server.run(shutdown.signal()));
    Running { address, gate, shutdown, ended }
}

fn server(config: &mut HttpConfig) -> &mut ServerConfig {
    &mut config.servers[0]
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a request that asks for the connection to be closed, and reads all that comes.
    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // What is closed with something of ours unread may be reset behind its answer.
    match stream.read_to_end(&mut text).await {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    String::from_utf8(text).unwrap()
}

fn get_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn on_threads_of_its_own_and_in_the_applications_runtime() {
    for threads in ["per_core", "1", "3", "shared"] {
        let running = start(threads, |_| {}).await;
        let answer = running.ask(&get_of("/hello/you")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{threads}: {answer}");
        assert!(answer.ends_with("\r\n\r\nhello you"), "{answer}");
        running.shutdown.trigger();
        assert_eq!(running.ended.await.unwrap(), Drained::Clean, "{threads}");
        let refused = TcpStream::connect(running.address).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{threads}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_alive_through_a_panic() {
    let running = start("1", |_| {}).await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /panic HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    stream.write_all(get_of("/hello/again").as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.ends_with("hello again"), "{answer}");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let running = start("1", |_| {}).await;
    let answer = running.ask(&get_of("/hello/you").replace("GET", "HEAD")).await;
    assert!(answer.contains("content-length: 9\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_413_however_it_is_sent() {
    let running = start("1", |config| server(config).max_body_bytes = 8).await;
    let post =
        |rest: &str| format!("POST /count HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{rest}");
    for (request, status) in [
        (post("content-length: 8\r\n\r\n12345678"), 200),
        (post("content-length: 9\r\n\r\n123456789"), 413),
        (post("transfer-encoding: chunked\r\n\r\n4\r\n1234\r\n4\r\n5678\r\n0\r\n\r\n"), 200),
        (post("transfer-encoding: chunked\r\n\r\n4\r\n1234\r\n5\r\n56789\r\n0\r\n\r\n"), 413),
    ] {
        let answer = running.ask(&request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_431() {
    let running = start("1", |config| server(config).max_header_bytes = 8_192).await;
    let request =
        get_of("/hello/x").replace("host: x", &format!("host: x\r\nx: {}", "y".repeat(9_000)));
    let answer = running.ask(&request).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_504() {
    let running = start("1", |config| server(config).request_timeout_ms = 50).await;
    let answer = running.ask(&get_of("/never")).await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_closed() {
    let running = start("1", |config| server(config).header_timeout_ms = 50).await;
    for start in ["", "GET / HT", "PRI * H"] {
        let mut stream = running.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        assert_eq!(rest(&mut stream).await, "", "{start}");
    }
    // After a request, too.
    let mut stream = running.connect().await;
    stream.write_all(b"GET /hello/a HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    stream.read_u8().await.unwrap();
    stream.write_all(b"GET").await.unwrap();
    assert!(rest(&mut stream).await.ends_with("hello a"));
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let running = start("1", |config| {
        server(config).header_timeout_ms = 50;
        server(config).idle_timeout_ms = 60;
    })
    .await;
    let mut stream = running.connect().await;
    stream.write_all(b"GET /hello/a HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(rest(&mut stream).await.ends_with("hello a"));
}

#[tokio::test]
async fn one_connection_too_many_is_503() {
    let running = start("1", |config| server(config).max_connections = 1).await;
    let mut first = running.connect().await;
    first.write_all(b"GET /hello/a HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    first.read_u8().await.unwrap();
    let answer = rest(&mut running.connect().await).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    first.write_all(get_of("/hello/still").as_bytes()).await.unwrap();
    assert!(rest(&mut first).await.ends_with("hello still"));
}

#[tokio::test]
async fn a_flood_of_connections_is_one_line_in_the_log() {
    let log = wirepath_test_support::Log::default();
    let _logging = log.listen();
    let running = start("shared", |config| server(config).max_connections = 1).await;
    let mut first = running.connect().await;
    first.write_all(b"GET /hello/a HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    first.read_u8().await.unwrap();
    for _ in 0..50 {
        assert!(rest(&mut running.connect().await).await.starts_with("HTTP/1.1 503 "));
    }
    let said = log.take();
    assert_eq!(said.matches("max_connections are open").count(), 1, "{said}");
    assert!(said.contains("times=1 "), "{said}");
}

#[tokio::test]
async fn a_drain_waits_for_requests_and_closes_what_is_idle() {
    let running = start("2", |_| {}).await;
    let mut idle = running.connect().await;
    idle.write_all(b"GET /hello/a HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    idle.read_u8().await.unwrap();
    let mut busy = running.connect().await;
    busy.write_all(b"GET /gate HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    running.gate.entered.notified().await;
    running.shutdown.trigger();
    assert!(rest(&mut idle).await.ends_with("hello a"));
    running.gate.open.notify_one();
    assert!(rest(&mut busy).await.ends_with("through"));
    assert_eq!(running.ended.await.unwrap(), Drained::Clean);
    assert_eq!(running.gate.done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_drain_ends_at_its_time() {
    let running = start("1", |config| config.drain_timeout_ms = 50).await;
    let mut busy = running.connect().await;
    busy.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut seen = running.connect().await;
    seen.write_all(b"GET /gate HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    running.gate.entered.notified().await;
    running.shutdown.trigger();
    let drained = tokio::time::timeout(Duration::from_secs(10), running.ended).await;
    assert!(matches!(drained.unwrap().unwrap(), Drained::Deadline { left: 1.. }));
    assert_eq!(rest(&mut busy).await, "");
}

#[tokio::test]
async fn the_clients_address_comes_from_trusted_proxies_only() {
    let asked = get_of("/who").replace("host: x", "host: x\r\nx-forwarded-for: 203.0.113.7");
    let running = start("1", |_| {}).await;
    assert!(running.ask(&asked).await.ends_with("\r\n127.0.0.1 127.0.0.1"));
    let trusted = Networks::parse(["127.0.0.0/8"]).unwrap();
    let running = start("1", |config| server(config).trusted_proxies = trusted).await;
    assert!(running.ask(&asked).await.ends_with("\r\n127.0.0.1 203.0.113.7"));
}

#[tokio::test]
async fn a_unix_socket_and_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sock");
    // What a process that was killed leaves behind.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let running = start("2", |config| {
        let listen = format!("unix:{}", path.display()).parse().unwrap();
        config.servers.push(ServerConfig::on(listen));
    })
    .await;
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream.write_all(get_of("/hello/unix").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.ends_with("hello unix"), "{text}");
    running.shutdown.trigger();
    running.ended.await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn a_place_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    for threads in ["1", "2"] {
        let text = format!("{{servers: [{{listen: '{listen}'}}], threads: {threads}}}");
        let config = HttpConfig::from_str(&text, "test", &Default::default()).unwrap();
        let router = routes![hello].with_state(Arc::new(())).unwrap();
        let error = Server::bind(&config, router).await.unwrap_err().to_string();
        assert!(error.contains(&listen) && error.contains("another program listens"), "{error}");
    }
}
