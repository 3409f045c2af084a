//! HTTP/2 from peers that mean no good, frame by frame.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};
use wirepath_http::{
    Server, State,
    config::{HttpConfig, ServerConfig, Threads},
    get, routes,
};
use wirepath_runtime::shutdown::Shutdown;

/// Handlers that run.
#[derive(Clone)]
struct Alive(Arc<watch::Sender<usize>>);

struct One(Alive);

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.send_modify(|alive| *alive -= 1);
    }
}

#[get("/")]
async fn never(State(alive): State<Alive>) {
    alive.0.send_modify(|alive| *alive += 1);
    let _one = One(alive);
    std::future::pending::<()>().await;
}

#[get("/hello")]
async fn hello() -> &'static str {
    "hello"
}

struct Running {
    address: SocketAddr,
    alive: Alive,
    _shutdown: Shutdown,
}

async fn start(change: impl FnOnce(&mut ServerConfig)) -> Running {
    let mut config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    config.threads = Threads::Shared;
    let server = &mut config.servers[0];
    server.header_timeout_ms = 10_000;
    server.request_timeout_ms = 30_000;
    server.idle_timeout_ms = 60_000;
    change(server);
    let alive = Alive(Arc::new(watch::Sender::new(0)));
    let router = routes![never, hello].with_state(Arc::new(alive.clone())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    tokio::spawn(server.run(shutdown.signal()));
    Running { address, alive, _shutdown: shutdown }
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const WHOLE: u8 = END_STREAM | END_HEADERS;

const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const FRAME_SIZE_ERROR: u32 = 6;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

/// `GET http://x/` (RFC 7541): three of the static table, and a literal.
const GET: &[u8] = b"\x82\x86\x84\x01\x01x";
/// `GET http://x/hello`.
const HELLO: &[u8] = b"\x82\x86\x04\x06/hello\x01\x01x";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// What came: kind, flags, stream, payload.
type Came = (u8, u8, u32, Vec<u8>);

fn code(payload: &[u8]) -> u32 {
    u32::from_be_bytes(payload[..4].try_into().unwrap())
}

struct Peer(TcpStream);

impl Peer {
    async fn send(&mut self, frames: &[u8]) {
        // It may be closed before all is written.
        let _ = self.0.write_all(frames).await;
    }

    /// The next frame, if the connection is not closed.
    async fn next(&mut self) -> Option<Came> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes(head[5..].try_into().unwrap());
        Some((head[3], head[4], stream, payload))
    }

    /// The next frame of this kind that is no acknowledgement.
    async fn next_of(&mut self, kind: u8) -> Option<Came> {
        loop {
            let came = self.next().await?;
            if came.0 == kind && (kind != SETTINGS || came.1 == 0) {
                return Some(came);
            }
        }
    }

    /// Why the connection was closed: the code of the last GOAWAY.
    async fn closed(&mut self) -> Option<u32> {
        let mut why = None;
        while let Some((kind, _, _, payload)) = self.next().await {
            if kind == GOAWAY {
                why = Some(code(&payload[4..]));
            }
        }
        why
    }
}

impl Running {
    /// A connection, as far as its preface.
    async fn connect(&self, settings: &[u8]) -> Peer {
        let mut peer = Peer(TcpStream::connect(self.address).await.unwrap());
        peer.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        peer.send(&frame(SETTINGS, 0, 0, settings)).await;
        peer
    }

    /// Whether others are served: the status in the static table is 200.
    async fn serves(&self) -> bool {
        let mut peer = self.connect(b"").await;
        peer.send(&frame(HEADERS, WHOLE, 1, HELLO)).await;
        peer.next_of(HEADERS).await.is_some_and(|(_, _, _, block)| block.starts_with(b"\x88"))
    }

    async fn none_is_alive(&self) {
        self.alive.0.subscribe().wait_for(|alive| *alive == 0).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn rapid_resets_are_calmed() {
    let running = start(|_| {}).await;
    let mut peer = running.connect(b"").await;
    let stream = |id: u32| {
        let reset = frame(RST_STREAM, 0, id, &CANCEL.to_be_bytes());
        [frame(HEADERS, WHOLE, id, GET), reset].concat()
    };
    let flood: Vec<u8> = (0..5_000).flat_map(|i| stream(2 * i + 1)).collect();
    peer.send(&flood).await;
    assert_eq!(peer.closed().await, Some(ENHANCE_YOUR_CALM));
    running.none_is_alive().await;
    assert!(running.serves().await);
}

#[tokio::test(start_paused = true)]
async fn resets_that_the_server_is_made_to_send_are_calmed() {
    let running = start(|_| {}).await;
    let mut peer = running.connect(b"").await;
    // A window that grows by nothing is an error of the stream.
    let stream =
        |id: u32| [frame(HEADERS, WHOLE, id, GET), frame(WINDOW_UPDATE, 0, id, &[0; 4])].concat();
    let flood: Vec<u8> = (0..5_000).flat_map(|i| stream(2 * i + 1)).collect();
    peer.send(&flood).await;
    let why = peer.closed().await;
    assert!(matches!(why, Some(ENHANCE_YOUR_CALM | PROTOCOL_ERROR)), "{why:?}");
    running.none_is_alive().await;
    assert!(running.serves().await);
}

#[tokio::test(start_paused = true)]
async fn a_head_without_an_end_is_calmed() {
    let running = start(|_| {}).await;
    // Literals `a: b`, and nothing at all.
    for piece in [b"\x00\x01a\x01b".repeat(3_000), Vec::new()] {
        let mut peer = running.connect(b"").await;
        peer.send(&frame(HEADERS, END_STREAM, 1, GET)).await;
        let more = frame(CONTINUATION, 0, 1, &piece);
        for _ in 0..2_000 {
            peer.send(&more).await;
        }
        assert_eq!(peer.closed().await, Some(ENHANCE_YOUR_CALM), "{}", piece.len());
        assert!(running.serves().await);
    }
    // One that stops is closed as a head of HTTP/1 is.
    let mut peer = running.connect(b"").await;
    peer.send(&frame(HEADERS, END_STREAM, 1, GET)).await;
    assert_eq!(timeout(Duration::from_secs(21), peer.closed()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_long_is_431_and_others_of_its_connection_go_on() {
    let running = start(|config| config.max_header_bytes = 8_192).await;
    let mut peer = running.connect(b"").await;
    let block = [GET, &b"\x00\x01a\x01b".repeat(300)].concat();
    peer.send(&frame(HEADERS, WHOLE, 1, &block)).await;
    let (_, _, stream, block) = peer.next_of(HEADERS).await.unwrap();
    // `:status` of the static table, and 431 in Huffman's code.
    assert!(stream == 1 && block.starts_with(b"\x48\x83\x69\x90\xff"), "{stream} {block:x?}");
    peer.send(&frame(HEADERS, WHOLE, 3, HELLO)).await;
    let (_, _, stream, block) = peer.next_of(HEADERS).await.unwrap();
    assert!(stream == 3 && block.starts_with(b"\x88"), "{stream} {block:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_too_many_is_refused() {
    let running = start(|config| config.h2_max_streams = 2).await;
    let mut peer = running.connect(b"").await;
    for id in [1, 3, 5] {
        peer.send(&frame(HEADERS, WHOLE, id, GET)).await;
    }
    let (_, _, stream, payload) = peer.next_of(RST_STREAM).await.unwrap();
    assert_eq!((stream, code(&payload)), (5, REFUSED_STREAM));
    assert_eq!(*running.alive.0.borrow(), 2);
}

#[tokio::test(start_paused = true)]
async fn floods_of_settings_and_pings_are_held_back_and_end() {
    let running = start(|config| config.max_connections = 2).await;
    for flood in [frame(SETTINGS, 0, 0, b""), frame(PING, 0, 0, &[7; 8])] {
        let flood = flood.repeat(1_000);
        let peer = running.connect(b"").await;
        // Nobody reads the answers: after what the sockets hold no more is taken.
        let mut sent = 0;
        loop {
            match peer.0.try_write(&flood[sent % flood.len()..]) {
                Ok(count) => sent += count,
                Err(_) => {
                    if timeout(Duration::from_secs(1), peer.0.writable()).await.is_err() {
                        break;
                    }
                }
            }
            assert!(sent < 256 << 20, "no end to it");
        }
        assert!(running.serves().await);
        // It never asks for anything, so it has the time for a head.
        sleep(Duration::from_secs(20)).await;
        let held = [running.connect(b"").await, running.connect(b"").await];
        for mut peer in held {
            assert!(peer.next_of(SETTINGS).await.is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_pings_is_let_be_and_told_goodbye_after_the_time_of_idleness() {
    let running = start(|_| {}).await;
    let mut peer = running.connect(b"").await;
    peer.send(&frame(HEADERS, WHOLE, 1, HELLO)).await;
    assert!(peer.next_of(DATA).await.is_some());
    for second in 0..50 {
        sleep(Duration::from_secs(1)).await;
        peer.send(&frame(PING, 0, 0, &[7; 8])).await;
        assert!(peer.next_of(PING).await.is_some(), "{second}");
    }
    // The answer to the server's own ping is missing: it waits for that as long as for a head.
    let goodbye = timeout(Duration::from_secs(40), peer.closed()).await.unwrap();
    assert_eq!(goodbye, Some(0));
}

#[tokio::test(start_paused = true)]
async fn answers_without_a_window_are_closed() {
    let running = start(|config| config.max_connections = 1).await;
    // SETTINGS_INITIAL_WINDOW_SIZE: 0.
    let mut peer = running.connect(&[0, 4, 0, 0, 0, 0]).await;
    let streams: Vec<u8> = (0..100).flat_map(|i| frame(HEADERS, WHOLE, 2 * i + 1, HELLO)).collect();
    peer.send(&streams).await;
    // It answers the server's pings, and so is there.
    let answering = tokio::spawn(async move {
        while let Some((kind, flags, _, payload)) = peer.next().await {
            if kind == PING && flags == 0 {
                peer.send(&frame(PING, 1, 0, &payload)).await;
            }
        }
    });
    timeout(Duration::from_secs(120), answering).await.unwrap().unwrap();
    assert!(running.serves().await);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_frame_of_a_client_ends_its_connection() {
    let running = start(|_| {}).await;
    let most = 0x7fff_ffff_u32.to_be_bytes();
    let twice = frame(WINDOW_UPDATE, 0, 0, &most).repeat(2);
    for (what, frames, why) in [
        ("a window above 2^31-1", twice, FLOW_CONTROL_ERROR),
        (
            "a first window above that",
            frame(SETTINGS, 0, 0, &[0, 4, 0x80, 0, 0, 0]),
            PROTOCOL_ERROR,
        ),
        ("a window that grows by nothing", frame(WINDOW_UPDATE, 0, 0, &[0; 4]), PROTOCOL_ERROR),
        ("data of no stream", frame(DATA, 0, 0, b"x"), PROTOCOL_ERROR),
        ("a stream of the server's", frame(HEADERS, WHOLE, 2, GET), PROTOCOL_ERROR),
        ("a continuation of nothing", frame(CONTINUATION, 4, 1, GET), PROTOCOL_ERROR),
        ("a frame that is too long", frame(DATA, 0, 1, &[0; 16_385]), FRAME_SIZE_ERROR),
        ("settings that are cut", frame(SETTINGS, 0, 0, b"\0\x04\0"), PROTOCOL_ERROR),
    ] {
        let mut peer = running.connect(b"").await;
        peer.send(&frames).await;
        assert_eq!(peer.closed().await, Some(why), "{what}");
        assert!(running.serves().await, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_reaches_nobody() {
    let running = start(|_| {}).await;
    for (what, block) in [
        ("no method", b"\x86\x84\x01\x01x" as &[u8]),
        ("no path", b"\x82\x86\x01\x01x"),
        ("a field of HTTP/1", b"\x82\x86\x84\x01\x01x\x00\x0aconnection\x05close"),
        ("a coding of HTTP/1", b"\x82\x86\x84\x01\x01x\x00\x11transfer-encoding\x07chunked"),
        ("a name in capitals", b"\x82\x86\x84\x01\x01x\x00\x01A\x01b"),
        ("an LF in a value", b"\x82\x86\x84\x01\x01x\x00\x01a\x03b\nc"),
        ("two methods", b"\x82\x83\x86\x84\x01\x01x"),
    ] {
        let mut peer = running.connect(b"").await;
        peer.send(&frame(HEADERS, WHOLE, 1, block)).await;
        // The stream ends, or where the table of fields may be out of step the connection.
        let why = loop {
            match peer.next().await {
                Some((RST_STREAM, _, 1, payload)) => break Some(code(&payload)),
                Some((GOAWAY, _, _, payload)) => break Some(code(&payload[4..])),
                Some((HEADERS, ..)) | None => break None,
                Some(_) => {}
            }
        };
        assert_eq!(why, Some(PROTOCOL_ERROR), "{what}");
        assert_eq!(*running.alive.0.borrow(), 0, "{what}");
        assert!(running.serves().await, "{what}");
    }
    // Another host than the authority: the answer says what is wrong (status 400 is in the static table).
    let mut peer = running.connect(b"").await;
    peer.send(&frame(HEADERS, WHOLE, 1, b"\x82\x86\x84\x01\x01x\x00\x04host\x01y")).await;
    let (_, _, _, answer) = peer.next_of(HEADERS).await.unwrap();
    assert!(answer.starts_with(b"\x8c"), "{answer:?}");
}
