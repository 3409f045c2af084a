//! Through the HTTP interface.

use std::{collections::BTreeMap, convert::Infallible};

use bytes::Bytes;
use http_body_util::{BodyExt, Channel};
use wirepath::{
    http::{
        Body, HeaderValue, Method, Reply,
        config::{ClientConfig, HttpConfig},
        header, post,
        testing::{Client, Upstream},
    },
    shutdown::{Drained, Shutdown},
};

use super::*;

#[tokio::test(start_paused = true)]
async fn requests_go_on_and_answers_come_back() {
    let upstream = Upstream::new();
    let close = (header::CONNECTION, HeaderValue::from_static("close"));
    let answer = (StatusCode::CREATED, [close], "made").reply();
    upstream.add_response("/a%2Fb/c?d=e%20f", answer);
    let client = Client::new(routes![root, all], ())
        .from_peer(([203, 0, 113, 9], 1).into())
        .upstream("upstream", &upstream);
    let answer = client
        .post("/a%2Fb/c?d=e%20f")
        .header("connection", "x-own")
        .header("x-own", "1")
        .header("cookie", "a=b")
        .header("host", "proxy.test")
        .body("hello")
        .send()
        .await;
    assert_eq!((answer.status(), answer.text()), (StatusCode::CREATED, "made"));
    assert_eq!(answer.header("connection"), "");
    let sent = &upstream.sent_requests()[0];
    assert_eq!((sent.method(), sent.text()), (&Method::POST, "hello"));
    assert_eq!((sent.header("cookie"), sent.header("x-own")), ("a=b", ""));
    assert_eq!((sent.header("host"), sent.header("x-forwarded-for")), ("", "203.0.113.9"));
}

#[tokio::test(start_paused = true)]
async fn what_the_upstream_does_not_answer() {
    let upstream = Upstream::new();
    upstream.refuse_connection("/refused");
    upstream.break_connection("/broken");
    upstream.stay_silent("/silent");
    upstream.add_response("/missing", StatusCode::NOT_FOUND);
    upstream.add_response("/", "the root");
    let client = Client::new(routes![root, all], ()).upstream("upstream", &upstream);
    for (path, status) in [
        ("/refused", 502),
        ("/broken", 502),
        ("/silent", 504),
        ("/missing", 404),
        ("/a/%2e%2e/b", 400),
        ("/", 200),
    ] {
        assert_eq!(client.get(path).send().await.status(), status, "{path}");
    }
}

#[post("/echo")]
async fn echo(body: Body) -> Body {
    body
}

fn on_a_free_port(clients: BTreeMap<String, ClientConfig>) -> HttpConfig {
    let mut config = HttpConfig::on("127.0.0.1:0".parse().expect("a place"));
    config.clients = clients;
    config
}

fn upstream_at(base: &str) -> BTreeMap<String, ClientConfig> {
    BTreeMap::from([("upstream".to_owned(), ClientConfig::new(base.parse().expect("a URL")))])
}

/// Over sockets: a piece comes back through the proxy before the next one is sent.
#[tokio::test]
async fn bodies_are_streamed() {
    let shutdown = Shutdown::new();
    let echo = App::new().http_config(on_a_free_port(BTreeMap::new())).http(routes![echo]);
    let echo = echo.bind().await.expect("a free port");
    let config = on_a_free_port(upstream_at(&format!("http://{}", echo.local_addrs()[0])));
    let proxy = App::new().http_config(config).http(routes![root, all]);
    let proxy = proxy.bind().await.expect("a free port");
    let base = format!("http://{}", proxy.local_addrs()[0]);
    let running = [
        tokio::spawn(echo.run_until(shutdown.signal())),
        tokio::spawn(proxy.run_until(shutdown.signal())),
    ];

    let http = Http::new(&upstream_at(&base)).expect("no files");
    let (mut send, body) = Channel::<Bytes, Infallible>::new(1);
    let request = http.client("upstream").post("/echo").body(Body::boxed(body));
    let mut back = request.send().await.expect("an answer").into_body();
    for piece in ["one", "two", "three"] {
        send.send_data(Bytes::from_static(piece.as_bytes())).await.expect("it is read");
        let frame = back.frame().await.expect("a piece").expect("whole");
        assert_eq!(frame.into_data().expect("octets"), piece);
    }
    drop(send);
    assert!(back.frame().await.is_none());
    shutdown.trigger();
    for running in running {
        assert_eq!(running.await.expect("no panic"), Drained::Clean);
    }
}
