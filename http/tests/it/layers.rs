//! tower layers around all routes, and axum routers behind them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::extract::Request as AxumRequest;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};
use tower::{
    Service, ServiceBuilder,
    layer::layer_fn,
    limit::{ConcurrencyLimitLayer, RateLimitLayer},
    load_shed::LoadShedLayer,
    timeout::TimeoutLayer,
};
use tower_http::{
    compression::CompressionLayer, cors::CorsLayer, set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer as HttpTimeoutLayer, trace::TraceLayer,
};
use wirepath_http::{
    Body, ClientIp, HeaderName, HeaderValue, Refusal, Request, Response, Server, State, StatusCode,
    config::HttpConfig, get, middleware, routes, shared, testing::Client,
};
use wirepath_runtime::shutdown::Shutdown;

#[get("/")]
async fn root() -> &'static str {
    "root"
}

#[get("/long")]
async fn long() -> String {
    "long ".repeat(1_000)
}

#[get("/never")]
async fn never() {
    std::future::pending::<()>().await;
}

#[get("/panic")]
async fn panics() {
    panic!("on purpose");
}

/// Frames that come one by one, as those of SSE and of files do.
#[get("/events")]
async fn events() -> Response {
    let frames = ["data: 1\n\n", "data: 2\n\n"].map(Ok::<_, std::io::Error>);
    let stream = axum::body::Body::from_stream(futures_util::stream::iter(frames));
    Response::new(Body::boxed(stream))
}

/// Speaks another protocol from here on, which gives back what it gets, as a WebSocket does.
#[get("/upgrade")]
async fn upgrade(mut request: Request) -> Response {
    let upgrading = hyper::upgrade::on(&mut request);
    drop(tokio::spawn(async move {
        if let Ok(upgraded) = upgrading.await {
            let (mut from, mut to) = tokio::io::split(TokioIo::new(upgraded));
            let _ = tokio::io::copy(&mut from, &mut to).await;
        }
    }));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert("upgrade", HeaderValue::from_static("echo"));
    headers.insert("connection", HeaderValue::from_static("upgrade"));
    response
}

fn named(value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    let value = HeaderValue::from_static(value);
    SetResponseHeaderLayer::appending(HeaderName::from_static("x-layer"), value)
}

fn layers_of(answer: &wirepath_http::testing::Answer) -> Vec<&str> {
    answer.headers().get_all("x-layer").iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn they_stand_around_every_kind_of_answer() {
    let theirs = axum::Router::new().route("/theirs", axum::routing::get(async || "theirs"));
    let routes = routes![root, events, panics].axum(theirs).layer(named("1"));
    let client = Client::new(routes, ());
    for (path, status) in [("/", 200), ("/events", 200), ("/theirs", 200), ("/x", 404)] {
        let answer = client.get(path).send().await;
        assert_eq!((answer.status().as_u16(), layers_of(&answer)), (status, vec!["1"]), "{path}");
    }
    let answer = client.post("/").send().await;
    assert_eq!((answer.status().as_u16(), layers_of(&answer)), (405, vec!["1"]));
    assert_eq!(client.get("/panic").send().await.status(), 500);
}

#[tokio::test]
async fn what_is_upgraded_goes_on_behind_them() {
    let router = routes![upgrade].layer(named("1")).layer(CompressionLayer::new());
    let router = router.with_state(Arc::new(())).unwrap();
    let config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(server.run(shutdown.signal()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = b"GET /upgrade HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 101") && answer.contains("x-layer: 1"), "{answer}");
    stream.write_all(b"ping").await.unwrap();
    let mut echo = [0; 4];
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"ping");
    drop(stream);
    shutdown.trigger();
    ended.await.unwrap();
}

#[middleware]
async fn closed(uri: wirepath_http::Uri) -> Option<StatusCode> {
    (uri.path() == "/closed").then_some(StatusCode::UNAUTHORIZED)
}

#[tokio::test]
async fn the_last_added_is_outermost_and_all_are_outside_of_middleware() {
    let routes = routes![root, closed].layer(named("inner"));
    let routes = routes.mount("/v1", routes![long].layer(named("mounted"))).layer(named("outer"));
    let client = Client::new(routes, ());
    for (path, status) in [("/", 200), ("/closed", 401), ("/v1/long", 200)] {
        let answer = client.get(path).send().await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(layers_of(&answer), ["mounted", "inner", "outer"]);
    }
}

#[tokio::test]
async fn a_layer_is_asked_for_its_service_once() {
    let made = Arc::new(AtomicU32::new(0));
    let counting = Arc::clone(&made);
    let layer = layer_fn(move |inside: wirepath_http::router::Inside| {
        counting.fetch_add(1, SeqCst);
        inside
    });
    let client = Client::new(routes![root].layer(layer), ());
    for _ in 0..3 {
        assert_eq!(client.get("/").send().await.status(), 200);
    }
    assert_eq!(made.load(SeqCst), 1);
}

#[derive(Clone, Default)]
struct Gate {
    entered: Arc<Notify>,
    open: Arc<Notify>,
}

#[get("/gate")]
async fn gate(State(gate): State<Gate>) -> &'static str {
    gate.entered.notify_one();
    gate.open.notified().await;
    "through"
}

#[tokio::test]
async fn a_concurrency_limit_counts_all_requests() {
    let limit =
        ServiceBuilder::new().layer(LoadShedLayer::new()).layer(ConcurrencyLimitLayer::new(1));
    let held = Gate::default();
    let client = Client::new(routes![gate].layer(limit), held.clone());
    let second = async {
        held.entered.notified().await;
        let refused = client.get("/gate").send().await;
        assert_eq!((refused.status().as_u16(), refused.header("retry-after")), (503, "1"));
        held.open.notify_one();
    };
    let (first, ()) = tokio::join!(client.get("/gate").send(), second);
    assert_eq!(first.text(), "through");
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_holds_for_all_requests_and_wakes_each_of_them() {
    let limit = shared(RateLimitLayer::new(1, Duration::from_secs(1)));
    let client = Client::new(routes![root].layer(limit), ());
    let started = tokio::time::Instant::now();
    let asked = || async { client.get("/").send().await.status() };
    let all = tokio::join!(asked(), asked(), asked());
    assert_eq!(all, (StatusCode::OK, StatusCode::OK, StatusCode::OK));
    assert_eq!(started.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn time_outs_of_both_kinds() {
    let client = Client::new(routes![never].layer(TimeoutLayer::new(Duration::from_secs(1))), ());
    assert_eq!(client.get("/never").send().await.status(), 504);
    let status = StatusCode::REQUEST_TIMEOUT;
    let layer = HttpTimeoutLayer::with_status_code(status, Duration::from_secs(1));
    let client = Client::new(routes![never].layer(layer), ());
    assert_eq!(client.get("/never").send().await.status(), status);
}

#[tokio::test]
async fn trace_cors_and_compression_of_tower_http() {
    let stack = (TraceLayer::new_for_http(), CorsLayer::permissive(), CompressionLayer::new());
    let client = Client::new(routes![root, long].layer(stack), ());
    let answer = client.get("/long").header("accept-encoding", "gzip").send().await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.body().starts_with(&[0x1f, 0x8b]) && answer.body().len() < 1_000);
    assert_eq!(client.get("/none").send().await.header("access-control-allow-origin"), "*");
}

/// Fails for some paths, with errors of several kinds.
#[derive(Clone)]
struct Fails<X>(X);

impl<X: Service<Request, Response = Response, Error = std::convert::Infallible>> Service<Request>
    for Fails<X>
where
    X::Future: Send + 'static,
{
    type Response = Response;
    type Error = wirepath_http::BoxError;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Response, wirepath_http::BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let error: wirepath_http::BoxError = match request.uri().path() {
            "/refusal" => Refusal::new(StatusCode::CONFLICT, "not now").into(),
            "/other" => "of a kind that nobody knows".into(),
            _ => {
                let call = self.0.call(request);
                return Box::pin(async move { Ok(call.await?) });
            }
        };
        Box::pin(std::future::ready(Err(error)))
    }
}

#[tokio::test]
async fn what_layers_fail_with_is_answered() {
    let client = Client::new(routes![root].layer(layer_fn(Fails)), ());
    for (path, status) in [("/", 200), ("/refusal", 409), ("/other", 500)] {
        let answer = client.get(path).send().await;
        assert_eq!(answer.status(), status, "{path}");
        // What an error says of the server stays here.
        assert!(!answer.text().contains("nobody knows"));
    }
}

#[get("/who")]
async fn who(ClientIp(client): ClientIp) -> String {
    client.to_string()
}

#[tokio::test]
async fn what_is_known_of_the_connection_passes_through() {
    let theirs = async |axum::extract::ConnectInfo(peer): axum::extract::ConnectInfo<
        std::net::SocketAddr,
    >| peer.ip().to_string();
    let theirs = axum::Router::new().route("/theirs", axum::routing::get(theirs));
    let client = Client::new(routes![who].axum(theirs).layer(named("1")), ());
    let client = client.from_peer("192.0.2.1:1".parse().unwrap());
    for path in ["/who", "/theirs"] {
        assert_eq!(client.get(path).send().await.text(), "192.0.2.1", "{path}");
    }
}

#[tokio::test]
async fn axum_routers_are_mounted_and_merged() {
    let one = |path: &str| {
        let handler = async |request: AxumRequest| request.uri().path().to_owned();
        axum::Router::new().route(path, axum::routing::get(handler))
    };
    let routes = routes![root].axum(one("/a")).axum(one("/b"));
    let client = Client::new(routes.mount("/v1", routes![long].axum(one("/c"))), ());
    for (path, text) in [("/", "root"), ("/a", "/a"), ("/b", "/b"), ("/v1/c", "/c")] {
        assert_eq!(client.get(path).send().await.text(), text);
    }
    assert_eq!(client.get("/c").send().await.status(), 404);
    assert_eq!(client.post("/").send().await.status(), 405);
}
