//! The seeds of what a client of HTTP could send.

use std::fs;

use crate::replay::seeds;

const PERCENT: &[(&str, &[u8])] = &[
    ("plain", b"test123"),
    ("utf8", b"caf%C3%A9+noir"),
    ("latin1", b"caf%E9"),
    ("surrogate", b"%ED%A0%80"),
    ("twice", b"%2541"),
    ("cut", b"100%25 %4 %"),
    ("dots", b"%2e%2E%2f"),
];

/// Templates as the target takes them: how many, then segments by number, and how each ends.
const ROUTE: &[(&str, &[u8])] = &[
    ("template", b"/users/{id}/orders/{order}"),
    ("rest", b"/files/{*rest}"),
    ("foreign", b"/users/:id"),
    ("beyond_ascii", "/café/v{major}".as_bytes()),
    ("braces", b"/a{{b}}/{c"),
    // `/a/{x}`, `/{y}/b/{*r}`, `/a/`, `/a{x}/b`, and some paths.
    ("several", b"\x04\x02\x00\x04\x03\x02\x05\x01\x00\x01\x00\x02\x02\x06\x01\x03\x02\x00\x01\x03\x05\x01\x05\x01\x00"),
    // `/{x}/{*r}` and a path with an empty segment.
    ("empty_segment", b"\x01\x01\x04\x00\x03\x00\x07\x00"),
    // `/abcdefgh1`, `/abcdefgh2`, `/{x}`.
    ("alike", b"\x03\x01\x0b\x03\x01\x0c\x03\x01\x04\x03\x01\x0a\x01\x0b\x01\x00"),
];

const PAIRS: &[(&str, &[u8])] = &[
    ("simple", b"name=John+Doe&email=john%40example.com&age=30&city=New+York"),
    ("typed", b"a=x&b=-7&c=1&d=true&e=0.5&f=One&g=1&g=2&c=2"),
    ("repeated", b"c=tech&c=sports&c=music&b=1&b=2"),
    ("empty_pairs", b"&&a&=&=1&a==&"),
    ("empty_number", b"b=&d=&e=&a="),
    ("encoded_name", b"%61=1&a=2&+=3"),
    ("not_utf8", b"a=%FF&%FF=1"),
    ("many", b"a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&a=1&q=2"),
    ("infinite", b"e=inf"),
];

const FORWARDED: &[(&str, &[u8])] = &[
    ("plain", b"127.0.0.1, 10.0.0.2"),
    ("several_lines", b"127.0.0.1\n10.0.0.2, 10.0.0.3"),
    ("ipv6", b"[2001:db8::7]:4711, 2001:db8::8"),
    ("tagged", b"for=192.0.2.60;proto=http;by=203.0.113.43"),
    ("quoted", b"for=\"[2001:db8:cafe::17]:4711\";host=\"a,\\\"b\""),
    ("open_quote", b"for=\"127.0.0.1"),
    ("hidden", b"for=_gazonk, for=unknown"),
    ("twice", b"for=127.0.0.1;for=127.0.0.2"),
];

const PROBLEM: &[(&str, &[u8])] = &[
    ("texts", b"\x01\x94\x04kind\x05title\x0ba \"quoted\"\n\x04name\x05value"),
    ("taken", b"\x01\x94\x00\x00\x00\x04type\x05value"),
    ("accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("refused", b"text/plain;q=0, application/*;q=0.001"),
    ("malformed", b"text, text/plain;q=2, */json;q=x"),
];

/// How long the pieces are, and the octets: a form whose boundary is `b`, and what forms are written with.
const MULTIPART: &[(&str, &[u8])] = &[
    ("plain", b"\x07--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n"),
    ("file", b"\x01--b\r\nContent-Disposition: form-data; name=a; filename=\"a\\\"b.c\"\r\nContent-Type: text/plain\r\n\r\n\r\n--b--"),
    ("nearly", b"\x02--b\r\n\r\n\r\n\r\n-\r\n--\r\n-b\r\r\n--b--"),
    ("padding", b"\x03preamble\r\n--b \t\r\n\r\n--b--epilogue"),
    ("cut", b"\x05--b\r\n\r\nabc\r\n--"),
    ("no_head", b"\x09--b\r\n\r\n--b--"),
    ("many_heads", b"\x10--b\r\na:1\r\nb:2\r\nc:3\r\n\xFF:4\r\n\r\n--b--"),
    ("written", b"\x03\x03\x04\r\n--\x05--=_w\x06\r\n--=_\r"),
];

/// How long the pieces are, and what a client sends.
const HEADS: &[(&str, &[u8])] = &[
    ("pipelined", b"\x07GET / HTTP/1.1\r\nhost: x\r\n\r\n\r\nPOST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n\n\nGET / HTTP/1.1\r\n\r\n"),
    ("chunked", b"\x03POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n005;a=b\r\nGET\r\n\r\n0\r\nt: u\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    ("both_lengths", b"\x05POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\n\r\n"),
    ("both_codings", b"\x05POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\n\r\n"),
    ("bare_lf", b"\x02GET / HTTP/1.1\r\na: b\nc: d\r\n\r\nGET /b HTTP/1.1\r\n\r\n"),
    ("lf_in_trailers", b"\x10POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx:\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 99\r\n\r\nGET /c HTTP/1.1\n\n"),
    ("upgrade", b"\x09POST / HTTP/1.1\r\nupgrade: x\r\ncontent-length: 1\r\n\r\n\nGET /b HTTP/1.1\r\n\r\n"),
    ("connect", b"\x04CONNECT a:1 HTTP/1.1\r\n\r\n"),
    ("long_number", b"\x01POST / HTTP/1.1\r\ncontent-length:\t00000000000000000000000000000000000000000000000000000000000000000000001 \r\n\r\na"),
    ("no_number", b"\x01POST / HTTP/1.1\r\ncontent-length: 1 1\r\n\r\na"),
    ("signed_size", b"\x01POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n"),
    ("large_size", b"\x01POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\na"),
];

/// One file each, under its name.
#[test]
fn http_has_seeds() {
    let write = std::env::var_os("WIREPATH_WRITE_SEEDS").is_some();
    for (target, all) in [
        ("http_percent", PERCENT),
        ("http_route", ROUTE),
        ("http_multipart", MULTIPART),
        ("http_pairs", PAIRS),
        ("http_forwarded", FORWARDED),
        ("http_problem", PROBLEM),
        ("http_heads", HEADS),
    ] {
        for (name, octets) in all {
            let seed = seeds(target).join(name);
            if write {
                fs::create_dir_all(seeds(target)).unwrap();
                fs::write(&seed, octets).unwrap();
            }
            let is_there = fs::read(&seed).is_ok_and(|there| there == *octets);
            assert!(is_there, "{target}/{name}: set WIREPATH_WRITE_SEEDS once");
        }
    }
}
