//! Receipts: who gets them, when, in which form.

use std::{collections::HashSet, time::Instant};

use wirepath::smpp::{
    BindKind, DataSm, Destination, EsmClass, MessageState, Receipt, Status, SubmitMulti,
};

use crate::{bind, message, next, silence, support::Smsc};

#[tokio::test]
async fn a_transceiver_gets_one_receipt_for_a_message() {
    let smsc = Smsc::start(&[]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let began = Instant::now();
    let id = session.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
    let pdu = next(&mut inbox).await;
    assert!(began.elapsed().as_millis() >= 50);
    assert!(pdu.is_receipt());
    assert_eq!((pdu.source().digits, pdu.destination().digits), (&b"200"[..], &b"100"[..]));
    let receipt = Receipt::parse(pdu.body()).unwrap();
    assert_eq!(receipt.id(), Some(id.as_bytes()));
    assert_eq!(receipt.state(), Some(MessageState::DELIVERED));
    silence(&mut inbox).await;
    session.submit_sm(&message(0).build().unwrap()).await.unwrap();
    silence(&mut inbox).await;
}

#[tokio::test]
async fn a_receipt_never_overtakes_its_answer() {
    let smsc = Smsc::start(&["--receipt-delay", "0"]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let pdu = message(1).build().unwrap();
    for _ in 0..500 {
        let id = session.submit_sm(&pdu).await.unwrap().message_id;
        let receipt = next(&mut inbox).await;
        assert_eq!(Receipt::parse(receipt.body()).unwrap().id(), Some(id.as_bytes()));
    }
}

#[tokio::test]
async fn a_transmitters_receipts_go_to_a_receiver_and_wait_for_one() {
    let smsc = Smsc::start(&[]);
    let (sender, mut deaf) = bind(&smsc, BindKind::Transmitter).await;
    let id = sender.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
    silence(&mut deaf).await;
    let (_receiver, mut inbox) = bind(&smsc, BindKind::Receiver).await;
    let receipt = next(&mut inbox).await;
    assert_eq!(Receipt::parse(receipt.body()).unwrap().id(), Some(id.as_bytes()));
    let id = sender.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
    let receipt = next(&mut inbox).await;
    assert_eq!(Receipt::parse(receipt.body()).unwrap().id(), Some(id.as_bytes()));
}

#[tokio::test]
async fn failures_successes_and_intermediate_notifications() {
    let smsc = Smsc::start(&[]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    // Failure only, of a success.
    session.submit_sm(&message(2).build().unwrap()).await.unwrap();
    silence(&mut inbox).await;
    // Failure only, of a failure: expired before it was delivered.
    let late = wirepath::smpp::SmppTime::parse(b"000000000100000R").unwrap();
    let soon = wirepath::smpp::SmppTime::parse(b"000000000001000R").unwrap();
    let expiring = message(2).schedule_delivery_time(late).validity_period(soon);
    session.submit_sm(&expiring.build().unwrap()).await.unwrap();
    let receipt = next(&mut inbox).await;
    let state = Receipt::parse(receipt.body()).unwrap().state();
    assert_eq!(state, Some(MessageState::EXPIRED));
    // An intermediate notification, then the receipt.
    session.submit_sm(&message(0x11).build().unwrap()).await.unwrap();
    let first = next(&mut inbox).await;
    assert!(EsmClass(first.esm_class()).is_intermediate());
    assert_eq!(first.tlvs().message_state(), Some(MessageState::ENROUTE));
    assert!(next(&mut inbox).await.is_receipt());
}

#[tokio::test]
async fn forms() {
    for (form, begins) in [("short", "id:1"), ("tlv", "")] {
        let smsc = Smsc::start(&["--receipt-form", form]);
        let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
        let id = session.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
        let pdu = next(&mut inbox).await;
        let text = String::from_utf8_lossy(pdu.body()).into_owned();
        assert!(text.starts_with(begins) && !text.contains("sub:"), "{text}");
        if form == "tlv" {
            assert_eq!(pdu.tlvs().receipted_message_id(), Some(id.as_bytes()));
        }
    }
    let smsc = Smsc::start(&["--receipt-form", "hex-id"]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let id = session.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
    let pdu = next(&mut inbox).await;
    let decimal: u64 = id.to_string().parse().unwrap();
    assert_eq!(Receipt::parse(pdu.body()).unwrap().id(), Some(format!("{decimal:x}").as_bytes()));
}

#[tokio::test]
async fn submit_multi_and_data_sm() {
    let smsc = Smsc::start(&[]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let everybody = [
        Destination::Sme("201".into()),
        Destination::Sme("202".into()),
        Destination::List(b"staff"),
    ];
    let pdu = SubmitMulti::builder()
        .source("100")
        .destinations(&everybody)
        .registered_delivery(1)
        .short_message("hello")
        .build()
        .unwrap();
    let answer = session.submit_multi(&pdu).await.unwrap();
    let refused: Vec<Status> = answer.unsuccess.iter().map(|entry| entry.status).collect();
    assert_eq!(refused, [Status::RCNTSUBDL]);
    let mut from = Vec::new();
    for _ in 0..2 {
        let receipt = next(&mut inbox).await;
        let id = Receipt::parse(receipt.body()).unwrap().id().map(<[u8]>::to_vec);
        assert_eq!(id.as_deref(), Some(answer.message_id.as_bytes()));
        from.push(receipt.source().digits.to_vec());
    }
    assert_eq!(from, [b"201", b"202"]);

    let pdu = DataSm::builder().source("100").destination("200").registered_delivery(1);
    let id = session.data_sm(&pdu.build().unwrap()).await.unwrap().message_id;
    let receipt = next(&mut inbox).await;
    assert_eq!(Receipt::parse(receipt.body()).unwrap().id(), Some(id.as_bytes()));
}

#[tokio::test]
async fn messages_from_handsets() {
    let smsc = Smsc::start(&["--mo-rate", "50/s"]);
    let (_first, mut first) = bind(&smsc, BindKind::Receiver).await;
    let (_second, mut second) = bind(&smsc, BindKind::Transceiver).await;
    let (_deaf, mut deaf) = bind(&smsc, BindKind::Transmitter).await;
    for _ in 0..5 {
        assert!(!next(&mut first).await.is_receipt());
        assert!(next(&mut second).await.body().starts_with(b"message "));
    }
    silence(&mut deaf).await;
}

#[tokio::test]
async fn under_load_every_message_has_one_receipt() {
    const MESSAGES: u64 = 5_000;

    let smsc = Smsc::start(&["--receipt-delay", "10"]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let receipts = tokio::spawn(async move {
        let mut ids = HashSet::new();
        for _ in 0..MESSAGES {
            let pdu = next(&mut inbox).await;
            let id = Receipt::parse(pdu.body()).unwrap().id().unwrap().to_vec();
            assert!(ids.insert(id), "twice");
        }
        silence(&mut inbox).await;
        ids
    });
    let pdu = message(1).build().unwrap();
    let mut pipeline = session.pipeline();
    let mut ids = HashSet::new();
    for tag in 0..MESSAGES {
        pipeline.send(&pdu, tag).await.unwrap();
        while let Some((_, answer)) = pipeline.try_next() {
            ids.insert(answer.unwrap().message_id.as_bytes().to_vec());
        }
    }
    while let Some((_, answer)) = pipeline.next().await {
        ids.insert(answer.unwrap().message_id.as_bytes().to_vec());
    }
    assert_eq!(ids.len() as u64, MESSAGES, "ids are unique");
    assert_eq!(receipts.await.unwrap(), ids);
}
