use http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_TYPE, HOST},
};
use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { octets: 1 << 10 };

/// The head, and what is behind it.
fn one(octets: &str) -> Result<Option<(Head, &[u8])>, Fault> {
    let mut octets = octets.as_bytes();
    let head = Reader::default().read(&mut octets, LIMITS)?;
    Ok(head.map(|head| (head, octets)))
}

fn with(fields: &str) -> Head {
    one(&format!("POST / HTTP/1.1\r\nhost: x\r\n{fields}\r\n")).unwrap().unwrap().0
}

#[test]
fn a_head_is_read_as_it_is() {
    let octets = "\r\n\r\nGET /a?b=c HTTP/1.0\r\nHost: x\r\nA: 1\r\na:\t2 \r\nEmpty:\r\n\r\nmore";
    let (head, rest) = one(octets).unwrap().unwrap();
    assert_eq!(rest, b"more");
    assert_eq!((head.lines.method(), head.lines.version()), (&Method::GET, Version::HTTP_10));
    assert_eq!(head.lines.path_and_query(), Some(("/a", Some("b=c"))));
    assert!(!head.persists);
    let parts = head.lines.parts(HeaderMap::new());
    assert_eq!((&parts.method, parts.version), (&Method::GET, Version::HTTP_10));
    assert_eq!(parts.uri, "/a?b=c");
    let values: Vec<_> = parts.headers.get_all("a").iter().collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(parts.headers["empty"], "");
}

#[test]
fn what_the_fields_say_of_the_connection() {
    assert!(with("").persists);
    assert!(!with("Connection: keep-alive, Close\r\n").persists);
    assert!(one("GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n").unwrap().unwrap().0.persists);
    assert!(with("connection: Upgrade\r\nupgrade: websocket\r\n").upgrades);
    for none in [
        "upgrade: websocket\r\n",
        "connection: upgrade\r\n",
        "connection: upgrade\r\nupgrade: h2c\r\n",
        "connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 1\r\n",
    ] {
        assert!(!with(none).upgrades, "{none}");
    }
    assert!(with("expect: 100-Continue\r\ncontent-length: 1\r\n").expects);
    assert!(with("te: gzip, trailers\r\n").trailers);
}

#[test]
fn how_a_body_ends() {
    assert_eq!(with("").framing, Framing::Length(0));
    assert_eq!(with("content-length: 007\r\ncontent-length: 7\r\n").framing, Framing::Length(7));
    assert_eq!(with("Transfer-Encoding:\tChunked \r\n").framing, Framing::Chunked);
    let endless = "transfer-encoding: chunked\r\n";
    for (fields, fault) in [
        ("content-length: +1\r\n", Fault::Length),
        ("content-length:\r\n", Fault::Length),
        ("content-length: 1, 1\r\n", Fault::Length),
        ("content-length: 18446744073709551616\r\n", Fault::Length),
        ("content-length: 1\r\ncontent-length: 2\r\n", Fault::Length),
        ("content-length: 1\r\ntransfer-encoding: chunked\r\n", Fault::LengthAndCoding),
        ("transfer-encoding: chunked\r\ncontent-length: 0\r\n", Fault::LengthAndCoding),
        ("transfer-encoding: gzip\r\n", Fault::Endless),
        ("transfer-encoding:\r\n", Fault::Endless),
        ("transfer-encoding: chunked, gzip\r\n", Fault::Endless),
        ("transfer-encoding: gzip, chunked\r\n", Fault::Coding),
        ("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", Fault::Coding),
        ("expect: 200-ok\r\n", Fault::Expectation),
    ] {
        let refused = one(&format!("POST / HTTP/1.1\r\n{fields}\r\n")).map(|_| ());
        assert_eq!(refused, Err(fault), "{fields}");
    }
    let old = one(&format!("POST / HTTP/1.0\r\n{endless}\r\n")).map(|_| ());
    assert_eq!(old, Err(Fault::Endless));
}

#[test]
fn what_is_no_head_is_refused() {
    let many = "a: b\r\n".repeat(FIELDS + 1);
    let long = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "x".repeat(LIMITS.octets));
    for (octets, fault) in [
        ("GET / HTTP/1.1\nhost: x\r\n\r\n", Fault::BareLf),
        ("GET / HTTP/1.1\r\nhost: x\n\r\n", Fault::BareLf),
        ("GET / HTTP/1.1\r\nhost: x\r\n\n", Fault::BareLf),
        ("\nGET / HTTP/1.1\r\n\r\n", Fault::BareLf),
        ("GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n", Fault::Field),
        ("GET / HTTP/1.1\r\na : b\r\n\r\n", Fault::Field),
        ("GET / HTTP/1.1\r\na: b\rc\r\n\r\n", Fault::Field),
        ("GET / HTTP/1.1\r\na: \0\r\n\r\n", Fault::Field),
        ("GET / HTTP/2.0\r\n\r\n", Fault::Version),
        ("GET / HTTP/1.2\r\n\r\n", Fault::Version),
        ("GET / http/1.1\r\n\r\n", Fault::RequestLine),
        ("GET /a b HTTP/1.1\r\n\r\n", Fault::RequestLine),
        ("GET  HTTP/1.1\r\n\r\n", Fault::RequestLine),
        ("G\0T / HTTP/1.1\r\n\r\n", Fault::RequestLine),
        (&format!("GET / HTTP/1.1\r\n{many}\r\n"), Fault::TooMuch),
        (&long, Fault::TooMuch),
        (&long[..LIMITS.octets], Fault::TooMuch),
    ] {
        assert_eq!(one(octets).map(|_| ()), Err(fault), "{octets:?}");
    }
    let target = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(usize::from(u16::MAX)));
    let limits = Limits { octets: 1 << 20 };
    let read = Reader::default().read(&mut target.as_bytes(), limits);
    assert_eq!(read.map(|_| ()), Err(Fault::LongTarget));
}

#[test]
fn a_target_is_utf_8_to_its_end() {
    for (target, is_read) in [
        (&b"/\xC3\xA9"[..], true),
        (b"/#\xC3\xA9", true),
        (b"/\xE9", false),
        (b"/?\xE9", false),
        (b"/#\xE9", false),
        (b"/%P#\x9F", false),
    ] {
        let octets = [b"GET ", target, b" HTTP/1.1\r\n\r\n"].concat();
        let read = Reader::default().read(&mut &octets[..], LIMITS);
        let told = read.map(|head| head.is_some());
        assert_eq!(told, if is_read { Ok(true) } else { Err(Fault::RequestLine) }, "{target:?}");
    }
}

#[test]
fn a_part_of_a_head_is_none_yet() {
    let whole = "\r\nPOST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n";
    for end in 0..whole.len() {
        assert!(one(&whole[..end]).unwrap().is_none(), "{end}");
    }
    assert_eq!(one(whole).unwrap().unwrap().1, b"");
}

/// What there is to know of a head.
fn told(head: &Head) -> String {
    let Head { lines, framing, persists, expects, upgrades, trailers } = head;
    let parts = lines.parts(HeaderMap::new());
    // What is looked for is what is found.
    for name in [CONTENT_TYPE, HOST] {
        let value = parts.headers.get(&name).map(HeaderValue::as_bytes);
        assert_eq!(lines.value(&name), value, "{parts:?}");
    }
    assert_eq!(lines.form(), Form::of_headers(&parts.headers), "{parts:?}");
    let hosts = lines.hosts();
    format!("{parts:?} {hosts:?} {framing:?} {persists} {expects} {upgrades} {trailers}")
}

/// What a reader makes of it, the same as one that has read nothing before.
fn again(reader: &mut Reader, octets: &str) {
    let read = |reader: &mut Reader| {
        let mut rest = octets.as_bytes();
        let head = reader.read(&mut rest, LIMITS);
        (head.map(|head| head.as_ref().map(told)), rest)
    };
    assert_eq!(read(reader), read(&mut Reader::default()), "{octets:?}");
}

#[test]
fn the_same_fields_say_the_same() {
    let reader = &mut Reader::default();
    let long = format!("long: {}\r\n", "x".repeat(LIMITS.octets - 40));
    for fields in ["", "content-type: a/b\r\n", "content-length: 1\r\n", &long, "te: trailers\r\n"]
    {
        for line in ["GET / HTTP/1.1", "POST /a HTTP/1.0", "GET /another HTTP/1.1"] {
            for rest in ["", "GET / HTTP/1.1\r\n\r\n"] {
                again(reader, &format!("{line}\r\nhost: x\r\n{fields}\r\n{rest}"));
            }
        }
        // All but the last octet; and all, but longer than may be with this line.
        again(reader, &format!("GET / HTTP/1.1\r\nhost: x\r\n{fields}\r"));
        let target = "x".repeat(LIMITS.octets);
        again(reader, &format!("GET /{target} HTTP/1.1\r\nhost: x\r\n{fields}\r\n"));
    }
}

/// What stands in front of fields that are known is one line, or is looked at line by line.
#[test]
fn more_than_a_line_in_front_of_known_fields_is_seen() {
    for front in [
        "GET /a HTTP/1.1\r\nx: HTTP/1.1",
        "GET /a HTTP/1.1\r\nx:/ HTTP/1.1",
        "GET /a HTTP/1.1\r\ncontent-length: 5\r\n\r\nGET /b HTTP/1.1",
        "GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1",
        "GET /a\nHTTP/1.1",
        "GET /a\0 HTTP/1.1",
        "\r\nGET /a HTTP/1.1",
        "GET http://y/ HTTP/1.1",
        "GET /caf\u{e9} HTTP/1.0",
        "GET / HTTP/2.0",
        "",
    ] {
        let reader = &mut Reader::default();
        again(reader, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        again(reader, &format!("{front}\r\nhost: x\r\n\r\n"));
        again(reader, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    }
}

#[test]
fn what_is_kept_is_short_and_is_not_shown() {
    let mut reader = Reader::default();
    let limits = Limits { octets: 1 << 20 };
    for (length, kept) in [(Reader::KEPT, Reader::KEPT), (Reader::KEPT + 1, 0)] {
        let fields = format!("authorization: {}\r\n\r\n", "s".repeat(length - 19));
        let head = format!("GET / HTTP/1.1\r\n{fields}");
        assert_eq!(fields.len(), length);
        let read = reader.read(&mut head.as_bytes(), limits).unwrap().unwrap();
        assert!(!format!("{read:?}").contains("sss"), "{read:?}");
        assert_eq!(reader.fields.len(), kept);
        assert_eq!(format!("{reader:?}"), format!("Reader {{ fields: {kept}, .. }}"));
    }
}

proptest! {
    #[test]
    fn a_plain_line_is_read_as_any_is(
        method in "GET|POST|HEAD|GETS|P",
        target in "/?[a-c/?%=.{# ]{0,12}",
        version in "1\\.[01]|1\\.1 HTTP/1\\.1|2",
        end in "\r\n|\n|\t\r\n|",
    ) {
        let text = format!("{method} {target} HTTP/{version}{end}a: b\r\n\r\n");
        let octets = text.as_bytes();
        let read = lines(octets).next().map(|line| line.and_then(|line| First::read(line.text, line.end)));
        let is_common = matches!(&*method, "GET" | "POST") && version == "1.1" && end == "\r\n";
        match (First::plain(octets), read) {
            (Some(plain), Some(Ok(read))) => {
                let of = |it: First| (it.method, it.target.start, it.target.path_end, it.target.end, it.is_1_1, it.end);
                prop_assert_eq!(of(plain), of(read));
            }
            (Some(_), _) => prop_assert!(false, "{text:?} is no line"),
            (None, read) => {
                let is_plain = matches!(read, Some(Ok(First { target: Target { path_end: Some(_), .. }, .. })));
                prop_assert!(!(is_plain && is_common), "{text:?} is plain");
            }
        }
    }

    #[test]
    fn what_was_read_before_makes_no_difference(heads in prop::collection::vec((
        prop::sample::select(vec!["GET /a HTTP/1.1", "POST /b HTTP/1.0", "bad"]),
        prop::collection::vec(prop::sample::select(vec![
            "host: a", "host: b", "content-length: 1", "content-length: 2", "connection: close", "transfer-encoding: chunked",
            "a b: c", "x: \ty", "connection: upgrade", "upgrade: x", "content-type:", "Content-Type: \ta/b ", "content-type: c/d",
            "Accept: text/plain", "accept: */*", "accept: application/json;q=0.5",
        ]), 0..4),
        prop::sample::select(vec!["\r\n", "\r", "\n"]),
    ), 1..12)) {
        let reader = &mut Reader::default();
        for (line, fields, end) in heads {
            let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
            again(reader, &format!("{line}\r\n{fields}{end}"));
        }
    }

    #[test]
    fn nothing_panics(words in prop::collection::vec(prop::sample::select(vec![
        "GET", "/", " ", "HTTP/1.1", "\r\n", "\n", "\r", ":", "a", "content-length", "1", "connection", "close", ",",
        "transfer-encoding", "chunked", "\0", "é",
    ]), 0..40)) {
        let _ = one(&words.concat());
    }
}
