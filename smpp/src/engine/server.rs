//! The listener: accepts connections, within bounds, and drains them at the end.

use std::{
    fmt,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use wirepath_runtime::{
    accept::accept_until,
    shutdown::{Drained, Shutdown, ShutdownSignal},
    tls::{TlsServer, TlsWatch},
};

use super::{
    admission::Admission,
    connection::{Callable, Opening},
    drive::{DrivePlan, drive},
    hub::Hub,
    listen::ListenError,
    outbind::Call,
};
use crate::{
    config::ServerConfig,
    handle::Smpp,
    handler::{HandlerService, Join},
    protocol::{
        Role,
        proxy::{self, Parsed},
    },
};

/// How often the files of the TLS material are looked at.
const TLS_WATCH: Duration = Duration::from_secs(5);

/// An SMSC that listens.
///
/// ```no_run
/// use std::sync::Arc;
/// use wirepath_runtime::shutdown::Shutdown;
/// use wirepath_smpp::{Server, SubmitSm, SubmitSmResp, config::ServerConfig, handlers, on_pdu};
///
/// #[on_pdu("submit_sm")]
/// async fn take(pdu: SubmitSm) -> SubmitSmResp {
///     pdu.accept(1)
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::bind(&ServerConfig::default(), handlers![take].with_state(Arc::new(()))).await?;
/// let shutdown = Shutdown::on_signals()?;
/// server.run(shutdown.signal()).await;
/// # Ok(()) }
/// ```
pub struct Server<X> {
    listener: TcpListener,
    service: X,
    shared: Arc<Shared>,
    connections: Arc<Semaphore>,
    drain_timeout: Duration,
    /// Reloads the certificates while it lives.
    _tls_watch: Option<TlsWatch>,
}

impl<X> fmt::Debug for Server<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// What every accept task needs.
#[derive(Debug)]
struct Shared {
    hub: Arc<Hub>,
    plan: DrivePlan,
    admission: Arc<Admission>,
    tls: Option<TlsServer>,
    proxy: bool,
    proxy_trusted: wirepath_runtime::net::Networks,
    handshake: Duration,
}

impl<X: HandlerService> Server<X> {
    /// Binds the listener of a configuration; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the address cannot be listened on, with a [`ListenError`] in it, or if the TLS files cannot be used,
    /// with a [`TlsError`](wirepath_runtime::tls::TlsError). Either text says how to mend it.
    pub async fn bind(config: &ServerConfig, service: X) -> io::Result<Self> {
        Self::bind_within(&Smpp::default(), config, service).await
    }

    /// The same, for an engine that is there already: its sessions are found by this handle.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub async fn bind_within(smpp: &Smpp, config: &ServerConfig, service: X) -> io::Result<Self> {
        let (host, port) = (config.bind_address.as_str(), config.port);
        let listener = TcpListener::bind((host, port))
            .await
            .map_err(|error| ListenError::new(host, port, error))?;
        let tls = match &config.tls {
            Some(tls) => Some(
                TlsServer::load(&tls.cert_path, &tls.key_path, tls.ca_path.as_deref())
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?,
            ),
            None => None,
        };
        let tls_watch = tls.as_ref().map(|tls| tls.watch(TLS_WATCH));
        smpp.hub().set_response_timer(config.response_timer());
        let shared = Shared {
            hub: smpp.hub(),
            plan: DrivePlan::of_server(config),
            admission: Arc::new(Admission::new(config)),
            tls,
            proxy: config.proxy_protocol,
            proxy_trusted: config.proxy_trusted.clone(),
            handshake: config.session_init_timer(),
        };
        Ok(Self {
            listener,
            service,
            shared: Arc::new(shared),
            connections: Arc::new(Semaphore::new(
                config.max_connections.min(Semaphore::MAX_PERMITS),
            )),
            drain_timeout: config.drain_timeout(),
            _tls_watch: tls_watch,
        })
    }

    /// The address that it listens on.
    ///
    /// # Errors
    ///
    /// As [`TcpListener::local_addr`].
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The handle on its sessions.
    #[must_use]
    pub fn smpp(&self) -> Smpp {
        Smpp::new(Arc::clone(&self.shared.hub))
    }

    /// Accepts connections until the signal comes; then stops listening, lets every session finish what is in flight,
    /// unbinds it, and closes, within `server.drain_timeout_ms`. Half of that is for what is in flight.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it stops listening, and closes its sessions without an `unbind`.
    pub async fn run(self, signal: ShutdownSignal) -> Drained {
        let Self { listener, service, shared, connections, drain_timeout, _tls_watch } = self;
        let tasks = Shutdown::new();
        let _closing = CloseSessions(Arc::clone(&shared));
        // Holds the service itself: it is `Send`, a borrow of it need not be.
        let take = {
            let (tasks, shared, connections) = (&tasks, &shared, &connections);
            move |(stream, peer)| admit(stream, peer, tasks, &service, shared, connections)
        };
        accept_until(&signal, |cx| listener.poll_accept(cx), take).await;
        drop(listener);
        let begin = Instant::now();
        tokio::select! {
            biased;
            () = signal.forced() => {}
            // Before the sessions that they go to are told to end.
            () = Join::end(&shared.hub, drain_timeout / 4) => {}
        }
        shared.hub.drain(begin + drain_timeout / 2);
        tasks.trigger();
        let drained = tokio::select! {
            // Not given the deadline: it would call what is left off, and there is a moment to come.
            drained = tokio::time::timeout_at(begin + drain_timeout, tasks.drained(Duration::MAX)) => {
                drained.unwrap_or_else(|_| Drained::Deadline { left: tasks.in_progress() })
            }
            () = signal.forced() => Drained::Forced { left: tasks.in_progress() },
        };
        if drained != Drained::Clean {
            tracing::warn!(
                ?drained,
                "sessions were still open at the end of the drain; closing them"
            );
            shared.hub.close();
            // Their last answers are written, and they say goodbye: whoever called may end the runtime next.
            tasks.drained(GOODBYE).await;
        }
        drained
    }
}

/// Closes whatever is open when the server is gone.
struct CloseSessions(Arc<Shared>);

impl Drop for CloseSessions {
    fn drop(&mut self) {
        self.0.hub.close();
    }
}

/// What sessions have at the end of a drain to write what is written already.
const GOODBYE: Duration = Duration::from_secs(1);

/// Takes a connection on, or refuses it at once if there are too many.
fn admit<X: HandlerService>(
    stream: TcpStream,
    peer: SocketAddr,
    tasks: &Shutdown,
    service: &X,
    shared: &Arc<Shared>,
    connections: &Arc<Semaphore>,
) {
    let Ok(permit) = Arc::clone(connections).try_acquire_owned() else {
        metrics::counter!("wirepath_smpp_connections_refused_total").increment(1);
        tracing::warn!(%peer, "connection refused: server.max_connections are open; raise it, or look who connects");
        return;
    };
    let (service, shared) = (service.clone(), Arc::clone(shared));
    let signal = tasks.signal();
    drop(tasks.spawn(async move {
        if let Err(error) = serve(stream, peer, service, shared, permit, signal).await {
            tracing::debug!(%peer, %error, "connection ended before its session began");
        }
    }));
}

/// Everything before the session: the proxy's header, TLS. All of it within the session-init timer.
async fn serve<X: HandlerService>(
    mut stream: TcpStream,
    peer: SocketAddr,
    service: X,
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
    signal: ShutdownSignal,
) -> io::Result<()> {
    // Coalescing is done here, by the batch; Nagle's would only add a delay.
    stream.set_nodelay(true)?;
    let opened = Instant::now();
    let deadline = opened + shared.handshake;
    let peer = match shared.proxy {
        true => before(&signal, deadline, proxied(&mut stream, peer, &shared)).await?,
        false => peer,
    };
    // Each in a box of its own: else every plain session would have room for a TLS handshake beside it.
    match &shared.tls {
        None => Box::pin(session(stream, peer, None, opened, service, &shared, permit)).await,
        Some(tls) => {
            let acceptor = tokio_rustls::TlsAcceptor::from(tls.config());
            let accepting = Box::pin(acceptor.accept(stream));
            let stream = before(&signal, deadline, accepting).await?;
            let certificate =
                stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
            let certificate = certificate.map(|certificate| Bytes::copy_from_slice(certificate));
            Box::pin(session(stream, peer, certificate, opened, service, &shared, permit)).await;
        }
    }
    Ok(())
}

/// A step of a connection's opening: done before the deadline, or not at all once the listener drains.
async fn before<T>(
    signal: &ShutdownSignal,
    deadline: Instant,
    step: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    tokio::select! {
        done = tokio::time::timeout_at(deadline, step) => done.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, "no PROXY header or TLS handshake in time")
        })?,
        () = signal.requested() => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

async fn session<IO, X>(
    io: IO,
    peer: SocketAddr,
    certificate: Option<Bytes>,
    opened: Instant,
    service: X,
    shared: &Shared,
    place: OwnedSemaphorePermit,
) where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    X: HandlerService,
{
    let opening =
        Opening::Listen(Arc::clone(&shared.admission), Some(Callable { place, call: Call::new }));
    drive(
        io,
        Role::Smsc,
        peer,
        certificate,
        opened,
        service,
        &shared.hub,
        &shared.plan,
        opening,
        BytesMut::new(),
    )
    .await;
}

/// Reads the PROXY header that must lead the connection, and says who is behind it.
async fn proxied(
    stream: &mut TcpStream,
    peer: SocketAddr,
    shared: &Shared,
) -> io::Result<SocketAddr> {
    let refuse = |text: String| io::Error::new(io::ErrorKind::PermissionDenied, text);
    let trusted = &shared.proxy_trusted;
    if !trusted.is_empty() && !trusted.contains(canonical(peer.ip())) {
        return Err(refuse(format!("{} is not in server.proxy_trusted", peer.ip())));
    }
    let mut header = Vec::with_capacity(proxy::MAX_V1_LEN);
    loop {
        // One octet at a time, so that nothing behind the header is taken. It is at most some hundred, once a connection.
        header.push(stream.read_u8().await?);
        match proxy::parse(&header) {
            Ok(Parsed::Incomplete) => {}
            Ok(Parsed::Header(parsed)) => return Ok(parsed.source.unwrap_or(peer)),
            Err(error) => {
                tracing::warn!(%peer, %error, "server.proxy_protocol is on and the connection has no PROXY header");
                return Err(refuse(error.to_string()));
            }
        }
    }
}

/// An IPv4 address that came over an IPv6 socket, as IPv4.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::inbox::Inbox;

    /// What `serve` hands over when TLS or the proxy took their time.
    #[tokio::test(start_paused = true)]
    async fn session_init_counts_from_the_connection_not_from_the_handshake() {
        let config = ServerConfig {
            bind_address: "127.0.0.1".to_owned(),
            port: 0,
            ..ServerConfig::default()
        };
        let (service, _inbox) = Inbox::channel();
        let server = Server::bind(&config, service.clone()).await.unwrap();
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let opened = Instant::now();
        tokio::time::advance(Duration::from_secs(4)).await;

        let (_near, far) = tokio::io::duplex(1024);
        let place = Arc::clone(&server.connections).try_acquire_owned().unwrap();
        session(far, peer, None, opened, service.clone(), &server.shared, place).await;
        assert_eq!(opened.elapsed().as_secs(), 5);
    }
}
