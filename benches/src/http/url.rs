//! Where a server is.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    str::FromStr,
};

use hyper::Uri;

use crate::error::LoadError;

/// `http://127.0.0.1:8500`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// As the header `host` has it.
    authority: String,
    /// To connect to.
    place: (String, u16),
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = || "expected a URL such as http://127.0.0.1:8500, without a path".to_owned();
        let uri: Uri = text.parse().map_err(|_| example())?;
        let authority = uri.authority().ok_or_else(example)?;
        let is_plain = uri.scheme_str() == Some("http");
        let is_root = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        if !is_plain || !is_root || authority.as_str().contains('@') {
            return Err(example());
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self { authority: authority.to_string(), place: (host, port) })
    }
}

impl From<SocketAddr> for Url {
    fn from(address: SocketAddr) -> Self {
        Self { authority: address.to_string(), place: (address.ip().to_string(), address.port()) }
    }
}

impl Url {
    pub(super) fn host(&self) -> &str {
        &self.authority
    }

    pub(super) fn address(&self) -> Result<SocketAddr, LoadError> {
        let (host, port) = &self.place;
        let mut found = (host.as_str(), *port).to_socket_addrs()?;
        found.next().ok_or_else(|| LoadError::new(format!("{host} has no address")))
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn what_is_a_place_and_what_is_not() {
        let url: Url = "http://[::1]:8500/".parse().unwrap();
        assert_eq!((url.host(), url.place.clone()), ("[::1]:8500", ("::1".to_owned(), 8500)));
        assert_eq!("http://example".parse::<Url>().unwrap().place.1, 80);
        for text in ["127.0.0.1:8500", "https://a", "http://a/json", "http://u@a", "http://", ""] {
            assert!(text.parse::<Url>().is_err(), "{text}");
        }
    }
}
