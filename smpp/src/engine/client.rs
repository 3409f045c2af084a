//! The other side: connects, binds, and hands out a session.

use std::{future::Future, io, net::SocketAddr, pin::Pin, sync::Arc};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};
use wirepath_runtime::{secret::Secret, tls::TlsClient};

use super::{
    admission::{Admitted, Terms},
    connection::{Connection, Limits, Opening},
    drive::{DrivePlan, link},
    hub::Hub,
    inbox::{Inbox, InboxService},
    link::BoundAs,
};
use crate::{
    handle::Session,
    handler::HandlerService,
    protocol::{
        Address, BuildError, CommandId, DecodeError, Frame, FrameError, Role, Rules, Status,
        Timers,
        pdu::{BindKind, BindRequest, BindResp, Pdu},
    },
};

/// Why a bind did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The connection could not be made, or was lost before the bind was answered.
    #[error("{address}: {source}")]
    Io {
        /// Where to.
        address: String,
        /// What happened.
        source: io::Error,
    },
    /// The SMSC refused the bind.
    #[error("the bind was refused: {0}")]
    Refused(Status),
    /// No answer to the bind within the session-init timer.
    #[error("no answer to the bind in time")]
    TimedOut,
    /// A field of the bind does not fit.
    #[error("the bind cannot be built: {0}")]
    Build(#[from] BuildError),
    /// The peer's answer is no SMPP.
    #[error("the peer does not speak SMPP: {0}")]
    Stream(#[from] FrameError),
    /// The peer's answer cannot be read.
    #[error("the answer to the bind cannot be read: {0}")]
    Answer(#[from] DecodeError),
    /// The name of the server is none that TLS could check.
    #[error("`{0}` is no name that a certificate can have")]
    ServerName(String),
}

/// Binds to an SMSC as an ESME: one session, not supervised.
///
/// ```no_run
/// use wirepath_smpp::{Address, Client, SubmitSm};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let (session, mut inbox) = Client::new("127.0.0.1:2775", "esme1", "secret").connect().await?;
/// let pdu = SubmitSm::builder()
///     .source("12345")
///     .destination(Address::international("31612345678"))
///     .registered_delivery(1)
///     .short_message("hello")
///     .build()?;
/// println!("taken as {}", session.submit_sm(&pdu).await?.message_id);
/// println!("receipt: {:?}", inbox.next().await);
/// session.unbind().await;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a client does nothing until `connect` is called"]
pub struct Client {
    address: String,
    system_id: String,
    password: Secret,
    system_type: String,
    kind: BindKind,
    range: (crate::protocol::Ton, crate::protocol::Npi, String),
    timers: Timers,
    limits: Limits,
    window: usize,
    rules: Rules,
    tls: Option<(TlsClient, String)>,
    /// The engine that its sessions belong to; one of their own otherwise.
    hub: Option<Arc<Hub>>,
}

impl Client {
    /// A transceiver for `host:port` with a window of 64 and the timers of `smpp.yaml`.
    pub fn new(
        address: impl Into<String>,
        system_id: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        Self {
            address: address.into(),
            system_id: system_id.into(),
            password: password.into(),
            system_type: String::new(),
            kind: BindKind::Transceiver,
            range: Default::default(),
            timers: Timers::default(),
            limits: Limits { max_pdu_bytes: 65_536, max_in_flight: 1_000, high_water: 262_144 },
            window: 64,
            rules: Rules::Lenient,
            tls: None,
            hub: None,
        }
    }

    /// What the session may carry.
    pub fn kind(mut self, kind: BindKind) -> Self {
        self.kind = kind;
        self
    }

    /// `system_type`, up to 12 octets.
    pub fn system_type(mut self, system_type: impl Into<String>) -> Self {
        self.system_type = system_type.into();
        self
    }

    /// The addresses that this ESME serves (SMPP 3.4 §5.2.7): up to 40 octets.
    pub fn address_range(mut self, range: Address<'_>) -> Self {
        self.range = (range.ton, range.npi, String::from_utf8_lossy(range.digits).into_owned());
        self
    }

    /// Requests that may be in flight at a time, at least one.
    pub fn window(mut self, window: usize) -> Self {
        self.window = window.max(1);
        self
    }

    /// The timers.
    pub fn timers(mut self, timers: Timers) -> Self {
        self.timers = timers;
        self
    }

    /// Handlers that may wait at a time; above it, further requests are held back, and then reading stops.
    pub fn max_in_flight(mut self, handlers: usize) -> Self {
        self.limits.max_in_flight = handlers.max(1);
        self
    }

    /// How strictly the SMSC's requests are held to the specification. Lenient by default: one's own provider is not for
    /// one to refuse.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// TLS, with the name that the server's certificate must have.
    pub fn tls(mut self, tls: TlsClient, server_name: impl Into<String>) -> Self {
        self.tls = Some((tls, server_name.into()));
        self
    }

    /// Sessions that this engine knows: they are found by their number, and end with its drain.
    pub(super) fn within(mut self, hub: &Arc<Hub>) -> Self {
        self.hub = Some(Arc::clone(hub));
        self
    }

    /// It has called, so this is the address that errors name.
    pub(super) fn called_from(mut self, peer: SocketAddr) -> Self {
        self.address = peer.to_string();
        self
    }

    /// Connects and binds. What the SMSC sends comes out of the [`Inbox`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: no connection, refused, or no answer in time.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it closes the connection.
    pub async fn connect(self) -> Result<(Session, Inbox), ConnectError> {
        let (service, inbox) = Inbox::channel();
        let session = self.connect_with::<InboxService>(service).await?;
        Ok((session, inbox))
    }

    /// Connects and binds. What the SMSC sends goes to handlers: `handlers![…].with_state(…)`.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect), as for cancel safety.
    pub async fn connect_with<X: HandlerService>(
        self,
        service: X,
    ) -> Result<Session, ConnectError> {
        let deadline = self.timers.session_init.map(|timer| Instant::now() + timer);
        let connecting = self.connect_now(service);
        match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, connecting)
                .await
                .unwrap_or(Err(ConnectError::TimedOut)),
            None => connecting.await,
        }
    }

    async fn connect_now<X: HandlerService>(self, service: X) -> Result<Session, ConnectError> {
        let io = |source| ConnectError::Io { address: self.address.clone(), source };
        let stream = TcpStream::connect(&self.address).await.map_err(io)?;
        stream.set_nodelay(true).map_err(io)?;
        let peer = stream.peer_addr().map_err(io)?;
        match &self.tls {
            None => self.bind(stream, peer, service).await,
            Some((tls, name)) => {
                let server_name = rustls_pki_types::ServerName::try_from(name.clone());
                let server_name =
                    server_name.map_err(|_| ConnectError::ServerName(name.clone()))?;
                let connector = tokio_rustls::TlsConnector::from(tls.config());
                let stream = connector.connect(server_name, stream).await.map_err(io)?;
                self.bind(stream, peer, service).await
            }
        }
    }

    /// Binds over a byte stream, and sets the session's task going.
    pub(crate) async fn bind<IO, X>(
        &self,
        io: IO,
        peer: SocketAddr,
        service: X,
    ) -> Result<Session, ConnectError>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        X: HandlerService,
    {
        self.bind_over(io, BytesMut::new(), peer, service).await
    }

    /// The same, over a stream that something has been read off.
    pub(super) async fn bind_over<IO, X>(
        &self,
        mut io: IO,
        mut input: BytesMut,
        peer: SocketAddr,
        service: X,
    ) -> Result<Session, ConnectError>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        X: HandlerService,
    {
        let (response, is_old) = self.exchange(&mut io, &mut input).await?;
        let hub = self.hub.clone().unwrap_or_default();
        let plan = DrivePlan { timers: self.timers, limits: self.limits, window: self.window };
        let link = Arc::new(link(Role::Esme, peer, None, &hub, &plan));
        hub.connected(&link);
        let system_id = response.system_id;
        let at = std::time::SystemTime::now();
        // Nobody else holds the link yet, so this is the first and only time that it is set.
        let _ = link.bound.set(BoundAs { kind: self.kind, system_id, at, is_old });
        hub.bound(&link, system_id);
        let terms = Terms::outbound(self.window, self.rules);
        let opening = Opening::Bound(Admitted { system_id, terms, slot: None, is_old });
        let session = Session::new(Arc::clone(&link));
        let connection =
            Connection::new(io, link, service, plan.timers, plan.limits, opening, input);
        let task: Pin<Box<dyn Future<Output = crate::UnbindCause> + Send>> =
            Box::pin(Box::new(connection).run());
        drop(tokio::spawn(task));
        Ok(session)
    }

    /// Sends the bind and reads its answer. What came behind the answer stays in `input`.
    async fn exchange<IO>(
        &self,
        io: &mut IO,
        input: &mut BytesMut,
    ) -> Result<(BindResp, bool), ConnectError>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        /// The bind is the session's first request.
        const SEQUENCE: u32 = 1;

        let (ton, npi, range) = &self.range;
        let request = BindRequest::builder()
            .system_id(&self.system_id)
            .password(self.password.expose())
            .system_type(&self.system_type)
            .interface_version(0x34)
            .addr_ton(ton.0)
            .addr_npi(npi.0)
            .address_range(range)
            .build(self.kind)?;
        let mut out = BytesMut::new();
        request.encode(SEQUENCE, &mut out);
        let failed = |source| ConnectError::Io { address: self.address.clone(), source };
        io.write_all(&out).await.map_err(failed)?;
        io.flush().await.map_err(failed)?;
        loop {
            if let Some(frame) = Frame::split(input, self.limits.max_pdu_bytes)? {
                let header = frame.header();
                if header.sequence != SEQUENCE || !header.command.is_response() {
                    continue;
                }
                if !header.status.is_ok() {
                    return Err(ConnectError::Refused(header.status));
                }
                if header.command == CommandId::GENERIC_NACK {
                    return Err(ConnectError::Refused(Status::RINVCMDID));
                }
                let response = BindResp::decode(frame, Rules::Lenient)?;
                // SMPP 3.4 §3.2.4: an SMSC that does not say its version, or says an older one, is sent no TLVs. Most that
                // leave it out know TLVs all the same; only a version below 3.4 that is stated counts.
                let version = response.tlvs.as_tlvs().sc_interface_version();
                return Ok((response, version.is_some_and(|version| version < 0x34)));
            }
            if io.read_buf(input).await.map_err(failed)? == 0 {
                return Err(failed(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }
}
