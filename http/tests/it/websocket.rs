//! WebSockets, by axum's extractor.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, protocol::frame::coding::CloseCode},
};
use wirepath_http::{
    Body, Drain, HeaderMap, Request, Response, Server, State, StatusCode,
    config::{HttpConfig, ServerConfig},
    get, middleware, routes,
};
use wirepath_runtime::shutdown::{Drained, Shutdown};

#[derive(Clone)]
struct Name(&'static str);

#[middleware]
async fn guard(headers: HeaderMap) -> Result<(), StatusCode> {
    if headers.contains_key("x-no") { Err(StatusCode::UNAUTHORIZED) } else { Ok(()) }
}

/// Says what it hears, and goodbye when the server drains.
#[get("/rooms/{room}")]
async fn room(
    room: u8,
    State(name): State<Name>,
    drain: Drain,
    upgrade: WebSocketUpgrade,
) -> Response {
    let response = upgrade.on_upgrade(async move |mut socket| {
        loop {
            let message = tokio::select! {
                message = socket.recv() => message,
                () = drain.begun() => {
                    let frame = CloseFrame { code: 1001, reason: "draining".into() };
                    let _ = socket.send(Message::Close(Some(frame))).await;
                    return;
                }
            };
            let Some(Ok(Message::Text(text))) = message else { return };
            let answer = format!("{} {room}: {text}", name.0);
            if socket.send(Message::text(answer)).await.is_err() {
                return;
            }
        }
    });
    response.map(Into::into)
}

/// Hears, says nothing, and does not know of drains.
#[get("/deaf")]
async fn deaf(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async |mut socket| while let Some(Ok(_)) = socket.recv().await {})
}

/// Says something in a while.
#[get("/later")]
async fn later(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async |mut socket| {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let _ = socket.send(Message::text("at last")).await;
    })
}

/// Reads in one task and writes in another, which answers once, while the first waits for more, and then waits for it. Neither
/// knows of drains.
#[get("/split")]
async fn split(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async |socket| {
        let (mut sink, mut stream) = socket.split();
        let heard = Arc::new(Notify::new());
        let hearing = Arc::clone(&heard);
        let reading = tokio::spawn(async move {
            while let Some(Ok(_)) = stream.next().await {
                hearing.notify_one();
            }
        });
        heard.notified().await;
        let _ = sink.send(Message::text("hello")).await;
        let _ = reading.await;
    })
}

/// The same without axum, which wakes the one task where the connection wakes the other.
#[get("/halves")]
async fn halves(mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let upgraded = hyper_util::rt::TokioIo::new(upgrade.await.unwrap());
        let (mut read, mut write) = tokio::io::split(upgraded);
        let heard = Arc::new(Notify::new());
        let hearing = Arc::clone(&heard);
        let reading = tokio::spawn(async move {
            while let Ok(1..) = read.read(&mut [0; 64]).await {
                hearing.notify_one();
            }
        });
        heard.notified().await;
        let _ = write.write_all(b"\x81\x05hello").await;
        let _ = reading.await;
    });
    let key = request.headers()["sec-websocket-key"].as_bytes();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    for (name, value) in [
        ("connection", "upgrade".to_owned()),
        ("upgrade", "websocket".to_owned()),
        ("sec-websocket-accept", tungstenite::handshake::derive_accept_key(key)),
    ] {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    ended: tokio::task::JoinHandle<Drained>,
}

async fn start(threads: &str, change: impl FnOnce(&mut HttpConfig)) -> Running {
    let text = format!("{{servers: [{{listen: '127.0.0.1:0'}}], threads: {threads}}}");
    let mut config = HttpConfig::from_str(&text, "test", &Default::default()).unwrap();
    change(&mut config);
    let router = routes![guard, room, deaf, later, split, halves].with_state(Arc::new(Name("ann")));
    let server = Server::bind(&config, router.unwrap()).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(server.run(shutdown.signal()));
    Running { address, shutdown, ended }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Running {
    async fn connect(&self, path: &str) -> Socket {
        connect_async(format!("ws://{}{path}", self.address)).await.unwrap().0
    }
}

/// What comes next, as text.
async fn next(socket: &mut Socket) -> String {
    socket.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}

#[tokio::test]
async fn messages_go_both_ways() {
    for threads in ["1", "shared"] {
        let running = start(threads, |_| {}).await;
        let mut socket = running.connect("/rooms/7").await;
        for word in ["hello", "again"] {
            socket.send(tungstenite::Message::text(word)).await.unwrap();
            assert_eq!(next(&mut socket).await, format!("ann 7: {word}"));
        }
        socket.close(None).await.unwrap();
        drop(socket);
        running.shutdown.trigger();
        assert_eq!(running.ended.await.unwrap(), Drained::Clean);
    }
}

#[tokio::test]
async fn what_is_refused_is_no_websocket() {
    use tungstenite::{Error, client::IntoClientRequest};

    let running = start("1", |_| {}).await;
    for (path, header, status) in
        [("/rooms/7", "x-no", 401), ("/rooms/x", "x-yes", 422), ("/none", "x-yes", 404)]
    {
        let mut request = format!("ws://{}{path}", running.address).into_client_request().unwrap();
        request.headers_mut().insert(header, "1".parse().unwrap());
        match connect_async(request).await {
            Err(Error::Http(response)) => assert_eq!(response.status().as_u16(), status, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_drain_says_goodbye() {
    let running = start("1", |_| {}).await;
    let mut socket = running.connect("/rooms/7").await;
    running.shutdown.trigger();
    match socket.next().await {
        Some(Ok(tungstenite::Message::Close(Some(frame)))) => {
            assert_eq!(frame.code, CloseCode::Away)
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(running.ended.await.unwrap(), Drained::Clean);
}

#[tokio::test]
async fn a_drain_ends_what_does_not_listen() {
    for (threads, time, expected) in [
        ("1", 10_000, Drained::Clean),
        ("shared", 10_000, Drained::Clean),
        ("1", 50, Drained::Deadline { left: 1 }),
    ] {
        let running = start(threads, |config| config.drain_timeout_ms = time).await;
        let mut socket = running.connect("/deaf").await;
        running.shutdown.trigger();
        assert_eq!(running.ended.await.unwrap(), expected, "{threads}");
        assert!(!matches!(socket.next().await, Some(Ok(_))), "{threads}");
    }
}

#[tokio::test]
async fn a_drain_ends_what_is_read_and_written_by_two_tasks() {
    for threads in ["1", "shared"] {
        for path in ["/split", "/halves"] {
            let running = start(threads, |config| config.drain_timeout_ms = 5_000).await;
            let mut socket = running.connect(path).await;
            socket.send(tungstenite::Message::text("hi")).await.unwrap();
            assert_eq!(next(&mut socket).await, "hello", "{path}");
            let began = Instant::now();
            running.shutdown.trigger();
            assert_eq!(running.ended.await.unwrap(), Drained::Clean, "{path}");
            assert!(began.elapsed() < Duration::from_secs(4), "{path}: {:?}", began.elapsed());
        }
    }
}

#[tokio::test]
async fn no_timer_of_the_connection_closes_it() {
    let change = |config: &mut ServerConfig| {
        config.request_timeout_ms = 20;
        config.header_timeout_ms = 20;
        config.idle_timeout_ms = 30;
    };
    let running = start("1", |config| change(&mut config.servers[0])).await;
    assert_eq!(next(&mut running.connect("/later").await).await, "at last");
}

#[tokio::test]
async fn it_is_one_of_the_connections() {
    let running = start("1", |config| config.servers[0].max_connections = 1).await;
    let mut socket = running.connect("/rooms/1").await;
    socket.send(tungstenite::Message::text("here")).await.unwrap();
    next(&mut socket).await;
    let ask = async || {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let request = b"GET /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        // It may be refused before it has asked.
        let _ = stream.write_all(request).await;
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        String::from_utf8(start.to_vec()).unwrap()
    };
    assert_eq!(ask().await, "HTTP/1.1 503");
    socket.close(None).await.unwrap();
    while socket.next().await.is_some() {}
    drop(socket);
    // The server's side goes when it has seen that.
    while ask().await != "HTTP/1.1 404" {
        tokio::task::yield_now().await;
    }
}
