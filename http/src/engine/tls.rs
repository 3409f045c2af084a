//! TLS of a listener.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use wirepath_runtime::tls::{TlsError, TlsServer};

use crate::config::ServerTls;

/// HTTP/2 first: whoever can do both gets that.
const ALPN: &[&[u8]] = &[H2, b"http/1.1"];
const H2: &[u8] = b"h2";

pub(super) fn load(tls: &ServerTls) -> Result<TlsServer, TlsError> {
    TlsServer::load_with_alpn(&tls.cert_path, &tls.key_path, tls.client_ca.as_deref(), ALPN)
}

/// A handshake.
pub(super) async fn accept<T>(tls: &TlsServer, stream: T) -> io::Result<TlsStream<T>>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    TlsAcceptor::from(tls.config()).accept(stream).await
}

/// Whether HTTP/2 was agreed on.
pub(super) fn is_h2<T>(stream: &TlsStream<T>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(H2)
}

/// The client's certificate, if it showed one.
pub(super) fn certificate<T>(stream: &TlsStream<T>) -> Option<Bytes> {
    let chain = stream.get_ref().1.peer_certificates()?;
    Some(Bytes::copy_from_slice(chain.first()?))
}
