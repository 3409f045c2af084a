//! Where a client's requests go.

use std::{fmt, str::FromStr};

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};
use serde::{Deserialize, Deserializer, de};
use wirepath_runtime::secret::Secret;

use crate::protocol::percent;

/// Where a client's requests go: `https://api.example/v1`. Every request stays below it.
///
/// ```
/// use wirepath_http::config::BaseUrl;
///
/// let base: BaseUrl = "https://api.example/v1".parse()?;
/// assert_eq!(base.join("/users/7?full=1").unwrap(), "https://api.example/v1/users/7?full=1");
/// assert_eq!(base.join("users").unwrap(), "https://api.example/v1/users");
/// assert_eq!(base.join("").unwrap(), "https://api.example/v1");
/// assert!(base.join("//evil.example/").is_err() && base.join("/../admin").is_err());
/// # Ok::<(), wirepath_http::config::BadBaseUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Without a `/` at its end, so often nothing.
    path: String,
}

/// A text that is no base URL. It does not repeat the text: there may be a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadBaseUrl {
    /// It has no scheme, or another one.
    #[error("expected a whole URL with its scheme, such as `https://api.example/v1`")]
    Relative,
    /// It has a user, and perhaps a password.
    #[error(
        "a user and a password do not belong into a URL: leave them out, and set `headers: {{authorization: …}}`"
    )]
    User,
    /// It has a query or a fragment.
    #[error(
        "a query or a fragment cannot be in front of every path: leave out what begins with `?` or `#`"
    )]
    Query,
    /// It has segments that lead upwards.
    #[error("`.` and `..` cannot be segments of its path: write the path that is meant")]
    Dots,
    /// It is no URL.
    #[error("expected a URL such as `https://api.example/v1`, in ASCII")]
    Malformed,
}

/// A path that a request cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPath {
    /// It begins with `//`, or with a scheme.
    #[error(
        "a path below `base_url` is expected, not a URL of its own; another host is another client"
    )]
    Elsewhere,
    /// It has segments that lead upwards.
    #[error(
        "`.` and `..` cannot be segments of a path; encode what comes from outside with `percent::encode_segment`"
    )]
    Dots,
    /// It has characters that a path cannot have.
    #[error(
        "a path is ASCII without blanks and without `#`; encode what comes from outside with `percent::encode_segment`"
    )]
    Malformed,
}

impl BaseUrl {
    /// The URL of a path, with or without a query, below this one.
    ///
    /// The base's own path stays in front, and a `/` stands between the two, whether they have one or not. The host is the
    /// base's, whatever the path is.
    ///
    /// # Errors
    ///
    /// [`BadPath`] for what would look like another host, or lead upwards, plain or percent-encoded.
    pub fn join(&self, path: &str) -> Result<Uri, BadPath> {
        if path.starts_with("//") || has_scheme(path) {
            return Err(BadPath::Elsewhere);
        }
        // `http` cuts a fragment off without a word.
        if !path.bytes().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'#' | b'\\')) {
            return Err(BadPath::Malformed);
        }
        let (only_path, _) = path.split_once('?').unwrap_or((path, ""));
        if has_dots(only_path) {
            return Err(BadPath::Dots);
        }
        let between = match path.bytes().next() {
            None | Some(b'/' | b'?') => "",
            Some(_) => "/",
        };
        // What is only a query belongs to the base itself, whose path is not empty on the wire.
        let whole = match (&*self.path, path.starts_with('?') || path.is_empty()) {
            ("", true) => format!("/{path}"),
            (base, _) => format!("{base}{between}{path}"),
        };
        let target = PathAndQuery::from_maybe_shared(whole).map_err(|_| BadPath::Malformed)?;
        let uri = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        uri.path_and_query(target).build().map_err(|_| BadPath::Malformed)
    }

    /// Whether it is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Its host, without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }
}

/// RFC 3986 §3.1, with what makes it the beginning of another URL.
fn has_scheme(path: &str) -> bool {
    path.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
    })
}

/// Whether a segment is `.` or `..`, in any spelling, and for whatever stands behind the server that is asked.
fn has_dots(path: &str) -> bool {
    percent::segments(&percent::octets(path)).any(|segment| matches!(segment, b"." | b".."))
}

impl FromStr for BaseUrl {
    type Err = BadBaseUrl;

    fn from_str(text: &str) -> Result<Self, BadBaseUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(BadBaseUrl::Relative)?;
        let scheme = match &*scheme.to_ascii_lowercase() {
            "http" => Scheme::HTTP,
            "https" => Scheme::HTTPS,
            _ => return Err(BadBaseUrl::Relative),
        };
        if rest.contains(['?', '#']) {
            return Err(BadBaseUrl::Query);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(BadBaseUrl::User);
        }
        let authority: Authority = authority.parse().map_err(|_| BadBaseUrl::Malformed)?;
        // A port that is none is left to whoever asks by `http`.
        let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        if authority.host().is_empty() || (!port.is_empty() && authority.port_u16().is_none()) {
            return Err(BadBaseUrl::Malformed);
        }
        let path = path.trim_end_matches('/');
        if has_dots(path) {
            return Err(BadBaseUrl::Dots);
        }
        let base = Self { scheme, authority, path: path.to_owned() };
        if path.starts_with("//") || base.join("").is_err() || !path.is_ascii() {
            return Err(BadBaseUrl::Malformed);
        }
        Ok(base)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As a secret, so that an error does not repeat it.
        let text = Secret::deserialize(deserializer)?;
        let text = std::str::from_utf8(text.expose()).map_err(de::Error::custom)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_put_behind_the_base() {
        for (base, path, expected) in [
            ("http://a", "", "http://a/"),
            ("http://a/", "/", "http://a/"),
            ("http://a:81", "x", "http://a:81/x"),
            ("HTTP://a/b/", "/x/y", "http://a/b/x/y"),
            ("http://a/b", "?q=1", "http://a/b?q=1"),
            ("http://a", "?q=1", "http://a/?q=1"),
            ("http://[::1]:8080/b", "c//d?e=//f", "http://[::1]:8080/b/c//d?e=//f"),
            ("https://a/b", "/http://evil/", "https://a/b/http://evil/"),
            ("https://a", "/x?to=http://b/../c", "https://a/x?to=http://b/../c"),
            ("https://a", "x:y@evil", "https://a/x:y@evil"),
            ("https://a", "/a%2Fb;c=..;d/.e/...", "https://a/a%2Fb;c=..;d/.e/..."),
        ] {
            let base: BaseUrl = base.parse().unwrap();
            assert_eq!(base.join(path).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_would_lead_away_is_refused() {
        let base: BaseUrl = "https://a/b".parse().unwrap();
        for path in ["//evil", "//evil/x", "http://evil", "HTTPS://evil/", "a+b://evil"] {
            assert_eq!(base.join(path), Err(BadPath::Elsewhere), "{path}");
        }
        for path in [
            "..",
            "/../c",
            "/x/..",
            "x/./y",
            "/%2e%2E/c",
            "/.%2e?x",
            "/..%2f..%2Fadmin",
            "/x%2F.%2e",
            "/..%5cadmin",
            "/x%5C%2e%2e%5c",
            "/..;/admin",
            "/..%3Bx/admin",
        ] {
            assert_eq!(base.join(path), Err(BadPath::Dots), "{path}");
        }
        for path in ["/a b", "/ä", "/a#b", "/a\r\nx: y", "\\\\evil", "/\\evil", "/\0"] {
            assert_eq!(base.join(path), Err(BadPath::Malformed), "{path}");
        }
    }

    #[test]
    fn what_is_no_base() {
        for (text, expected) in [
            ("", BadBaseUrl::Relative),
            ("/v1", BadBaseUrl::Relative),
            ("api.example", BadBaseUrl::Relative),
            ("ftp://a", BadBaseUrl::Relative),
            ("http://u:p@a", BadBaseUrl::User),
            ("http://a/?x", BadBaseUrl::Query),
            ("http://a#x", BadBaseUrl::Query),
            ("http://a/b/../c", BadBaseUrl::Dots),
            ("http://", BadBaseUrl::Malformed),
            ("http://:80", BadBaseUrl::Malformed),
            ("http://a:", BadBaseUrl::Malformed),
            ("http://a:99999", BadBaseUrl::Malformed),
            ("http://a//b", BadBaseUrl::Malformed),
            ("http://a/ä", BadBaseUrl::Malformed),
            ("http://a b", BadBaseUrl::Malformed),
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_base(path in "[ -~]{0,12}|[/.%2eE:@#?a\\\\]{0,16}|\\PC{0,6}") {
            let base: BaseUrl = "https://a.example:1/b".parse().unwrap();
            if let Ok(uri) = base.join(&path) {
                prop_assert_eq!(uri.authority().unwrap(), "a.example:1");
                prop_assert_eq!(uri.scheme(), Some(&Scheme::HTTPS));
                prop_assert!(uri.path() == "/b" || uri.path().starts_with("/b/"), "{}", uri);
                prop_assert!(!has_dots(uri.path()), "{}", uri);
            }
        }
    }
}
