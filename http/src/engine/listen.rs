//! Sockets that listen.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    path::Path,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream},
};

use crate::config::Listen;

/// A listener that could not be started. Its text has the address, what the system says, and what mends it.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {listen}: {source}; {}", self.remedy())]
pub struct ListenError {
    listen: Listen,
    source: io::Error,
}

impl ListenError {
    pub(super) fn new(listen: &Listen, source: io::Error) -> Self {
        Self { listen: listen.clone(), source }
    }

    /// The address, as it is in the configuration.
    #[must_use]
    pub fn listen(&self) -> &Listen {
        &self.listen
    }

    /// What the system says.
    #[must_use]
    pub fn system(&self) -> &io::Error {
        &self.source
    }

    /// What mends it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        /// The first port that anyone may listen on, unless the system was told otherwise.
        const UNPRIVILEGED: u16 = 1_024;

        let is_unix = matches!(self.listen, Listen::Unix(_));
        let is_low = matches!(self.listen, Listen::Tcp { port, .. } if port < UNPRIVILEGED);
        match self.source.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or set `listen` to another port (0 takes a free one) or path"
            }
            io::ErrorKind::PermissionDenied if is_low => {
                "ports below 1024 are for privileged users: set `listen` to a higher one, or grant CAP_NET_BIND_SERVICE"
            }
            io::ErrorKind::PermissionDenied if is_unix => {
                "this user may not write to that folder: set `listen` to another path"
            }
            io::ErrorKind::AddrNotAvailable => {
                "no interface of this machine has that address: set `listen` to one that it has, or to 0.0.0.0 for all"
            }
            io::ErrorKind::NotFound if is_unix => "there is no such folder: make it",
            _ => "check `listen`",
        }
    }
}

/// A socket that listens, not yet in a runtime.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

/// Opens as many sockets for one address as there are threads; connections are spread over them.
pub(super) fn open(listen: &Listen, count: usize) -> Result<Vec<Socket>, ListenError> {
    let opened = match listen {
        Listen::Tcp { host, port } => open_tcp(host, *port, count),
        Listen::Unix(path) => open_unix(path, count),
    };
    opened.map_err(|error| ListenError::new(listen, error))
}

fn open_tcp(host: &str, port: u16, count: usize) -> io::Result<Vec<Socket>> {
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match open_at(address, count) {
            Ok(sockets) => return Ok(sockets),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn open_at(mut address: SocketAddr, count: usize) -> io::Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(count);
    // If somebody else listens there, and shares it, that is not meant: so the first one asks for it alone.
    if count > 1 && address.port() != 0 {
        drop(std::net::TcpListener::bind(address)?);
    }
    for _ in 0..count {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        if count > 1 {
            socket.set_reuseport(true)?;
        }
        socket.bind(address)?;
        // The system's own limit, net.core.somaxconn, is what counts.
        let listener = socket.listen(BACKLOG)?.into_std()?;
        // With port 0, the others go where the first one is.
        address = listener.local_addr()?;
        sockets.push(Socket::Tcp(listener));
    }
    Ok(sockets)
}

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4_096;

fn open_unix(path: &Path, count: usize) -> io::Result<Vec<Socket>> {
    use std::os::unix::net::{UnixListener, UnixStream};

    let listener = match UnixListener::bind(path) {
        // What is left of a process that is gone; if it is not gone, it answers.
        Err(error)
            if error.kind() == io::ErrorKind::AddrInUse && UnixStream::connect(path).is_err() =>
        {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    listener.set_nonblocking(true)?;
    let mut sockets = Vec::with_capacity(count);
    for _ in 1..count {
        sockets.push(Socket::Unix(listener.try_clone()?));
    }
    sockets.push(Socket::Unix(listener));
    Ok(sockets)
}

impl Socket {
    /// Where it listens; none for a Unix socket.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(_) => None,
        }
    }

    /// Into the runtime that this is called in.
    pub(super) fn start(self) -> io::Result<Listener> {
        Ok(match self {
            Self::Tcp(listener) => Listener::Tcp(TcpListener::from_std(listener)?),
            Self::Unix(listener) => Listener::Unix(UnixListener::from_std(listener)?),
        })
    }
}

/// A socket that accepts.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A connection of either kind.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

/// What any connection is.
pub(super) trait Octets: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Octets for T {}

impl Listener {
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        match self {
            Self::Tcp(listener) => listener
                .poll_accept(cx)
                .map(|accepted| accepted.map(|(stream, peer)| Stream::Tcp(stream, peer))),
            Self::Unix(listener) => listener
                .poll_accept(cx)
                .map(|accepted| accepted.map(|(stream, _)| Stream::Unix(stream))),
        }
    }
}

/// The socket's file goes with whoever made it.
#[derive(Debug)]
pub(super) struct SocketFile(pub(super) std::path::PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}
