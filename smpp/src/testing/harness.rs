//! The engine around the handlers under test.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    task::JoinHandle,
};

use super::TestSession;
use crate::{
    config::ServerConfig,
    engine::{Hub, drive_in_process},
    handle::Smpp,
    handler::{HandlerService, UnbindCause},
    protocol::{
        Status,
        pdu::{BindKind, BindRequest},
    },
};

/// Octets that may be on their way in each direction: what a socket's buffers would hold.
const IN_TRANSIT: usize = 64 * 1024;

/// Handlers behind the engine, without a socket. See the [module](super) for an example.
///
/// Its sessions share what those of one listener share: [`Harness::smpp`], the places of `max_binds`, and the delays after
/// refused binds.
pub struct Harness<X> {
    service: X,
    config: ServerConfig,
    hub: Arc<Hub>,
    address: IpAddr,
    ports: AtomicU16,
}

impl<X> fmt::Debug for Harness<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness").field("config", &self.config).finish_non_exhaustive()
    }
}

impl<X: HandlerService> Harness<X> {
    /// Runs `handlers![…].with_state(…)`, with the default configuration.
    #[must_use]
    pub fn new(service: X) -> Self {
        Self {
            service,
            config: ServerConfig::default(),
            hub: Arc::default(),
            address: Ipv4Addr::LOCALHOST.into(),
            ports: AtomicU16::new(49_152),
        }
    }

    /// Runs under another configuration. Of its keys, those about sockets mean nothing here: the address, TLS, the PROXY
    /// protocol, `max_connections`.
    #[must_use]
    pub fn config(mut self, config: ServerConfig) -> Self {
        self.hub.set_response_timer(config.response_timer());
        self.config = config;
        self
    }

    /// The address that peers connect from; 127.0.0.1 unless it is set.
    #[must_use]
    pub fn peer_address(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// The engine's handle, as handlers get it.
    #[must_use]
    pub fn smpp(&self) -> Smpp {
        Smpp::new(Arc::clone(&self.hub))
    }

    /// Connects and binds.
    ///
    /// # Errors
    ///
    /// The `command_status` of a refusal.
    ///
    /// # Panics
    ///
    /// If `system_id` or `password` fit no bind, or the session ends without an answer.
    pub async fn bind(
        &self,
        kind: BindKind,
        system_id: &str,
        password: &str,
    ) -> Result<TestSession, Status> {
        let request = BindRequest::builder()
            .system_id(system_id)
            .password(password)
            .interface_version(0x34)
            .build(kind)
            .expect("a system_id of up to 15 octets and a password of up to 8");
        self.bind_with(&request).await
    }

    /// Connects and binds with a bind of your own.
    ///
    /// # Errors
    ///
    /// The `command_status` of a refusal.
    ///
    /// # Panics
    ///
    /// If the session ends without an answer.
    pub async fn bind_with(&self, request: &BindRequest) -> Result<TestSession, Status> {
        let session = self.connect();
        let answer = session.request(request).await;
        match answer.status.is_ok() {
            true => Ok(session),
            false => Err(answer.status),
        }
    }

    /// Connects without a bind.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn connect(&self) -> TestSession {
        let (stream, task) = self.connect_raw();
        TestSession::new(stream, task)
    }

    /// Connects, and gives the bare stream of octets, and the task that serves it: for tests of what no peer should send.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn connect_raw(&self) -> (DuplexStream, JoinHandle<UnbindCause>) {
        let (near, far) = tokio::io::duplex(IN_TRANSIT);
        (near, tokio::spawn(self.serve(far)))
    }

    /// Serves a stream of octets of your own until its session ends: one with faults, say, or one that costs nothing, for a
    /// benchmark.
    pub fn serve<IO: AsyncRead + AsyncWrite + Unpin>(
        &self,
        io: IO,
    ) -> impl Future<Output = UnbindCause> + use<IO, X> {
        let peer = SocketAddr::new(self.address, self.ports.fetch_add(1, Ordering::Relaxed));
        let (service, hub) = (self.service.clone(), Arc::clone(&self.hub));
        let config = self.config.clone();
        async move { drive_in_process(io, peer, service, &hub, &config).await }
    }
}
