//! `rediss://`.

use std::cell::Cell;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use wirepath_runtime::store::{Batch, RedisOptions, Store, StoreError};
use wirepath_test_support::{RedisServer, free_port};

use super::super::{item, lease_ids};

/// An authority, in `ca.pem`, and a certificate of `localhost` that it signed.
fn issue(folder: &std::path::Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    for (name, text) in [
        ("ca.pem", authority.pem()),
        ("server.pem", certificate.pem()),
        ("server.key", key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

fn start() -> (RedisServer, u16) {
    let tls = Cell::new(0);
    let server = RedisServer::with(|folder| {
        tls.set(free_port());
        issue(folder);
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let arguments = [
            ("--tls-port", tls.get().to_string()),
            ("--tls-cert-file", path("server.pem")),
            ("--tls-key-file", path("server.key")),
            ("--tls-ca-cert-file", path("ca.pem")),
            ("--tls-auth-clients", "no".to_owned()),
        ];
        arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    });
    (server, tls.get())
}

#[tokio::test]
async fn over_tls_with_an_authority_of_ones_own() {
    let (server, port) = start();
    let mut options = RedisOptions::new(format!("rediss://localhost:{port}").as_str());
    // Nobody whom the system trusts has signed it.
    let refused = Store::redis(options.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("`store.ca_path`"), "{refused:?}");
    options.ca_path = Some(server.folder().join("ca.pem"));
    let store = Store::redis(options.clone()).await.unwrap();
    let id = store.reserve(1).await.unwrap();
    store.commit(Batch::new().push(item(id, "a"))).await.unwrap();
    assert_eq!(lease_ids(&store, "a", 9).await, [id.0]);
    // The certificate is of another name.
    options.url = format!("rediss://127.0.0.1:{port}").as_str().into();
    let refused = Store::redis(options.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("call the"), "{refused:?}");
    for (ca, url, said) in [
        ("nothing.pem", "rediss://localhost", "cannot be read"),
        ("server.key", "rediss://localhost", "expected a PEM file"),
        ("ca.pem", "redis://localhost", "write it as `rediss://host`"),
        ("ca.pem", "rediss://localhost/#insecure", "always checked"),
    ] {
        options.ca_path = Some(server.folder().join(ca));
        options.url = url.into();
        let refused = Store::redis(options.clone()).await.unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
}
