//! Why an address cannot be listened on.

use std::io;

/// A listener that could not be started. Its text has the address, what the system says, and what mends it.
///
/// [`Server::bind`](super::Server::bind) fails with an [`io::Error`] that holds one:
///
/// ```
/// use wirepath_smpp::{ListenError, Server, config::ServerConfig, handlers};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let mut config = ServerConfig::default();
/// config.bind_address = "127.0.0.1".to_owned();
/// config.port = taken.local_addr()?.port();
/// let service = handlers![].with_state(std::sync::Arc::new(()));
/// let error = Server::bind(&config, service).await.unwrap_err().downcast::<ListenError>().unwrap();
/// assert_eq!(error.address(), taken.local_addr()?.to_string());
/// assert!(error.remedy().contains("set server.port to another port"));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {}: {source}; {}", self.address(), self.remedy())]
pub struct ListenError {
    host: String,
    port: u16,
    source: io::Error,
}

impl ListenError {
    pub(super) fn new(host: &str, port: u16, source: io::Error) -> Self {
        Self { host: host.to_owned(), port, source }
    }

    /// `server.bind_address` and `server.port`, as they are in the configuration.
    #[must_use]
    pub fn address(&self) -> String {
        // As a socket address is written: else the port would read as a part of it.
        let is_bare_v6 = self.host.contains(':') && !self.host.starts_with('[');
        match is_bare_v6 {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// What the system says, with its number.
    #[must_use]
    pub fn system(&self) -> &io::Error {
        &self.source
    }

    /// What mends it, by the keys of the configuration.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        /// The first port that anyone may listen on, unless the system was told otherwise.
        const UNPRIVILEGED: u16 = 1_024;

        match self.source.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or set server.port to another port (0 takes a free one)"
            }
            io::ErrorKind::PermissionDenied if self.port < UNPRIVILEGED => {
                "ports below 1024 are for privileged users: set server.port to a higher one, or grant CAP_NET_BIND_SERVICE"
            }
            io::ErrorKind::PermissionDenied => {
                "the system keeps this user from it: set server.port to another port, or look into its security policy"
            }
            io::ErrorKind::AddrNotAvailable => {
                "no interface of this machine has that address: set server.bind_address to one that it has, or to 0.0.0.0 for all"
            }
            _ => "check server.bind_address and server.port",
        }
    }
}

/// Under the kind of the system's error, which callers may branch by.
impl From<ListenError> for io::Error {
    fn from(error: ListenError) -> Self {
        Self::new(error.source.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(host: &str, port: u16, source: io::Error) -> String {
        ListenError::new(host, port, source).to_string()
    }

    #[test]
    fn each_reason_has_its_remedy() {
        for (kind, port, remedy) in [
            (io::ErrorKind::AddrInUse, 2775, "set server.port to another port"),
            (io::ErrorKind::PermissionDenied, 1_023, "CAP_NET_BIND_SERVICE"),
            (io::ErrorKind::PermissionDenied, 1_024, "security policy"),
            (io::ErrorKind::AddrNotAvailable, 2775, "set server.bind_address to one that it has"),
            (io::ErrorKind::Other, 2775, "check server.bind_address and server.port"),
        ] {
            let text = text("0.0.0.0", port, kind.into());
            assert!(text.starts_with(&format!("cannot listen on 0.0.0.0:{port}: ")), "{text}");
            assert!(text.contains(remedy), "{kind:?}: {text}");
        }
    }

    #[test]
    fn the_address_reads_as_one() {
        for (host, address) in
            [("::1", "[::1]:2775"), ("[::1]", "[::1]:2775"), ("smsc.example", "smsc.example:2775")]
        {
            assert_eq!(
                ListenError::new(host, 2775, io::ErrorKind::Other.into()).address(),
                address
            );
        }
    }

    #[test]
    fn the_kind_stays_and_the_systems_error_is_the_source() {
        let error: io::Error =
            ListenError::new("h", 1, io::Error::from(io::ErrorKind::AddrInUse)).into();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let inner = error.get_ref().and_then(|inner| inner.source());
        assert!(inner.is_some_and(|source| source.is::<io::Error>()));
    }
}
