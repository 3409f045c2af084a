//! The smsc binary over real sockets.

mod faults;
mod messages;
mod receipts;
mod start;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use wirepath::smpp::{
    BindKind, Client, DeliverSm, Inbox, RequestPdu, Session, SubmitSm,
    protocol::pdu::SubmitSmBuilder,
};

use crate::support::Smsc;

/// Binds as the ESME that is there by default.
async fn bind(smsc: &Smsc, kind: BindKind) -> (Session, Inbox) {
    Client::new(smsc.address(), "esme1", "secret").kind(kind).connect().await.expect("it may bind")
}

/// A message that asks for so much.
fn message<'a>(registered_delivery: u8) -> SubmitSmBuilder<'a> {
    let pdu = SubmitSm::builder().source("100").destination("200");
    pdu.registered_delivery(registered_delivery).short_message("hello")
}

/// The next `deliver_sm`.
async fn next(inbox: &mut Inbox) -> DeliverSm {
    let next = tokio::time::timeout(Duration::from_secs(10), inbox.next());
    match next.await.expect("a deliver_sm in time") {
        Some(RequestPdu::DeliverSm(pdu)) => pdu,
        other => panic!("no deliver_sm: {other:?}"),
    }
}

/// Nothing comes, for a while.
async fn silence(inbox: &mut Inbox) {
    let next = tokio::time::timeout(Duration::from_millis(300), inbox.next());
    if let Ok(pdu) = next.await {
        panic!("not silent: {pdu:?}");
    }
}
