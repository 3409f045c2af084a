//! Connections.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::connect::{Connected, Connection, HttpConnector},
    rt::TokioIo,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{self, CertificateError, pki_types::ServerName},
};
use tower_service::Service;
use wirepath_runtime::tls::TlsClient;

use crate::BoxError;

/// Makes connections, all of them in one runtime, so that they outlive the thread that asked for them first.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(super) tcp: HttpConnector,
    pub(super) tls: Option<TlsClient>,
    pub(super) timeout: Duration,
    pub(super) home: Handle,
}

impl Connector {
    pub(super) fn new(tls: Option<TlsClient>, timeout: Duration, home: Handle) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Heads and bodies are written whole; Nagle's algorithm would only add a delay.
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        // Several addresses of one name have to fit into it.
        tcp.set_connect_timeout(Some(timeout));
        Self { tcp, tls, timeout, home }
    }

    async fn connect(mut self, uri: Uri) -> Result<TokioIo<Stream>, BoxError> {
        let host = uri.host().unwrap_or_default().to_owned();
        let stream = self.tcp.call(uri).await?.into_inner();
        let Some(tls) = self.tls else { return Ok(TokioIo::new(Stream::Plain(stream))) };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let name = ServerName::try_from(bare.unwrap_or(&host).to_owned())?;
        let stream = TlsConnector::from(tls.config()).connect(name, stream).await;
        let stream = stream.map_err(|error| Handshake { remedy: remedy(&error), error })?;
        Ok(TokioIo::new(Stream::Tls(Box::new(stream))))
    }
}

/// How long a connection may be silent before the system asks whether its peer is there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A handshake that failed.
#[derive(Debug, thiserror::Error)]
#[error("TLS: {error}{remedy}")]
struct Handshake {
    error: io::Error,
    remedy: &'static str,
}

fn remedy(error: &io::Error) -> &'static str {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        )) => " (name the file of its authority in the client's `ca`)",
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => " (write the name that its certificate is for in `base_url`)",
        Some(rustls::Error::InvalidMessage(_)) => " (does it speak TLS on this port?)",
        _ => "",
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Stream>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (this, limit) = (self.clone(), self.timeout);
        let connecting = Ended(self.home.spawn(timeout(limit, this.connect(uri))));
        Box::pin(async move {
            match connecting.await {
                Ok(Ok(connected)) => connected,
                Ok(Err(_)) => Err("no connection within `connect_timeout_ms`".into()),
                Err(_) => Err("the runtime of the clients has ended".into()),
            }
        })
    }
}

/// A task that ends with whoever waits for it.
struct Ended<T>(tokio::task::JoinHandle<T>);

impl<T> Future for Ended<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for Ended<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Where hyper's own tasks run.
#[derive(Clone)]
pub(super) struct Home(pub(super) Handle);

impl<F> hyper::rt::Executor<F> for Home
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, task: F) {
        drop(self.0.spawn(task));
    }
}

/// A connection of either kind.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Plain(stream) => stream.connected(),
            Self::Tls(stream) => {
                let (tcp, tls) = stream.get_ref();
                match tls.alpn_protocol() == Some(b"h2") {
                    true => tcp.connected().negotiated_h2(),
                    false => tcp.connected(),
                }
            }
        }
    }
}

macro_rules! either {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream.get_mut() {
            Self::Plain($inner) => {
                let $inner = Pin::new($inner);
                $call
            }
            Self::Tls($inner) => {
                let $inner = Pin::new(&mut **$inner);
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, inner => inner.poll_read(cx, into))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, inner => inner.poll_write(cx, octets))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => inner.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => inner.poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, inner => inner.poll_write_vectored(cx, octets))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
