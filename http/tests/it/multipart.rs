//! Forms with files in them, ours and axum's.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wirepath_http::{
    Body, Multipart, Refusal, Server, StatusCode, config::HttpConfig, post, routes, testing::Client,
};
use wirepath_runtime::shutdown::Shutdown;

const FORM: &str = "multipart/form-data; boundary=\"-- x y\"";

/// What each part is, a line each.
#[post("/ours")]
async fn ours(form: Multipart) -> Result<String, Refusal> {
    let mut form = form.max_parts(3).max_part_bytes(16);
    let mut text = String::new();
    while let Some(mut field) = form.next().await? {
        let (name, file) = (field.name().map(str::to_owned), field.file_name().map(str::to_owned));
        let kind = field.content_type().map(str::to_owned);
        text += &format!("{name:?} {file:?} {kind:?} {:?}\n", field.text().await?);
    }
    Ok(text)
}

/// How many there are.
#[post("/skipped")]
async fn skipped(mut form: Multipart) -> Result<String, Refusal> {
    let mut count = 0;
    while form.next().await?.is_some() {
        count += 1;
    }
    Ok(count.to_string())
}

#[post("/raised")]
async fn raised(form: Multipart) -> Result<String, Refusal> {
    let mut form = form.max_part_bytes(1);
    let Some(field) = form.next().await? else { return Ok(String::new()) };
    field.max_bytes(100).text().await
}

#[post("/axums")]
async fn axums(
    mut form: axum::extract::Multipart,
) -> Result<String, axum::extract::multipart::MultipartError> {
    let mut length = 0;
    while let Some(mut field) = form.next_field().await? {
        while let Some(piece) = field.chunk().await? {
            length += piece.len();
        }
    }
    Ok(length.to_string())
}

fn client() -> Client<impl wirepath_http::Serve> {
    Client::new(routes![ours, skipped, raised, axums], ())
}

fn part(head: &str, data: &str) -> String {
    format!("---- x y\r\ncontent-disposition: form-data; {head}\r\n\r\n{data}\r\n")
}

const END: &str = "---- x y--\r\n";

/// As it would come from a slow connection.
fn trickle(text: &str) -> Body {
    let octets = text.as_bytes().to_vec().into_iter();
    let frames = octets.map(|o| Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![o]))));
    Body::boxed(StreamBody::new(futures_util::stream::iter(frames)))
}

#[tokio::test]
async fn fields_and_files() {
    let body = format!(
        "a preamble\r\n{}{}{END}an epilogue",
        part("name=\"a\"", "1\r\n--\r\n---- x"),
        part("name=\"b\"; filename=\"../b.png\"\r\ncontent-type: image/png", ""),
    );
    let expected = "Some(\"a\") None None \"1\\r\\n--\\r\\n---- x\"\nSome(\"b\") Some(\"../b.png\") Some(\"image/png\") \"\"\n";
    let client = client();
    for body in [Body::from(body.clone()), trickle(&body)] {
        let answer = client.post("/ours").header("content-type", FORM).body(body).send().await;
        assert_eq!(answer.text(), expected);
    }
    for path in ["/skipped", "/axums"] {
        let asking = client.post(path).header("content-type", FORM).body(body.clone());
        let expected = if path == "/axums" { "13" } else { "2" };
        assert_eq!(asking.send().await.text(), expected, "{path}");
    }
}

#[tokio::test]
async fn what_is_refused_and_why() {
    let whole = format!("{}{END}", part("name=\"a\"", "1"));
    let (long, four) = (part("name=\"a\"", &"x".repeat(17)), part("name=\"a\"", "1").repeat(4));
    for (kind, body, status, hint) in [
        ("text/plain", whole.clone(), 415, "expected a form"),
        ("multipart/mixed; boundary=x", whole.clone(), 415, "expected a form"),
        ("", whole.clone(), 415, "expected a form"),
        ("multipart/form-data", whole.clone(), 400, "boundary is missing or"),
        ("multipart/form-data; boundary=\"\"", whole.clone(), 400, "missing or malformed"),
        (
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
            whole.clone(),
            400,
            "1 to 70",
        ),
        ("multipart/form-data; boundary=other", whole.clone(), 400, "before its last boundary"),
        (FORM, String::new(), 400, "before its last boundary"),
        (FORM, whole[..whole.len() - 4].to_owned(), 400, "before its last boundary"),
        (FORM, whole.replace("---- x y\r\n", "---- x yz\r\n"), 400, "malformed"),
        (
            FORM,
            whole.replace("content-disposition:", "content disposition:"),
            400,
            "malformed head",
        ),
        (FORM, whole.replace("\r\n\r\n1", "\r\n\r\n\u{80}"), 200, ""),
        (FORM, format!("{long}{END}"), 413, "a part of the form is longer"),
        (FORM, format!("{four}{END}"), 413, "more parts"),
    ] {
        let client = client();
        let asking = client.post("/ours").header("content-type", kind).body(body.clone());
        let answer = asking.send().await;
        assert_eq!(answer.status().as_u16(), status, "{kind} {body:?}: {}", answer.text());
        assert!(answer.text().contains(hint), "{kind} {body:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_head_without_an_end_is_not_kept() {
    for body in ["-".repeat(100_000), format!("---- x y\r\nx: {}", "x".repeat(100_000))] {
        let client = client();
        let asking = client.post("/ours").header("content-type", FORM).body(trickle(&body));
        let answer = asking.send().await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(answer.text().contains("longer than 16 KiB"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_part_may_have_a_limit_of_its_own() {
    let body = format!("{}{END}", part("name=\"a\"", "more than one"));
    let client = client();
    let asking = client.post("/raised").header("content-type", FORM).body(body);
    assert_eq!(asking.send().await.text(), "more than one");
    // However much comes in one piece with the head.
    let body = format!("{}{END}", part("name=\"a\"", &"x".repeat(1 << 20)));
    let asking = client.post("/skipped").header("content-type", FORM).body(body);
    assert_eq!(asking.send().await.text(), "1");
}

#[tokio::test]
async fn a_piece_at_a_time_is_read() {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    let given = Arc::new(AtomicUsize::new(0));
    let head = Bytes::from(part("name=\"a\"", ""));
    let counted = Arc::clone(&given);
    let frames =
        std::iter::once(head.slice(..head.len() - 2)).chain(std::iter::repeat_with(move || {
            counted.fetch_add(1, SeqCst);
            Bytes::from_static(&[b'x'; 1_000])
        }));
    let frames = frames.map(|piece| Ok::<_, std::io::Error>(Frame::data(piece)));
    let mut request = wirepath_http::Request::new(Body::boxed(StreamBody::new(
        futures_util::stream::iter(frames),
    )));
    request.headers_mut().insert("content-type", FORM.parse().unwrap());
    let mut form = <Multipart as wirepath_http::ReadBody>::read(&mut request.into()).await.unwrap();
    let mut field = form.next().await.unwrap().unwrap();
    // One may be there already, behind the head.
    for count in 1..10 {
        assert_eq!(field.chunk().await.unwrap().unwrap().len(), 1_000);
        assert!(given.load(SeqCst) <= count + 1, "{count}: {given:?}");
    }
}

/// The listener's limit is that of all parts together, axum's Multipart or ours, whatever axum's own default is.
#[tokio::test]
async fn all_parts_together_have_the_listeners_limit() {
    let text = "{servers: [{listen: '127.0.0.1:0', max_body_bytes: 4000000}], threads: 1}";
    let config = HttpConfig::from_str(text, "test", &Default::default()).unwrap();
    let router = routes![skipped, axums].with_state(Arc::new(())).unwrap();
    let server = Server::bind(&config, router).await.unwrap();
    let address = server.local_addrs()[0];
    let shutdown = Shutdown::new();
    let running = tokio::spawn(server.run(shutdown.signal()));
    for path in ["/skipped", "/axums"] {
        for (length, status) in [(3_000_000, 200), (4_000_000, 413)] {
            let body = format!("{}{END}", part("name=\"a\"", &"x".repeat(length)));
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {FORM}\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n",
                body.len()
            );
            let (mut reading, mut writing) =
                TcpStream::connect(address).await.unwrap().into_split();
            // A server that refuses may close before all is sent.
            let sending = tokio::spawn(async move {
                for part in [head.as_bytes(), body.as_bytes(), b"\r\n0\r\n\r\n"] {
                    if writing.write_all(part).await.is_err() {
                        break;
                    }
                }
            });
            let mut start = [0; 12];
            reading.read_exact(&mut start).await.unwrap();
            assert_eq!(start, *format!("HTTP/1.1 {status}").as_bytes(), "{path} {length}");
            sending.abort();
        }
    }
    shutdown.trigger();
    running.await.unwrap();
}
