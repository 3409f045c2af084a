//! What is wrong with TLS material, and what to do about it.

use std::io;
use std::path::PathBuf;

/// What is wrong with TLS material. Each message names the file and the remedy; none repeats what is
/// in the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}; check that it exists and that this user may read it")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is longer than 1 MiB.
    #[error("`{path}` is longer than 1 MiB; is it a PEM file?")]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A file holds PEM that is broken.
    #[error("`{path}` is broken PEM; copy it again, whole, with its BEGIN and END lines")]
    Pem {
        /// The file.
        path: PathBuf,
    },
    /// A file holds no certificate.
    #[error("`{path}` holds no certificate; expected PEM with `BEGIN CERTIFICATE`")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file holds no private key.
    #[error(
        "`{path}` holds no private key; expected PEM with `BEGIN PRIVATE KEY`, `BEGIN EC PRIVATE KEY` or `BEGIN RSA PRIVATE KEY`"
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A private key is encrypted.
    #[error(
        "the private key in `{path}` is encrypted; decrypt it with `openssl pkey -in … -out …`"
    )]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and private key are not a pair.
    #[error(
        "the key in `{key_path}` does not belong to the first certificate in `{cert_path}`; put our own certificate first, and replace both files together"
    )]
    Mismatch {
        /// The certificate's file.
        cert_path: PathBuf,
        /// The key's file.
        key_path: PathBuf,
    },
    /// A certificate or key cannot be used.
    #[error("cannot use `{path}`: {source}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What TLS says about it.
        source: rustls::Error,
    },
    /// A file of authorities cannot be used for checking certificates.
    #[error("cannot check certificates against `{path}`: {reason}")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The system has no authorities to trust.
    #[error(
        "no trusted authorities on this system ({reason}); install the package ca-certificates, or set a file of authorities"
    )]
    NoAuthorities {
        /// What was met while looking for them.
        reason: String,
    },
    /// TLS refused its own settings.
    #[error("cannot set up TLS: {0}")]
    Setup(rustls::Error),
}
