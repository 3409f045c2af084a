//! A long message from an SMSC whose parts are in the store when the gateway is killed.

use wirepath::{
    App, handlers,
    shutdown::Shutdown,
    smpp::{
        Bind, BindReply, Client, DeliverSm, EsmClass, RequestPdu, SendError, Smpp,
        config::SmppConfig, on_bind,
    },
};

use crate::support::{Gateway, PATIENCE, RedisServer, free_port, in_redis, text};

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

/// An SMSC that lets everybody in.
async fn smsc() -> (u16, Smpp) {
    let mut config = SmppConfig::default();
    (config.server.bind_address, config.server.port) = ("127.0.0.1".to_owned(), 0);
    let running = App::from_config(config).smpp(handlers![welcome]).bind().await.unwrap();
    let (port, smpp) = (running.local_addr().port(), running.smpp());
    let shutdown = Shutdown::new();
    tokio::spawn(async move { running.run_until(shutdown.signal()).await });
    (port, smpp)
}

fn start(folder: &tempfile::TempDir, upstream: u16, store: &str) -> Gateway {
    let file = folder.path().join("gateway.yaml");
    let config = format!(
        "server: {{bind_address: 127.0.0.1, port: {}, esmes: [{{system_id: shop, password: secret}}]}}
binds: [{{name: up, host: 127.0.0.1, port: {upstream}, system_id: gateway, password: secret}}]
routing: {{rules: [{{prefix: 100, chain: ['esme:shop']}}]}}
reassembly: true
spool: true
store: {store}
",
        free_port()
    );
    std::fs::write(&file, config).unwrap();
    Gateway::start(&["--config", text(&file)])
}

/// Sends a part as soon as somebody is bound to take it.
async fn send(smsc: &Smpp, sequence: u8, text: &str) {
    let body = [&[5, 0, 3, 7, 3, sequence], text.as_bytes()].concat();
    let pdu = DeliverSm::builder().source("31612345678").destination("100");
    let pdu = pdu.esm_class(EsmClass::UDHI).short_message(&body).build().unwrap();
    let sent = async {
        loop {
            let Some(session) = smsc.esme("gateway") else {
                tokio::task::yield_now().await;
                continue;
            };
            match session.deliver_sm(&pdu).await {
                Ok(_) => return,
                // The one that was killed is found gone.
                Err(SendError::NotBound | SendError::SessionLost { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, sent).await.expect("it takes a part");
}

async fn outlives(store: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (port, smsc) = smsc().await;
    let mut gateway = None;
    for (sequence, text) in [(2, "two "), (3, "three"), (1, "one ")] {
        // The one before is killed, the moment that it has answered.
        drop(gateway.take());
        gateway = Some(tokio::task::block_in_place(|| start(&folder, port, store)));
        send(&smsc, sequence, text).await;
    }
    let gateway = gateway.expect("the last one runs");
    let client = Client::new(gateway.address(), "shop", "secret");
    let (_session, mut inbox) = client.connect().await.unwrap();
    let next = tokio::time::timeout(PATIENCE, inbox.next()).await.expect("a message in time");
    let Some(RequestPdu::DeliverSm(pdu)) = next else { panic!("no message: {next:?}") };
    assert_eq!(pdu.text(), "one two three");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answered_parts_outlive_a_kill_on_disk() {
    let data = tempfile::tempdir().unwrap();
    outlives(&format!("{{path: '{}'}}", data.path().display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answered_parts_outlive_a_kill_in_redis() {
    let redis = RedisServer::start();
    outlives(&in_redis(&redis)).await;
}
