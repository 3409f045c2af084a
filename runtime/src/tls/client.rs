//! The side that connects.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use super::files::{Identity, Pem};
use super::live::{Live, Source};
use super::unverified::Anyone;
use super::{TlsError, TlsWatch};

/// TLS for connections that we open, from PEM files that are followed. Clones share the material.
///
/// # Examples
///
/// ```no_run
/// use wirepath_runtime::tls::TlsClient;
///
/// # fn connect() -> Result<(), wirepath_runtime::tls::TlsError> {
/// // The authorities of the system, no certificate of our own.
/// let public = TlsClient::load(None::<&str>, None::<(&str, &str)>)?;
/// // A private authority, and a certificate for a peer that asks for one.
/// let private = TlsClient::load(Some("tls/ca.pem"), Some(("tls/cert.pem", "tls/key.pem")))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TlsClient(Arc<Live<ClientSource>>);

struct ClientSource {
    trust: Trust,
    identity: Option<Identity<PathBuf>>,
    alpn: Vec<Vec<u8>>,
}

/// Which certificates of servers are taken.
#[derive(Debug)]
enum Trust {
    /// Those of the authorities that the system trusts.
    System,
    /// Those of the authorities in a file.
    File(PathBuf),
    /// All.
    Anyone,
}

impl Trust {
    fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::System | Self::Anyone => None,
        }
    }
}

impl TlsClient {
    /// Loads the authorities that sign servers' certificates (without `ca_path`, those that the system
    /// trusts) and, if there is one, our own certificate chain and its private key, in this order.
    ///
    /// Reads files, so it blocks for a moment. The system's authorities are read anew whenever one of
    /// the files has changed, not by themselves.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or used, or the system trusts no authority; the error names the file
    /// and the remedy.
    pub fn load<P: AsRef<Path>>(
        ca_path: Option<impl AsRef<Path>>,
        identity: Option<(P, P)>,
    ) -> Result<Self, TlsError> {
        Self::load_with_alpn(ca_path, identity, &[])
    }

    /// As [`load`](Self::load), for a protocol that is negotiated, such as `h2`; the preferred one
    /// first.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_with_alpn<P: AsRef<Path>>(
        ca_path: Option<impl AsRef<Path>>,
        identity: Option<(P, P)>,
        alpn: &[&[u8]],
    ) -> Result<Self, TlsError> {
        let trust = ca_path.map_or(Trust::System, |path| Trust::File(path.as_ref().to_owned()));
        Self::load_trusting(trust, identity, alpn)
    }

    /// As [`load_with_alpn`](Self::load_with_alpn), and any certificate of a server will do: whoever stands on the way can
    /// read and change everything. For tests against servers that sign their own.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_unverified<P: AsRef<Path>>(
        identity: Option<(P, P)>,
        alpn: &[&[u8]],
    ) -> Result<Self, TlsError> {
        Self::load_trusting(Trust::Anyone, identity, alpn)
    }

    fn load_trusting<P: AsRef<Path>>(
        trust: Trust,
        identity: Option<(P, P)>,
        alpn: &[&[u8]],
    ) -> Result<Self, TlsError> {
        let source = ClientSource {
            trust,
            identity: identity.map(|(cert, key)| Identity {
                cert: cert.as_ref().to_owned(),
                key: key.as_ref().to_owned(),
            }),
            alpn: alpn.iter().map(|name| name.to_vec()).collect(),
        };
        Live::load(source).map(|live| Self(Arc::new(live)))
    }

    /// The configuration for a connection that starts now.
    pub fn config(&self) -> Arc<ClientConfig> {
        self.0.current()
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

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient")
            .field("trust", &self.0.source.trust)
            .field("identity", &self.0.source.identity)
            .finish_non_exhaustive()
    }
}

impl Source for ClientSource {
    type Config = ClientConfig;
    type Files = (Option<Pem>, Option<Identity<Pem>>);

    fn read(&self) -> Result<Self::Files, TlsError> {
        let identity = self.identity.as_ref().map(Identity::read).transpose()?;
        Ok((self.trust.file().map(Pem::read).transpose()?, identity))
    }

    fn list((ca, identity): &Self::Files) -> Vec<&Pem> {
        let identity = identity.iter().flat_map(|identity| [&identity.cert, &identity.key]);
        ca.iter().chain(identity).collect()
    }

    fn build(&self, (ca, identity): &Self::Files) -> Result<ClientConfig, TlsError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?;
        let builder = match (ca, &self.trust) {
            (Some(ca), _) => builder.with_root_certificates(ca.authorities()?),
            (None, Trust::Anyone) => {
                builder.dangerous().with_custom_certificate_verifier(Anyone::new())
            }
            (None, _) => builder.with_root_certificates(authorities_of_the_system()?),
        };
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let (certificates, key) = identity.parse()?;
                builder
                    .with_client_auth_cert(certificates, key)
                    .map_err(|error| identity.refused(error))?
            }
        };
        config.alpn_protocols.clone_from(&self.alpn);
        Ok(config)
    }

    fn describe(&self) -> String {
        let identity = self.identity.iter().flat_map(|identity| [&*identity.cert, &*identity.key]);
        let paths: Vec<_> = self
            .trust
            .file()
            .into_iter()
            .chain(identity)
            .map(|path| path.display().to_string())
            .collect();
        paths.join(", ")
    }
}

fn authorities_of_the_system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Stores hold some that are too old in form to be used; the others serve.
    let (used, _) = roots.add_parsable_certificates(found.certs);
    if used == 0 {
        let reason = match found.errors.first() {
            Some(error) => error.to_string(),
            None => "none found".to_owned(),
        };
        return Err(TlsError::NoAuthorities { reason });
    }
    Ok(roots)
}
