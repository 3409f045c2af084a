//! query_sm, cancel_sm, replace_sm, and the bound on messages.

use wirepath::smpp::{
    BindKind, CancelSm, MessageId, MessageState, QuerySm, QuerySmResp, Receipt, ReplaceSm,
    SendError, Session, Status,
};

use crate::{bind, message, next, silence, support::Smsc};

async fn query(session: &Session, id: MessageId) -> Result<QuerySmResp, SendError> {
    let pdu = QuerySm::builder().message_id(&id).source("100").build().unwrap();
    session.query_sm(&pdu).await
}

#[tokio::test]
async fn a_query_tells_the_state() {
    let smsc = Smsc::start(&["--receipt-delay", "300"]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let id = session.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
    let report = query(&session, id).await.unwrap();
    assert_eq!((report.message_id, report.message_state), (id, MessageState::ENROUTE));
    assert_eq!(report.final_date, None);
    next(&mut inbox).await;
    let report = query(&session, id).await.unwrap();
    assert_eq!(report.message_state, MessageState::DELIVERED);
    assert!(report.final_date.is_some());
    let unknown = query(&session, MessageId::decimal(1)).await.unwrap_err();
    assert_eq!(unknown, SendError::Rejected(Status::RQUERYFAIL));
}

#[tokio::test]
async fn a_cancelled_message_is_deleted_once() {
    let smsc = Smsc::start(&["--receipt-delay", "60000"]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let id = session.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
    let cancel = CancelSm::builder().message_id(&id).source("100").build().unwrap();
    session.cancel_sm(&cancel).await.unwrap();
    let receipt = next(&mut inbox).await;
    let state = Receipt::parse(receipt.body()).unwrap().state();
    assert_eq!(state, Some(MessageState::DELETED));
    assert_eq!(query(&session, id).await.unwrap().message_state, MessageState::DELETED);
    let again = session.cancel_sm(&cancel).await.unwrap_err();
    assert_eq!(again, SendError::Rejected(Status::RCANCELFAIL));
    // By addresses.
    session.submit_sm(&message(0).build().unwrap()).await.unwrap();
    let cancel = CancelSm::builder().source("100").destination("200").build().unwrap();
    session.cancel_sm(&cancel).await.unwrap();
    assert!(session.cancel_sm(&cancel).await.is_err());
}

#[tokio::test]
async fn a_replaced_message_is_delivered_with_its_new_text() {
    let smsc = Smsc::start(&["--receipt-delay", "500"]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let id = session.submit_sm(&message(0).build().unwrap()).await.unwrap().message_id;
    let replace = ReplaceSm::builder()
        .message_id(&id)
        .source("100")
        .registered_delivery(1)
        .short_message("better")
        .build()
        .unwrap();
    session.replace_sm(&replace).await.unwrap();
    let receipt = next(&mut inbox).await;
    assert_eq!(Receipt::parse(receipt.body()).unwrap().text(), Some(&b"better"[..]));
    let late = session.replace_sm(&replace).await.unwrap_err();
    assert_eq!(late, SendError::Rejected(Status::RREPLACEFAIL));
}

#[tokio::test]
async fn a_message_with_replace_if_present_replaces_the_pending_one() {
    let smsc = Smsc::start(&["--receipt-delay", "500"]);
    let (session, mut inbox) = bind(&smsc, BindKind::Transceiver).await;
    let replacing = || message(1).replace_if_present_flag(1).short_message("better").build();
    let id = session.submit_sm(&message(1).build().unwrap()).await.unwrap().message_id;
    let again = session.submit_sm(&replacing().unwrap()).await.unwrap().message_id;
    assert_eq!(again, id);
    let pdu = next(&mut inbox).await;
    let receipt = pdu.receipt().unwrap();
    assert_eq!(receipt.id(), Some(id.as_bytes()));
    assert_eq!(receipt.text(), Some(&b"better"[..]));
    silence(&mut inbox).await;
    // Nothing is pending any more.
    let third = session.submit_sm(&replacing().unwrap()).await.unwrap().message_id;
    assert_ne!(third, id);
}

#[tokio::test]
async fn without_room_messages_are_refused() {
    let smsc = Smsc::start(&["--max-messages", "2"]);
    let (session, _) = bind(&smsc, BindKind::Transmitter).await;
    let pdu = message(1).build().unwrap();
    for _ in 0..2 {
        session.submit_sm(&pdu).await.unwrap();
    }
    // Nobody takes the receipts, so there is no room however long one waits.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let full = session.submit_sm(&pdu).await.unwrap_err();
    assert_eq!(full, SendError::Rejected(Status::RMSGQFUL));
    let (_receiver, mut inbox) = bind(&smsc, BindKind::Receiver).await;
    next(&mut inbox).await;
    next(&mut inbox).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    session.submit_sm(&pdu).await.unwrap();
    assert!(smsc.log().iter().any(|line| line.contains("raise --max-messages")));
}
