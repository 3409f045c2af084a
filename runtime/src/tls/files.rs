//! PEM files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blake2::{Blake2b512, Digest};
use rustls::RootCertStore;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem};
use zeroize::Zeroizing;

use super::TlsError;

const MAX_LENGTH: u64 = 1 << 20;

/// What one file held at one time.
pub(super) struct Pem {
    path: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
}

/// A certificate chain and its key.
#[derive(Clone, Debug)]
pub(super) struct Identity<P> {
    pub(super) cert: P,
    pub(super) key: P,
}

impl Identity<PathBuf> {
    pub(super) fn read(&self) -> Result<Identity<Pem>, TlsError> {
        Ok(Identity { cert: Pem::read(&self.cert)?, key: Pem::read(&self.key)? })
    }
}

impl Identity<Pem> {
    pub(super) fn parse(
        &self,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        Ok((self.cert.certificates()?, self.key.private_key()?))
    }

    /// What TLS said when it was given the two.
    pub(super) fn refused(&self, error: rustls::Error) -> TlsError {
        match error {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                cert_path: self.cert.path.clone(),
                key_path: self.key.path.clone(),
            },
            // Certificates are the only other thing that is looked into; a key of an unknown kind is a
            // general error.
            source @ rustls::Error::General(_) => {
                TlsError::Unusable { path: self.key.path.clone(), source }
            }
            source => TlsError::Unusable { path: self.cert.path.clone(), source },
        }
    }
}

impl Pem {
    pub(super) fn read(path: &Path) -> Result<Self, TlsError> {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = |bytes: &mut Vec<u8>| -> io::Result<usize> {
            File::open(path)?.take(MAX_LENGTH + 1).read_to_end(bytes)
        };
        match read(&mut bytes) {
            Ok(length) if length as u64 > MAX_LENGTH => {
                Err(TlsError::TooLong { path: path.to_owned() })
            }
            Ok(_) => Ok(Self { path: path.to_owned(), bytes }),
            Err(source) => Err(TlsError::Read { path: path.to_owned(), source }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let found: Vec<_> = CertificateDer::pem_slice_iter(&self.bytes)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::Pem { path: self.path.clone() })?;
        if found.is_empty() {
            return Err(TlsError::NoCertificate { path: self.path.clone() });
        }
        Ok(found)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        const ENCRYPTED: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];
        let path = self.path.clone();
        if ENCRYPTED.iter().any(|mark| self.bytes.windows(mark.len()).any(|window| window == *mark))
        {
            return Err(TlsError::EncryptedKey { path });
        }
        PrivateKeyDer::from_pem_slice(&self.bytes).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError::NoKey { path },
            _ => TlsError::Pem { path },
        })
    }

    /// The file's certificates as authorities to trust.
    pub(super) fn authorities(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots
                .add(certificate)
                .map_err(|source| TlsError::Unusable { path: self.path.clone(), source })?;
        }
        Ok(roots)
    }
}

/// A fingerprint of files, to see whether they changed.
pub(super) fn fingerprint<'a>(files: impl IntoIterator<Item = &'a Pem>) -> [u8; 64] {
    let mut hash = Blake2b512::new();
    for file in files {
        hash.update((file.bytes.len() as u64).to_le_bytes());
        hash.update(&*file.bytes);
    }
    hash.finalize().into()
}
