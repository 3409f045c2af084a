//! HTTP/1 as it stands in RFC 9112, read from the whole of it, line after line.

use super::Request;

/// The requests that came to their end, and which octet is the first that must not be.
pub(super) fn model(octets: &[u8]) -> (Vec<Request>, Option<usize>) {
    let (mut requests, mut rest) = (Vec::new(), Rest { octets, at: 0 });
    let bad = loop {
        match request(&mut rest) {
            Ok(request) => requests.push(request),
            Err(End::Cut) => break None,
            Err(End::Bad(at)) => break Some(at),
        }
    };
    (requests, bad)
}

/// Why there are no more requests.
enum End {
    Cut,
    Bad(usize),
}

struct Rest<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], End> {
        let length = usize::try_from(length).map_err(|_| End::Cut)?;
        let end = self.at.checked_add(length).ok_or(End::Cut)?;
        let taken = self.octets.get(self.at..end).ok_or(End::Cut)?;
        self.at = end;
        Ok(taken)
    }

    /// A line without its CRLF.
    fn line(&mut self) -> Result<&'a [u8], End> {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        let lf = rest.iter().position(|octet| *octet == b'\n').ok_or(End::Cut)?;
        self.at += lf + 1;
        rest.get(..lf).and_then(|line| line.strip_suffix(b"\r")).ok_or_else(|| self.bad())
    }

    /// The LF of the line that was taken.
    fn bad(&self) -> End {
        End::Bad(self.at - 1)
    }
}

fn request(rest: &mut Rest<'_>) -> Result<Request, End> {
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
            "content-length" => length = Some(decimal(value).ok_or_else(|| rest.bad())?),
            "transfer-encoding" => is_chunked = true,
            _ => continue,
        }
        if is_chunked && length.is_some() {
            return Err(rest.bad());
        }
    }
    let body = match length {
        Some(length) => rest.take(length)?.to_vec(),
        None if is_chunked => chunks(rest)?,
        None => Vec::new(),
    };
    let method = line.split(|octet| *octet == b' ').next().unwrap_or_default().to_vec();
    Ok(Request { method, body })
}

fn chunks(rest: &mut Rest<'_>) -> Result<Vec<u8>, End> {
    let mut body = Vec::new();
    loop {
        let line = rest.line()?;
        let digits: String = line
            .iter()
            .map(|octet| char::from(*octet))
            .take_while(char::is_ascii_hexdigit)
            .collect();
        match u64::from_str_radix(&digits, 16).map_err(|_| rest.bad())? {
            0 => break,
            size => body.extend_from_slice(rest.take(size)?),
        }
        // That they are CRLF is for hyper to see.
        rest.take(2)?;
    }
    while !rest.line()?.is_empty() {}
    Ok(body)
}

/// Digits alone, and spaces around them. Behind them hyper has to refuse a CR.
fn decimal(value: &str) -> Option<u64> {
    let digits = value.trim_start_matches([' ', '\t']).trim_end_matches([' ', '\t', '\r']);
    digits.bytes().all(|octet| octet.is_ascii_digit()).then(|| digits.parse().ok())?
}
