//! CORS (WHATWG Fetch §3.2), on every response.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
        ORIGIN, VARY,
    },
};

use crate::{Body, Request, Response, config::Cors};

/// What browsers take for an answer, at most: a day.
const MAX_AGE_S: u64 = 86_400;

/// Who may ask, with the headers that say so. tower-http's layer would do where there is a service to stand around; the
/// engine's own answers, 413 and 504, come from none.
#[derive(Debug)]
pub(super) struct Rules {
    /// `None` for all.
    origins: Option<Vec<HeaderValue>>,
    methods: HeaderValue,
    /// `None` for whichever are asked for.
    headers: Option<HeaderValue>,
    expose: Option<HeaderValue>,
    credentials: bool,
    max_age: HeaderValue,
}

impl Rules {
    pub(super) fn new(cors: &Cors, report: &mut dyn FnMut(&str, String)) -> Self {
        let is_any = cors.origins.iter().any(|origin| origin == "*");
        if cors.origins.is_empty() {
            let why = "is empty: name the origins whose pages may ask, such as `https://app.example`, or `*` for all";
            report("cors.origins", why.to_owned());
        }
        if is_any && cors.credentials {
            let why = "cannot be on with the origin `*`: browsers refuse that; name the origins";
            report("cors.credentials", why.to_owned());
        }
        // Any page makes itself a frame without an origin: this is `*` for those who know how.
        if cors.credentials && cors.origins.iter().any(|origin| origin == "null") {
            let why = "cannot be on with the origin `null`: every page can take that on; name the origins";
            report("cors.credentials", why.to_owned());
        }
        for (i, origin) in cors.origins.iter().enumerate() {
            if origin != "*" && !is_origin(origin) {
                let why = "expected a scheme, a host in lower case and, where it is not the scheme's own, a port, with nothing behind it: `https://app.example`";
                report(&format!("cors.origins[{i}]"), why.to_owned());
            }
        }
        for (i, method) in cors.methods.iter().enumerate() {
            if Method::from_bytes(method.as_bytes()).is_err() {
                report(
                    &format!("cors.methods[{i}]"),
                    "expected a method, such as `GET`".to_owned(),
                );
            }
        }
        for (name, list) in [("headers", &cors.headers), ("expose", &cors.expose)] {
            for (i, header) in list.iter().enumerate() {
                if header.parse::<HeaderName>().is_err() {
                    let why = "expected the name of a header, such as `content-type`".to_owned();
                    report(&format!("cors.{name}[{i}]"), why);
                }
                if header == "*" && name == "expose" && cors.credentials {
                    let why = "with credentials browsers take `*` for a name: name the headers";
                    report(&format!("cors.{name}[{i}]"), why.to_owned());
                }
            }
        }
        if cors.max_age_s > MAX_AGE_S {
            report("cors.max_age_s", format!("expected 0 to {MAX_AGE_S}"));
        }
        let origins = cors.origins.iter().filter_map(|origin| origin.parse().ok());
        Self {
            origins: (!is_any).then(|| origins.collect()),
            methods: list(&cors.methods).unwrap_or(HeaderValue::from_static("")),
            headers: match cors.headers.iter().any(|header| header == "*") {
                true => None,
                false => Some(list(&cors.headers).unwrap_or(HeaderValue::from_static(""))),
            },
            expose: list(&cors.expose),
            credentials: cors.credentials,
            max_age: HeaderValue::from(cors.max_age_s),
        }
    }

    /// The answer to a request that asks whether it may be made.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let asked = request.headers();
        let is_one = request.method() == Method::OPTIONS
            && asked.contains_key(ORIGIN)
            && asked.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !is_one {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        let names = [ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_HEADERS];
        for name in names {
            headers.append(VARY, HeaderValue::from(name));
        }
        if self.allowed(asked.get(ORIGIN)).is_some() {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
            headers.insert(ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
            let allowed = self.headers.as_ref();
            if let Some(allowed) = allowed.or_else(|| asked.get(ACCESS_CONTROL_REQUEST_HEADERS)) {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed.clone());
            }
        }
        Some(response)
    }

    /// Says on a response whose pages may see it. `origin` is the request's.
    pub(super) fn mark(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if self.origins.is_some() {
            // Also where there is no origin: a cache is not to give that answer to a page.
            headers.append(VARY, HeaderValue::from(ORIGIN));
        }
        let Some(allowed) = self.allowed(origin) else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if let Some(expose) = &self.expose {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
        }
    }

    fn allowed(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match &self.origins {
            None => Some(HeaderValue::from_static("*")),
            Some(origins) => origin.filter(|origin| origins.contains(origin)).cloned(),
        }
    }
}

/// `a, b`; `None` for an empty list. What is no name was reported.
fn list(names: &[String]) -> Option<HeaderValue> {
    (!names.is_empty()).then(|| names.join(", ").parse().ok()).flatten()
}

/// As browsers write them: they are compared octet by octet. `null` is what sandboxed pages and files have.
fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return text == "null" };
    let uri = text.parse::<Uri>().ok();
    let is_bare = uri.is_some_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => ":",
    };
    is_bare
        && !rest.contains(['/', '?', '#', '@', '*'])
        && !rest.ends_with(default_port)
        && !text.bytes().any(|octet| octet.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_write_them() {
        for (text, is) in [
            ("https://app.example", true),
            ("http://localhost:3000", true),
            ("http://[::1]:3000", true),
            ("null", true),
            ("https://app.example/", false),
            ("https://app.example:443", false),
            ("https://App.example", false),
            ("https://*.example", false),
            ("app.example", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(is_origin(text), is, "{text}");
        }
    }
}
