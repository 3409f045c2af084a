use proptest::prelude::*;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn trusted() -> Networks {
    Networks::parse(["10.0.0.0/8", "2001:db8:ffff::/48"]).unwrap()
}

fn by(header: Header, plain: &[&str], tagged: &[&str]) -> String {
    let octets = |lines: &[&str]| lines.iter().map(|l| l.as_bytes().to_vec()).collect::<Vec<_>>();
    let (plain, tagged) = (octets(plain), octets(tagged));
    let each = |lines: &[Vec<u8>]| lines.iter().map(Vec::len).sum::<usize>();
    assert!(each(&plain) + each(&tagged) < 1 << 20);
    let plain = plain.iter().map(Vec::as_slice);
    let tagged = tagged.iter().map(Vec::as_slice);
    client(ip("10.0.0.1"), &trusted(), header, plain, tagged).to_string()
}

fn plain(lines: &[&str]) -> String {
    by(Header::XForwardedFor, lines, &[])
}

fn tagged(lines: &[&str]) -> String {
    by(Header::Forwarded, &[], lines)
}

#[test]
fn the_right_most_that_is_no_proxy() {
    assert_eq!(plain(&["203.0.113.7"]), "203.0.113.7");
    assert_eq!(plain(&["1.1.1.1, 203.0.113.7 ,10.0.0.9"]), "203.0.113.7");
    assert_eq!(plain(&["1.1.1.1", "203.0.113.7", "10.0.0.9, 10.0.0.8"]), "203.0.113.7");
    // All of them are proxies: the first of them.
    assert_eq!(plain(&["10.0.0.9, 10.0.0.8"]), "10.0.0.9");
    assert_eq!(plain(&[]), "10.0.0.1");
}

#[test]
fn a_peer_that_is_not_trusted_is_the_client() {
    let lines = [&b"203.0.113.7"[..]];
    assert_eq!(client(ip("192.0.2.1"), &trusted(), Header::Either, lines, []), ip("192.0.2.1"));
    let mapped = client(ip("::ffff:10.0.0.1"), &trusted(), Header::Either, lines, []);
    assert_eq!(mapped, ip("203.0.113.7"));
    let nobody = Networks::default();
    assert_eq!(client(ip("10.0.0.1"), &nobody, Header::Either, lines, []), ip("10.0.0.1"));
}

#[test]
fn addresses_as_they_are_written() {
    for (text, expected) in [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("203.0.113.7:_hidden", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]:_p", "2001:db8::7"),
        ("\"[2001:db8::7]:4711\"", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
    ] {
        assert_eq!(plain(&[text]), expected, "{text}");
        let value = format!(
            "for={}",
            if text.starts_with('"') { text.into() } else { format!("\"{text}\"") }
        );
        assert_eq!(tagged(&[&value]), expected, "{value}");
    }
}

#[test]
fn garbage_ends_the_walk_at_the_last_proxy() {
    for text in [
        "unknown",
        "_hidden",
        "",
        " ",
        "localhost",
        "203.0.113.7:",
        "203.0.113.7:x",
        "203.0.113.7:123456",
        "[203.0.113.7]",
        "[2001:db8::7",
        "2001:db8::7]",
        "[2001:db8::7]x",
        "[2001:db8::7]:",
        "203.0.113",
        "0x7f.1",
        "203.0.113.7 10.0.0.1",
        "203.0.113.256",
        "\u{e9}",
        "fe80::1%eth0",
        "010.1.1.1",
        "\"",
        "\"\"",
    ] {
        assert_eq!(plain(&[&format!("203.0.113.7, {text}, 10.0.0.9")]), "10.0.0.9", "{text}");
        assert_eq!(plain(&[&format!("203.0.113.7, {text}")]), "10.0.0.1", "{text}");
    }
}

#[test]
fn forwarded_as_in_its_specification() {
    // RFC 7239 §4 and §7.1.
    assert_eq!(tagged(&["for=\"_gazonk\""]), "10.0.0.1");
    assert_eq!(tagged(&["For=\"[2001:db8:cafe::17]:4711\""]), "2001:db8:cafe::17");
    assert_eq!(tagged(&["for=192.0.2.60;proto=http;by=203.0.113.43"]), "192.0.2.60");
    assert_eq!(tagged(&["for=192.0.2.43, for=198.51.100.17"]), "198.51.100.17");
    assert_eq!(tagged(&["for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=unknown"]), "10.0.0.1");
    assert_eq!(
        tagged(&["for=192.0.2.43", "for=10.0.0.9 ; host=\"a,b;for=1.1.1.1\""]),
        "192.0.2.43"
    );
    assert_eq!(tagged(&["proto=https;host=\"a\\\"b\";FOR=192.0.2.43 , ,"]), "192.0.2.43");
    assert_eq!(tagged(&["for=[2001:db8::7]:1"]), "2001:db8::7");
    assert_eq!(tagged(&["for=192.0.2.43, proto=https"]), "10.0.0.1");
}

#[test]
fn a_line_that_is_malformed_hides_nothing() {
    for line in [
        "for=\"192.0.2.43",
        "for=192.0.2.43;for=192.0.2.44",
        "for",
        "for=",
        "=192.0.2.43",
        "for =192.0.2.43",
        "for= 192.0.2.43",
        "for=\"192.0.2.43\"x",
        "for=192.0.2.43 x",
        "for=\"a, for=192.0.2.43",
        "for=\"x, for=\"[2001:db8::7]:1\"",
        "for=\"192.0.2.43\\",
        "\u{e9}=1, for=192.0.2.43",
    ] {
        assert_eq!(tagged(&["for=203.0.113.7", line]), "10.0.0.1", "{line}");
        assert_eq!(tagged(&["for=203.0.113.7", line, "for=10.0.0.9"]), "10.0.0.9", "{line}");
    }
}

#[test]
fn of_two_headers_that_differ_neither_is_believed() {
    let either = |plain: &[&str], tagged: &[&str]| by(Header::Either, plain, tagged);
    assert_eq!(either(&["203.0.113.7"], &[]), "203.0.113.7");
    assert_eq!(either(&[], &["for=203.0.113.7"]), "203.0.113.7");
    assert_eq!(either(&["203.0.113.7"], &["for=203.0.113.7;proto=https"]), "203.0.113.7");
    assert_eq!(either(&["203.0.113.7"], &["for=192.0.2.1"]), "10.0.0.1");
    assert_eq!(by(Header::Forwarded, &["203.0.113.7"], &["for=192.0.2.1"]), "192.0.2.1");
    assert_eq!(by(Header::XForwardedFor, &["203.0.113.7"], &["for=192.0.2.1"]), "203.0.113.7");
    // The proxy writes one, and the client sent the other as garbage: that is no reason to believe it.
    assert_eq!(either(&["203.0.113.7"], &["for=\""]), "10.0.0.1");
}

#[test]
fn only_so_many_hops() {
    let hops = |count: usize| vec!["10.0.0.9"; count].join(", ");
    let line = format!("203.0.113.7, {}", hops(MAX_HOPS - 1));
    assert_eq!(plain(&[&line]), "203.0.113.7");
    assert_eq!(plain(&[&format!("203.0.113.7, {}", hops(MAX_HOPS))]), "10.0.0.9");
    let tag = |line: String| {
        line.split(", ").map(|hop| format!("for={hop}")).collect::<Vec<_>>().join(",")
    };
    assert_eq!(tagged(&[&tag(line)]), "203.0.113.7");
    assert_eq!(tagged(&[&tag(format!("203.0.113.7, {}", hops(MAX_HOPS)))]), "10.0.0.9");
    assert_eq!(tagged(&["for=203.0.113.7", &tag(hops(100_000 / 16))]), "10.0.0.9");
}

proptest! {
    /// Whatever a client sends, what the proxy appends is where the walk ends.
    #[test]
    fn what_a_client_sends_is_never_believed(sent in "([a-z0-9.:,;=\"\\\\\\[\\]_ ]|for=|, ){0,40}") {
        let appended = format!("{sent}, 203.0.113.7");
        prop_assert_eq!(plain(&[&appended]), "203.0.113.7");
        prop_assert_eq!(plain(&[&sent, "203.0.113.7"]), "203.0.113.7");
        // A line that the client broke ends at the proxy.
        for hop in ["for=203.0.113.7", "for=\"203.0.113.7:80\";proto=https"] {
            let found = tagged(&[&format!("{sent}, {hop}")]);
            prop_assert!(["203.0.113.7", "10.0.0.1"].contains(&&*found), "{found}");
            prop_assert_eq!(tagged(&[&sent, hop]), "203.0.113.7");
        }
    }
}
