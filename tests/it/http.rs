//! HTTP in an application, alone and beside SMPP.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wirepath::{
    App, Error, State, handlers,
    http::{config::HttpConfig, get, middleware, on_shutdown, on_startup, routes},
    shutdown::{Drained, Shutdown},
    smpp::{Bind, Client, Smpp, config::SmppConfig, on_bind},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn push(&self, line: &'static str) {
        self.0.lock().unwrap().push(line);
    }
}

#[on_startup]
async fn open(State(log): State<Log>) {
    log.push("open");
}

#[on_startup]
async fn fail() -> Result<(), io::Error> {
    Err(io::Error::other("no database"))
}

#[on_shutdown]
async fn close(State(log): State<Log>) {
    log.push("close");
}

#[middleware]
async fn seen(State(log): State<Log>) -> Option<String> {
    log.push("seen");
    None
}

#[get("/hello")]
async fn hello() -> &'static str {
    "hello"
}

#[on_bind]
async fn welcome(_bind: Bind) -> bool {
    true
}

fn on_a_free_port() -> HttpConfig {
    HttpConfig::on("127.0.0.1:0".parse().unwrap())
}

async fn ask(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn hooks_run_around_all_requests() {
    let log = Log::default();
    let app = App::new().state(log.clone()).http_config(on_a_free_port());
    let running = app.http(routes![open, close, seen]).mount("/v1", routes![hello]);
    let running = running.bind().await.unwrap();
    let address = running.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(running.run_until(shutdown.signal()));
    assert!(ask(address, "/v1/hello").await.ends_with("hello"));
    assert!(ask(address, "/hello").await.starts_with("HTTP/1.1 404 "));
    shutdown.trigger();
    assert_eq!(ended.await.unwrap(), Drained::Clean);
    assert_eq!(*log.0.lock().unwrap(), ["open", "seen", "seen", "close"]);
}

#[tokio::test]
async fn a_hook_that_fails_stops_the_start() {
    let app = App::new().http_config(on_a_free_port()).http(routes![fail, hello]);
    let error = app.bind().await.unwrap_err();
    assert!(matches!(error, Error::Startup { name: "fail", .. }));
    assert_eq!(error.to_string(), "`fail`, which runs at the start, failed: no database");
}

#[tokio::test]
async fn both_protocols_have_one_state_and_one_shutdown() {
    let mut config = SmppConfig::default();
    config.server.bind_address = "127.0.0.1".to_owned();
    config.server.port = 0;
    let app = App::from_config(config).http_config(on_a_free_port()).state(Log::default());
    let running = app.smpp(handlers![welcome]).http(routes![hello, seen]).bind().await.unwrap();
    let (smpp, http) = (running.smpp.local_addr(), running.http.local_addrs()[0]);
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(running.run_until(shutdown.signal()));
    assert!(ask(http, "/hello").await.ends_with("hello"));
    drop(TcpStream::connect(smpp).await.unwrap());
    shutdown.trigger();
    assert_eq!(ended.await.unwrap(), Drained::Clean);
    assert!(TcpStream::connect(smpp).await.is_err() && TcpStream::connect(http).await.is_err());
}

#[get("/esmes/{system_id}")]
async fn is_bound(system_id: String, State(smpp): State<Smpp>) -> String {
    smpp.esme(&system_id).is_some().to_string()
}

#[tokio::test]
async fn routes_reach_the_sessions() {
    let mut config = SmppConfig::default();
    (config.server.bind_address, config.server.port) = ("127.0.0.1".to_owned(), 0);
    let app = App::from_config(config).http_config(on_a_free_port());
    let sessions = app.sessions();
    let app = app.state(sessions).smpp(handlers![welcome]).http(routes![is_bound]);
    let running = app.bind().await.unwrap();
    let (smpp, http) = (running.smpp.local_addr(), running.http.local_addrs()[0]);
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(running.run_until(shutdown.signal()));
    assert!(ask(http, "/esmes/shop").await.ends_with("false"));
    let client = Client::new(smpp.to_string(), "shop", "");
    let (session, _inbox) = client.connect().await.unwrap();
    assert!(ask(http, "/esmes/shop").await.ends_with("true"));
    session.unbind().await;
    shutdown.trigger();
    assert_eq!(ended.await.unwrap(), Drained::Clean);
}

#[tokio::test]
async fn a_file_has_a_section_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.yaml");
    std::fs::write(&path, "http: {servers: [{listen: 127.0.0.1:0}], threads: shared}\n").unwrap();
    let app = App::from_file(&path).unwrap().http(routes![hello]);
    let running = app.bind().await.unwrap();
    assert!(running.local_addrs()[0].ip().is_loopback());
    std::fs::write(&path, "http: {servers: [{lisen: 127.0.0.1:0}]}\n").unwrap();
    let error = App::from_file(&path).unwrap_err().to_string();
    assert!(error.contains("did you mean `listen`?"), "{error}");
}

#[tokio::test]
async fn an_axum_router_is_served_as_it_is() {
    let theirs = axum::Router::new().route("/theirs", axum::routing::get(async || "theirs"));
    let log = Log::default();
    let app = App::new().state(log.clone()).http_config(on_a_free_port());
    let app = app.http(theirs).mount("/v1", routes![hello, seen]);
    let running = app.bind().await.unwrap();
    let address = running.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(running.run_until(shutdown.signal()));
    assert!(ask(address, "/theirs").await.ends_with("\r\n\r\ntheirs"));
    assert!(ask(address, "/v1/hello").await.ends_with("\r\n\r\nhello"));
    shutdown.trigger();
    assert_eq!(ended.await.unwrap(), Drained::Clean);
    assert_eq!(*log.0.lock().unwrap(), ["seen", "seen"]);
}

#[cfg(feature = "openapi")]
#[tokio::test]
async fn the_document_says_what_stands_around_the_routes() {
    use wirepath::http::{
        config::{Around, Auth},
        openapi::OpenApi,
    };

    let auth = Auth::new().api_key("shop", "0123456789abcdef", &[]).open(["/openapi.json"]);
    let app = App::new().http_config(on_a_free_port()).around(Around::new().auth(auth));
    let routes = routes![].openapi("/openapi.json", OpenApi::new("Shop", "1"));
    let running = app.http(routes).mount("/v1", routes![hello]).bind().await.unwrap();
    let address = running.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(running.run_until(shutdown.signal()));
    let text = ask(address, "/openapi.json").await;
    assert!(text.contains(r#""/v1/hello":{"get":"#), "{text}");
    assert!(text.contains(r#""security":[{"apiKey":[]}]"#), "{text}");
    assert!(!text.contains("0123456789abcdef"));
    assert!(ask(address, "/v1/hello").await.starts_with("HTTP/1.1 401 "));
    shutdown.trigger();
    ended.await.unwrap();
}
