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
    write("in/.git/config", "secret");
    write("in/.well-known/security.txt", "contact");
    symlink("../secret", place.path().join("in/out")).unwrap();
    symlink("..", place.path().join("in/up")).unwrap();
    symlink("a.txt", place.path().join("in/inside")).unwrap();
    place
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
        ("bytes=0-1,4-5", 200, "0123456789", ""),
    ] {
        let answer = client.get("/assets/a.txt").header("range", range).send().await;
        assert_eq!((answer.status().as_u16(), answer.text()), (status, text), "{range}");
        assert_eq!(answer.header("content-range"), stands, "{range}");
    }
    let answer = client.get("/assets/a.txt").header("range", "bytes=10-").send().await;
    assert_eq!((answer.status().as_u16(), answer.header("content-range")), (416, "bytes */10"));
    assert_eq!(answer.header("content-type"), "application/problem+json");
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
        assert!(answer.header("vary").eq_ignore_ascii_case("accept-encoding"), "{accept}");
    }
}

#[tokio::test]
async fn folders_have_an_index_or_nothing() {
    let place = place();
    let client = client(place.path());
    let answer = client.get("/assets/docs/").send().await;
    assert_eq!((answer.text(), answer.header("content-type")), ("<p>docs", "text/html"));
    for (path, to) in [("/assets", "./assets/"), ("/assets/docs", "./docs/")] {
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
    ] {
        let answer = client.get(path).send().await;
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
