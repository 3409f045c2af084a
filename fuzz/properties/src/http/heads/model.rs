//! HTTP/1 as it stands in RFC 9112, read from the whole of it, line after line.

use super::Request;

/// The requests that came to their end, up to the first one that must not be.
pub(super) fn model(octets: &[u8]) -> Vec<Request> {
    let mut rest = Rest { octets, at: 0 };
    std::iter::from_fn(|| request(&mut rest)).collect()
}

struct Rest<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let end = self.at.checked_add(usize::try_from(length).ok()?)?;
        let taken = self.octets.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// A line without its CRLF.
    fn line(&mut self) -> Option<&'a [u8]> {
        let rest = self.octets.get(self.at..)?;
        let lf = rest.iter().position(|octet| *octet == b'\n')?;
        self.at += lf + 1;
        rest.get(..lf)?.strip_suffix(b"\r")
    }
}

fn request(rest: &mut Rest<'_>) -> Option<Request> {
    let mut line = rest.line()?;
    while line.is_empty() {
        line = rest.line()?;
    }
    let (mut length, mut is_chunked) = (None, false);
    loop {
        let field = String::from_utf8_lossy(rest.line()?).into_owned();
        if field.is_empty() {
            break;
        }
        let (name, value) = field.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Some(decimal(value)?),
            "transfer-encoding" => is_chunked = true,
            _ => continue,
        }
        if is_chunked && length.is_some() {
            return None;
        }
    }
    let body = match length {
        Some(length) => rest.take(length)?.to_vec(),
        None if is_chunked => chunks(rest)?,
        None => Vec::new(),
    };
    let method = line.split(|octet| *octet == b' ').next().unwrap_or_default().to_vec();
    Some(Request { method, body })
}

fn chunks(rest: &mut Rest<'_>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.line()?;
        let digits: String = line
            .iter()
            .map(|octet| char::from(*octet))
            .take_while(char::is_ascii_hexdigit)
            .collect();
        match u64::from_str_radix(&digits, 16).ok()? {
            0 => break,
            size => body.extend_from_slice(rest.take(size)?),
        }
        // That they are CRLF is for hyper to see.
        rest.take(2)?;
    }
    while !rest.line()?.is_empty() {}
    Some(body)
}

/// Digits alone, and spaces around them. Behind them hyper has to refuse a CR.
fn decimal(value: &str) -> Option<u64> {
    let digits = value.trim_start_matches([' ', '\t']).trim_end_matches([' ', '\t', '\r']);
    digits.bytes().all(|octet| octet.is_ascii_digit()).then(|| digits.parse().ok())?
}
