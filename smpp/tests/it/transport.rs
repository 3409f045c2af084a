//! What is around the octets: TLS, and the PROXY protocol.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use wirepath_runtime::tls::TlsClient;
use wirepath_smpp::{
    Bind, BindReply, Binds, Client, ConnectError, State, Status, SubmitSm,
    config::{ServerConfig, SmppConfig},
    handlers, on_bind,
};
use wirepath_test_support::Files;

use crate::support::{Running, config, plain, soon};

/// Whom all certificates are for.
const HOST: &str = "smsc.test";

/// The usual configuration with TLS, mutual or not.
fn secured(files: &Files, is_mutual: bool) -> ServerConfig {
    files.issue("server", HOST);
    let yaml = format!(
        "server: {{tls: {{cert_path: {0}/server.pem, key_path: {0}/server.key{1}}}}}",
        files.folder().display(),
        match is_mutual {
            true => format!(", ca_path: {}/ca.pem", files.folder().display()),
            false => String::new(),
        }
    );
    let env = wirepath_runtime::config::Env::from_iter([("", ""); 0]);
    let loaded = wirepath_smpp::config::SmppConfig::from_str(&yaml, "smpp.yaml", &env).unwrap();
    let mut config = config();
    config.tls = loaded.server.tls;
    config
}

fn client(files: &Files, server: SocketAddr, own: Option<&str>) -> Client {
    let own =
        own.map(|name| (files.path(&format!("{name}.pem")), files.path(&format!("{name}.key"))));
    let tls = TlsClient::load(Some(files.path("ca.pem")), own).unwrap();
    Client::new(server.to_string(), "esme1", "secret").tls(tls, HOST)
}

#[tokio::test]
async fn a_session_over_tls() {
    let files = Files::new();
    let server = Running::start(&secured(&files, false), plain()).await;
    let (session, _inbox) = soon(client(&files, server.address, None).connect()).await.unwrap();
    let pdu = SubmitSm::builder().short_message(&[b'x'; 200][..]).build().unwrap();
    let mut pipeline = session.pipeline();
    for tag in 0..5_000 {
        soon(pipeline.send(&pdu, tag)).await.unwrap();
    }
    while let Some((_, answer)) = soon(pipeline.next()).await {
        answer.unwrap();
    }
    soon(session.unbind()).await;

    // Plain SMPP to the TLS port is no handshake.
    let mut plain = server.connect().await;
    plain.send(&crate::support::submit(1)).await;
    while let Some(octets) = read_some(&mut plain.io).await {
        assert_ne!(octets[4], 0x80, "an answer in SMPP");
    }
}

#[tokio::test]
async fn a_kept_bind_over_tls() {
    let files = Files::new();
    files.issue("client", HOST);
    let server = Running::start(&secured(&files, true), plain()).await;
    let at = |name: &str| files.path(name).display().to_string();
    let yaml = format!(
        "binds: [{{name: up, host: 127.0.0.1, port: {}, system_id: esme1, password: secret, tls: {{ca_path: {}, cert_path: {}, \
         key_path: {}, server_name: smsc.test}}}}]",
        server.address.port(),
        at("ca.pem"),
        at("client.pem"),
        at("client.key"),
    );
    let env = wirepath_runtime::config::Env::empty();
    let mut config = wirepath_smpp::config::SmppConfig::from_str(&yaml, "smpp.yaml", &env).unwrap();
    let gateway = Running::plain().await;
    let binds = Binds::new(&gateway.smpp, plain());
    binds.set(&config.binds).unwrap();
    let up = gateway.smpp.bind("up");
    soon(up.bound()).await.unwrap();
    soon(up.submit_sm(&SubmitSm::builder().short_message("hi").build().unwrap())).await.unwrap();
    // A file that cannot be used changes nothing; that of a bind which stays as it is is not read.
    fs::write(files.path("ca.pem"), "no certificate").unwrap();
    binds.set(&config.binds).unwrap();
    config.binds[0].window_size = 1;
    let error = binds.set(&config.binds).unwrap_err().to_string();
    assert!(error.contains("ca.pem"), "{error}");
    assert!(up.is_bound());
}

async fn read_some(io: &mut tokio::net::TcpStream) -> Option<Vec<u8>> {
    use tokio::io::AsyncReadExt;

    let mut octets = vec![0; 64];
    match soon(io.read(&mut octets)).await {
        Ok(read @ 1..) => {
            octets.truncate(read.max(5));
            Some(octets)
        }
        _ => None,
    }
}

type Shown = Arc<Mutex<Vec<Option<Vec<u8>>>>>;

/// Lets those in who show a certificate, and keeps it.
#[on_bind]
async fn by_certificate(bind: Bind, State(shown): State<Shown>) -> BindReply {
    shown.lock().unwrap().push(bind.certificate().map(<[u8]>::to_vec));
    match bind.certificate() {
        Some(_) => bind.accept(),
        None => bind.by_policy(),
    }
}

#[tokio::test]
async fn a_client_certificate_is_demanded_and_visible_in_the_bind() {
    let files = Files::new();
    let shown = Shown::default();
    let service = handlers![by_certificate].with_state(Arc::new(Arc::clone(&shown)));
    let server = Running::start(&secured(&files, true), service).await;

    let without = soon(client(&files, server.address, None).connect()).await.unwrap_err();
    assert!(matches!(without, ConnectError::Io { .. }), "{without}");
    assert!(shown.lock().unwrap().is_empty(), "nothing came to the handler");

    let certificate = files.issue_der("client", HOST);
    let (session, _inbox) =
        soon(client(&files, server.address, Some("client")).connect()).await.unwrap();
    assert_eq!(*shown.lock().unwrap(), [Some(certificate.clone())]);
    let inbound = server.smpp.esme("esme1").unwrap();
    assert_eq!(inbound.certificate(), Some(&certificate[..]));
    soon(session.unbind()).await;
}

/// The listener looks at the files every five seconds.
#[tokio::test]
async fn certificates_are_reloaded_when_the_files_change() {
    let files = Files::new();
    let server = Running::start(&secured(&files, false), plain()).await;
    let (before, _inbox) = soon(client(&files, server.address, None).connect()).await.unwrap();

    // Another authority's from now on: who knows only the first no longer trusts the listener.
    let other = Files::new();
    other.issue("server", HOST);
    for name in ["server.pem", "server.key"] {
        fs::copy(other.path(name), files.path(name)).unwrap();
    }
    soon(async {
        while soon(client(&other, server.address, None).connect()).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(soon(client(&files, server.address, None).connect()).await.is_err());
    // A session that is there does not notice.
    soon(before.enquire_link()).await.unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_systems_error_and_the_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut config = config();
    config.port = address.port();
    let error = wirepath_smpp::Server::bind(&config, plain()).await.unwrap_err();
    let system = std::net::TcpListener::bind(address).unwrap_err();
    assert!(system.raw_os_error().is_some());
    assert_eq!(error.kind(), system.kind());
    let begins = format!("cannot listen on {address}: {system}; another program listens there");
    assert!(error.to_string().starts_with(&begins), "{error}");
}

#[tokio::test]
async fn tls_files_that_cannot_be_used_are_an_error_at_the_start() {
    let files = Files::new();
    let config = secured(&files, false);
    fs::write(files.path("server.pem"), "no certificate").unwrap();
    let error = wirepath_smpp::Server::bind(&config, plain()).await.unwrap_err();
    assert!(error.to_string().contains("server.pem"), "{error}");
    let _: &Path = files.folder();
}

/// Who a peer is said to be.
type Peers = Arc<Mutex<Vec<SocketAddr>>>;

#[on_bind]
async fn note_peer(bind: Bind, State(peers): State<Peers>) -> BindReply {
    peers.lock().unwrap().push(bind.peer());
    bind.by_policy()
}

async fn behind_proxy(trusted: &str) -> (Running, Peers) {
    use wirepath_runtime::net::Networks;

    let mut config = config();
    config.proxy_protocol = true;
    config.proxy_trusted = Networks::parse([trusted]).unwrap();
    config.esmes[0].allowed_networks = Networks::parse(["192.0.2.0/24"]).unwrap();
    let peers = Peers::default();
    let service = handlers![note_peer].with_state(Arc::new(Arc::clone(&peers)));
    (Running::start(&config, service).await, peers)
}

#[tokio::test]
async fn a_proxy_header_of_either_version_gives_the_peers_address() {
    let (server, peers) = behind_proxy("127.0.0.0/8").await;
    let v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x07\xC6\x33\x64\x01\x9D\x78\x0A\xD7";
    for header in [&b"PROXY TCP4 192.0.2.7 198.51.100.1 40312 2775\r\n"[..], v2] {
        let mut peer = server.connect().await;
        // In one segment with what follows it.
        let bind = crate::support::bind_body("esme1", "secret", 0x34);
        peer.send(&[header, &crate::support::pdu(9, 1, &bind)].concat()).await;
        peer.expect(wirepath_smpp::CommandId::BIND_TRANSCEIVER_RESP, Status::ROK, 1).await;
        peer.expect_alive().await;
    }
    assert_eq!(*peers.lock().unwrap(), ["192.0.2.7:40312".parse().unwrap(); 2]);
}

#[tokio::test]
async fn the_networks_of_an_esme_are_held_against_the_address_in_the_header() {
    let (server, _) = behind_proxy("127.0.0.0/8").await;
    let mut peer = server.connect().await;
    peer.send(b"PROXY TCP4 203.0.113.9 198.51.100.1 40312 2775\r\n").await;
    peer.bind(wirepath_smpp::BindKind::Receiver, "esme1", "secret", Status::RBINDFAIL).await;
    peer.expect_end().await;
}

#[tokio::test]
async fn a_connection_without_the_header_is_closed() {
    let (server, peers) = behind_proxy("127.0.0.0/8").await;
    let mut peer = server.connect().await;
    let bind = crate::support::bind_body("esme1", "secret", 0x34);
    peer.send(&crate::support::pdu(9, 1, &bind)).await;
    peer.expect_end().await;
    assert!(peers.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_header_from_a_proxy_that_is_not_trusted_is_closed() {
    let (server, peers) = behind_proxy("10.0.0.0/8").await;
    let mut peer = server.connect().await;
    let _ = tokio::io::AsyncWriteExt::write_all(
        &mut peer.io,
        b"PROXY TCP4 192.0.2.7 198.51.100.1 40312 2775\r\n",
    )
    .await;
    peer.expect_end().await;
    assert!(peers.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_the_key_a_header_is_no_smpp() {
    let server = Running::plain().await;
    let mut peer = server.connect().await;
    peer.send(b"PROXY TCP4 192.0.2.7 198.51.100.1 40312 2775\r\n").await;
    let nack = peer.next().await.unwrap().header();
    assert_eq!(nack.status, Status::RINVCMDLEN);
    peer.expect_end().await;
}

/// TLS keeps what the socket did not take: it has to come out when the peer reads again, without anything new to say.
#[tokio::test]
async fn answers_that_tls_holds_back_arrive_when_the_peer_reads_again() {
    use tokio::io::AsyncWriteExt;
    use wirepath_smpp::{Pdu, SubmitSmResp, TlvList, on_pdu};

    /// An answer of some length.
    #[on_pdu("submit_sm")]
    async fn verbose(pdu: SubmitSm) -> SubmitSmResp {
        let mut answer = pdu.accept("x");
        answer.tlvs = TlvList::new().with(wirepath_smpp::Tag(0x1400), &[7; 8_192]);
        answer
    }

    const ASKED: usize = 2_000;

    let files = Files::new();
    let mut config = secured(&files, false);
    config.output_high_water_bytes = 64 * 1024;
    let server = Running::start(&config, handlers![verbose].with_state(Arc::new(()))).await;
    let tls = TlsClient::load(Some(files.path("ca.pem")), None::<(PathBuf, PathBuf)>).unwrap();
    let connector = tokio_rustls::TlsConnector::from(tls.config());
    let io = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let name = rustls_pki_types::ServerName::try_from("smsc.test").unwrap();
    let io = soon(connector.connect(name, io)).await.unwrap();
    let mut peer = crate::support::RawPeer::over(io, crate::support::PATIENCE);
    peer.bind_as("esme1", "secret").await;
    let mut octets = bytes::BytesMut::new();
    let pdu = SubmitSm::builder().short_message("x").build().unwrap();
    for sequence in 0..ASKED {
        pdu.encode(u32::try_from(sequence).unwrap(), &mut octets);
    }
    peer.io.write_all(&octets).await.unwrap();
    peer.io.flush().await.unwrap();
    for sequence in 0..ASKED {
        let answer = peer.next().await.unwrap().header();
        assert_eq!(answer.sequence as usize, sequence);
    }
}

#[tokio::test]
async fn binds_are_changed_all_or_none_and_the_files_of_what_stays_are_not_read() {
    let files = Files::new();
    let gateway = Running::plain().await;
    let binds = Binds::new(&gateway.smpp, plain());
    let bind = |name: &str, ca: Option<&str>| {
        let tls = ca.map_or("false".to_owned(), |ca| {
            format!("{{ca_path: {}, server_name: smsc.test}}", files.path(ca).display())
        });
        let text = format!(
            "binds: [{{name: {name}, host: 127.0.0.1, port: 1, system_id: s, password: p, tls: {tls}}}]"
        );
        SmppConfig::from_str(&text, "test.yaml", &wirepath_runtime::config::Env::empty())
            .unwrap()
            .binds
            .remove(0)
    };
    let kept = |name: &str| gateway.smpp.bind(name).states().len();
    let stays = bind("stays", Some("ca.pem"));
    binds.set(std::slice::from_ref(&stays)).unwrap();

    // One that is well before one that is not: neither begins, and nothing ends.
    binds.set(&[bind("well", None), bind("ill", Some("none.pem"))]).unwrap_err();
    assert_eq!((kept("stays"), kept("well"), kept("ill")), (1, 0, 0));

    fs::remove_file(files.path("ca.pem")).unwrap();
    binds.set(&[stays, bind("well", None)]).unwrap();
    assert_eq!((kept("stays"), kept("well")), (1, 1));
}
