//! Where to listen.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Deserializer, de};

/// Where to listen: `0.0.0.0:8080`, `[::]:8080`, `localhost:8080`, `:8080` for every address, or `unix:/run/app.sock`.
///
/// ```
/// use wirepath_http::config::Listen;
///
/// assert_eq!(":80".parse(), Ok(Listen::Tcp { host: "0.0.0.0".to_owned(), port: 80 }));
/// assert_eq!("[::1]:80".parse::<Listen>()?.to_string(), "[::1]:80");
/// assert!("80".parse::<Listen>().is_err());
/// # Ok::<(), wirepath_http::config::BadListen>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A TCP port; 0 lets the system choose.
    Tcp {
        /// A name or an address, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket. A socket file that nobody listens on any more is replaced.
    Unix(PathBuf),
}

/// A text that says no place to listen at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address and a port such as `0.0.0.0:8080`, or `unix:/path`")]
pub struct BadListen(());

impl FromStr for Listen {
    type Err = BadListen;

    fn from_str(text: &str) -> Result<Self, BadListen> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path.is_empty() {
                true => Err(BadListen(())),
                false => Ok(Self::Unix(path.into())),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or(BadListen(()))?;
        let port = port.parse().map_err(|_| BadListen(()))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match (bare, host) {
            (Some(bare), _) => bare,
            (None, "") => "0.0.0.0",
            // Without brackets it could not be told where the port begins.
            (None, host) if host.contains([':', '[', ']', '/']) => return Err(BadListen(())),
            (None, host) => host,
        };
        Ok(Self::Tcp { host: host.to_owned(), port })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_place() {
        for text in [
            "",
            "80",
            "localhost",
            "localhost:",
            "localhost:65536",
            "::1:80",
            "unix:",
            "http://a:80",
        ] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[test]
    fn prints_as_it_is_read() {
        for text in ["localhost:80", "[::1]:0", "unix:/run/a.sock"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
    }
}
