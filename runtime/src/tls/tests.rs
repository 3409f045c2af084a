use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use wirepath_test_support::Files;

use super::*;

fn server(files: &Files, ca: Option<PathBuf>) -> TlsServer {
    let (cert, key) = files.issue("server", "smsc.test");
    TlsServer::load(cert, key, ca).unwrap()
}

const NOBODY: Option<(&Path, &Path)> = None;

/// Shakes hands in memory; the server's greeting tells that both sides are content.
async fn handshake(
    server: &TlsServer,
    client: &TlsClient,
    host: &'static str,
) -> Result<(), String> {
    let (ours, theirs) = tokio::io::duplex(16 * 1024);
    let acceptor = TlsAcceptor::from(server.config());
    let connector = TlsConnector::from(client.config());
    let greeting = tokio::spawn(async move {
        let mut stream = acceptor.accept(ours).await.map_err(|error| error.to_string())?;
        stream.write_all(b"hi").await.map_err(|error| error.to_string())?;
        stream.flush().await.map_err(|error| error.to_string())
    });
    let name = ServerName::try_from(host).unwrap();
    let heard = async {
        let mut stream = connector.connect(name, theirs).await?;
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).await
    };
    let heard = heard.await;
    greeting.await.unwrap()?;
    heard.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn server_and_client_meet() {
    let files = Files::new();
    let server = server(&files, None);
    let client = TlsClient::load(Some(files.path("ca.pem")), NOBODY).unwrap();
    handshake(&server, &client, "smsc.test").await.unwrap();
    assert!(handshake(&server, &client, "other.test").await.is_err());

    let stranger = Files::new();
    let client = TlsClient::load(Some(stranger.path("ca.pem")), NOBODY).unwrap();
    assert!(handshake(&server, &client, "smsc.test").await.is_err());
}

#[tokio::test]
async fn whoever_is_not_verified_may_be_anyone() {
    let files = Files::new();
    let server = server(&files, None);
    let client = TlsClient::load_unverified(NOBODY, &[]).unwrap();
    handshake(&server, &client, "other.test").await.unwrap();
}

#[tokio::test]
async fn mutual_tls_wants_a_client_certificate() {
    let files = Files::new();
    let ca = files.path("ca.pem");
    let server = server(&files, Some(ca.clone()));
    assert!(server.requires_client_certificate());

    let without = TlsClient::load(Some(&ca), NOBODY).unwrap();
    assert!(handshake(&server, &without, "smsc.test").await.is_err());
    let with = TlsClient::load(Some(&ca), Some(files.issue("client", "client.test"))).unwrap();
    handshake(&server, &with, "smsc.test").await.unwrap();
    let stranger = Files::new();
    let other = TlsClient::load(Some(&ca), Some(stranger.issue("client", "client.test"))).unwrap();
    assert!(handshake(&server, &other, "smsc.test").await.is_err());
}

#[tokio::test]
async fn alpn_is_negotiated() {
    let files = Files::new();
    let (cert, key) = files.issue("server", "smsc.test");
    let server =
        TlsServer::load_with_alpn(cert, key, None::<&Path>, &[b"h2", b"http/1.1"]).unwrap();
    assert_eq!(server.config().alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
}

#[test]
fn what_changed_is_reloaded_and_what_did_not_is_not() {
    let files = Files::new();
    let server = server(&files, None);
    let before = server.config();
    assert!(!server.reload_now().unwrap());
    assert!(Arc::ptr_eq(&before, &server.config()));
    files.issue("server", "smsc.test");
    assert!(server.reload_now().unwrap());
    assert!(!Arc::ptr_eq(&before, &server.config()));
}

#[test]
fn bad_new_files_keep_the_old_material() {
    let files = Files::new();
    let server = server(&files, None);
    let before = server.config();

    // The certificate is new, the key is not there yet.
    let key = fs::read_to_string(files.path("server.key")).unwrap();
    files.issue("server", "smsc.test");
    let new_key = fs::read_to_string(files.path("server.key")).unwrap();
    files.write("server.key", &key);
    assert!(matches!(server.reload_now(), Err(TlsError::Mismatch { .. })));
    fs::remove_file(files.path("server.key")).unwrap();
    assert!(matches!(server.reload_now(), Err(TlsError::Read { .. })));
    assert!(Arc::ptr_eq(&before, &server.config()));

    files.write("server.key", &new_key);
    assert!(server.reload_now().unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn the_watch_follows_swapped_links_and_stops_when_dropped() {
    let files = Files::new();
    let (cert, key) = files.issue("first", "smsc.test");
    let (second_cert, second_key) = files.issue("second", "smsc.test");
    // Directories behind one link that is swapped as a whole, as Kubernetes does it.
    for (name, cert, key) in [("a", &cert, &key), ("b", &second_cert, &second_key)] {
        fs::create_dir(files.path(name)).unwrap();
        fs::rename(cert, files.path(name).join("tls.crt")).unwrap();
        fs::rename(key, files.path(name).join("tls.key")).unwrap();
    }
    let link = files.path("live");
    point(&link, "a");
    let server =
        TlsServer::load(link.join("tls.crt"), link.join("tls.key"), None::<&Path>).unwrap();
    let before = server.config();
    let watch = server.watch(Duration::from_millis(5));

    let changed = async {
        while Arc::ptr_eq(&before, &server.config()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    point(&link, "b");
    tokio::time::timeout(Duration::from_secs(20), changed).await.unwrap();

    let task = watch.task.abort_handle();
    drop(watch);
    let stopped = async {
        while !task.is_finished() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), stopped).await.unwrap();
}

#[cfg(unix)]
fn point(link: &Path, target: &str) {
    let new = link.with_extension("new");
    std::os::unix::fs::symlink(target, &new).unwrap();
    fs::rename(new, link).unwrap();
}

#[test]
fn errors_name_the_file_and_the_remedy_and_no_content() {
    let files = Files::new();
    let (cert, key) = files.issue("server", "smsc.test");
    let (_, other_key) = files.issue("other", "smsc.test");
    let content = fs::read_to_string(&key).unwrap();
    let encrypted = content.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let encrypted = files.write("encrypted.key", &encrypted);
    let cut = files.write("cut.key", &content[..content.len() / 2]);
    let empty = files.write("empty.pem", "");
    let missing = files.path("missing.pem");
    let rubbish = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    let rubbish = files.write("rubbish.pem", rubbish);
    for (cert, key, ca, named, remedy) in [
        (&missing, &key, None, "missing.pem", "check that it exists"),
        (&cert, &missing, None, "missing.pem", "this user may read it"),
        (&empty, &key, None, "empty.pem", "BEGIN CERTIFICATE"),
        (&cert, &empty, None, "empty.pem", "BEGIN PRIVATE KEY"),
        (&cert, &cert, None, "server.pem", "BEGIN PRIVATE KEY"),
        (&cert, &encrypted, None, "encrypted.key", "openssl pkey"),
        (&cert, &cut, None, "cut.key", "copy it again"),
        (&cert, &other_key, None, "other.key", "replace both files together"),
        (&rubbish, &key, None, "rubbish.pem", "cannot use"),
        (&cert, &key, Some(&empty), "empty.pem", "BEGIN CERTIFICATE"),
        (&cert, &key, Some(&rubbish), "rubbish.pem", "cannot use"),
    ] {
        let error = TlsServer::load(cert, key, ca).unwrap_err().to_string();
        assert!(error.contains(named) && error.contains(remedy), "{error}");
        let line = content.lines().nth(1).unwrap();
        assert!(!error.contains(line), "{error}");
    }
    let mismatched = TlsClient::load(None::<&Path>, Some((&cert, &other_key)));
    assert!(matches!(mismatched, Err(TlsError::Mismatch { .. } | TlsError::NoAuthorities { .. })));
}

#[test]
fn debug_shows_paths_and_no_keys() {
    let files = Files::new();
    let server = server(&files, None);
    let content = fs::read_to_string(files.path("server.key")).unwrap();
    let shown = format!("{server:?} {:?}", server.config());
    assert!(shown.contains("server.key"));
    for line in content.lines().filter(|line| line.len() > 20) {
        assert!(!shown.contains(line), "{shown}");
    }
}
