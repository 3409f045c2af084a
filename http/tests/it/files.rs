//! Files from a folder.

use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc};

use wirepath_http::{HeaderValue, Method, get, middleware, router::Files, routes, testing::Client};

/// A folder of files, with something beside it that is nobody's business.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("secret", "secret");
    write("in/a.txt", "0123456789");
    write("in/ä b.txt", "named");
    write("in/app.js", "plain");
    write("in/app.js.gz", "gzip");
    write("in/app.js.br", "brotli");
    write("in/app.js.zst", "zstd");
    write("in/docs/index.html", "<p>docs");
    write("in/empty/.env", "secret");
    write("in/nothing", "");
    write("in/ü \"c\"/index.html", "<p>quoted");
    write(&format!("in/{}", long()), "long");
    write("in/.git/config", "secret");
    write("in/.well-known/security.txt", "contact");
    symlink("../secret", place.path().join("in/out")).unwrap();
    symlink("..", place.path().join("in/up")).unwrap();
    symlink("a.txt", place.path().join("in/inside")).unwrap();
    symlink("circle", place.path().join("in/circle")).unwrap();
    place
}

/// A name with no room for `.br` behind it.
fn long() -> String {
    "l".repeat(255)
}

fn files(place: &Path) -> Files {
    Files::new(place.join("in")).cache_control(HeaderValue::from_static("max-age=60"))
}

#[get("/assets/route")]
async fn route() -> &'static str {
    "a route"
}

fn client(place: &Path) -> Client<impl wirepath_http::Serve> {
    Client::new(routes![route].files("/assets", files(place)), ())
}

#[tokio::test]
async fn files_with_what_is_known_of_them() {
    let place = place();
    let client = client(place.path());
    let answer = client.get("/assets/a.txt").send().await;
    assert_eq!((answer.status().as_u16(), answer.text()), (200, "0123456789"));
    assert_eq!(answer.header("content-type"), "text/plain");
    assert_eq!(answer.header("cache-control"), "max-age=60");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("content-length"), "10");
    let (tag, modified) = (answer.header("etag"), answer.header("last-modified"));
    for (name, value) in [("if-none-match", tag), ("if-modified-since", modified)] {
        let answer = client.get("/assets/a.txt").header(name, value).send().await;
        assert_eq!((answer.status().as_u16(), answer.text()), (304, ""), "{name}");
        assert_eq!(answer.header("cache-control"), "max-age=60");
    }
    let answer = client.get("/assets/a.txt").header("if-match", "\"other\"").send().await;
    assert_eq!(answer.status().as_u16(), 412);
    let head = client.request(Method::HEAD, "/assets/a.txt").send().await;
    assert_eq!((head.text(), head.header("content-length")), ("", "10"));
    assert_eq!(client.get("/assets/%C3%A4%20b.txt").send().await.text(), "named");
    assert_eq!(client.get("/assets/inside").send().await.text(), "0123456789");
    assert_eq!(client.get("/assets/.well-known/security.txt").send().await.text(), "contact");
    // A route goes first.
    assert_eq!(client.get("/assets/route").send().await.text(), "a route");
}

#[tokio::test]
async fn ranges() {
    let place = place();
    let client = client(place.path());
    for (range, status, text, stands) in [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=8-", 206, "89", "bytes 8-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=00-99999999999999999999", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=-1000", 200, "0123456789", ""),
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        ("bytes=4-2", 200, "0123456789", ""),
        ("bytes=x", 200, "0123456789", ""),
        ("lines=0-1", 200, "0123456789", ""),
    ] {
        let answer = client.get("/assets/a.txt").header("range", range).send().await;
        assert_eq!((answer.status().as_u16(), answer.text()), (status, text), "{range}");
        assert_eq!(answer.header("content-range"), stands, "{range}");
    }
    let answer = client.get("/assets/a.txt").header("range", "bytes=10-").send().await;
    assert_eq!((answer.status().as_u16(), answer.header("content-range")), (416, "bytes */10"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    for (range, status, stands) in
        [("bytes=0-", 200, ""), ("bytes=-5", 200, ""), ("bytes=3-4", 416, "bytes */0")]
    {
        let answer = client.get("/assets/nothing").header("range", range).send().await;
        let found = (answer.status().as_u16(), answer.header("content-range"));
        assert_eq!(found, (status, stands), "{range}");
    }
    let head = client.request(Method::HEAD, "/assets/a.txt").header("range", "bytes=2-4");
    let head = head.send().await;
    assert_eq!((head.status().as_u16(), head.header("content-length")), (200, "10"));
}

#[tokio::test]
async fn two_versions_are_never_joined() {
    let place = place();
    let client = client(place.path());
    let whole = client.get("/assets/a.txt").send().await;
    let tag = whole.header("etag");
    let weak = format!("W/{tag}");
    for (validator, range, status, text) in [
        (tag, "bytes=8-", 206, "89"),
        (tag, "bytes=10-", 416, ""),
        ("\"other\"", "bytes=8-", 200, "0123456789"),
        ("\"other\"", "bytes=10-", 200, "0123456789"),
        (&weak, "bytes=8-", 200, "0123456789"),
        (whole.header("last-modified"), "bytes=8-", 200, "0123456789"),
    ] {
        let request = client.get("/assets/a.txt").header("range", range);
        let answer = request.header("if-range", validator).send().await;
        assert_eq!(answer.status().as_u16(), status, "{validator} {range}");
        assert!(status == 416 || answer.text() == text, "{validator} {range}");
    }
}

#[tokio::test]
async fn what_is_compressed_already() {
    let place = place();
    let client = client(place.path());
    for (accept, text, encoding) in [
        ("", "plain", ""),
        ("gzip", "gzip", "gzip"),
        ("zstd", "zstd", "zstd"),
        ("gzip;q=0.5, br", "brotli", "br"),
        ("deflate", "plain", ""),
    ] {
        let answer = client.get("/assets/app.js").header("accept-encoding", accept).send().await;
        assert_eq!(
            (answer.text(), answer.header("content-encoding")),
            (text, encoding),
            "{accept}"
        );
        assert_eq!(answer.header("content-type"), "text/javascript", "{accept}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accept}");
        let request = client.get("/assets/app.js").header("accept-encoding", accept);
        let fresh = request.header("if-none-match", answer.header("etag")).send().await;
        assert_eq!((fresh.status().as_u16(), fresh.header("vary")), (304, "accept-encoding"));
    }
    let request = client.get(&format!("/assets/{}", long()));
    let answer = request.header("accept-encoding", "br, gzip").send().await;
    assert_eq!((answer.text(), answer.header("content-encoding")), ("long", ""));
}

#[tokio::test]
async fn folders_have_an_index_or_nothing() {
    let place = place();
    let client = client(place.path());
    let answer = client.get("/assets/docs/").send().await;
    assert_eq!((answer.text(), answer.header("content-type")), ("<p>docs", "text/html"));
    for (path, to) in [
        ("/assets", "./assets/"),
        ("/assets?a=1&b", "./assets/?a=1&b"),
        ("/assets/docs", "./docs/"),
        ("/assets/docs?v=%20/x", "./docs/?v=%20/x"),
        ("/assets/docs?ü", "./docs/?%C3%BC"),
        ("/assets/%C3%BC%20\"c\"", "./%C3%BC%20%22c%22/"),
        ("/assets/ü%20\"c\"", "./%C3%BC%20%22c%22/"),
    ] {
        let answer = client.get(path).send().await;
        assert_eq!((answer.status().as_u16(), answer.header("location")), (308, to), "{path}");
    }
    for path in ["/assets/", "/assets/empty/"] {
        assert_eq!(client.get(path).send().await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn nothing_outside_and_nothing_hidden() {
    let place = place();
    let client = client(place.path());
    for path in [
        "/assets/../secret",
        "/assets/%2e%2e/secret",
        "/assets/%2E%2E%2Fsecret",
        "/assets/..%2fsecret",
        "/assets/docs/../../secret",
        "/assets/docs%2f..%2f..%2fsecret",
        "/assets/..%5csecret",
        "/assets/%252e%252e/secret",
        "/assets//etc/passwd",
        "/assets/%2fetc/passwd",
        "/assets/a.txt%00.png",
        "/assets/%ff",
        "/assets/out",
        "/assets/up/secret",
        "/assets/up/",
        "/assets/.git/config",
        "/assets/%2egit/config",
        "/assets/empty/.env",
        "/assets/a.txt/b",
        "/assets/none",
        "/assets/circle",
        "/assets/circle/a.txt",
        &format!("/assets/{}x", long()),
        &format!("/assets/{}", "d/".repeat(4_000)),
    ] {
        let head = client.request(Method::HEAD, path).send().await;
        assert_eq!(head.status(), 404, "{path}");
        let answer = client.get(path).header("accept-encoding", "br").send().await;
        assert_eq!(answer.status(), 404, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    let answer = client.get("/assets/none").header("accept", "text/plain").send().await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let answer = client.post("/assets/a.txt").send().await;
    assert_eq!((answer.status().as_u16(), answer.header("allow")), (405, "GET, HEAD, OPTIONS"));
}

#[middleware]
async fn marked(
    request: wirepath_http::Request,
    next: middleware::Next,
) -> wirepath_http::Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert("x-seen", HeaderValue::from_static("1"));
    response
}

#[tokio::test]
async fn mounted_at_the_root_and_behind_middleware() {
    let place = place();
    let inner = routes![marked].files("/", files(place.path()));
    let client = Client::new(routes![].mount("/{tenant}", inner), ());
    let answer = client.get("/x/a.txt").send().await;
    assert_eq!((answer.text(), answer.header("x-seen")), ("0123456789", "1"));
    let client = Client::new(routes![].files("/", files(place.path())), ());
    assert_eq!(client.get("/docs/").send().await.text(), "<p>docs");
    // Never to another host: `//docs/` would be one.
    assert_eq!(client.get("//docs").send().await.header("location"), "./docs/");
}

#[test]
fn a_folder_that_is_not_there_is_named_at_the_start() {
    let place = place();
    for name in ["none", "secret"] {
        let routes = routes![].files("/assets", Files::new(place.path().join(name)));
        let error = routes.with_state(Arc::new(())).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("cannot be served"), "{error}");
    }
}
