//! What stands around all requests of a listener.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wirepath_http::{
    Body, RequestId, Response, Server, StatusCode,
    config::{Around, Compression, Cors, HttpConfig},
    get, middleware, post, routes,
    testing::{Answer, Client},
};
use wirepath_runtime::shutdown::Shutdown;
use wirepath_test_support::{Book, Log};

#[get("/orders/{id}")]
async fn order(id: u64) -> String {
    format!("order {id}")
}

#[get("/long")]
async fn long() -> String {
    "long ".repeat(1_000)
}

#[post("/take")]
async fn take(body: String) -> String {
    body
}

#[get("/never")]
async fn never() {
    std::future::pending::<()>().await;
}

fn stream(content_type: &str) -> Response {
    let frames = ["data: 1\n\n", "data: 2\n\n"].map(Ok::<_, std::io::Error>);
    let stream = axum::body::Body::from_stream(futures_util::stream::iter(frames));
    let mut response = Response::new(Body::boxed(stream));
    response.headers_mut().insert("content-type", content_type.parse().unwrap());
    response
}

#[get("/events")]
async fn events() -> Response {
    stream("text/event-stream")
}

#[get("/report")]
async fn report() -> Response {
    stream("text/plain")
}

#[get("/id")]
async fn id(id: RequestId) -> String {
    tracing::info!(target: "wirepath::test", "in the handler");
    id.as_str().to_owned()
}

#[middleware]
async fn closed(uri: wirepath_http::Uri) -> Option<StatusCode> {
    (uri.path() == "/closed").then_some(StatusCode::UNAUTHORIZED)
}

const APP: &str = "https://app.example";

fn vary(answer: &Answer) -> Vec<&str> {
    answer.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn cors_is_on_every_response() {
    let theirs = axum::Router::new().route("/theirs", axum::routing::get(async || "theirs"));
    let client = Client::new(routes![order, events, closed].axum(theirs), ());
    let client = client.around(&Around::new().cors(Cors::new([APP]).credentials())).unwrap();
    let asked = ["/orders/1", "/orders/x", "/none", "/closed", "/events", "/theirs"];
    let mut statuses = Vec::new();
    for path in asked {
        let answer = client.get(path).header("origin", APP).send().await;
        statuses.push(answer.status().as_u16());
        assert_eq!(answer.header("access-control-allow-origin"), APP, "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert_eq!(answer.header("access-control-expose-headers"), "x-request-id, retry-after");
        // The one problem here; what is nowhere, axum answers.
        let varies: &[_] = if path == "/orders/x" { &["accept", "origin"] } else { &["origin"] };
        assert_eq!(vary(&answer), varies, "{path}");
        for origin in [None, Some("https://other.example"), Some("https://app.example:444")] {
            let mut asking = client.get(path);
            if let Some(origin) = origin {
                asking = asking.header("origin", origin);
            }
            let answer = asking.send().await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{path} {origin:?}");
            assert_eq!(vary(&answer), varies, "{path} {origin:?}");
        }
    }
    assert_eq!(statuses, [200, 422, 404, 401, 200, 200]);
}

#[tokio::test]
async fn preflights_are_answered_before_anything_else_and_other_options_are_not() {
    let client = Client::new(routes![order, closed], ());
    let client = client.around(&Around::new().cors(Cors::new([APP]))).unwrap();
    let options = |path| client.request(wirepath_http::Method::OPTIONS, path);
    let answer = options("/closed")
        .header("origin", APP)
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "x-one, x-two")
        .send()
        .await;
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.header("access-control-allow-origin"), APP);
    assert_eq!(
        answer.header("access-control-allow-methods"),
        "GET, HEAD, POST, PUT, PATCH, DELETE"
    );
    assert_eq!(answer.header("access-control-allow-headers"), "x-one, x-two");
    assert_eq!(answer.header("access-control-max-age"), "600");
    let asking = options("/closed").header("origin", "https://other.example");
    let answer = asking.header("access-control-request-method", "PUT").send().await;
    assert_eq!(answer.header("access-control-allow-methods"), "");
    assert_eq!(options("/orders/1").send().await.header("allow"), "GET, HEAD, OPTIONS");
}

#[tokio::test]
async fn any_origin_is_a_star() {
    let client = Client::new(routes![order], ());
    let client = client.around(&Around::new().cors(Cors::new(["*"]))).unwrap();
    let answer = client.get("/orders/1").header("origin", "https://who.example").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(vary(&answer), [""; 0]);
}

#[cfg(feature = "compression")]
#[tokio::test]
async fn answers_are_compressed_as_the_client_takes_it() {
    let client = Client::new(routes![order, long, events, report], ());
    let client = client.around(&Around::new().compression(Compression::default())).unwrap();
    for (accepts, encoding) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd;q=0.5, br;q=0.1", "zstd"),
        ("deflate", ""),
        ("identity", ""),
    ] {
        let answer = client.get("/long").header("accept-encoding", accepts).send().await;
        assert_eq!((answer.status().as_u16(), answer.header("content-encoding")), (200, encoding));
        assert_eq!(vary(&answer), ["accept-encoding"]);
        assert_eq!(answer.body().len() < 1_000, !encoding.is_empty(), "{accepts}");
    }
    assert_eq!(vary(&client.get("/long").send().await), ["accept-encoding"]);
    for (path, encoding) in [("/orders/1", ""), ("/none", ""), ("/events", ""), ("/report", "gzip")]
    {
        let answer = client.get(path).header("accept-encoding", "gzip").send().await;
        assert_eq!(answer.header("content-encoding"), encoding, "{path}");
    }
}

/// What a subscriber with a fixed format writes.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_id_is_in_the_head_the_response_and_the_span() {
    let client = Client::new(routes![id], ()).around(&Around::new().request_ids()).unwrap();
    // Of what is told for the first time while another thread begins or ends to listen, tracing may think that nobody listens.
    client.get("/id").send().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false);
    let _logging = tracing::subscriber::set_default(subscriber.finish());
    let answer = client.get("/id").header("x-request-id", "from-a-proxy").send().await;
    assert_eq!((answer.text(), answer.header("x-request-id")), ("from-a-proxy", "from-a-proxy"));
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let span = "request{request_id=\"from-a-proxy\" method=\"GET\" route=\"/id\"}";
    assert!(logged.contains(span) && logged.contains("in the handler"), "{logged}");

    let answer = client.get("/id").header("x-request-id", "not sane: \u{e9}").send().await;
    assert_eq!(answer.text(), answer.header("x-request-id"));
    assert_eq!(answer.text().len(), 32);
    assert_eq!(client.get("/none").send().await.header("x-request-id").len(), 32);
    let without = Client::new(routes![id], ());
    assert_eq!(without.get("/id").send().await.status(), 500);
    let made_up = without.get("/id").header("x-request-id", "from-a-proxy").send().await;
    assert_eq!(made_up.status(), 500);
}

#[tokio::test]
async fn each_request_is_logged_once_and_without_its_query() {
    let log = Log::default();
    let _logging = log.listen();
    let theirs = axum::Router::new().route("/theirs", axum::routing::get(async || "theirs"));
    let client = Client::new(routes![order, report, never].axum(theirs), ());
    let client = client.from_peer("192.0.2.7:1".parse().unwrap());
    let client = client.around(&Around::new().access_log().request_ids()).unwrap();
    for (path, expected) in [
        (
            "/orders/1?token=s3cret",
            "method=\"GET\" path=\"/orders/1\" route=\"/orders/{id}\" status=200 octets=7 ",
        ),
        ("/none", "path=\"/none\" route=\"\" status=404 octets="),
        ("/report", "path=\"/report\" route=\"/report\" status=200 octets=18 "),
        ("/theirs", "path=\"/theirs\" route=\"\" status=200 octets=6 "),
    ] {
        let answer = client.get(path).header("x-request-id", "r-1").send().await;
        assert!(answer.status() == 200 || answer.status() == 404);
        let logged = log.take();
        assert!(logged.contains(expected), "{logged}");
        assert!(logged.contains("client=192.0.2.7 request_id=\"r-1\""), "{logged}");
        assert!(logged.contains("micros=") && !logged.contains("s3cret"), "{logged}");
        assert_eq!(logged.lines().count(), 1, "{logged}");
    }
    {
        let mut asking = Box::pin(client.get("/never").send());
        assert!(futures_util::poll!(&mut asking).is_pending());
    }
    let logged = log.take();
    assert!(logged.contains("status=499 octets=0"), "{logged}");
}

#[tokio::test]
async fn what_is_logged_of_a_request_is_bounded() {
    let log = Log::default();
    let _logging = log.listen();
    let client = Client::new(routes![order], ()).around(&Around::new().access_log()).unwrap();
    for (path, cut) in [("x", 1_024), ("é", 1_023)] {
        let path = format!("/{}", path.repeat(2_000));
        client.request("PURGE".parse().unwrap(), &path).send().await;
        let logged = log.take();
        let expected = format!("path={:?} ", &path[..cut]);
        assert!(logged.contains(&expected) && logged.contains("method=\"other\""), "{logged}");
    }
}

#[tokio::test]
async fn a_listener_that_leaves_authentication_out_is_warned_of() {
    let key = "auth: {api_keys: {keys: [{name: a, key: 0123456789abcdef}]}}";
    for (own, all, is_warned) in [
        ("{metrics: true}", key, true),
        (&*format!("{{{key}}}"), key, false),
        ("{}", "metrics: true", false),
    ] {
        let log = Log::default();
        let _logging = log.listen();
        let text =
            format!("around: {{{all}}}\nservers: [{{listen: '127.0.0.1:0', around: {own}}}]");
        let config = HttpConfig::from_str(&text, "test", &Default::default()).unwrap();
        let router = routes![order].with_state(Arc::new(())).unwrap();
        drop(Server::bind(&config, router).await.unwrap());
        let logged = log.take();
        assert_eq!(
            logged.contains("WARN") && logged.contains("leaves out its `auth`"),
            is_warned,
            "{logged}"
        );
    }
}

#[tokio::test]
async fn requests_are_counted_by_template_and_never_by_path() {
    let book = Book::default();
    let _counting = metrics::set_default_local_recorder(&book);
    let theirs = axum::Router::new().route("/theirs/{x}", axum::routing::get(async || "theirs"));
    let routes = routes![].mount("/v1", routes![order, never].axum(theirs));
    let client = Client::new(routes, ()).around(&Around::new().metrics()).unwrap();
    for path in ["/v1/orders/1", "/v1/orders/2", "/v1/orders/x", "/none", "/v1/theirs/1"] {
        client.get(path).send().await;
    }
    client.delete("/v1/orders/1").send().await;
    client.request("PURGE".parse().unwrap(), "/v1/orders/1").send().await;
    for (method, route, status, count) in [
        ("GET", "/v1/orders/{id}", 200, 2),
        ("GET", "/v1/orders/{id}", 422, 1),
        ("GET", "unmatched", 404, 1),
        ("GET", "/v1/theirs/{x}", 200, 1),
        ("DELETE", "/v1/orders/{id}", 405, 1),
        ("other", "/v1/orders/{id}", 405, 1),
    ] {
        let labels = format!("{{method={method},route={route},status={status}}}");
        let name = format!("wirepath_http_requests_total{labels}");
        assert_eq!(book.read(&name), count, "{name}");
    }
    let seconds = "wirepath_http_request_seconds{method=GET,route=/v1/orders/{id}}";
    assert_eq!(book.read(seconds), 3);
    let in_progress = || f64::from_bits(book.read("wirepath_http_requests_in_progress"));
    assert_eq!(in_progress(), 0.0);
    {
        let mut asking = Box::pin(client.get("/v1/never").send());
        assert!(futures_util::poll!(&mut asking).is_pending());
        assert_eq!(in_progress(), 1.0);
    }
    assert_eq!(in_progress(), 0.0);
    let gone = "wirepath_http_requests_total{method=GET,route=/v1/never,status=499}";
    assert_eq!(book.read(gone), 1);
}

/// Sends requests to a listener with this configuration, each on a connection of its own.
async fn over_a_socket(config: &str, requests: &[&str]) -> Vec<String> {
    let config = HttpConfig::from_str(config, "test", &Default::default()).unwrap();
    let router = routes![order, take, never].with_state(Arc::new(())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let addresses = server.local_addrs().to_vec();
    let shutdown = Shutdown::new();
    let ended = tokio::spawn(server.run(shutdown.signal()));
    let mut answers = Vec::new();
    for address in addresses {
        for request in requests {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            answers.push(String::from_utf8(answer).unwrap());
        }
    }
    shutdown.trigger();
    ended.await.unwrap();
    answers
}

#[tokio::test]
async fn the_engines_own_answers_have_it_too() {
    let config = "
servers: [{listen: '127.0.0.1:0', max_body_bytes: 3, request_timeout_ms: 50}]
around: {request_ids: true, cors: {origins: ['https://app.example']}}
";
    let head = "host: x\r\norigin: https://app.example\r\nconnection: close";
    let long = format!("POST /take HTTP/1.1\r\n{head}\r\ncontent-length: 4\r\n\r\nlong");
    let chunked = format!(
        "POST /take HTTP/1.1\r\n{head}\r\ntransfer-encoding: chunked\r\n\r\n4\r\nlong\r\n0\r\n\r\n"
    );
    let never = format!("GET /never HTTP/1.1\r\n{head}\r\n\r\n");
    let answers = over_a_socket(config, &[&long, &chunked, &never]).await;
    for (answer, status) in answers.iter().zip(["413", "413", "504"]) {
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("access-control-allow-origin: https://app.example\r\n"));
        assert!(answer.contains("x-request-id: "), "{answer}");
    }
}

#[tokio::test]
async fn a_listeners_own_stands_in_place_of_what_is_for_all() {
    let config = "
servers:
  - listen: 127.0.0.1:0
  - {listen: '127.0.0.1:0', around: {}}
around: {request_ids: true}
";
    let get = "GET /orders/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answers = over_a_socket(config, &[get]).await;
    let has: Vec<_> = answers.iter().map(|answer| answer.contains("x-request-id")).collect();
    assert_eq!(has, [true, false]);
}

#[test]
fn mistakes_in_the_file_are_named() {
    for (around, expected) in [
        ("{cors: {}}", "name the origins"),
        ("{cors: true}", "name the origins"),
        ("{cors: }", "is empty: say what is meant, or leave it out"),
        ("{cors: {origins: ['*'], credentials: true}}", "browsers refuse that; name the origins"),
        ("{cors: {origins: ['https://a.example/']}}", "`around.cors.origins[0]`"),
        ("{cors: {origins: ['*'], methods: ['G T']}}", "expected a method"),
        ("{cors: {origins: ['*'], expose: ['x y']}}", "expected the name of a header"),
        ("{cors: {origins: ['null'], credentials: true}}", "every page can take that on"),
        (
            "{cors: {origins: ['https://a.example'], expose: ['*'], credentials: true}}",
            "name the headers",
        ),
        ("{cors: {origins: ['*'], max_age_s: 86401}}", "expected 0 to 86400"),
        ("{cors: {origin: '*'}}", "did you mean `origins`?"),
        ("{compression: {encodings: []}}", "name some of"),
        ("{compression: {encodings: [lz4]}}", "`zstd`"),
        ("{request_id: true}", "did you mean `request_ids`?"),
    ] {
        for text in
            [format!("around: {around}"), format!("servers: [{{listen: ':1', around: {around}}}]")]
        {
            let loaded = HttpConfig::from_str(&text, "http.yaml", &Default::default());
            let error = loaded.unwrap_err().to_string();
            let server = if text.starts_with("servers") { "servers[0]." } else { "" };
            let expected = expected.replace("`around", &format!("`{server}around"));
            assert!(error.contains(&expected), "{text}: {error}");
        }
    }
}

#[tokio::test]
async fn mistakes_of_a_program_are_named_too() {
    let config = HttpConfig::on("127.0.0.1:0".parse().unwrap());
    let config = config.around(Around::new().cors(Cors::new(["app.example"])));
    let router = routes![order].with_state(Arc::new(())).unwrap();
    let error = Server::bind(&config, router).await.unwrap_err().to_string();
    assert!(error.starts_with("around.cors.origins[0]: expected a scheme"), "{error}");
}
