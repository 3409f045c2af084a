//! The PROXY protocol, versions 1 and 2, as a load balancer puts it in front of a connection.
//!
//! [`parse`] is given what has been read so far and says whether the header is there yet. Nothing is
//! kept between calls, so the caller only has to read more and ask again. Call it where the operator
//! has said that a proxy stands in front, and nowhere else: the header is a claim that any peer could
//! make.
//!
//! ```
//! use wirepath_smpp::protocol::proxy::{parse, Header, Parsed};
//!
//! let bytes = b"PROXY TCP4 192.0.2.7 198.51.100.1 40312 2775\r\n\0\0\0\x10";
//! let Ok(Parsed::Header(Header { len, source, .. })) = parse(bytes) else { panic!() };
//! assert_eq!(source, Some("192.0.2.7:40312".parse().unwrap()));
//! assert_eq!(&bytes[len..], b"\0\0\0\x10");
//! assert_eq!(parse(b"PROXY TCP4 192.0"), Ok(Parsed::Incomplete));
//! assert!(parse(b"\0\0\0\x2F\0\0\0\x09").is_err());
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest header of version 1, its CR LF included.
pub const MAX_V1_LEN: usize = 107;

/// The longest header of version 2 that is taken, TLVs included. The protocol allows 64 KiB; real
/// ones, certificates' names and all, stay far below this.
pub const MAX_V2_LEN: usize = 2048;

const V1_START: &[u8] = b"PROXY ";
const V2_START: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// What [`parse`] found.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// So far it may be a header: read more.
    Incomplete,
    /// The header is whole.
    Header(Header),
}

/// A whole header.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// How many octets it takes: the connection's own bytes begin behind them.
    pub len: usize,
    /// Who connected to the proxy. `None` for the proxy's own connections (`LOCAL`, such as health
    /// checks) and where it does not know (`UNKNOWN`, sockets that are not TCP over IP).
    pub source: Option<SocketAddr>,
    /// What they connected to; `None` together with `source`.
    pub destination: Option<SocketAddr>,
}

/// Why the bytes are no header. The connection is of no use.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The bytes begin like neither version.
    #[error("no PROXY protocol header")]
    NotProxy,
    /// The header is longer than wirepath takes.
    #[error("PROXY protocol header is longer than {limit} octets")]
    TooLong {
        /// The limit for this version.
        limit: usize,
    },
    /// A line of version 1 that is not of its form.
    #[error("malformed PROXY protocol line")]
    Line,
    /// A version other than 1 and 2.
    #[error("unknown PROXY protocol version {0}")]
    Version(u8),
    /// A command of version 2 other than LOCAL and PROXY.
    #[error("unknown PROXY protocol command {0}")]
    Command(u8),
    /// The address block of version 2 is shorter than its family needs.
    #[error("PROXY protocol addresses are cut short")]
    Addresses,
}

/// Looks for a header at the start of a connection.
///
/// [`Parsed::Incomplete`] is only ever said of fewer than [`MAX_V2_LEN`] octets, so a caller that
/// keeps reading is bounded.
///
/// # Errors
///
/// As soon as the bytes cannot become a header, even if there are few of them.
pub fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    match bytes.first() {
        None => Ok(Parsed::Incomplete),
        Some(b'P') => parse_v1(bytes),
        Some(_) => parse_v2(bytes),
    }
}

/// Splits `start` off; `None` while the bytes are a beginning of it.
fn after_start<'a>(bytes: &'a [u8], start: &[u8]) -> Result<Option<&'a [u8]>, ProxyError> {
    match bytes.strip_prefix(start) {
        Some(rest) => Ok(Some(rest)),
        None if start.starts_with(bytes) => Ok(None),
        None => Err(ProxyError::NotProxy),
    }
}

fn parse_v1(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    if after_start(bytes, V1_START)?.is_none() {
        return Ok(Parsed::Incomplete);
    }
    let window = bytes.get(..MAX_V1_LEN).unwrap_or(bytes);
    let Some(end) = memchr::memmem::find(window, b"\r\n") else {
        return if window.len() == MAX_V1_LEN {
            Err(ProxyError::TooLong { limit: MAX_V1_LEN })
        } else {
            Ok(Parsed::Incomplete)
        };
    };
    let line = window.get(V1_START.len()..end).ok_or(ProxyError::Line)?;
    let len = end + 2;
    // What follows UNKNOWN is to be ignored, whatever octets it has.
    if line == b"UNKNOWN" || line.starts_with(b"UNKNOWN ") {
        return Ok(unknown(len));
    }
    let line = std::str::from_utf8(line).map_err(|_| ProxyError::Line)?;
    let (source, destination) = match line.split_once(' ') {
        Some(("TCP4", rest)) => addresses_v1::<Ipv4Addr>(rest)?,
        Some(("TCP6", rest)) => addresses_v1::<Ipv6Addr>(rest)?,
        _ => return Err(ProxyError::Line),
    };
    Ok(Parsed::Header(Header { len, source: Some(source), destination: Some(destination) }))
}

/// `source destination source-port destination-port`, single blanks between.
fn addresses_v1<A>(fields: &str) -> Result<(SocketAddr, SocketAddr), ProxyError>
where
    A: std::str::FromStr + Into<IpAddr>,
{
    let mut fields = fields.split(' ');
    let mut next = || fields.next().ok_or(ProxyError::Line);
    let address = |text: &str| text.parse::<A>().map(Into::into).map_err(|_| ProxyError::Line);
    let (source, destination) = (address(next()?)?, address(next()?)?);
    let (source_port, destination_port) = (port(next()?)?, port(next()?)?);
    if fields.next().is_some() {
        return Err(ProxyError::Line);
    }
    Ok((SocketAddr::new(source, source_port), SocketAddr::new(destination, destination_port)))
}

/// Decimal, without a sign, and without leading zeros as the protocol demands.
fn port(text: &str) -> Result<u16, ProxyError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    if !plain || padded {
        return Err(ProxyError::Line);
    }
    text.parse().map_err(|_| ProxyError::Line)
}

fn parse_v2(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    let Some(rest) = after_start(bytes, V2_START)? else {
        return Ok(Parsed::Incomplete);
    };
    // Whatever has come of the fixed part is checked at once.
    let Some((&version_command, rest)) = rest.split_first() else {
        return Ok(Parsed::Incomplete);
    };
    if version_command >> 4 != 2 {
        return Err(ProxyError::Version(version_command >> 4));
    }
    let local = match version_command & 0x0F {
        0 => true,
        1 => false,
        command => return Err(ProxyError::Command(command)),
    };
    let Some((&[family, high, low], rest)) = rest.split_first_chunk() else {
        return Ok(Parsed::Incomplete);
    };
    let block_len = usize::from(u16::from_be_bytes([high, low]));
    let len = V2_START.len() + 4 + block_len;
    if len > MAX_V2_LEN {
        return Err(ProxyError::TooLong { limit: MAX_V2_LEN });
    }
    let Some(block) = rest.get(..block_len) else {
        return Ok(Parsed::Incomplete);
    };
    // The low half is the transport, stream or datagram; what follows the addresses is TLVs.
    let (source, destination) = match family {
        _ if local => return Ok(unknown(len)),
        0x11 => addresses_v2::<4, 12>(block)?,
        0x21 => addresses_v2::<16, 36>(block)?,
        // Unix sockets, datagrams and what is yet to be defined: not TCP over IP.
        _ => return Ok(unknown(len)),
    };
    Ok(Parsed::Header(Header { len, source: Some(source), destination: Some(destination) }))
}

/// Two addresses of `IP` octets each, then two ports: `BLOCK` octets in all.
fn addresses_v2<const IP: usize, const BLOCK: usize>(
    block: &[u8],
) -> Result<(SocketAddr, SocketAddr), ProxyError>
where
    IpAddr: From<[u8; IP]>,
{
    let read = || {
        let (&source, rest) = block.split_first_chunk::<IP>()?;
        let (&destination, rest) = rest.split_first_chunk::<IP>()?;
        let (&source_port, rest) = rest.split_first_chunk::<2>()?;
        let (&destination_port, _) = rest.split_first_chunk::<2>()?;
        Some((
            SocketAddr::new(source.into(), u16::from_be_bytes(source_port)),
            SocketAddr::new(destination.into(), u16::from_be_bytes(destination_port)),
        ))
    };
    read().ok_or(ProxyError::Addresses)
}

fn unknown(len: usize) -> Parsed {
    Parsed::Header(Header { len, source: None, destination: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;
    use proptest::prelude::*;

    const V2_IPV4: [u8; 28] = hex!(
        "0D0A0D0A000D0A515549540A" // signature
        "21 11 000C"               // version 2, PROXY; TCP over IPv4; 12 octets
        "C0000207 C6336401"        // 192.0.2.7, 198.51.100.1
        "9D78 0AD7"                // 40312, 2775
    );

    const V2_IPV6: [u8; 52] = hex!(
        "0D0A0D0A000D0A515549540A" // signature
        "21 21 0024"               // version 2, PROXY; TCP over IPv6; 36 octets
        "20010DB8000000000000000000000001"
        "20010DB8000000000000000000000002"
        "9D78 0AD7"
    );

    fn header(len: usize, source: &str, destination: &str) -> Result<Parsed, ProxyError> {
        let source = Some(source.parse().unwrap());
        let destination = Some(destination.parse().unwrap());
        Ok(Parsed::Header(Header { len, source, destination }))
    }

    /// The header is found with or without bytes behind it, and any part of it is incomplete.
    fn check_whole(bytes: &[u8], expected: Result<Parsed, ProxyError>) {
        for end in 0..bytes.len() {
            assert_eq!(parse(&bytes[..end]), Ok(Parsed::Incomplete), "cut to {end}");
        }
        assert_eq!(parse(bytes), expected);
        let followed = [bytes, b"\r\n\0\0\0\x10PROXY"].concat();
        assert_eq!(parse(&followed), expected);
    }

    #[test]
    fn golden_v1() {
        check_whole(
            b"PROXY TCP4 192.0.2.7 198.51.100.1 40312 2775\r\n",
            header(46, "192.0.2.7:40312", "198.51.100.1:2775"),
        );
        check_whole(
            b"PROXY TCP6 2001:db8::1 2001:db8::2 40312 0\r\n",
            header(44, "[2001:db8::1]:40312", "[2001:db8::2]:0"),
        );
        check_whole(b"PROXY UNKNOWN\r\n", Ok(unknown(15)));
        check_whole(b"PROXY UNKNOWN whatever \xFF it says\r\n", Ok(unknown(34)));
        check_whole(b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", Ok(unknown(43)));
    }

    #[test]
    fn golden_v2() {
        check_whole(&V2_IPV4, header(28, "192.0.2.7:40312", "198.51.100.1:2775"));
        check_whole(&V2_IPV6, header(52, "[2001:db8::1]:40312", "[2001:db8::2]:2775"));
        // LOCAL: the addresses, if any, do not count.
        check_whole(&hex!("0D0A0D0A000D0A515549540A 20 00 0000"), Ok(unknown(16)));
        check_whole(&hex!("0D0A0D0A000D0A515549540A 20 11 0001 FF"), Ok(unknown(17)));
        // A datagram, and a family of the future.
        check_whole(&hex!("0D0A0D0A000D0A515549540A 21 12 0002 FFFF"), Ok(unknown(18)));
        check_whole(&hex!("0D0A0D0A000D0A515549540A 21 F1 0000"), Ok(unknown(16)));
    }

    #[test]
    fn tlvs_of_v2_are_skipped() {
        let mut bytes = V2_IPV4.to_vec();
        bytes[15] += 4;
        bytes.extend(hex!("04 0001 00"));
        check_whole(&bytes, header(32, "192.0.2.7:40312", "198.51.100.1:2775"));
    }

    #[test]
    fn hostile_v1() {
        for line in [
            "PROXY \r\n",
            "PROXY TCP4\r\n",
            "PROXY TCP4 \r\n",
            "PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
            "PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n",
            "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
            "PROXY UNKNOWNS\r\n",
        ] {
            assert_eq!(parse(line.as_bytes()), Err(ProxyError::Line), "{line:?}");
        }
        let endless = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200]].concat();
        assert_eq!(parse(&endless[..106]), Ok(Parsed::Incomplete));
        assert_eq!(parse(&endless[..107]), Err(ProxyError::TooLong { limit: 107 }));
        let longest = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 91], b"\r\n"].concat();
        check_whole(&longest, Ok(unknown(107)));
        assert_eq!(parse(b"PRoXY TCP4"), Err(ProxyError::NotProxy));
    }

    #[test]
    fn hostile_v2() {
        let parse_with = |position: usize, octet: u8| {
            let mut bytes = V2_IPV4;
            bytes[position] = octet;
            parse(&bytes)
        };
        assert_eq!(parse_with(0, 0), Err(ProxyError::NotProxy));
        assert_eq!(parse_with(11, 0), Err(ProxyError::NotProxy));
        assert_eq!(parse_with(12, 0x11), Err(ProxyError::Version(1)));
        assert_eq!(parse_with(12, 0x22), Err(ProxyError::Command(2)));
        assert_eq!(parse_with(14, 0xFF), Err(ProxyError::TooLong { limit: 2048 }));
        assert_eq!(parse_with(15, 11), Err(ProxyError::Addresses));
        assert_eq!(parse_with(13, 0x21), Err(ProxyError::Addresses));
        // A verdict comes as early as it can: here after thirteen octets.
        assert_eq!(parse(&hex!("0D0A0D0A000D0A515549540A 31")), Err(ProxyError::Version(3)));
        // A TLS hello, and a bind without any header.
        assert_eq!(parse(&hex!("16 0301")), Err(ProxyError::NotProxy));
        assert_eq!(parse(&hex!("0000002F 00000009")), Err(ProxyError::NotProxy));
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(start in 0..3_usize, tail: Vec<u8>) {
            let start = [&b""[..], V1_START, V2_START].get(start).copied().unwrap_or_default();
            let bytes = [start, &tail].concat();
            match parse(&bytes) {
                Ok(Parsed::Header(header)) => prop_assert!(header.len <= bytes.len()),
                Ok(Parsed::Incomplete) => prop_assert!(bytes.len() < MAX_V2_LEN),
                Err(_) => {}
            }
        }
    }
}
