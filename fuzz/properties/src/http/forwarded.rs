//! Nobody gets an address that they made up.

use std::net::{IpAddr, Ipv4Addr};

use wirepath_http::protocol::forwarded::{Header, client};
use wirepath_runtime::net::Networks;

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Who the proxy says has called it.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

/// The target: the octets as header lines that a client sent.
///
/// # Panics
///
/// If what the proxy appended is not where the walk ends.
pub fn any_octets(data: &[u8]) {
    let Ok(trusted) = Networks::parse(["10.0.0.0/8"]) else { return };
    let lines: Vec<&[u8]> = data.split(|octet| *octet == b'\n').collect();
    let plain =
        |lines: &[&[u8]]| client(PROXY, &trusted, Header::XForwardedFor, lines.iter().copied(), []);
    let tagged =
        |lines: &[&[u8]]| client(PROXY, &trusted, Header::Forwarded, [], lines.iter().copied());

    let appended = |hop: &[u8]| [data, b", ", hop].concat();
    assert_eq!(plain(&[&appended(b"203.0.113.7")]), CLIENT);
    let behind = |hop: &'static [u8]| [&lines[..], &[hop]].concat();
    assert_eq!(plain(&behind(b"203.0.113.7:80")), CLIENT);
    assert_eq!(tagged(&behind(b"for=203.0.113.7")), CLIENT);
    // A line that the client broke ends the walk before the proxy's own part in it.
    for hop in [&b"for=203.0.113.7"[..], b"proto=https;for=\"203.0.113.7:80\""] {
        let found = tagged(&[&appended(hop)]);
        assert!(found == CLIENT || found == PROXY, "{found}");
    }
    // Either header: an address comes from somewhere, and a peer that is not trusted is the client.
    let either =
        client(PROXY, &trusted, Header::Either, lines.iter().copied(), lines.iter().copied());
    let one_of = [PROXY, plain(&lines), tagged(&lines)];
    assert!(one_of.contains(&either), "{either}");
    let lines = || lines.iter().copied();
    assert_eq!(client(CLIENT, &trusted, Header::Either, lines(), lines()), CLIENT);
}
