//! `rediss://`.

use std::cell::Cell;
use std::path::PathBuf;

use wirepath_runtime::store::{Batch, RedisOptions, Store, StoreError};
use wirepath_test_support::{Files, RedisServer, free_port};

use super::super::{item, lease_ids};

fn start(files: &Files) -> (RedisServer, u16) {
    let (certificate, key) = files.issue("server", "localhost");
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    let tls = Cell::new(0);
    let server = RedisServer::with(|| {
        tls.set(free_port());
        let arguments = [
            ("--tls-port", tls.get().to_string()),
            ("--tls-cert-file", path(certificate.clone())),
            ("--tls-key-file", path(key.clone())),
            ("--tls-ca-cert-file", path(files.path("ca.pem"))),
            ("--tls-auth-clients", "no".to_owned()),
        ];
        arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
    });
    (server, tls.get())
}

#[tokio::test]
async fn over_tls_with_an_authority_of_ones_own() {
    let files = Files::new();
    let (_server, port) = start(&files);
    let mut options = RedisOptions::new(format!("rediss://localhost:{port}").as_str());
    // Nobody whom the system trusts has signed it.
    let refused = Store::redis(options.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("`store.ca_path`"), "{refused:?}");
    options.ca_path = Some(files.path("ca.pem"));
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
        options.ca_path = Some(files.path(ca));
        options.url = url.into();
        let refused = Store::redis(options.clone()).await.unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
}
