//! Why an application did not start.

use std::{fmt, io};

use wirepath_runtime::{config::ConfigError, tls::TlsError};
use wirepath_smpp::config::ServerConfig;

/// Why an application did not start. Each text says what to do about it.
///
/// `Debug` prints what `Display` does: that is what a `main` that returns this error shows its user.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be read, or is not right.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; {}", remedy(source.kind()))]
    Listen {
        /// `server.bind_address` and `server.port`.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The files of `server.tls` cannot be used.
    #[error("server.tls: {0}")]
    Tls(TlsError),
    /// The handlers of SIGTERM and SIGINT cannot be installed.
    #[error(
        "cannot watch for SIGTERM and SIGINT: {0}; run the application inside a tokio runtime with I/O enabled, or use `run_until`"
    )]
    Signals(io::Error),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// What [`Server::bind`](wirepath_smpp::Server::bind) failed with.
    pub(crate) fn of_listener(config: &ServerConfig, error: io::Error) -> Self {
        let address = format!("{}:{}", config.bind_address, config.port);
        let kind = error.kind();
        match error.downcast::<TlsError>() {
            Ok(error) => Self::Tls(error),
            // The listener's own text names the address too; the system's error is behind it.
            Err(error) => Self::Listen { address, source: system(error, kind) },
        }
    }
}

/// The system's error, without the sentence around it.
fn system(error: io::Error, kind: io::ErrorKind) -> io::Error {
    match error.raw_os_error() {
        Some(_) => error,
        None => kind.into(),
    }
}

/// What mends it.
const fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::AddrInUse => {
            "another program listens there: stop it, or set server.port to another port (0 takes a free one)"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for privileged users: set server.port to a higher one, or grant CAP_NET_BIND_SERVICE"
        }
        io::ErrorKind::AddrNotAvailable => {
            "no interface of this machine has that address: set server.bind_address to one that it has, or to 0.0.0.0 for all"
        }
        _ => "check server.bind_address and server.port",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wirepath_runtime::tls::TlsServer;

    use super::*;

    fn listener(kind: io::ErrorKind) -> String {
        let error = io::Error::new(kind, "cannot listen on 0.0.0.0:2775: it is so");
        Error::of_listener(&ServerConfig::default(), error).to_string()
    }

    #[test]
    fn a_refused_listener_says_how_to_mend_it() {
        for (kind, remedy) in [
            (io::ErrorKind::AddrInUse, "another program listens there"),
            (io::ErrorKind::PermissionDenied, "CAP_NET_BIND_SERVICE"),
            (io::ErrorKind::AddrNotAvailable, "no interface of this machine"),
            (io::ErrorKind::Other, "check server.bind_address"),
        ] {
            let text = listener(kind);
            assert!(text.starts_with("cannot listen on 0.0.0.0:2775: "), "{text}");
            assert!(text.contains(remedy), "{text}");
            assert_eq!(text.matches("cannot listen").count(), 1, "{text}");
        }
    }

    #[test]
    fn a_missing_tls_file_is_named() {
        let missing = Path::new("no-such.pem");
        let error = TlsServer::load(missing, missing, None::<&std::path::Path>).unwrap_err();
        let error = io::Error::new(io::ErrorKind::InvalidInput, error);
        let error = Error::of_listener(&ServerConfig::default(), error);
        assert!(matches!(error, Error::Tls(_)));
        assert!(error.to_string().starts_with("server.tls: cannot read `no-such.pem`"), "{error}");
    }

    #[test]
    fn debug_is_what_main_prints() {
        let error = Error::Signals(io::ErrorKind::Other.into());
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
