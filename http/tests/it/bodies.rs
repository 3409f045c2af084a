//! Bodies of HTTP/1.1 on their way in and out, at the same time or one after the other.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};
use wirepath_http::{
    Body, Request, Response, Server, State, StatusCode, config::HttpConfig, get, post, routes,
};
use wirepath_runtime::shutdown::Shutdown;

type Read = Result<usize, String>;

/// Where a task says how many octets it has read.
#[derive(Clone)]
struct Told(Arc<Mutex<mpsc::UnboundedSender<Read>>>);

/// Gives back what it gets, while it gets it.
#[post("/echo")]
async fn echo(request: Request) -> Body {
    let frames = request.into_body().into_data_stream();
    Body::boxed(StreamBody::new(frames.map(|data| data.map(Frame::data))))
}

/// Answers before it has read anything.
#[post("/later")]
async fn later(State(told): State<Told>, request: Request) -> StatusCode {
    tokio::spawn(async move {
        let read = request.into_body().read().await;
        let read = read.map(|body| body.len()).map_err(|error| error.to_string());
        let _ = told.0.lock().unwrap().send(read);
    });
    StatusCode::ACCEPTED
}

#[post("/whole")]
async fn whole(body: String) -> String {
    body.len().to_string()
}

#[post("/ignored")]
async fn ignored() -> &'static str {
    "ignored"
}

#[get("/short")]
async fn short() -> Body {
    // It says ten octets, and has three.
    struct Short(Option<&'static str>);
    impl http_body::Body for Short {
        type Data = bytes::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<Frame<bytes::Bytes>, Self::Error>>> {
            let frame = self.0.take().map(|text| Ok(Frame::data(text.into())));
            std::task::Poll::Ready(frame)
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(10)
        }
    }
    Body::boxed(Short(Some("abc")))
}

#[get("/pieces")]
async fn pieces() -> Body {
    let frames = ["a", "", "bcd"].map(|text| Ok::<_, std::io::Error>(Frame::data(text.into())));
    Body::boxed(StreamBody::new(stream::iter(frames)))
}

#[get("/informational")]
async fn informational() -> Response {
    let mut response = Response::new(Body::from("never"));
    *response.status_mut() = StatusCode::PROCESSING;
    response
}

struct Running {
    address: SocketAddr,
    told: mpsc::UnboundedReceiver<Read>,
    _shutdown: Shutdown,
}

async fn start() -> Running {
    let mut config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    config.servers[0].max_body_bytes = 16 << 20;
    let (tell, told) = mpsc::unbounded_channel();
    let routes = routes![echo, later, whole, ignored, short, pieces, informational];
    let router = routes.with_state(Arc::new(Told(Arc::new(Mutex::new(tell))))).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    tokio::spawn(server.run(shutdown.signal()));
    Running { address, told, _shutdown: shutdown }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends octets, and gives all that comes back until the connection ends.
    async fn all(&self, octets: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(octets.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }
}

/// The head of an answer.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_body_may_come_back_while_it_is_sent() {
    const LENGTH: usize = 5 << 20;

    let running = start().await;
    for framing in [format!("content-length: {LENGTH}"), "transfer-encoding: chunked".to_owned()] {
        let stream = running.connect().await;
        let (mut reading, mut writing) = stream.into_split();
        let request =
            format!("POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{framing}\r\n\r\n");
        let is_chunked = framing.contains("chunked");
        let sending = tokio::spawn(async move {
            writing.write_all(request.as_bytes()).await.unwrap();
            for piece in vec![b'x'; LENGTH].chunks(70_000) {
                if is_chunked {
                    writing.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
                }
                writing.write_all(piece).await.unwrap();
                if is_chunked {
                    writing.write_all(b"\r\n").await.unwrap();
                }
            }
            if is_chunked {
                writing.write_all(b"0\r\n\r\n").await.unwrap();
            }
            writing
        });
        let mut all = Vec::new();
        reading.read_to_end(&mut all).await.unwrap();
        drop(sending.await.unwrap());
        assert_eq!(all.iter().filter(|octet| **octet == b'x').count(), LENGTH, "{framing}");
        assert!(all.ends_with(b"\r\n0\r\n\r\n"));
    }
}

#[tokio::test]
async fn a_body_may_be_read_behind_the_answer_and_the_connection_goes_on() {
    let mut running = start().await;
    let mut stream = running.connect().await;
    for _ in 0..3 {
        let length = 300_000;
        let request =
            format!("POST /later HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 202 "));
        stream.write_all(&vec![b'x'; length]).await.unwrap();
        assert_eq!(running.told.recv().await.unwrap(), Ok(length));
    }
    // One that does not come whole is an error to who reads it.
    stream
        .write_all(b"POST /later HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc")
        .await
        .unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 202 "));
    drop(stream);
    assert!(running.told.recv().await.unwrap().is_err());
}

#[tokio::test]
async fn who_waits_to_be_told_is_told_if_the_body_is_read() {
    let mut running = start().await;
    let ask = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n"
        )
    };
    let mut stream = running.connect().await;
    // Behind the answer to what came before it.
    let before = "GET /pieces HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all([before, &ask("/whole")].concat().as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200 "));
    let chunks = b"1\r\na\r\n3\r\nbcd\r\n0\r\n\r\n";
    let mut read = [0; 19];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(read, *chunks);
    assert_eq!(head(&mut stream).await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    assert!(head(&mut stream).await.contains("content-length: 1\r\n"));
    // An answer may be made of the body.
    let mut stream = running.connect().await;
    stream.write_all(ask("/echo").as_bytes()).await.unwrap();
    assert_eq!(head(&mut stream).await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200 "));
    let mut read = [0; 13];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(read, *b"3\r\nabc\r\n0\r\n\r\n");
    // Who is not told may send the body or not: the connection ends.
    for path in ["/ignored", "/later"] {
        let text = running.all(&ask(path)).await;
        assert!(!text.contains("100 Continue") && text.contains("connection: close\r\n"), "{text}");
    }
    assert!(running.told.recv().await.unwrap().is_err());
}

#[tokio::test]
async fn what_nobody_reads_is_passed_over_or_ends_the_connection() {
    let running = start().await;
    let (short, long) = ("x".repeat(200_000), "x".repeat(300_000));
    let post = |body: &str| {
        format!("POST /ignored HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    let last = "GET /pieces HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let text = running.all(&[post(&short).as_str(), last].concat()).await;
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2, "{text}");
    let text = running.all(&[post(&long).as_str(), last].concat()).await;
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 1, "{text}");
    assert!(text.ends_with("ignored"));
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_requests() {
    let running = start().await;
    let one = |length: usize, more: &str| {
        let body = "x".repeat(length);
        format!("POST /whole HTTP/1.1\r\nhost: x\r\n{more}content-length: {length}\r\n\r\n{body}")
    };
    let mut octets: String = (0..500).map(|length| one(length, "")).collect();
    octets += &one(500, "connection: close\r\n");
    let text = running.all(&octets).await;
    let bodies: Vec<_> = text
        .split("HTTP/1.1 200 OK\r\n")
        .skip(1)
        .map(|it| it.split("\r\n\r\n").nth(1).unwrap())
        .collect();
    let expected: Vec<_> = (0..=500).map(|length: usize| length.to_string()).collect();
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn a_body_that_is_not_as_long_as_it_says_is_no_whole_answer() {
    let running = start().await;
    let text = running.all("GET /short HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(text.contains("content-length: 10\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nabc"), "{text}");
}

#[tokio::test]
async fn older_clients_get_what_they_know() {
    let running = start().await;
    let text = running.all("GET /pieces HTTP/1.0\r\n\r\n").await;
    assert!(text.contains("connection: close\r\n") && text.ends_with("\r\n\r\nabcd"), "{text}");
    let kept = "HEAD /pieces HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    let text = running.all(&[kept, "GET /pieces HTTP/1.0\r\n\r\n"].concat()).await;
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2, "{text}");
}

#[tokio::test]
async fn a_status_that_is_no_answer_is_a_mistake_of_the_handlers() {
    let running = start().await;
    let text =
        running.all("GET /informational HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(text.starts_with("HTTP/1.1 500 ") && !text.contains("never"), "{text}");
}
