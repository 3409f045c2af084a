//! `App`: state, start, refusals to start, drain.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use wirepath::{
    App, Error, FromRef, State, handlers,
    shutdown::{Drained, Shutdown},
    smpp::{
        Bind, BindReply, Client, Smpp, Status, SubmitSm, SubmitSmResp, UnbindCause,
        config::{BindConfig, SmppConfig},
        on_bind, on_pdu,
    },
};

#[derive(Clone)]
struct Counters {
    seen: Seen,
}

#[derive(Clone, Default)]
struct Seen(Arc<AtomicUsize>);

impl FromRef<Counters> for Seen {
    fn from_ref(counters: &Counters) -> Self {
        counters.seen.clone()
    }
}

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

#[on_pdu("submit_sm")]
async fn count(pdu: SubmitSm, State(seen): State<Seen>) -> SubmitSmResp {
    if pdu.short_message() == b"slow" {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    pdu.accept(seen.0.fetch_add(1, Ordering::SeqCst) as u64 + 1)
}

fn config(port: u16) -> SmppConfig {
    let mut config = SmppConfig::default();
    config.server.bind_address = "127.0.0.1".to_owned();
    config.server.port = port;
    config
}

fn message(text: &str) -> SubmitSm {
    SubmitSm::builder().destination("1").short_message(text).build().unwrap()
}

#[tokio::test]
async fn state_reaches_the_handlers_and_a_drain_finishes_what_they_do() {
    let seen = Seen::default();
    let running = App::from_config(config(0))
        .state(Counters { seen: seen.clone() })
        .smpp(handlers![welcome, count])
        .bind()
        .await
        .unwrap();
    let (address, smpp) = (running.local_addr(), running.smpp());
    let shutdown = Shutdown::new();
    let served = tokio::spawn(running.run_until(shutdown.signal()));

    let (session, _inbox) =
        Client::new(address.to_string(), "esme", "secret").connect().await.unwrap();
    assert_eq!(smpp.sessions().len(), 1);
    assert_eq!(session.submit_sm(&message("quick")).await.unwrap().message_id.as_bytes(), b"1");

    let slow = message("slow");
    let answered = tokio::spawn({
        let session = session.clone();
        async move { session.submit_sm(&slow).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    shutdown.trigger();
    assert_eq!(answered.await.unwrap().unwrap().message_id.as_bytes(), b"2");
    assert_eq!(session.wait_ended().await, UnbindCause::Peer);
    assert_eq!(served.await.unwrap(), Drained::Clean);
    assert_eq!(seen.0.load(Ordering::SeqCst), 2);
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "still listening");
}

#[on_pdu("submit_sm")]
async fn relay(pdu: SubmitSm, smpp: Smpp) -> Result<SubmitSmResp, Status> {
    let sent = smpp.bind("up").submit_sm(&pdu).await?;
    Ok(pdu.accept(sent.message_id))
}

#[tokio::test]
async fn a_relay_sends_by_the_name_of_a_bind() {
    let seen = Seen::default();
    let smsc = App::from_config(config(0))
        .state(Counters { seen: seen.clone() })
        .smpp(handlers![welcome, count])
        .bind()
        .await
        .unwrap();
    let mut with_bind = config(0);
    let mut up = BindConfig::new("up", "127.0.0.1", "gateway", "secret");
    up.port = smsc.local_addr().port();
    with_bind.binds = vec![up];
    let smsc_sessions = smsc.smpp();
    let stop_smsc = Shutdown::new();
    let smsc = tokio::spawn(smsc.run_until(stop_smsc.signal()));
    let gateway = App::from_config(with_bind).smpp(handlers![welcome, relay]).bind().await.unwrap();
    let (address, smpp) = (gateway.local_addr(), gateway.smpp());
    let shutdown = Shutdown::new();
    let gateway = tokio::spawn(gateway.run_until(shutdown.signal()));
    smpp.bind("up").bound().await.unwrap();

    let (session, _inbox) =
        Client::new(address.to_string(), "esme", "secret").connect().await.unwrap();
    assert_eq!(session.submit_sm(&message("hi")).await.unwrap().message_id.as_bytes(), b"1");
    // A message that is under way when the drain begins still finds the bind.
    let upstream = smsc_sessions.sessions().pop().unwrap();
    let slow = message("slow");
    let (sent, ()) = tokio::join!(session.submit_sm(&slow), async {
        while upstream.counters().received < 2 {
            tokio::task::yield_now().await;
        }
        shutdown.trigger();
    });
    assert_eq!(sent.unwrap().message_id.as_bytes(), b"2");
    assert_eq!(gateway.await.unwrap(), Drained::Clean);
    assert_eq!(upstream.wait_ended().await, UnbindCause::Peer);
    assert_eq!(seen.0.load(Ordering::SeqCst), 2);
    stop_smsc.trigger();
    assert_eq!(smsc.await.unwrap(), Drained::Clean);
}

#[tokio::test]
async fn without_handlers_for_it_a_bind_is_refused() {
    let running = App::from_config(config(0))
        .state(Counters { seen: Seen::default() })
        .smpp(handlers![count])
        .bind()
        .await
        .unwrap();
    let address = running.local_addr().to_string();
    let served = tokio::spawn(running.run());
    let refused = Client::new(address, "esme", "secret").connect().await.unwrap_err();
    assert_eq!(refused.to_string(), format!("the bind was refused: {}", Status::RBINDFAIL));
    served.abort();
}

#[tokio::test]
async fn a_port_in_use_is_refused_with_the_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = App::from_config(config(port)).smpp(handlers![welcome]).run().await.unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
    let text = error.to_string();
    // With the number that the system gives it.
    let system = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap_err();
    assert!(system.raw_os_error().is_some());
    let begins = format!("cannot listen on 127.0.0.1:{port}: {system}; ");
    assert!(text.starts_with(&begins), "{text}");
    assert!(text.contains("another program listens there: stop it, or set server.port"), "{text}");
}

#[tokio::test]
async fn missing_tls_files_are_named() {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    writeln!(
        file,
        "server:\n  bind_address: 127.0.0.1\n  port: 0\n  tls: {{cert_path: no-such-cert.pem, key_path: no-such-key.pem}}"
    )
    .unwrap();
    let app = App::from_file(file.path()).unwrap().smpp(handlers![welcome]);
    let error = app.run().await.unwrap_err();
    assert!(error.to_string().starts_with("server.tls: cannot read `no-such-cert.pem`"), "{error}");
}

#[test]
fn a_wrong_file_is_named_with_line_and_key() {
    let mut file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    writeln!(file, "server:\n  prot: 2775").unwrap();
    let error = App::from_file(file.path()).unwrap_err().to_string();
    let place = format!("{}:2:3", file.path().display());
    assert_eq!(error, format!("unknown key `server.prot` at {place}; did you mean `port`?"));

    let error = App::from_file("no-such-file.yaml").unwrap_err().to_string();
    assert!(error.contains("no-such-file.yaml"), "{error}");
}
