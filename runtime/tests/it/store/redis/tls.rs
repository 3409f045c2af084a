//! `rediss://`.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use wirepath_runtime::store::{Batch, RedisOptions, Store, StoreError};

use super::super::{item, lease_ids};
use super::{Server, free_port};

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

async fn start() -> (Server, u16) {
    for _ in 0..5 {
        let (folder, port, tls) = (tempfile::tempdir().unwrap(), free_port(), free_port());
        issue(folder.path());
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let extra = [
            ("--tls-port", tls.to_string()),
            ("--tls-cert-file", path("server.pem")),
            ("--tls-key-file", path("server.key")),
            ("--tls-ca-cert-file", path("ca.pem")),
            ("--tls-auth-clients", "no".to_owned()),
        ];
        let extra: Vec<_> = extra.iter().flat_map(|(name, value)| [*name, value]).collect();
        let child = super::run_with(port, &folder, "everysec", &extra);
        let mut server = Server { child, port, folder };
        if server.answers().await {
            return (server, tls);
        }
    }
    panic!("redis-server does not start with TLS");
}

#[tokio::test]
async fn over_tls_with_an_authority_of_ones_own() {
    let (server, port) = start().await;
    let mut options = RedisOptions::new(format!("rediss://localhost:{port}").as_str());
    // Nobody whom the system trusts has signed it.
    let refused = Store::redis(options.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("`store.ca_path`"), "{refused:?}");
    options.ca_path = Some(server.folder.path().join("ca.pem"));
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
        options.ca_path = Some(server.folder.path().join(ca));
        options.url = url.into();
        let refused = Store::redis(options.clone()).await.unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
}
