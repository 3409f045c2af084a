//! The client's address behind proxies: `X-Forwarded-For` and `Forwarded` (RFC 7239).
//!
//! Each proxy appends whom it was called by. Whatever stands left of what our own proxies wrote can have been sent by
//! anybody, so the list is walked from its right end: past the proxies that are trusted, to the first address that is not
//! one of them. That is the client. A header from a peer that is no trusted proxy is not looked at.
//!
//! The walk ends early, with the last address that is known to be true (a proxy's), at anything that is no address:
//! `unknown` and the obfuscated names of RFC 7239 §6.3, an element without `for`, quotes that do not close, garbage. So
//! nobody gets an address that they made up; the worst is to be taken for the proxy.

use std::net::{IpAddr, SocketAddr};

use wirepath_runtime::net::Networks;

/// The most proxies that are walked past. With more, the address is that of the last one.
pub const MAX_HOPS: usize = 32;

/// Which header the proxies write.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Header {
    /// Whichever is there. Where both are and lead to two addresses, neither is believed, and the address is the peer's:
    /// most proxies write one of them and pass the other through, and from here it cannot be told which one that is.
    #[default]
    Either,
    /// `X-Forwarded-For` alone.
    XForwardedFor,
    /// `Forwarded` alone.
    Forwarded,
}

/// The client's address.
///
/// `peer` is who is connected. The lines are the values of all header lines of that name, in their order; they are walked
/// from the last.
///
/// An IPv4 address that is mapped into IPv6 comes out as IPv4. Nothing is allocated.
///
/// ```
/// use wirepath_http::protocol::forwarded::{Header, client};
/// use wirepath_runtime::net::Networks;
///
/// let trusted = Networks::parse(["10.0.0.0/8"])?;
/// let proxy = "10.0.0.1".parse()?;
/// let from = |line: &'static str| client(proxy, &trusted, Header::Either, [line.as_bytes()], []).to_string();
/// assert_eq!(from("203.0.113.7, 10.0.0.2"), "203.0.113.7");
/// // What the client itself put in front is not believed.
/// assert_eq!(from("127.0.0.1, 203.0.113.7"), "203.0.113.7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn client<'h, X, F>(
    peer: IpAddr,
    trusted: &Networks,
    header: Header,
    x_forwarded_for: X,
    forwarded: F,
) -> IpAddr
where
    X: IntoIterator<Item = &'h [u8], IntoIter: DoubleEndedIterator>,
    F: IntoIterator<Item = &'h [u8], IntoIter: DoubleEndedIterator>,
{
    let peer = peer.to_canonical();
    match trusted.contains(peer) {
        true => behind(peer, trusted, header, x_forwarded_for, forwarded),
        false => peer,
    }
}

/// The same, for a peer that is trusted, whoever it is.
pub(crate) fn behind<'h, X, F>(
    peer: IpAddr,
    trusted: &Networks,
    header: Header,
    x_forwarded_for: X,
    forwarded: F,
) -> IpAddr
where
    X: IntoIterator<Item = &'h [u8], IntoIter: DoubleEndedIterator>,
    F: IntoIterator<Item = &'h [u8], IntoIter: DoubleEndedIterator>,
{
    let plain = || walk(peer, trusted, x_forwarded_for.into_iter().rev().flat_map(plain_hops));
    let tagged = || walk(peer, trusted, forwarded.into_iter().rev().flat_map(tagged_hops));
    let found = match header {
        Header::XForwardedFor => plain(),
        Header::Forwarded => tagged(),
        Header::Either => match (plain(), tagged()) {
            (Some(one), Some(other)) if one != other => None,
            (one, other) => one.or(other),
        },
    };
    found.unwrap_or(peer)
}

/// Walks the hops from the nearest; `None` as a hop is what is no address. `None` if there are no hops.
fn walk(
    peer: IpAddr,
    trusted: &Networks,
    hops: impl Iterator<Item = Option<IpAddr>>,
) -> Option<IpAddr> {
    let mut hops = hops.take(MAX_HOPS).peekable();
    hops.peek()?;
    let mut last = peer;
    for hop in hops {
        let Some(address) = hop else { break };
        last = address;
        if !trusted.contains(address) {
            break;
        }
    }
    Some(last)
}

/// The hops of an `X-Forwarded-For` line from the right. There is no grammar for it but custom: addresses between commas,
/// some with a port, some IPv6 addresses in brackets.
fn plain_hops(line: &[u8]) -> impl Iterator<Item = Option<IpAddr>> {
    line.rsplit(|octet| *octet == b',').map(|hop| {
        let hop = hop.trim_ascii();
        let quoted = hop.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
        node(std::str::from_utf8(quoted.unwrap_or(hop)).ok()?)
    })
}

/// `node` of RFC 7239 §6, where it is an address.
fn node(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip().to_canonical());
    }
    // What is left is a port that is obfuscated, `192.0.2.1:_a`, or IPv6 in brackets without one.
    let (address, port) = match text.strip_prefix('[') {
        Some(rest) => {
            rest.split_once(']').map(|(address, port)| (address, port.strip_prefix(':')))?
        }
        None => text.split_once(':').map(|(address, port)| (address, Some(port)))?,
    };
    let port_is_fine = match port {
        Some(port) => is_port(port),
        None => text.ends_with(']'),
    };
    let address: IpAddr = address.parse().ok()?;
    // Brackets are for IPv6, and a colon without them for IPv4.
    (port_is_fine && address.is_ipv6() == text.starts_with('[')).then(|| address.to_canonical())
}

/// `node-port`: a number, or `_` and a name.
fn is_port(port: &str) -> bool {
    match port.strip_prefix('_') {
        Some(name) => {
            let fits = |octet: u8| octet.is_ascii_alphanumeric() || b"._-".contains(&octet);
            !name.is_empty() && name.bytes().all(fits)
        }
        None => (1..=5).contains(&port.len()) && port.bytes().all(|octet| octet.is_ascii_digit()),
    }
}

/// The hops of a `Forwarded` line from the right. One that does not follow the grammar is one hop that is no address:
/// quotes that do not close could hide where an element of ours begins.
fn tagged_hops(line: &[u8]) -> impl Iterator<Item = Option<IpAddr>> {
    // The last ones, in a ring: what begins further left is beyond the bound of the walk.
    let mut ring = [None; MAX_HOPS];
    let mut count = 0_usize;
    let mut rest = line;
    let mut whole = true;
    while whole && !rest.is_empty() {
        match element(rest) {
            Some((hop, behind)) => {
                // Empty elements are allowed (RFC 9110 §5.6.1.2).
                if let Some(hop) = hop
                    && let Some(place) = ring.get_mut(count % MAX_HOPS)
                {
                    *place = hop;
                    count += 1;
                }
                rest = behind;
            }
            None => whole = false,
        }
    }
    let (held, count) = if whole { (ring, count) } else { ([None; MAX_HOPS], 1) };
    let kept = count.min(MAX_HOPS);
    (1..=kept).map(move |back| held.get((count - back) % MAX_HOPS).copied().flatten())
}

/// A hop: the address in its `for`, if that is one.
type Hop = Option<IpAddr>;

/// `forwarded-element`, if it is not empty, and what is behind its comma. `None` if it is malformed.
fn element(text: &[u8]) -> Option<(Option<Hop>, &[u8])> {
    let mut rest = text;
    let mut hop: Option<Hop> = None;
    let mut is_empty = true;
    loop {
        rest = rest.trim_ascii_start();
        match rest.split_first() {
            None => break,
            Some((b',', behind)) => {
                rest = behind;
                break;
            }
            Some((b';', behind)) => {
                rest = behind;
                continue;
            }
            Some(_) => {}
        }
        is_empty = false;
        let (name, value, behind) = parameter(rest)?;
        if name.eq_ignore_ascii_case(b"for") {
            // Each parameter at most once (RFC 7239 §4).
            hop.is_none().then_some(())?;
            hop = Some(value.address());
        }
        // Behind a value stands nothing but a separator.
        rest = behind.trim_ascii_start();
        matches!(rest.first(), None | Some(b',' | b';')).then_some(())?;
    }
    Some(((!is_empty).then(|| hop.flatten()), rest))
}

/// A value: a token, or what stood between quotes, escapes and all.
#[derive(Copy, Clone)]
struct Value<'h>(&'h [u8]);

impl Value<'_> {
    /// No address has a character that needs an escape, so one with escapes is none.
    fn address(self) -> Option<IpAddr> {
        node(std::str::from_utf8(self.0).ok()?)
    }
}

/// `token "=" ( token / quoted-string )`, and what is behind it.
fn parameter(text: &[u8]) -> Option<(&[u8], Value<'_>, &[u8])> {
    let (name, behind) = token(text)?;
    let behind = behind.strip_prefix(b"=")?;
    let Some(quoted) = behind.strip_prefix(b"\"") else {
        let (value, behind) = token(behind)?;
        return Some((name, Value(value), behind));
    };
    let mut octets = quoted.iter().enumerate();
    while let Some((place, octet)) = octets.next() {
        match octet {
            b'"' => {
                return Some((name, Value(quoted.get(..place)?), quoted.get(place + 1..)?));
            }
            b'\\' => drop(octets.next()?),
            _ => {}
        }
    }
    None
}

/// A token, which is not empty, and what is behind it. Colons and brackets belong into quotes (RFC 7239 §4), but there are
/// proxies that leave those out.
fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let fits = |octet: &u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(octet);
    let end = text.iter().position(|octet| !fits(octet)).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(token, _)| !token.is_empty())
}

#[cfg(test)]
mod tests;
