//! Certificates of a test's own.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// A folder with an authority, `ca.pem`, and what it has signed. It goes when this is dropped.
///
/// ```
/// let files = wirepath_test_support::Files::new();
/// let (certificate, key) = files.issue("server", "smsc.test");
/// assert!(certificate.ends_with("server.pem") && key.ends_with("server.key"));
/// ```
#[derive(Debug)]
pub struct Files {
    folder: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Default for Files {
    fn default() -> Self {
        Self::new()
    }
}

impl Files {
    /// An authority that nobody knows, and nothing that it has signed yet.
    ///
    /// # Panics
    ///
    /// Here and below, if the disk cannot be written to.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, new_key()).expect("an authority");
        let files = Self { folder: tempfile::tempdir().expect("a folder"), authority };
        files.write("ca.pem", &files.authority.pem());
        files
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where a file is, or would be.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and says where it is.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("a file");
        path
    }

    /// Writes `<name>.pem` and `<name>.key` for a host, over those that are there, and says where they are.
    pub fn issue(&self, name: &str, host: &str) -> (PathBuf, PathBuf) {
        self.issue_der(name, host);
        (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")))
    }

    /// The same; gives the certificate as it goes over the wire.
    pub fn issue_der(&self, name: &str, host: &str) -> Vec<u8> {
        let key = new_key();
        let params = CertificateParams::new(vec![host.to_owned()]).expect("a name of a host");
        let certificate = params.signed_by(&key, &self.authority).expect("a certificate");
        self.write(&format!("{name}.pem"), &certificate.pem());
        self.write(&format!("{name}.key"), &key.serialize_pem());
        certificate.der().to_vec()
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("a key")
}
