//! Clients by name, over sockets.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wirepath_http::{
    Body, HeaderMap, HeaderValue, Http, Json, Server, Version,
    client::ClientError,
    config::{ClientConfig, HttpConfig, ServerTls, Verify},
    get, post, put, routes,
};
use wirepath_runtime::{
    secret::Secret,
    shutdown::{Drained, Shutdown},
};
use wirepath_test_support::Files;

#[get("/version")]
async fn version(version: Version) -> String {
    format!("{version:?}")
}

#[get("/headers")]
async fn headers(headers: HeaderMap) -> Json<BTreeMap<String, String>> {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    Json(headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect())
}

#[post("/echo")]
async fn echo(body: Body) -> Body {
    body
}

#[put("/length")]
async fn length(body: Bytes) -> String {
    body.len().to_string()
}

/// An upstream on a socket, until it is dropped.
struct Served {
    base: String,
    shutdown: Shutdown,
    running: tokio::task::JoinHandle<Drained>,
}

impl Served {
    async fn start(change: impl FnOnce(&mut HttpConfig)) -> Self {
        let mut config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
        change(&mut config);
        let scheme = if config.servers[0].tls.is_some() { "https" } else { "http" };
        let router = routes![version, headers, echo, length].with_state(Arc::new(())).unwrap();
        let server = Server::bind(&config, router).await.unwrap();
        let port = server.local_addrs()[0].port();
        let shutdown = Shutdown::new();
        let running = tokio::spawn(server.run(shutdown.signal()));
        Self { base: format!("{scheme}://localhost:{port}"), shutdown, running }
    }

    fn config(&self) -> ClientConfig {
        ClientConfig::new(self.base.parse().unwrap())
    }

    async fn end(self) {
        self.shutdown.trigger();
        assert_eq!(self.running.await.unwrap(), Drained::Clean);
    }
}

fn http(config: ClientConfig) -> Http {
    Http::new(&BTreeMap::from([("api".to_owned(), config)])).unwrap()
}

async fn version_by(config: ClientConfig) -> Result<String, ClientError> {
    http(config).client("api").get("/version").send().await?.error_for_status()?.text().await
}

#[tokio::test]
async fn plain_and_h2c() {
    let served = Served::start(|_| {}).await;
    assert_eq!(version_by(served.config()).await.unwrap(), "HTTP/1.1");
    let mut config = served.config();
    config.http2_prior_knowledge = true;
    assert_eq!(version_by(config.clone()).await.unwrap(), "HTTP/2.0");
    // What is passed on goes by another connection.
    let answer = http(config).client("api").get("/version").send().await.unwrap();
    assert_eq!(answer.into_response().version(), Version::HTTP_11);
    served.end().await;
}

fn server_tls(files: &Files, client_ca: bool) -> ServerTls {
    let (cert, key) = files.issue("server", "localhost");
    let ca = if client_ca { Some(files.path("ca.pem")) } else { None };
    let text = serde_json::json!({"cert_path": cert, "key_path": key, "client_ca": ca});
    serde_json::from_value(text).unwrap()
}

#[tokio::test]
async fn tls_with_an_authority_of_ones_own_and_h2_by_alpn() {
    let files = Files::new();
    let tls = server_tls(&files, false);
    let served = Served::start(|config| config.servers[0].tls = Some(tls)).await;
    let mut config = served.config();
    config.ca = Some(files.path("ca.pem"));
    assert_eq!(version_by(config.clone()).await.unwrap(), "HTTP/2.0");

    let mut other_name = config.clone();
    other_name.base_url = served.base.replace("localhost", "127.0.0.1").parse().unwrap();
    let error = version_by(other_name).await.unwrap_err().to_string();
    assert!(error.contains("write the name that its certificate is for"), "{error}");

    config.ca = Some(Files::new().path("ca.pem"));
    let error = Http::new(&BTreeMap::from([("api".to_owned(), config.clone())])).unwrap_err();
    assert!(error.to_string().starts_with("clients.api: cannot read `"), "{error}");

    let strangers = Files::new();
    config.ca = Some(strangers.path("ca.pem"));
    let error = version_by(config.clone()).await.unwrap_err();
    assert!(matches!(error, ClientError::Connect { .. }));
    assert!(error.to_string().contains("the client's `ca`"), "{error}");

    config.ca = None;
    config.verify = Verify::No;
    assert_eq!(version_by(config).await.unwrap(), "HTTP/2.0");
    served.end().await;
}

#[tokio::test]
async fn mutual_tls() {
    let files = Files::new();
    let tls = server_tls(&files, true);
    let served = Served::start(|config| config.servers[0].tls = Some(tls)).await;
    let mut config = served.config();
    config.verify = Verify::By(files.path("ca.pem"));
    config.retries = 0;
    assert!(version_by(config.clone()).await.is_err());
    let (cert, key) = files.issue("client", "us");
    (config.cert, config.key) = (Some(cert), Some(key));
    assert_eq!(version_by(config).await.unwrap(), "HTTP/2.0");
    served.end().await;
}

#[tokio::test]
async fn bodies_are_streamed_both_ways() {
    let served = Served::start(|config| config.servers[0].max_body_bytes = 1 << 24).await;
    let http = http(served.config());
    let (send, receive) = channel();
    let body = Body::boxed(StreamBody::new(receive.map(Ok::<_, std::convert::Infallible>)));
    let answer = http.client("api").post("/echo").body(body).send().await.unwrap();
    let mut back = answer.into_body();
    for piece in ["one", "two"] {
        // The second is sent when the first has come back.
        send.send(Frame::data(Bytes::from_static(piece.as_bytes()))).unwrap();
        assert_eq!(back.frame().await.unwrap().unwrap().into_data().unwrap(), piece);
    }
    drop(send);
    assert!(back.frame().await.is_none());
    served.end().await;
}

type Frames = Frame<Bytes>;

/// A stream without a bound, for a test that sends twice.
fn channel()
-> (tokio::sync::mpsc::UnboundedSender<Frames>, impl futures_util::Stream<Item = Frames> + Send) {
    let (send, receive) = tokio::sync::mpsc::unbounded_channel();
    let stream = futures_util::stream::unfold(receive, async |mut receive| {
        let frame = tokio::sync::mpsc::UnboundedReceiver::recv(&mut receive).await?;
        Some((frame, receive))
    });
    (send, stream)
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&connections);
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counting.fetch_add(1, Relaxed);
            tokio::spawn(async move {
                let mut octets = [0; 4096];
                while let Ok(1..) = stream.read(&mut octets).await {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
                        .await
                        .unwrap();
                }
            });
        }
    });
    let http = http(ClientConfig::new(base.parse().unwrap()));
    for _ in 0..5 {
        // Two handles on it are one pool.
        let answer = http.clone().client("api").get("/").send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "hi");
    }
    assert_eq!(connections.load(Relaxed), 1);
    serving.abort();
}

/// A client whose requests outlive the thread that made the connection: each runs in a runtime of its own.
#[test]
fn connections_outlive_the_thread_that_asked_for_them() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let home = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (served, http) = home.block_on(async {
        let served = Served::start(|_| {}).await;
        let http = http(served.config());
        (served, http)
    });
    for _ in 0..3 {
        let answer = runtime().block_on(async {
            http.client("api").post("/echo").body("x").send().await.unwrap().text().await.unwrap()
        });
        assert_eq!(answer, "x");
    }
    home.block_on(served.end());
}

#[tokio::test]
async fn a_limit_for_bodies_that_are_read_whole() {
    let served = Served::start(|_| {}).await;
    let mut config = served.config();
    config.max_body_bytes = 10;
    let http = http(config);
    let echo = |length| http.client("api").post("/echo").body(vec![b'x'; length]).send();
    assert_eq!(echo(10).await.unwrap().bytes().await.unwrap().len(), 10);
    let error = echo(11).await.unwrap().bytes().await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { limit: 10, .. }), "{error}");
    let streamed = echo(11).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(streamed.to_bytes().len(), 11);
    served.end().await;
}

#[tokio::test]
async fn headers_of_the_client_and_of_the_request() {
    let served = Served::start(|_| {}).await;
    let mut config = served.config();
    config.headers.insert("authorization".to_owned(), Secret::from("Bearer s3cret"));
    config.headers.insert("x-from".to_owned(), Secret::from("config"));
    let http = http(config);
    let request = http.client("api").get("/headers").header("x-from", "request");
    assert!(!format!("{request:?} {http:?}").contains("s3cret"));
    let seen: BTreeMap<String, String> = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((&*seen["authorization"], &*seen["x-from"]), ("Bearer s3cret", "request"));
    assert!(seen["traceparent"].starts_with("00-") && seen["traceparent"].ends_with("-00"));

    let request = http.client("api").get("/headers").bearer(&Secret::from("other"));
    let seen: BTreeMap<String, String> = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(seen["authorization"], "Bearer other");

    let error = http.client("api").get("/").header("x\r\ny", "z").send().await.unwrap_err();
    assert!(matches!(error, ClientError::Request { .. }), "{error}");
    served.end().await;
}

#[tokio::test]
async fn nobody_at_the_other_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut config = ClientConfig::new(base.parse().unwrap());
    config.retries = 1;
    let error = http(config).client("api").post("/").send().await.unwrap_err();
    assert!(matches!(error, ClientError::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains(&base) && error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_body_that_stops_ends_with_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config =
        ClientConfig::new(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
    config.timeout_ms = 60_000;
    let http = http(config);
    let (answer, stream) = tokio::join!(http.client("api").get("/").send(), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await.unwrap();
        stream
    });
    let mut body = answer.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "half");
    tokio::time::pause();
    let error = body.frame().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("after 60000 ms"), "{error}");
    drop(stream);
}

#[tokio::test]
async fn a_server_gives_its_handlers_the_clients_of_its_configuration() {
    let upstream = Served::start(|_| {}).await;
    let mut config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    config.clients.insert("api".to_owned(), upstream.config());
    let router = routes![through_socket].with_state(Arc::new(())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let base = format!("http://{}", server.local_addrs()[0]);
    let shutdown = Shutdown::new();
    let running = tokio::spawn(server.run(shutdown.signal()));
    for _ in 0..3 {
        let own = http(ClientConfig::new(base.parse().unwrap()));
        let answer = own.client("api").get("/through").send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "HTTP/1.1");
    }
    shutdown.trigger();
    assert_eq!(running.await.unwrap(), Drained::Clean);
    upstream.end().await;
}

#[get("/through")]
async fn through_socket(http: Http) -> Result<String, ClientError> {
    http.client("api").get("/version").send().await?.text().await
}
