//! HTTP/2, with TLS and without it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use wirepath_http::{
    Server, Version,
    config::{HttpConfig, ServerConfig, ServerTls},
    get, post, routes,
};
use wirepath_runtime::{
    shutdown::{Drained, Shutdown},
    tls::TlsClient,
};

#[get("/version")]
async fn version(version: Version) -> String {
    format!("{version:?}")
}

#[get("/never")]
async fn never() {
    std::future::pending::<()>().await;
}

#[post("/count")]
async fn count(body: Bytes) -> String {
    body.len().to_string()
}

struct Running {
    server: std::net::SocketAddr,
    shutdown: Shutdown,
    ended: tokio::task::JoinHandle<Drained>,
}

async fn start(change: impl FnOnce(&mut ServerConfig)) -> Running {
    let mut config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    change(&mut config.servers[0]);
    let router = routes![version, never, count].with_state(Arc::new(())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(server.run(shutdown.signal()));
    Running { server: address, shutdown, ended }
}

type Sender = http2::SendRequest<Full<Bytes>>;

async fn over<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: T) -> Sender {
    let executor = TokioExecutor::new();
    let (sender, connection) = http2::handshake(executor, TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn request(method: &str, path: &str, body: &'static [u8]) -> http::Request<Full<Bytes>> {
    let uri = format!("http://x{path}");
    http::Request::builder().method(method).uri(uri).body(Full::from(body)).unwrap()
}

async fn ask(sender: &mut Sender, request: http::Request<Full<Bytes>>) -> (u16, String) {
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), String::from_utf8(text.to_vec()).unwrap())
}

#[tokio::test]
async fn by_prior_knowledge() {
    let running = start(|config| config.max_body_bytes = 8).await;
    let mut sender = over(TcpStream::connect(running.server).await.unwrap()).await;
    let ok = (200, "HTTP/2.0".to_owned());
    assert_eq!(ask(&mut sender, request("GET", "/version", b"")).await, ok);
    assert_eq!(ask(&mut sender, request("POST", "/count", b"12345678")).await.1, "8");
    assert_eq!(ask(&mut sender, request("POST", "/count", b"123456789")).await.0, 413);
    assert_eq!(ask(&mut sender, request("GET", "/nowhere", b"")).await.0, 404);
    running.shutdown.trigger();
    assert_eq!(running.ended.await.unwrap(), Drained::Clean);
}

#[tokio::test]
async fn a_stream_that_takes_too_long_is_504_and_the_others_go_on() {
    let running = start(|config| config.request_timeout_ms = 100).await;
    let mut sender = over(TcpStream::connect(running.server).await.unwrap()).await;
    let mut other = sender.clone();
    let (late, there) = tokio::join!(
        ask(&mut sender, request("GET", "/never", b"")),
        ask(&mut other, request("GET", "/version", b"")),
    );
    assert_eq!((late.0, there.0), (504, 200));
    assert_eq!(ask(&mut sender, request("GET", "/version", b"")).await.0, 200);
}

/// An authority, and what it signs.
struct Files {
    folder: tempfile::TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Files {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let files = Self { folder: tempfile::tempdir().unwrap(), authority };
        files.write("ca.pem", &files.authority.pem());
        files
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn issue(&self, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["web.test".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        let pem = self.write(&format!("{name}.pem"), &certificate.pem());
        (pem, self.write(&format!("{name}.key"), &key.serialize_pem()))
    }

    fn tls(&self, client_ca: bool) -> ServerTls {
        let (cert, key) = self.issue("server");
        let mut text = format!("cert_path: {}\nkey_path: {}", cert.display(), key.display());
        if client_ca {
            text += &format!("\nclient_ca: {}", self.folder.path().join("ca.pem").display());
        }
        let text =
            format!("servers:\n- listen: ':1'\n  tls:\n    {}", text.replace('\n', "\n    "));
        let config = HttpConfig::from_str(&text, "test", &Default::default()).unwrap();
        config.servers.into_iter().next().unwrap().tls.unwrap()
    }

    async fn connect(
        &self,
        running: &Running,
        alpn: &[&[u8]],
        identity: Option<(&PathBuf, &PathBuf)>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let ca = self.folder.path().join("ca.pem");
        let client = TlsClient::load(Some(&ca), identity).unwrap();
        let mut config = (*client.config()).clone();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(running.server).await.unwrap();
        let name = "web.test".try_into().unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

#[tokio::test]
async fn by_alpn_or_http1_without_it() {
    let files = Files::new();
    let running = start(|config| config.tls = Some(files.tls(false))).await;
    let stream = files.connect(&running, &[b"h2", b"http/1.1"], None).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (status, text) = ask(&mut over(stream).await, request("GET", "/version", b"")).await;
    assert_eq!((status, &*text), (200, "HTTP/2.0"));

    for alpn in [&[b"http/1.1".as_slice()] as &[&[u8]], &[]] {
        let stream = files.connect(&running, alpn, None).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = request("GET", "/version", b"");
        request.headers_mut().insert("host", "web.test".parse().unwrap());
        let body = sender.send_request(request).await.unwrap().into_body();
        assert_eq!(body.collect().await.unwrap().to_bytes(), "HTTP/1.1");
    }
}

#[tokio::test]
async fn a_client_needs_a_certificate_where_one_is_asked_for() {
    let files = Files::new();
    let running = start(|config| config.tls = Some(files.tls(true))).await;
    let (cert, key) = files.issue("client");
    let stream = files.connect(&running, &[b"h2"], Some((&cert, &key))).await.unwrap();
    let (status, _) = ask(&mut over(stream).await, request("GET", "/version", b"")).await;
    assert_eq!(status, 200);

    // The client's side of the handshake is done before the server's verdict; the first request shows it.
    let Ok(stream) = files.connect(&running, &[b"h2"], None).await else { return };
    let io = TokioIo::new(stream);
    let refused = async {
        let (mut sender, connection) =
            http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        sender.send_request(request("GET", "/version", b"")).await
    };
    let refused = tokio::time::timeout(Duration::from_secs(10), refused).await.unwrap();
    assert!(refused.is_err());
}
