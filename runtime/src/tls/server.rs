//! The side that is connected to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::WebPkiClientVerifier;

use super::files::{Identity, Pem};
use super::live::{Live, Source};
use super::{TlsError, TlsWatch};

/// TLS for a listener, from PEM files that are followed. Clones share the material.
///
/// # Examples
///
/// ```no_run
/// use wirepath_runtime::tls::{DEFAULT_PERIOD, TlsServer};
///
/// # async fn listen() -> Result<(), wirepath_runtime::tls::TlsError> {
/// let tls = TlsServer::load("tls/cert.pem", "tls/key.pem", None::<&str>)?;
/// let _watch = tls.watch(DEFAULT_PERIOD);
/// // For each new connection:
/// let config: std::sync::Arc<rustls::ServerConfig> = tls.config();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TlsServer(Arc<Live<ServerSource>>);

struct ServerSource {
    identity: Identity<PathBuf>,
    /// Who signs clients' certificates; if given, clients must have one.
    ca: Option<PathBuf>,
    alpn: Vec<Vec<u8>>,
}

impl TlsServer {
    /// Loads a certificate chain (our own certificate first) and its private key. With `ca_path`, TLS
    /// is mutual: clients must have a certificate that an authority in that file signed.
    ///
    /// Reads files, so it blocks for a moment.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or used; the error names it and the remedy.
    pub fn load(
        cert_path: impl AsRef<Path>,
        key_path: impl AsRef<Path>,
        ca_path: Option<impl AsRef<Path>>,
    ) -> Result<Self, TlsError> {
        Self::load_with_alpn(cert_path, key_path, ca_path, &[])
    }

    /// As [`load`](Self::load), for a protocol that is negotiated, such as `h2`; the preferred one
    /// first.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_with_alpn(
        cert_path: impl AsRef<Path>,
        key_path: impl AsRef<Path>,
        ca_path: Option<impl AsRef<Path>>,
        alpn: &[&[u8]],
    ) -> Result<Self, TlsError> {
        let source = ServerSource {
            identity: Identity {
                cert: cert_path.as_ref().to_owned(),
                key: key_path.as_ref().to_owned(),
            },
            ca: ca_path.map(|path| path.as_ref().to_owned()),
            alpn: alpn.iter().map(|name| name.to_vec()).collect(),
        };
        Live::load(source).map(|live| Self(Arc::new(live)))
    }

    /// The configuration for a connection that starts now.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.0.current()
    }

    /// Whether clients must have a certificate.
    pub fn requires_client_certificate(&self) -> bool {
        self.0.source.ca.is_some()
    }

    /// Looks at the files and says whether they had changed and are now in use.
    ///
    /// Reads files, so it blocks for a moment.
    ///
    /// # Errors
    ///
    /// If the files do not work; the old material stays in use.
    pub fn reload_now(&self) -> Result<bool, TlsError> {
        self.0.reload()
    }

    /// Looks at the files every `period`, in a background task, until the handle is dropped.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with its timers enabled.
    pub fn watch(&self, period: Duration) -> TlsWatch {
        self.0.watch(period)
    }
}

impl fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsServer")
            .field("identity", &self.0.source.identity)
            .field("ca", &self.0.source.ca)
            .finish_non_exhaustive()
    }
}

impl Source for ServerSource {
    type Config = ServerConfig;
    type Files = (Identity<Pem>, Option<Pem>);

    fn read(&self) -> Result<Self::Files, TlsError> {
        Ok((self.identity.read()?, self.ca.as_deref().map(Pem::read).transpose()?))
    }

    fn list((identity, ca): &Self::Files) -> Vec<&Pem> {
        [&identity.cert, &identity.key].into_iter().chain(ca).collect()
    }

    fn build(&self, (identity, ca): &Self::Files) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?;
        let builder = match ca {
            None => builder.with_no_client_auth(),
            Some(ca) => {
                let roots = Arc::new(ca.authorities()?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider)
                    .build()
                    .map_err(|error| TlsError::Authorities {
                        path: ca.path().to_owned(),
                        reason: error.to_string(),
                    })?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let (certificates, key) = identity.parse()?;
        let mut config =
            builder.with_single_cert(certificates, key).map_err(|error| identity.refused(error))?;
        config.alpn_protocols.clone_from(&self.alpn);
        Ok(config)
    }

    fn describe(&self) -> String {
        format!("{}, {}", self.identity.cert.display(), self.identity.key.display())
    }
}
