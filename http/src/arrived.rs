//! A request on its way in.

use std::{cell::OnceCell, fmt};

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Uri, Version, request::Parts};

use crate::{
    Body, Request,
    protocol::{
        h1::{Hosts, Lines},
        problem::Form,
    },
    spare,
};

/// A request as it arrived: of its head, what somebody asks for is made then, and what nobody asks for is not made.
///
/// A handler that takes a part of the path, a query or a JSON body needs no map of headers, and most handlers are of that kind.
/// [`into_request`](Self::into_request) makes the whole. Empty, by `Default`, it takes no memory.
#[derive(Default)]
pub struct Arrived {
    /// Until something is changed in `parts`.
    lines: Option<Lines>,
    /// Made when it is asked for; of nothing, if there are no `lines`.
    parts: OnceCell<Box<Parts>>,
    body: Body,
}

impl Arrived {
    pub(crate) fn new(lines: Lines, body: Body) -> Self {
        Self { lines: Some(lines), parts: OnceCell::new(), body }
    }

    fn parts(&self) -> &Parts {
        self.parts.get_or_init(|| make(self.lines.as_ref()))
    }

    /// The method.
    #[must_use]
    #[inline]
    pub fn method(&self) -> &Method {
        match &self.lines {
            Some(lines) => lines.method(),
            None => &self.parts().method,
        }
    }

    /// HTTP/1.0, 1.1 or 2.
    #[must_use]
    #[inline]
    pub fn version(&self) -> Version {
        match &self.lines {
            Some(lines) => lines.version(),
            None => self.parts().version,
        }
    }

    /// The target.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.parts().uri
    }

    /// The path of the target.
    #[must_use]
    #[inline]
    pub fn path(&self) -> &str {
        match self.lines.as_ref().and_then(Lines::path) {
            Some(path) => path,
            None => self.uri().path(),
        }
    }

    /// The octets of the path.
    #[inline]
    pub(crate) fn path_octets(&self) -> &[u8] {
        match self.lines.as_ref().and_then(Lines::path_octets) {
            Some(path) => path,
            None => self.uri().path().as_bytes(),
        }
    }

    /// What stands behind `?` in the target.
    #[must_use]
    #[inline]
    pub fn query(&self) -> Option<&str> {
        match &self.lines {
            Some(lines) if lines.is_plain() => lines.query(),
            _ => self.uri().query(),
        }
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts().headers
    }

    /// The first value of one header, as it came.
    #[must_use]
    #[inline]
    pub fn header(&self, name: &HeaderName) -> Option<&[u8]> {
        match &self.lines {
            Some(lines) => lines.value(name),
            None => self.headers().get(name).map(HeaderValue::as_bytes),
        }
    }

    /// What layers and middleware put there.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.parts().extensions
    }

    /// The body.
    #[must_use]
    #[inline]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, to be taken out.
    #[inline]
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// All of it.
    #[must_use]
    pub fn into_request(self) -> Request {
        let parts = self.parts.into_inner().unwrap_or_else(|| make(self.lines.as_ref()));
        Request::from_parts(*parts, self.body)
    }

    /// All of it, in whose place nothing is left.
    pub(crate) fn take(&mut self) -> Request {
        std::mem::take(self).into_request()
    }

    /// What names the host, if nothing but the field `Host` does, and no more than that was looked at.
    #[inline]
    pub(crate) fn hosts(&self) -> Option<Hosts> {
        let lines = self.lines.as_ref()?;
        lines.is_plain().then(|| lines.hosts())
    }

    /// How the client wants to read of a problem.
    #[inline]
    pub(crate) fn form(&self) -> Form {
        match &self.lines {
            Some(lines) => lines.form(),
            None => Form::of_headers(self.headers()),
        }
    }

    /// Sets a header, in place of all that have its name.
    pub(crate) fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        let mut parts = self.parts.take().unwrap_or_else(|| make(self.lines.as_ref()));
        parts.headers.insert(name, value);
        self.lines = None;
        self.parts = OnceCell::from(parts);
    }
}

fn make(lines: Option<&Lines>) -> Box<Parts> {
    match lines {
        Some(lines) => Box::new(lines.parts(spare::fields())),
        None => Box::new(http::Request::new(()).into_parts().0),
    }
}

impl From<Request> for Arrived {
    fn from(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        Self { lines: None, parts: OnceCell::from(Box::new(parts)), body }
    }
}

impl fmt::Debug for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrived")
            .field("method", self.method())
            .field("uri", self.uri())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, CONTENT_TYPE, HOST};

    use super::*;
    use crate::protocol::h1::{Limits, Reader};

    fn arrived(head: &'static str) -> Arrived {
        let limits = Limits { octets: 1 << 10 };
        let head = Reader::default().read(&mut head.as_bytes(), limits).unwrap().unwrap();
        Arrived::new(head.lines, Body::from("body"))
    }

    #[test]
    fn what_is_read_at_once_is_what_is_made() {
        for target in ["/", "/a/b?c=d?e", "/caf%C3%A9?", "/a{b}", "/a#b", "http://x:1/a?b", "*"] {
            let text =
                format!("GET {target} HTTP/1.0\r\nHost: x\r\nA: 1\r\na:  2\r\nACCEPT: b\t\r\n\r\n");
            let arrived = arrived(text.leak());
            let read = (arrived.path().to_owned(), arrived.query().map(str::to_owned));
            let (method, version) = (arrived.method().clone(), arrived.version());
            let accept = arrived.header(&ACCEPT).map(<[u8]>::to_vec);
            assert_eq!(arrived.header(&CONTENT_TYPE), None);
            let again = [arrived.uri().path().to_owned(), arrived.headers().len().to_string()];
            let request = arrived.into_request();
            let made = (request.uri().path().to_owned(), request.uri().query().map(str::to_owned));
            assert_eq!(read, made, "{target}");
            assert_eq!((method, version), (request.method().clone(), request.version()));
            assert_eq!(accept.as_deref(), request.headers().get(ACCEPT).map(|it| it.as_bytes()));
            assert_eq!(again, [made.0, "4".to_owned()]);
            assert_eq!(request.headers().get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
        }
    }

    #[test]
    fn what_is_set_is_there() {
        let mut arrived = arrived("GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n");
        assert_eq!(arrived.hosts(), Some(Hosts::Several));
        arrived.set_header(HOST, HeaderValue::from_static("z"));
        assert_eq!((arrived.header(&HOST), arrived.hosts()), (Some(b"z".as_slice()), None));
        assert_eq!(arrived.headers().get_all(HOST).iter().count(), 1);
        assert_eq!(arrived.into_request().method(), Method::GET);
    }
}
