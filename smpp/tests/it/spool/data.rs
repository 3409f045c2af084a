//! `data_sm`, both ways.

use std::sync::Arc;

use tokio::sync::mpsc;
use wirepath_runtime::store::Store;
use wirepath_smpp::{
    Address, DataSm, DataSmResp, MessageState, QuerySm, ReplaceSm, SendError, State, Status,
    TlvList, handlers, on_pdu,
};

use super::{
    is_empty,
    relay::{Gateway, bind, by, receipt},
};
use crate::support::{Running, config, soon};

/// An SMSC that takes `data_sm`s.
struct Smsc {
    running: Running,
    taken: mpsc::UnboundedReceiver<DataSm>,
}

#[derive(Clone)]
struct Taken(mpsc::UnboundedSender<DataSm>);

#[on_pdu("data_sm")]
async fn answer(pdu: DataSm, State(taken): State<Taken>) -> DataSmResp {
    // Whoever listens may be gone.
    let _ = taken.0.send(pdu.clone());
    pdu.accept("0A")
}

async fn pair() -> (Smsc, Gateway) {
    let (sender, taken) = mpsc::unbounded_channel();
    let service = handlers![answer].with_state(Arc::new(Taken(sender)));
    let smsc = Smsc { running: Running::start(&config(), service).await, taken };
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(Store::memory(), &[up], &by(&["up"])).await;
    gateway.bound("up").await;
    (smsc, gateway)
}

fn data(to: &str, tlvs: TlvList) -> DataSm {
    DataSm::builder()
        .source("SHOP")
        .destination(Address::international(to))
        .registered_delivery(1)
        .tlvs(tlvs.message_payload(b"hi"))
        .build()
        .unwrap()
}

#[tokio::test]
async fn it_goes_out_as_it_came_and_its_receipt_has_our_id() {
    let (mut smsc, gateway) = pair().await;
    let mut esme = gateway.esme().await;
    let pdu = data("31612345678", TlvList::new().user_message_reference(7).qos_time_to_live(60));
    let id = soon(esme.session.data_sm(&pdu)).await.unwrap().message_id;
    let sent = soon(smsc.taken.recv()).await.unwrap();
    assert_eq!(sent.tlvs().as_bytes(), pdu.tlvs().as_bytes());
    assert_eq!((sent.destination(), sent.registered_delivery()), (pdu.destination(), 1));
    let query = QuerySm::builder().message_id(id.as_bytes()).source("SHOP").build().unwrap();
    let state = soon(esme.session.query_sm(&query)).await.unwrap().message_state;
    assert_eq!(state, MessageState::ENROUTE);
    let session = smsc.running.smpp.esme("esme1").unwrap();
    soon(session.deliver_sm(&receipt("0A", MessageState::DELIVERED))).await.unwrap();
    assert_eq!(esme.receipt().await.0, id.as_str().unwrap());
    is_empty(&gateway).await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let (mut smsc, gateway) = pair().await;
    let esme = gateway.esme().await;
    let long = "1".repeat(21);
    for (pdu, status) in [
        (data(&long, TlvList::new()), Status::RINVDSTADR),
        (
            data("31", TlvList::new()).to_builder().source(long.as_str()).build().unwrap(),
            Status::RINVSRCADR,
        ),
        (data("31", TlvList::new().qos_time_to_live(0)), Status::RINVEXPIRY),
    ] {
        let refused = soon(esme.session.data_sm(&pdu)).await.unwrap_err();
        assert_eq!(refused, SendError::Rejected(status));
    }
    assert!(smsc.taken.try_recv().is_err());
    is_empty(&gateway).await;
}

#[tokio::test]
async fn one_to_another_esme_is_a_deliver_sm() {
    let (_smsc, gateway) = pair().await;
    let mut esme = gateway.esme().await;
    let pdu = data("100", TlvList::new().user_message_reference(7));
    let id = soon(esme.session.data_sm(&pdu)).await.unwrap().message_id;
    let got = esme.next().await;
    assert_eq!((got.body(), got.tlvs().user_message_reference()), (&b"hi"[..], Some(7)));
    let expected = (id.as_str().unwrap().to_owned(), MessageState::DELIVERED, "000".to_owned());
    assert_eq!(esme.receipt().await, expected);
    let replace = ReplaceSm::builder().message_id(id.as_bytes()).source("SHOP").build().unwrap();
    let refused = soon(esme.session.replace_sm(&replace)).await.unwrap_err();
    assert_eq!(refused, SendError::Rejected(Status::RREPLACEFAIL));
}

#[tokio::test]
async fn one_of_an_smsc_waits_for_its_esme() {
    let (smsc, gateway) = pair().await;
    let session = smsc.running.smpp.esme("esme1").unwrap();
    let inbound = |to| data(to, TlvList::new()).to_builder().source("316").build().unwrap();
    let answer = soon(session.data_sm(&inbound("1001"))).await.unwrap();
    assert!(!answer.message_id.is_empty());
    let mut esme = gateway.esme().await;
    let got = esme.next().await;
    assert_eq!((got.destination().digits, got.body()), (&b"1001"[..], &b"hi"[..]));
    let refused = soon(session.data_sm(&inbound("999"))).await.unwrap_err();
    assert_eq!(refused, SendError::Rejected(Status::RX_P_APPN));
    is_empty(&gateway).await;
}
