//! What hyper makes of octets, and what we make of them, however they are cut: requests that are well are the same, and one
//! that is not is the last.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Semaphore,
    time::Instant,
};
use wirepath_runtime::shutdown::Shutdown;

use super::{
    super::connection::{Plan, Session},
    Wire,
};
use crate::{Arrived, Connected, Leaving, Reply, Serve, config::ServerConfig};

/// A client that has said all, in pieces, and what it is answered.
struct Pieces {
    pieces: std::vec::IntoIter<Vec<u8>>,
    answers: Arc<Mutex<Vec<u8>>>,
    /// How often it is still waited for: hyper ends what a client is gone from.
    patience: u32,
}

impl Pieces {
    fn new(octets: &[u8], cuts: &[usize]) -> Self {
        Self { pieces: cut(octets, cuts).into_iter(), answers: Arc::default(), patience: 100 }
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match (self.pieces.next(), self.patience.checked_sub(1)) {
            (Some(piece), _) => buffer.put_slice(&piece),
            (None, None) => {}
            (None, Some(patience)) => {
                self.patience = patience;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.answers.lock().unwrap().extend_from_slice(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A request as a handler sees it: its head, and its body with the trailers if that came to its end.
type Seen = (String, Option<(Vec<u8>, String)>);

/// What a server makes of octets in pieces: the requests, and the statuses of all answers.
fn served(octets: &[u8], cuts: &[usize], by: fn(Pieces, Handler)) -> (Vec<Seen>, Vec<String>) {
    let (seen, client) = (Handler::default(), Pieces::new(octets, cuts));
    let answers = Arc::clone(&client.answers);
    by(client, seen.clone());
    let answers = String::from_utf8(answers.lock().unwrap().clone()).unwrap();
    let statuses = answers.split("HTTP/1.1 ").skip(1).map(|it| it[..3].to_owned()).collect();
    (seen.0.lock().unwrap().clone(), statuses)
}

/// Reads each request whole.
#[derive(Clone, Default)]
struct Handler(Arc<Mutex<Vec<Seen>>>);

impl Serve for Handler {
    fn serve(
        &self,
        arrived: &mut Arrived,
        _: &Connected,
    ) -> impl Future<Output = Leaving> + Send + use<> {
        let (handler, request) = (self.clone(), arrived.take());
        async move { handler.handle(request).await.leave() }
    }
}

impl Handler {
    async fn handle<B>(self, request: http::Request<B>) -> StatusCode
    where
        B: http_body::Body<Error: std::fmt::Debug> + Unpin,
    {
        let (head, body) = request.into_parts();
        let line = format!("{} {} {:?}", head.method, head.uri, head.headers);
        let whole = body.collect().await.ok().map(|body| {
            let trailers = format!("{:?}", body.trailers());
            (body.to_bytes().to_vec(), trailers)
        });
        let status = if whole.is_some() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        self.0.lock().unwrap().push((line, whole));
        status
    }
}

fn to_the_end(future: impl Future) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    // That a server tells an error is what some of this is about.
    runtime.block_on(async {
        let _ = future.await;
    });
}

fn by_hyper(client: Pieces, handler: Handler) {
    let service = service_fn(|request| {
        let handler = handler.clone();
        async move {
            let answer = http::Response::builder().status(handler.handle(request).await);
            answer.body(Full::<Bytes>::default())
        }
    });
    to_the_end(http1::Builder::new().serve_connection(TokioIo::new(client), service));
}

fn by_us(client: Pieces, handler: Handler) {
    let config = ServerConfig::on("127.0.0.1:0".parse().unwrap());
    to_the_end(async {
        let (plan, tasks) = (Arc::new(Plan::new(&config, None, None)), Shutdown::new());
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let session =
            Session::new(Connected::default(), plan, &tasks, place, Instant::now(), false);
        let session = Arc::new(session);
        let mut wire = Wire::new(client, Bytes::new(), Arc::clone(&session));
        wire.run(&handler, &session).await.map(drop)
    });
}

fn cut(octets: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let (mut rest, mut pieces) = (octets, Vec::new());
    for length in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, more) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece.to_vec());
        rest = more;
    }
    pieces
}

/// The lines of a head, and what comes behind them.
#[derive(Debug, Clone)]
struct Sent {
    head: Vec<String>,
    /// Lines that are part of the framing, and what stands between them.
    body: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Line(String),
    Data(Vec<u8>),
}

impl Sent {
    fn octets(&self) -> Vec<u8> {
        let mut octets = self.head.join("\r\n").into_bytes();
        octets.extend_from_slice(b"\r\n\r\n");
        for part in &self.body {
            match part {
                Part::Line(line) => octets.extend_from_slice(format!("{line}\r\n").as_bytes()),
                Part::Data(data) => octets.extend_from_slice(data),
            }
        }
        octets
    }
}

/// What every request has.
const HOST: &str = "host: x";

fn field() -> impl Strategy<Value = String> {
    let name = select(vec![
        "hosts",
        "c",
        "Content-Lengths",
        "content-length-",
        "x-content-length",
        "Transfer-Encodings",
        "t",
        "Upgrade-Insecure-Requests",
        "up",
        "user-agent",
    ]);
    let value =
        select(vec!["", " ", "x", "\tcontent-length: 1", "transfer-encoding: chunked ", "é"]);
    (name, value, 0..40_usize)
        .prop_map(|(name, value, more)| format!("{name}:{value}{}", "v".repeat(more)))
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    let word = select(vec![
        "\n",
        "\r\n",
        "\r\n\r\n",
        "GET / HTTP/1.1\r\n",
        "0",
        "content-length: 7",
        "\0",
    ]);
    vec(word, 0..8).prop_map(|words| words.concat().into_bytes())
}

/// A name in capitals or not, spaces, and zeros in front of a number.
fn spelled(name: &str, is_loud: bool, spaces: usize, zeros: usize, value: &str) -> String {
    let name = if is_loud { name.to_ascii_uppercase() } else { name.to_owned() };
    let spaces = " ".repeat(spaces);
    format!("{name}:{spaces}{}{value}{spaces}", "0".repeat(zeros))
}

fn sized() -> impl Strategy<Value = (String, Vec<Part>)> {
    (data(), any::<bool>(), 0..70_usize, 0..70_usize).prop_map(|(data, is_loud, spaces, zeros)| {
        let length = data.len().to_string();
        (spelled("Content-Length", is_loud, spaces, zeros, &length), vec![Part::Data(data)])
    })
}

fn chunked() -> impl Strategy<Value = (String, Vec<Part>)> {
    let extension = select(vec!["", ";a=b", ";a=\"0\"", " ", "\t;x"]);
    let chunk =
        (data().prop_filter("that is the last", |it| !it.is_empty()), extension, 0..70_usize);
    let trailers = vec(select(vec!["x: y", "Content-Length: 5", "t:"]), 0..3);
    (vec(chunk, 0..4), trailers, any::<bool>()).prop_map(|(chunks, trailers, is_loud)| {
        let mut parts = Vec::new();
        for (data, extension, zeros) in chunks {
            parts.push(Part::Line(format!("{}{:X}{extension}", "0".repeat(zeros), data.len())));
            parts.push(Part::Data([&data, &b"\r\n"[..]].concat()));
        }
        parts.push(Part::Line("0".to_owned()));
        parts.extend(trailers.into_iter().map(|line| Part::Line(line.to_owned())));
        parts.push(Part::Line(String::new()));
        (spelled("Transfer-Encoding", is_loud, 1, 0, "chunked"), parts)
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    let body = prop_oneof![Just(None), sized().prop_map(Some), chunked().prop_map(Some),];
    let line = (select(vec!["GET", "POST", "HEAD", "CONNECTED"]), 0..1_000_u32);
    (line, vec(field(), 0..4), vec(field(), 0..4), body).prop_map(
        |((method, target), before, after, body)| {
            let (framing, body) =
                body.map_or((None, Vec::new()), |(line, body)| (Some(line), body));
            let head = [format!("{method} /{target} HTTP/1.1"), HOST.to_owned()].into_iter();
            Sent { head: head.chain(before).chain(framing).chain(after).collect(), body }
        },
    )
}

/// A request that must not be, and what it is answered. In its body or not.
fn defect() -> impl Strategy<Value = Vec<u8>> {
    let bare = (sent(), any::<prop::sample::Index>()).prop_map(|(mut sent, at)| {
        // The last of these lines is the empty one.
        sent.head.push(String::new());
        let at = at.index(sent.head.len());
        let mut octets = Vec::new();
        for (line, text) in sent.head.iter().enumerate() {
            octets.extend_from_slice(text.as_bytes());
            octets.extend_from_slice(if line == at { b"\n" } else { b"\r\n" });
        }
        octets
    });
    let both =
        (sized(), chunked(), any::<bool>(), field()).prop_map(|(one, other, is_first, field)| {
            let (one, (other, body)) = (one.0, other);
            let (one, other) = if is_first { (one, other) } else { (other, one) };
            let head = vec!["POST / HTTP/1.1".to_owned(), one, field, other, HOST.to_owned()];
            Sent { head, body }.octets()
        });
    let in_body =
        (chunked(), select(vec!["+1\r\n", "1\n", "0\r\nx:\n\r\n", "0\r\n\n", "\r\n", "0;\n"]))
            .prop_map(|((line, mut parts), bad)| {
                let end = parts.iter().position(|part| matches!(part, Part::Line(it) if it == "0"));
                parts.truncate(end.unwrap());
                parts.push(Part::Data(bad.as_bytes().to_vec()));
                let head = vec!["POST / HTTP/1.1".to_owned(), HOST.to_owned(), line];
                Sent { head, body: parts }.octets()
            });
    prop_oneof![bare, both, in_body]
}

proptest! {
    #[test]
    fn requests_that_are_well_are_what_they_were(
        sent in vec(sent(), 1..6),
        cuts in vec(1..90_usize, 1..8),
    ) {
        let octets: Vec<u8> = sent.iter().flat_map(Sent::octets).collect();
        let with = served(&octets, &cuts, by_us);
        prop_assert_eq!(with.0.len(), sent.len());
        prop_assert!(with.0.iter().all(|(_, body)| body.is_some()));
        prop_assert_eq!(with, served(&octets, &[octets.len()], by_hyper));
    }

    #[test]
    fn one_that_must_not_be_is_the_last(
        sent in vec(sent(), 0..4),
        defect in defect(),
        cuts in vec(1..90_usize, 1..8),
    ) {
        let mut octets: Vec<u8> = sent.iter().flat_map(Sent::octets).collect();
        octets.extend_from_slice(&defect);
        octets.extend_from_slice(b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n");
        let (seen, statuses) = served(&octets, &cuts, by_us);
        let (well, bad): (Vec<_>, Vec<_>) = seen.iter().partition(|(_, body)| body.is_some());
        prop_assert_eq!(well.len(), sent.len());
        prop_assert!(bad.len() <= 1, "{:?}", bad);
        prop_assert!(seen.iter().all(|(head, _)| !head.contains("smuggled")));
        prop_assert_eq!(statuses.len(), sent.len() + 1);
        prop_assert_eq!(statuses.last().map(String::as_str), Some("400"));
    }
}
