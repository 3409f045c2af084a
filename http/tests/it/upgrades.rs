//! What follows a request for an upgrade: it is left alone once it was granted, and where it was not there is nothing.

use std::{io, net::SocketAddr, sync::Arc};

use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wirepath_http::{
    Method, Reply, Request, Response, Server, StatusCode, config::HttpConfig, get, middleware,
    middleware::Next, post, routes,
};
use wirepath_runtime::shutdown::Shutdown;

/// What looks like heads that are not well.
const ANY: &[u8] =
    b"\n\nGET / HTTP/1.1\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n+1\n";

/// Gives back what it is sent, once it is no HTTP any more.
fn echo(request: &mut Request, status: StatusCode) -> Response {
    let upgrade = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.map_err(io::Error::other)?);
        let mut octets = [0; 256];
        loop {
            let read = stream.read(&mut octets).await?;
            if read == 0 {
                return Ok::<_, io::Error>(());
            }
            stream.write_all(&octets[..read]).await?;
            stream.flush().await?;
        }
    });
    let mut response = status.reply();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert("upgrade", "echo".parse().unwrap());
    }
    response
}

#[post("/echo")]
async fn granted(mut request: Request) -> Response {
    echo(&mut request, StatusCode::SWITCHING_PROTOCOLS)
}

#[get("/plain")]
async fn plain() -> &'static str {
    "plain"
}

#[middleware]
async fn tunnel(mut request: Request, next: Next) -> Response {
    match (request.method() == Method::CONNECT, request.uri().port_u16()) {
        (true, Some(1)) => echo(&mut request, StatusCode::OK),
        (true, _) => StatusCode::FORBIDDEN.reply(),
        _ => next.run(request).await,
    }
}

async fn start() -> (SocketAddr, Shutdown) {
    let config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    let router = routes![granted, plain, tunnel].with_state(Arc::new(())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    tokio::spawn(server.run(shutdown.signal()));
    (address, shutdown)
}

/// Sends octets, and reads an answer without a body: its status.
async fn ask(stream: &mut TcpStream, octets: &str) -> u16 {
    stream.write_all(octets.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()[9..12].parse().unwrap()
}

#[tokio::test]
async fn what_was_granted_is_left_alone() {
    let (address, _shutdown) = start().await;
    for (request, status) in [
        ("POST /echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n", 101),
        ("CONNECT x:1 HTTP/1.1\r\nhost: x:1\r\n\r\n", 200),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut stream, request).await, status, "{request}");
        for piece in [ANY, &ANY[..7], ANY] {
            stream.write_all(piece).await.unwrap();
            let mut back = vec![0; piece.len()];
            stream.read_exact(&mut back).await.unwrap();
            assert_eq!(back, piece, "{request}");
        }
    }
}

#[tokio::test]
async fn behind_one_that_was_not_the_connection_ends() {
    const HEAD: &str = "HEAD /plain HTTP/1.1\r\nhost: x\r\n\r\n";
    const H2C: &str =
        "HEAD /none HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n";
    const CONNECT: &str = "CONNECT x:2 HTTP/1.1\r\nhost: x:2\r\n\r\n";

    let (address, _shutdown) = start().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut stream, HEAD).await, 200);
    // HTTP/2 can be had without asking: that changes nothing.
    assert_eq!(ask(&mut stream, H2C).await, 404);
    // Two heads at once: the answers come in their order.
    assert_eq!(ask(&mut stream, &[HEAD, CONNECT].concat()).await, 200);
    assert_eq!(ask(&mut stream, "").await, 403);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    // Who does not wait for the answer gets none.
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut stream, &[CONNECT, HEAD].concat()).await, 400);
    // 101 where nobody asked for it, or with a body that may be part of what follows, is a mistake of the handler's.
    let body = "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\ncontent-length: 3\r\n\r\nabc";
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut stream, body).await, 500);
}
