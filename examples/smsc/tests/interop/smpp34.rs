//! smpp34, a crate.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use smpp34::{
    SmppConnectionInformation,
    client::{BIND_TYPE, SMSC, SmppClient, SmppClientListener},
    deliver_sm, deliver_sm_resp,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{check, start, support::Smsc};

/// What a client is told.
enum Told {
    Bound(Box<SMSC>),
    Delivered(Box<deliver_sm>),
    Unbound,
}

struct Listener(UnboundedSender<Told>);

#[async_trait]
impl SmppClientListener for Listener {
    async fn on_smsc_bound(&self, smsc: SMSC, _: &String) {
        let _ = self.0.send(Told::Bound(Box::new(smsc)));
    }

    async fn on_deliver_sm(
        &self,
        pdu: deliver_sm,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> deliver_sm_resp {
        let response = pdu.clone().accept();
        let _ = self.0.send(Told::Delivered(Box::new(pdu)));
        response
    }

    async fn on_smsc_unbound(&self, _: &String) {
        let _ = self.0.send(Told::Unbound);
    }
}

struct Esme {
    client: SmppClient,
    smsc: Box<SMSC>,
    told: UnboundedReceiver<Told>,
}

impl Esme {
    async fn bind(smsc: &Smsc, kind: BIND_TYPE) -> Self {
        let (tell, told) = unbounded_channel();
        let mut client = SmppClient::new(
            "127.0.0.1".to_owned(),
            smsc.port().parse().unwrap(),
            false,
            kind,
            "esme1".to_owned(),
            "secret".to_owned(),
            String::new(),
            0,
            0,
            String::new(),
            Arc::new(Listener(tell)),
            10,
        );
        client.start().await;
        let mut told = told;
        let Told::Bound(smsc) = next(&mut told).await else { panic!("not bound") };
        Self { client, smsc, told }
    }

    async fn submit(&self) -> String {
        let pdu = self.smsc.submit_sm().source_addr("12345").destination_addr("31612345678");
        let sent = pdu.registered_delivery(1).short_message(*b"hello from smpp34").send().await;
        sent.expect("submit_sm is answered").message_id.expect("with an id")
    }

    async fn receipt(&mut self, id: &str) {
        let Told::Delivered(pdu) = next(&mut self.told).await else { panic!("no deliver_sm") };
        assert_eq!(pdu.esm_class, 4);
        let text = String::from_utf8_lossy(&pdu.short_message).into_owned();
        assert!(text.starts_with(&format!("id:{id} sub:001 dlvrd:001 ")), "{text}");
    }

    async fn unbind(mut self) {
        // What its listener has just answered is written by another task.
        tokio::time::sleep(Duration::from_millis(200)).await;
        // Its own unbind_resp never reaches its caller; the SMSC's log says how the session ended.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.smsc.send_unbind()).await;
        self.client.stop().await;
    }
}

async fn next(told: &mut UnboundedReceiver<Told>) -> Told {
    let next = tokio::time::timeout(Duration::from_secs(10), told.recv());
    next.await.expect("in time").expect("the client is there")
}

/// It answers enquire_link by itself, and sends it by its own timer; a session that did not would be closed, and the log
/// would say so.
async fn be_asked() {
    tokio::time::sleep(Duration::from_millis(1_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn smpp34_binds_submits_gets_receipts_and_unbinds() {
    let smsc = start();
    let mut both = Esme::bind(&smsc, BIND_TYPE::TRX).await;
    let id = both.submit().await;
    both.receipt(&id).await;
    be_asked().await;
    let id = both.submit().await;
    both.receipt(&id).await;
    both.unbind().await;

    let sender = Esme::bind(&smsc, BIND_TYPE::TX).await;
    let mut receiver = Esme::bind(&smsc, BIND_TYPE::RX).await;
    let id = sender.submit().await;
    receiver.receipt(&id).await;
    be_asked().await;
    let id = sender.submit().await;
    receiver.receipt(&id).await;
    sender.unbind().await;
    receiver.unbind().await;
    check(&smsc, 3);
}
