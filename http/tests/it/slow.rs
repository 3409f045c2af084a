//! Peers that take their time. The clock stands still but where nothing else is left to do: a minute passes at once.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};
use wirepath_http::{
    Server,
    config::{HttpConfig, ServerConfig, Threads},
    get, post, routes,
};
use wirepath_runtime::shutdown::Shutdown;

#[get("/hello")]
async fn hello() -> &'static str {
    "hello"
}

#[post("/count")]
async fn count(body: String) -> String {
    body.len().to_string()
}

/// Looks at no body.
#[post("/ignore")]
async fn ignore() -> &'static str {
    "ignored"
}

/// More than any socket's buffers hold.
const LARGE: usize = 64 << 20;

#[get("/large")]
async fn large() -> Vec<u8> {
    vec![b'x'; LARGE]
}

/// What the engine does not watch: it is gone with a few writes, if it is read.
#[get("/small")]
async fn small() -> Vec<u8> {
    vec![b'x'; 60 << 10]
}

struct Running {
    address: SocketAddr,
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
    let router = routes![hello, count, ignore, large, small].with_state(Arc::new(())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    tokio::spawn(server.run(shutdown.signal()));
    Running { address, _shutdown: shutdown }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The status of an answer to others.
    async fn status(&self) -> String {
        let mut stream = self.connect().await;
        let request = b"GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        // Where there is no room it may be closed before this.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()[9..12].to_owned()
    }

    /// What comes back until the connection is closed, from who sends this and then an octet each second, for ever; and how
    /// many seconds that took.
    async fn trickle(&self, start: &str) -> (String, u64) {
        let began = Instant::now();
        let (mut read, mut write) = self.connect().await.into_split();
        write.write_all(start.as_bytes()).await.unwrap();
        let trickle = async {
            while write.write_all(b"x").await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
            std::future::pending::<()>().await;
        };
        let mut answer = Vec::new();
        tokio::select! {
            _ = read.read_to_end(&mut answer) => {}
            () = trickle => {}
        }
        (String::from_utf8(answer).unwrap(), began.elapsed().as_secs())
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_is_closed() {
    let running = start(|_| {}).await;
    for start in ["", "GET /hello HTTP/1.1\r\nhost: ", "GET /hello HTTP/1.1\r\nhost: x\r\na: "] {
        let (answer, seconds) = running.trickle(start).await;
        assert_eq!(answer, "", "{start}");
        assert!((10..=20).contains(&seconds), "{start}: {seconds} s");
    }
    // Behind a request as well.
    let (answer, seconds) = running.trickle("GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert!((10..=20).contains(&seconds), "{seconds} s");
    assert_eq!(running.status().await, "200");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_504_and_the_end() {
    let running = start(|_| {}).await;
    let head = "POST /count HTTP/1.1\r\nhost: x\r\n";
    for rest in [
        "content-length: 1000\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nFFFF\r\n",
        // In the size of a chunk, and in an extension.
        "transfer-encoding: chunked\r\n\r\n1;",
    ] {
        let (answer, seconds) = running.trickle(&format!("{head}{rest}")).await;
        assert!(answer.starts_with("HTTP/1.1 504 "), "{rest}: {answer}");
        assert!((30..=41).contains(&seconds), "{rest}: {seconds} s");
    }
    assert_eq!(running.status().await, "200");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_was_asked_for_and_does_not_come_is_504() {
    let running = start(|_| {}).await;
    let mut stream = running.connect().await;
    let head =
        "POST /count HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 504 "), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_waits_for_holds_nothing() {
    let running = start(|_| {}).await;
    let head = "POST /ignore HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n";
    let (answer, seconds) = running.trickle(head).await;
    assert!(answer.ends_with("ignored"), "{answer}");
    assert!(seconds <= 20, "{seconds} s");
}

/// Writes this until nothing more is taken, and nothing for a while.
async fn stuff(stream: &TcpStream, octets: &[u8]) -> usize {
    let mut sent = 0;
    loop {
        let at = sent % octets.len();
        match stream.try_write(&octets[at..]) {
            Ok(count) => sent += count,
            Err(_) => {
                if tokio::time::timeout(Duration::from_secs(1), stream.writable()).await.is_err() {
                    return sent;
                }
            }
        }
        assert!(sent < 256 << 20, "no end to it");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_nobody_reads_are_closed() {
    let running = start(|config| config.max_connections = 1).await;
    let large = "GET /large HTTP/1.1\r\nhost: x\r\n\r\n";
    let small = "GET /small HTTP/1.1\r\nhost: x\r\n\r\n";
    for (request, is_flood) in [(large, false), (small, true)] {
        let mut stream = running.connect().await;
        if is_flood {
            stuff(&stream, request.as_bytes()).await;
        } else {
            stream.write_all(request.as_bytes()).await.unwrap();
        }
        // It has the only place, until its time is over.
        sleep(Duration::from_secs(30)).await;
        assert_eq!(running.status().await, "503", "{request}");
        sleep(Duration::from_secs(80)).await;
        assert_eq!(running.status().await, "200", "{request}");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.len() < LARGE, "{request}");
    }
}

/// Has time stand still until this is dropped: octets on their way from one socket to the other take none, though nobody in the
/// runtime has anything to do. A minute on the wall is the longest.
fn hold() -> mpsc::Sender<()> {
    let (held, dropped) = mpsc::channel();
    tokio::task::spawn_blocking(move || dropped.recv_timeout(Duration::from_secs(60)));
    held
}

#[tokio::test(start_paused = true)]
async fn who_reads_slowly_gets_all_of_it() {
    let running = start(|_| {}).await;
    let mut stream = running.connect().await;
    let request = b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let (mut piece, mut total) = (vec![0; 4 << 20], 0);
    loop {
        let mut filled = 0;
        let held = hold();
        while filled < piece.len() {
            match stream.read(&mut piece[filled..]).await.unwrap() {
                0 => break,
                count => filled += count,
            }
        }
        drop(held);
        total += filled;
        if filled < piece.len() {
            break;
        }
        // Longer than the time for requests, in all. Shorter than that of idleness, and so are a few of them: what the system
        // holds is read first, and the server has written nothing since.
        sleep(Duration::from_secs(5)).await;
    }
    assert!(total > LARGE, "{total} octets");
}

#[tokio::test(start_paused = true)]
async fn nothing_at_all_is_closed_after_the_time_of_idleness() {
    let running = start(|_| {}).await;
    let began = Instant::now();
    let mut stream = running.connect().await;
    stream.write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello"));
    assert!((60..=80).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}
