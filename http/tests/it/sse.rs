//! Streams of events, and what a server does with answers that take long.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    time::{interval, sleep},
};
use wirepath_http::{
    Event, LastEventId, Refusal, Server, Sse, State, StatusCode,
    config::{HttpConfig, ServerConfig},
    get, routes, sse,
    testing::Client,
};
use wirepath_runtime::shutdown::{Drained, Shutdown};

#[derive(Clone, Default)]
struct Ended(Arc<Notify>);

/// Says when it is dropped.
struct Guard(Ended);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.notify_one();
    }
}

#[sse("/numbers/{count}")]
async fn numbers(
    count: u64,
    LastEventId(last): LastEventId,
) -> Result<impl Stream<Item = Event>, Refusal> {
    let last = last.map_or(Ok(0), |last| last.parse());
    let last: u64 = last.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "no such event"))?;
    Ok(stream::iter(last + 1..=count).map(|it| Event::data(it.to_string()).id(it)))
}

#[sse("/fails")]
async fn fails() -> impl Stream<Item = Result<Event, std::io::Error>> {
    let failure = std::io::Error::other("no more");
    stream::iter([Ok(Event::data("1")), Err(failure), Ok(Event::data("2"))])
}

#[sse("/panics")]
async fn panics() -> impl Stream<Item = Event> {
    stream::iter([1, 0]).map(|it| match it {
        0 => panic!("on purpose"),
        it => Event::data(it.to_string()),
    })
}

/// Its own type, which has a name.
struct Once(Option<Event>);

impl Stream for Once {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Event>> {
        Poll::Ready(self.0.take())
    }
}

#[sse("/named")]
async fn named() -> Once {
    Once(Some(Event::comment("named")))
}

#[sse("/slow")]
async fn slow() -> Sse<impl Stream<Item = Event>> {
    let event = async {
        sleep(Duration::from_secs(25)).await;
        Event::data("at last")
    };
    Sse::new(stream::once(event)).keep_alive(Duration::from_secs(10))
}

/// An event, and then nothing for ever.
#[sse("/waits")]
async fn waits(State(ended): State<Ended>) -> impl Stream<Item = Event> {
    let guard = Guard(ended);
    stream::iter([Event::data("first")]).chain(stream::pending()).inspect(move |_| {
        let _ = &guard;
    })
}

/// Twenty events in a fifth of a second.
#[get("/ticks")]
async fn ticks() -> Sse<impl Stream<Item = Event>> {
    let ticks =
        stream::unfold((0, interval(Duration::from_millis(10))), async |(at, mut timer)| {
            timer.tick().await;
            Some((Event::data(at.to_string()), (at + 1, timer)))
        });
    Sse::new(ticks.take(20))
}

static GIVEN: AtomicUsize = AtomicUsize::new(0);

/// As much as anyone takes.
#[sse("/flood")]
async fn flood(State(ended): State<Ended>) -> impl Stream<Item = Event> {
    let guard = Guard(ended);
    stream::repeat_with(move || {
        let _ = &guard;
        GIVEN.fetch_add(1, SeqCst);
        Event::data("x".repeat(10_000))
    })
}

fn client() -> Client<impl wirepath_http::Serve> {
    Client::new(routes![numbers, fails, panics, named, slow], ())
}

#[tokio::test]
async fn events_are_taken_up_again() {
    let client = client();
    let answer = client.get("/numbers/2").send().await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_eq!(answer.text(), "id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
    let answer = client.get("/numbers/2").header("last-event-id", "1").send().await;
    assert_eq!(answer.text(), "id: 2\ndata: 2\n\n");
    let refused = client.get("/numbers/2").header("last-event-id", "x").send().await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(client.get("/numbers/x").send().await.status(), 422);
    assert_eq!(client.get("/named").send().await.text(), ": named\n\n");
}

#[tokio::test]
async fn an_error_or_a_panic_ends_the_stream() {
    assert_eq!(client().get("/fails").send().await.text(), "data: 1\n\n");
    assert_eq!(client().get("/panics").send().await.text(), "data: 1\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_comment_keeps_the_connection_alive() {
    assert_eq!(client().get("/slow").send().await.text(), ":\n\n:\n\ndata: at last\n\n");
}

#[tokio::test]
async fn who_does_not_take_events_is_told() {
    for (accept, status) in
        [("text/event-stream", 200), ("*/*", 200), ("application/json", 406), ("text/html", 406)]
    {
        let answer = client().get("/named").header("accept", accept).send().await;
        assert_eq!(answer.status().as_u16(), status, "{accept}");
    }
}

struct Running {
    address: SocketAddr,
    state: Ended,
    shutdown: Shutdown,
    ended: tokio::task::JoinHandle<Drained>,
}

async fn start(change: impl FnOnce(&mut ServerConfig)) -> Running {
    let text = "{servers: [{listen: '127.0.0.1:0'}], threads: 1}";
    let mut config = HttpConfig::from_str(text, "test", &Default::default()).unwrap();
    change(&mut config.servers[0]);
    let state = Ended::default();
    let router = routes![waits, ticks, flood].with_state(Arc::new(state.clone())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(server.run(shutdown.signal()));
    Running { address, state, shutdown, ended }
}

impl Running {
    async fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn h2(&self) -> http2::SendRequest<Empty<Bytes>> {
        let stream = TokioIo::new(TcpStream::connect(self.address).await.unwrap());
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

fn h2_request(path: &str) -> http::Request<Empty<Bytes>> {
    http::Request::get(format!("http://x{path}")).body(Empty::new()).unwrap()
}

/// Reads to the end of the first event's chunk.
async fn first(stream: &mut TcpStream) {
    let mut text = String::new();
    while !text.contains("data: first\n\n\r\n") {
        text.push(char::from(stream.read_u8().await.unwrap()));
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_server_drains() {
    let running = start(|_| {}).await;
    let mut stream = running.ask("/waits").await;
    first(&mut stream).await;
    let mut sender = running.h2().await;
    let mut body = sender.send_request(h2_request("/waits")).await.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "data: first\n\n");

    running.shutdown.trigger();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    // The end as HTTP has it, not a connection that broke.
    assert_eq!(rest, "0\r\n\r\n");
    assert_eq!(body.collect().await.unwrap().to_bytes(), "");
    assert_eq!(running.ended.await.unwrap(), Drained::Clean);
}

#[tokio::test]
async fn no_time_for_requests_heads_or_idleness_ends_a_stream() {
    let running = start(|config| {
        config.request_timeout_ms = 20;
        config.header_timeout_ms = 20;
        config.idle_timeout_ms = 30;
    })
    .await;
    let mut stream = running.ask("/ticks").await;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("data: 19\n\n") && text.ends_with("0\r\n\r\n"), "{text}");

    let mut sender = running.h2().await;
    let body = sender.send_request(h2_request("/ticks")).await.unwrap().into_body();
    let text = body.collect().await.unwrap().to_bytes();
    assert!(text.ends_with(b"data: 19\n\n"), "{text:?}");
}

#[tokio::test]
async fn who_reads_nothing_costs_little_and_is_closed() {
    let running = start(|config| {
        config.header_timeout_ms = 20;
        config.idle_timeout_ms = 100;
    })
    .await;
    let _unread = running.ask("/flood").await;
    running.state.0.notified().await;
    // What the kernel's buffers and hyper's hold.
    let given = GIVEN.load(SeqCst) * 10_000;
    assert!(given < 20 << 20, "{given} octets for a client that reads none");
}

#[tokio::test]
async fn who_goes_is_noticed() {
    let running = start(|_| {}).await;
    let mut stream = running.ask("/waits").await;
    first(&mut stream).await;
    drop(stream);
    running.state.0.notified().await;
}
