//! Why an application did not start.

use std::{fmt, io};

use wirepath_runtime::{config::ConfigError, tls::TlsError};
#[cfg(feature = "smpp")]
use wirepath_smpp::ListenError;

/// Why an application did not start. Each text says what to do about it.
///
/// `Debug` prints what `Display` does: that is what a `main` that returns this error shows its user.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be read, or is not right.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The address for SMPP cannot be listened on.
    #[cfg(feature = "smpp")]
    #[error("{0}")]
    Listen(ListenError),
    /// An address for HTTP cannot be listened on.
    #[cfg(feature = "http")]
    #[error("{0}")]
    HttpListen(wirepath_http::ListenError),
    /// A client cannot be made as the configuration says.
    #[cfg(feature = "client")]
    #[error("{0}")]
    Client(#[from] wirepath_http::client::BadClient),
    /// Routes that would answer one request, or that one table cannot hold.
    #[cfg(feature = "http")]
    #[error("{0}")]
    Routes(#[from] wirepath_http::router::RouteError),
    /// What `#[on_startup]` is on failed.
    #[cfg(feature = "http")]
    #[error("`{name}`, which runs at the start, failed: {source}")]
    Startup {
        /// The function.
        name: &'static str,
        /// What it returned.
        source: wirepath_http::BoxError,
    },
    /// The files of `server.tls`, or of a listener's `tls`, cannot be used.
    #[error("server.tls: {0}")]
    Tls(TlsError),
    /// The handlers of SIGTERM and SIGINT cannot be installed.
    #[error(
        "cannot watch for SIGTERM and SIGINT: {0}; run the application inside a tokio runtime with I/O enabled, or use `run_until`"
    )]
    Signals(io::Error),
    /// The store cannot be opened, or read.
    #[cfg(feature = "spool")]
    #[error("store: {0}")]
    Store(#[from] wirepath_runtime::store::StoreError),
    /// Something else that the system refused.
    #[error("{0}")]
    System(io::Error),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "http")]
impl Error {
    /// What [`Server::bind`](wirepath_http::Server::bind) failed with.
    pub(crate) fn of_http(error: io::Error) -> Self {
        let error = match error.downcast::<wirepath_http::ListenError>() {
            Ok(error) => return Self::HttpListen(error),
            Err(error) => error,
        };
        match error.downcast::<TlsError>() {
            Ok(error) => Self::Tls(error),
            Err(error) => Self::System(error),
        }
    }
}

#[cfg(feature = "smpp")]
impl Error {
    /// What [`Server::bind`](wirepath_smpp::Server::bind) failed with.
    pub(crate) fn of_listener(error: io::Error) -> Self {
        let error = match error.downcast::<ListenError>() {
            Ok(error) => return Self::Listen(error),
            Err(error) => error,
        };
        match error.downcast::<TlsError>() {
            Ok(error) => Self::Tls(error),
            Err(error) => Self::System(error),
        }
    }
}

#[cfg(all(test, feature = "smpp"))]
mod tests {
    use std::path::Path;

    use wirepath_runtime::tls::TlsServer;

    use super::*;

    #[test]
    fn a_missing_tls_file_is_named() {
        let missing = Path::new("no-such.pem");
        let error = TlsServer::load(missing, missing, None::<&Path>).unwrap_err();
        let error = io::Error::new(io::ErrorKind::InvalidInput, error);
        let error = Error::of_listener(error);
        assert!(matches!(error, Error::Tls(_)));
        assert!(error.to_string().starts_with("server.tls: cannot read `no-such.pem`"), "{error}");
    }

    #[test]
    fn debug_is_what_main_prints() {
        let error = Error::Signals(io::ErrorKind::Other.into());
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
