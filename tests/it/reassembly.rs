//! Long messages from an SMSC, put together because the configuration says so.

use std::time::Duration;

use wirepath::{
    App,
    config::Env,
    handlers,
    shutdown::{Drained, Shutdown},
    smpp::{
        Bind, BindReply, Client, DeliverSm, EsmClass, Inbox, RequestPdu, Session, Smpp, Status,
        config::SmppConfig, on_bind,
    },
};

const PATIENCE: Duration = Duration::from_secs(20);

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

/// An application of this configuration.
struct Running {
    port: u16,
    smpp: Smpp,
    shutdown: Shutdown,
    task: tokio::task::JoinHandle<Drained>,
}

impl Running {
    async fn start(text: &str) -> Self {
        let text = format!("server: {{bind_address: 127.0.0.1, port: 0}}\n{text}");
        let config = SmppConfig::from_str(&text, "smpp.yaml", &Env::empty()).unwrap();
        let running = App::from_config(config).smpp(handlers![welcome]).bind().await.unwrap();
        let (port, smpp, shutdown) = (running.local_addr().port(), running.smpp(), Shutdown::new());
        let task = tokio::spawn(running.run_until(shutdown.signal()));
        Self { port, smpp, shutdown, task }
    }

    async fn esme(&self) -> (Session, Inbox) {
        let client = Client::new(format!("127.0.0.1:{}", self.port), "shop", "secret");
        client.connect().await.unwrap()
    }

    async fn end(self) {
        self.shutdown.trigger();
        self.task.await.unwrap();
    }
}

/// An SMSC, and a gateway that is bound there, with these keys more.
async fn pair(keys: &str) -> (Running, Running) {
    let smsc = Running::start("").await;
    let gateway = Running::start(&format!(
        "binds: [{{name: up, host: 127.0.0.1, port: {}, system_id: gateway, password: secret}}]
routing: {{rules: [{{prefix: 100, chain: ['esme:shop']}}]}}
{keys}",
        smsc.port
    ))
    .await;
    tokio::time::timeout(PATIENCE, gateway.smpp.bind("up").bound()).await.unwrap().unwrap();
    (smsc, gateway)
}

async fn send(smsc: &Running, sequence: u8, text: &str) -> Result<(), Status> {
    let body = [&[5, 0, 3, 7, 2, sequence], text.as_bytes()].concat();
    let pdu = DeliverSm::builder().source("31612345678").destination("100");
    let pdu = pdu.esm_class(EsmClass::UDHI).short_message(&body).build().unwrap();
    let session = smsc.smpp.esme("gateway").unwrap();
    match tokio::time::timeout(PATIENCE, session.deliver_sm(&pdu)).await.unwrap() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn next(inbox: &mut Inbox) -> DeliverSm {
    match tokio::time::timeout(PATIENCE, inbox.next()).await.unwrap() {
        Some(RequestPdu::DeliverSm(pdu)) => pdu,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_relay_puts_parts_together() {
    let (smsc, gateway) = pair("reassembly: true").await;
    send(&smsc, 2, "two").await.unwrap();
    // Nobody is there to take it: the SMSC keeps the part that it is refused with.
    let refused = send(&smsc, 1, "one ").await.unwrap_err();
    assert_eq!(refused, Status::RX_T_APPN);
    let (_session, mut inbox) = gateway.esme().await;
    send(&smsc, 1, "one ").await.unwrap();
    assert_eq!(next(&mut inbox).await.body(), b"one two");
}

#[tokio::test]
async fn without_the_key_and_after_its_time_parts_go_on_as_they_came() {
    for keys in ["", "reassembly: false", "reassembly: {timeout_ms: 1}"] {
        let (smsc, gateway) = pair(keys).await;
        let (_session, mut inbox) = gateway.esme().await;
        send(&smsc, 1, "one ").await.unwrap();
        assert_eq!(next(&mut inbox).await.body(), b"\x05\0\x03\x07\x02\x01one ", "{keys}");
    }
}

#[tokio::test]
async fn at_the_end_a_relay_delivers_the_parts_that_it_has_as_they_came() {
    let (smsc, gateway) = pair("reassembly: true").await;
    let (_session, mut inbox) = gateway.esme().await;
    send(&smsc, 2, "two").await.unwrap();
    // It was answered, so it is the gateway's to deliver; its ESME is unbound only then.
    let (_, part) = tokio::join!(gateway.end(), next(&mut inbox));
    assert_eq!(part.body(), b"\x05\0\x03\x07\x02\x02two");
}

#[cfg(feature = "spool")]
#[tokio::test]
async fn with_a_spool_parts_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let keys =
        format!("reassembly: true\nspool: true\nstore: {{path: '{}'}}", folder.path().display());
    let (smsc, gateway) = pair(&keys).await;
    send(&smsc, 2, "two").await.unwrap();
    gateway.end().await;
    smsc.end().await;
    let (smsc, gateway) = pair(&keys).await;
    send(&smsc, 1, "one ").await.unwrap();
    let (_session, mut inbox) = gateway.esme().await;
    assert_eq!(next(&mut inbox).await.body(), b"one two");
}
