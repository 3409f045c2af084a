//! Two gateways that share a store in Redis.

use smsc::{Options, Simulator};
use wirepath::smpp::{BindKind, Client, MessageState, RequestPdu, SubmitSm};

use crate::support::{Gateway, PATIENCE, RedisServer, free_port, in_redis, say, text};

/// One of them, with a bind of its own to the simulator, or to nobody.
fn start(folder: &tempfile::TempDir, redis: &RedisServer, name: &str, upstream: u16) -> Gateway {
    let file = folder.path().join(format!("{name}.yaml"));
    let config = format!(
        "server: {{bind_address: 127.0.0.1, port: {}, esmes: [{{system_id: shop, password: secret}}]}}
binds: [{{name: up, host: 127.0.0.1, port: {upstream}, system_id: esme1, password: secret}}]
routing: {{default_chain: ['bind:up']}}
spool: true
store: {}
",
        free_port(),
        in_redis(redis)
    );
    std::fs::write(&file, config).unwrap();
    Gateway::start(&["--config", text(&file)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_finds_its_esme_on_another_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let redis = RedisServer::start();
    let simulator =
        Simulator::start("127.0.0.1:0".parse().unwrap(), Options::default()).await.unwrap();
    // Only B has an SMSC: the message goes out there, and its receipt comes back there.
    let (a, b) = tokio::task::block_in_place(|| {
        let b = start(&folder, &redis, "b", simulator.local_addr().port());
        (start(&folder, &redis, "a", 1), b)
    });
    let bind =
        |to: &Gateway, kind| Client::new(to.address(), "shop", "secret").kind(kind).connect();
    let (_receiver, mut inbox) = bind(&a, BindKind::Receiver).await.unwrap();
    let (sender, _) = bind(&b, BindKind::Transmitter).await.unwrap();
    let pdu = SubmitSm::builder().source("12345").destination("31612345678").registered_delivery(1);
    let answer = sender.submit_sm(&pdu.short_message("across").build().unwrap()).await.unwrap();
    let next = tokio::time::timeout(PATIENCE, inbox.next()).await.expect("a receipt in time");
    let Some(RequestPdu::DeliverSm(pdu)) = next else { panic!("no receipt: {next:?}") };
    let receipt = pdu.receipt().unwrap();
    assert_eq!(receipt.id(), Some(answer.message_id.as_bytes()));
    assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
    assert_eq!(simulator.taken(), 1);
    // The store in Redis is read while both run. A moment after the receipt the message is out of it.
    let file = folder.path().join("a.yaml");
    let began = std::time::Instant::now();
    tokio::task::block_in_place(|| {
        while say(&["spool", "ls", "--config", text(&file)]) != "nothing waits\n" {
            assert!(began.elapsed() < PATIENCE, "it stays in the store");
        }
    });
}
