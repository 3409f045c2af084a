//! Limits of a route, in place of its listener's.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};
use wirepath_http::{
    Server, State,
    config::{HttpConfig, ServerConfig},
    get, post, routes,
    testing::Client,
};
use wirepath_runtime::shutdown::ShutdownSignal;

const LONG: usize = 1 << 20;

#[post("/short", max_body_bytes = 4)]
async fn short(body: Bytes) -> String {
    body.len().to_string()
}

#[post("/long", max_body_bytes = LONG)]
async fn long(body: Bytes) -> String {
    body.len().to_string()
}

#[post("/plain")]
async fn plain(body: Bytes) -> String {
    body.len().to_string()
}

#[get("/hasty", timeout_ms = 50)]
async fn hasty() {
    std::future::pending::<()>().await;
}

#[get("/patient", timeout_ms = 60_000)]
async fn patient(State(go): State<Arc<Notify>>) -> &'static str {
    go.notified().await;
    "at last"
}

#[get("/never")]
async fn never() {
    std::future::pending::<()>().await;
}

async fn start(change: impl FnOnce(&mut ServerConfig)) -> (SocketAddr, Arc<Notify>) {
    let mut config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    change(&mut config.servers[0]);
    let go = Arc::new(Notify::new());
    let routes = routes![short, long, plain, hasty, patient, never];
    let router = routes.with_state(Arc::new(Arc::clone(&go))).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    tokio::spawn(server.run(ShutdownSignal::never()));
    (address, go)
}

/// What is answered to a head and a body that come together, or one after the other.
async fn ask(address: SocketAddr, head: &str, body: &[u8], is_apart: bool) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let head = format!("{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    let whole = [head.as_bytes(), body].concat();
    let (first, rest) =
        if is_apart { whole.split_at(head.len()) } else { whole.split_at(whole.len()) };
    stream.write_all(first).await.unwrap();
    tokio::task::yield_now().await;
    // Who is refused early may be gone.
    let _ = stream.write_all(rest).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn sized(length: usize) -> Vec<u8> {
    [format!("content-length: {length}\r\n\r\n").as_bytes(), &vec![b'x'; length]].concat()
}

fn chunked(length: usize) -> Vec<u8> {
    let head = format!("transfer-encoding: chunked\r\n\r\n{length:x}\r\n");
    [head.as_bytes(), &vec![b'x'; length], b"\r\n0\r\n\r\n"].concat()
}

#[tokio::test]
async fn a_body_may_be_longer_or_shorter_than_the_listeners() {
    let (address, _) = start(|server| server.max_body_bytes = 8).await;
    for (path, length, status) in [
        ("/plain", 8, 200),
        ("/plain", 9, 413),
        ("/short", 4, 200),
        ("/short", 5, 413),
        ("/long", 9, 200),
        ("/long", 200_000, 200),
        ("/long", LONG + 1, 413),
    ] {
        for body in [sized(length), chunked(length)] {
            for is_apart in [false, true] {
                let answer = ask(address, &format!("POST {path}"), &body, is_apart).await;
                assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
                assert!(
                    status != 200 || answer.ends_with(&format!("\r\n\r\n{length}")),
                    "{answer}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_handler_may_take_longer_or_less_long_than_the_listeners() {
    let (address, go) = start(|server| server.request_timeout_ms = 50).await;
    let patient = tokio::spawn(async move { ask(address, "GET /patient", b"\r\n", false).await });
    let late = ask(address, "GET /never", b"\r\n", false).await;
    assert!(late.starts_with("HTTP/1.1 504 "), "{late}");
    go.notify_one();
    assert!(patient.await.unwrap().ends_with("at last"));

    // The other way round, where requests share a connection too.
    let (address, _) = start(|server| server.request_timeout_ms = 60_000).await;
    let late = ask(address, "GET /hasty", b"\r\n", false).await;
    assert!(late.starts_with("HTTP/1.1 504 "), "{late}");
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let hasty = http::Request::get("http://x/hasty").body(Empty::<Bytes>::new()).unwrap();
    assert_eq!(sender.send_request(hasty).await.unwrap().status(), 504);
}

#[tokio::test(start_paused = true)]
async fn a_list_has_limits_for_those_that_have_none() {
    let listed = routes![short, plain, never].max_body_bytes(6).timeout(Duration::from_secs(5));
    let client = Client::new(routes![hasty].mount("/listed", listed), ());
    for (path, length, status) in
        [("/listed/plain", 6, 200), ("/listed/plain", 7, 413), ("/listed/short", 5, 413)]
    {
        let answer = client.post(path).body(vec![b'x'; length]).send().await;
        assert_eq!(answer.status(), status, "{path} {length}");
    }
    for (path, seconds) in [("/listed/never", 5.0), ("/hasty", 0.05)] {
        let started = tokio::time::Instant::now();
        assert_eq!(client.get(path).send().await.status(), 504);
        assert!((started.elapsed().as_secs_f64() - seconds).abs() < 0.01, "{path}");
    }
}
