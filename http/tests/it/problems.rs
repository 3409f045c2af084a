//! Problems are in the words that the client takes, whoever tells them: JSON (RFC 9457), or text where it asks for text.

use std::{future::pending, sync::Arc};

use bytes::Bytes;
use futures_util::poll;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tower::{Service, ServiceBuilder, limit::ConcurrencyLimitLayer, load_shed::LoadShedLayer};
use wirepath_http::{
    Json, Refusal, Router, Server, StatusCode, Uri, config::HttpConfig, get, handler::Dispatch,
    middleware, post, routes, testing::Client,
};
use wirepath_runtime::shutdown::Shutdown;

#[get("/refused")]
async fn refused() -> Result<(), Refusal> {
    tokio::task::yield_now().await;
    Err(Refusal::new(StatusCode::CONFLICT, "it is taken"))
}

#[get("/nothing")]
async fn nothing() -> Option<&'static str> {
    None
}

/// axum makes the response of it.
#[get("/foreign")]
async fn foreign() -> axum::response::Result<&'static str> {
    Err(Refusal::new(StatusCode::BAD_GATEWAY, "it is far").into())
}

#[get("/panics")]
async fn panics() {
    panic!("on purpose");
}

#[get("/slow", timeout_ms = 20)]
async fn slow() {
    pending::<()>().await;
}

#[get("/rows", produces = "text/csv")]
async fn rows() -> &'static str {
    "1"
}

#[post("/take", max_body_bytes = 8)]
async fn take(Json(number): Json<u8>) -> String {
    number.to_string()
}

/// No final answer.
#[get("/early")]
async fn early() -> StatusCode {
    StatusCode::PROCESSING
}

#[middleware]
async fn guard(uri: Uri) -> Result<(), Refusal> {
    match uri.path() {
        "/guarded" => Err(Refusal::new(StatusCode::FORBIDDEN, "it is not for you")),
        _ => Ok(()),
    }
}

/// One path a status, and how its body begins as text.
const PROBLEMS: [(&str, &str, &str); 11] = [
    ("GET", "/refused", "409 Conflict\nit is taken\n"),
    ("GET", "/nothing", "404 Not Found\n"),
    ("GET", "/nowhere", "404 Not Found\n"),
    ("GET", "/foreign", "502 Bad Gateway\nit is far\n"),
    ("GET", "/guarded", "403 Forbidden\nit is not for you\n"),
    ("GET", "/panics", "500 Internal Server Error\n"),
    ("GET", "/slow", "504 Gateway Timeout\n"),
    ("GET", "/take", "405 Method Not Allowed\n"),
    ("POST", "/take", "415 Unsupported Media Type\n"),
    ("POST", "/take?long", "413 Payload Too Large\n"),
    ("POST", "/take?bad", "422 Unprocessable Entity\nbody: "),
];

const JSON: &str = "application/problem+json";
const TEXT: &str = "text/plain; charset=utf-8";

fn router() -> Router<(), impl Dispatch<()>> {
    let routes = routes![refused, nothing, foreign, panics, slow, rows, take, early, guard];
    routes.with_state(Arc::new(())).unwrap()
}

fn request(method: &str, path: &str, accept: &[&str]) -> http::Request<Full<Bytes>> {
    let (content_type, body) = match path {
        "/take?long" => ("application/json", "         1"),
        "/take?bad" => ("application/json", "\"a\""),
        "/take" if method == "POST" => ("text/csv", "1"),
        _ => ("", ""),
    };
    let uri = format!("http://x{path}");
    let mut request = http::Request::builder().method(method).uri(uri).header("host", "x");
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    for line in accept {
        request = request.header("accept", *line);
    }
    request.body(Full::from(body)).unwrap()
}

/// Whoever answers: each problem is in the words that are asked for, and the next one as well.
async fn told<R, B>(mut ask: R)
where
    R: AsyncFnMut(http::Request<Full<Bytes>>) -> http::Response<B>,
    B: http_body::Body<Error: std::fmt::Debug>,
{
    for (method, path, text) in PROBLEMS {
        let forms: [(&[&str], &str); 5] = [
            (&[], JSON),
            (&["text/plain"], TEXT),
            (&["text/html, */*;q=0.1"], JSON),
            (&["application/json;q=0.1", "text/*"], TEXT),
            (&["*/*"], JSON),
        ];
        for (accept, form) in forms {
            let answer = ask(request(method, path, accept)).await;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let body = std::str::from_utf8(&body).unwrap();
            let told = format!("{method} {path} {accept:?}: {head:?} {body}");
            assert_eq!(head.headers["content-type"], form, "{told}");
            assert_eq!(head.headers["vary"], "accept", "{told}");
            assert_eq!(text[..3], *head.status.as_str(), "{told}");
            if form == TEXT {
                assert!(body.starts_with(text), "{told}");
            } else {
                let problem: serde_json::Value = serde_json::from_str(body).unwrap();
                assert_eq!(problem["status"], head.status.as_u16(), "{told}");
            }
        }
    }
    for (accept, form) in [("application/json", JSON), ("text/plain", TEXT)] {
        let answer = ask(request("GET", "/rows", &[accept])).await;
        assert_eq!(answer.status(), 406);
        assert_eq!(answer.headers()["content-type"], form);
    }
}

#[tokio::test]
async fn from_a_listener_by_both_versions() {
    let config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    let server = Server::bind(&config, router()).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(server.run(shutdown.signal()));

    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    told(async |request| sender.send_request(request).await.unwrap()).await;

    let connect = async || {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let (sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        sender
    };
    let mut sender = connect().await;
    let mut ask = async |mut request: http::Request<Full<Bytes>>| {
        let target = request.uri().path_and_query().unwrap().as_str();
        *request.uri_mut() = target.parse().unwrap();
        // Which answers end their connection is no matter here.
        if sender.ready().await.is_err() {
            sender = connect().await;
        }
        sender.send_request(request).await.unwrap()
    };
    told(&mut ask).await;
    // A status that is none: the driver's own problem.
    for (accept, form) in [("*/*", JSON), ("text/plain", TEXT)] {
        let answer = ask(request("GET", "/early", &[accept])).await;
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()["content-type"], form);
    }

    shutdown.trigger();
    ended.await.unwrap();
}

#[tokio::test]
async fn in_axum() {
    let mut axum = router().into_axum();
    told(async |request| axum.call(request.map(axum::body::Body::new)).await.unwrap()).await;
}

#[tokio::test]
async fn without_a_socket_and_from_layers() {
    let limit =
        ServiceBuilder::new().layer(LoadShedLayer::new()).layer(ConcurrencyLimitLayer::new(1));
    let client = Client::new(routes![slow, refused].layer(limit), ());
    let ask = |path: &'static str| client.get(path).header("accept", "text/plain").send();
    let mut first = Box::pin(ask("/slow"));
    assert!(poll!(&mut first).is_pending());
    let shed = ask("/refused").await;
    assert_eq!((shed.status().as_u16(), shed.header("content-type")), (503, TEXT));
    assert!(shed.text().starts_with("503 Service Unavailable\n"), "{}", shed.text());
    let late = first.await;
    assert_eq!((late.status().as_u16(), late.header("content-type")), (504, TEXT));
    let refused = ask("/refused").await;
    assert_eq!(refused.text(), "409 Conflict\nit is taken\n");
}
