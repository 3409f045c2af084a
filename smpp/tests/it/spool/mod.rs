//! The store-and-forward queue, between an SMSC and an ESME.

mod data;
mod gather;
mod long;
mod manage;
mod multi;
mod relay;

use wirepath_runtime::store::Store;
use wirepath_smpp::{
    DeliverSm, EsmClass, MessageState, SmppTime, Status,
    config::{Resend, Step},
    protocol::message_id_form::MessageIdForm,
    spool::Spool,
};

use self::relay::{FIRST_ID, Gateway, Next, Smsc, bind, by, message, quick};
use crate::support::{PATIENCE, soon, until};

/// An SMSC and a gateway in front of it, bound.
async fn pair(store: Store) -> (Smsc, Gateway) {
    let smsc = Smsc::start().await;
    let gateway = Gateway::start(store, &[bind("up", smsc.running.address)], &by(&["up"])).await;
    gateway.bound("up").await;
    (smsc, gateway)
}

/// Nothing is left, wherever.
async fn is_empty(gateway: &Gateway) {
    soon(async {
        while !gateway.spool.depths().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_goes_out_and_its_receipt_comes_back_with_our_id() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let id = esme.submit(&message(1)).await.unwrap();
    let sent = smsc.got().await;
    assert_eq!((sent.destination().digits, sent.body()), (&b"31612345678"[..], &b"hi"[..]));
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap();
    assert_eq!(esme.receipt().await, (id, MessageState::DELIVERED, "042".to_owned()));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn an_intermediate_state_ends_nothing() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let id = esme.submit(&message(1)).await.unwrap();
    smsc.got().await;
    smsc.tells(FIRST_ID, MessageState::ENROUTE).await.unwrap();
    smsc.tells(FIRST_ID, MessageState::UNDELIVERABLE).await.unwrap();
    assert_eq!(esme.receipt().await, (id, MessageState::UNDELIVERABLE, "042".to_owned()));
    // The second one of a pair is answered, and says nothing new.
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap_err();
    is_empty(&gateway).await;
    assert!(esme.inbox.try_next().is_none());
}

/// What an SMSC says of a message on its way, or to somebody.
fn says(esm_class: u8, text: &str) -> DeliverSm {
    let pdu = DeliverSm::builder().source("31612345678").destination("1001");
    pdu.esm_class(esm_class).short_message(text).build().unwrap()
}

#[tokio::test]
async fn an_intermediate_notification_reaches_who_asked_for_it_under_our_id() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let id = esme.submit(&message(0x11)).await.unwrap();
    smsc.got().await;
    let tells = says(EsmClass::INTERMEDIATE, "id:FF stat:ENROUTE err:017");
    smsc.sends(&tells).await.unwrap();
    let pdu = esme.next().await;
    assert_eq!(pdu.esm_class(), EsmClass::INTERMEDIATE);
    assert_eq!(
        (pdu.source().digits, pdu.destination().digits),
        (&b"31612345678"[..], &b"SHOP"[..])
    );
    let body = String::from_utf8(pdu.body().to_vec()).unwrap();
    assert!(body.starts_with(&format!("id:{id} ")), "{body}");
    assert!(body.contains(" stat:ENROUTE ") && body.contains(" err:017 "), "{body}");
    assert_eq!(pdu.tlvs().receipted_message_id(), Some(id.as_bytes()));
    // It ended nothing.
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap();
    assert_eq!(esme.receipt().await.0, id);
    is_empty(&gateway).await;
}

#[tokio::test]
async fn an_intermediate_notification_that_nobody_asked_for_goes_no_further() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    esme.submit(&message(1)).await.unwrap();
    smsc.got().await;
    for id in [FIRST_ID, "4711"] {
        let tells = says(EsmClass::INTERMEDIATE, &format!("id:{id} stat:ENROUTE"));
        smsc.sends(&tells).await.unwrap();
    }
    smsc.sends(&says(0, "hello")).await.unwrap();
    assert_eq!(esme.next().await.body(), b"hello");
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap();
    esme.receipt().await;
    is_empty(&gateway).await;
    assert!(esme.inbox.try_next().is_none());
}

#[tokio::test]
async fn an_intermediate_notification_does_not_wait_for_an_esme_that_is_away() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let sender = gateway.transmitter().await;
    soon(sender.submit_sm(&message(0x11))).await.unwrap();
    smsc.got().await;
    smsc.sends(&says(EsmClass::INTERMEDIATE, "id:FF stat:ENROUTE")).await.unwrap();
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap();
    let mut esme = gateway.esme().await;
    assert_eq!(esme.receipt().await.1, MessageState::DELIVERED);
    is_empty(&gateway).await;
    assert!(esme.inbox.try_next().is_none());
}

#[tokio::test]
async fn a_receipt_may_overtake_its_response() {
    let (smsc, gateway) = pair(Store::memory()).await;
    smsc.will([Next::Hurry]);
    let mut esme = gateway.esme().await;
    let id = esme.submit(&message(1)).await.unwrap();
    assert_eq!(esme.receipt().await.0, id);
    is_empty(&gateway).await;
}

#[tokio::test]
async fn a_receipt_for_nobody_is_refused_for_good() {
    let (smsc, gateway) = pair(Store::memory()).await;
    let refused = smsc.tells("4711", MessageState::DELIVERED).await;
    assert_eq!(refused, Err(Status::RX_P_APPN));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn ids_in_two_forms_are_one() {
    let smsc = Smsc::start().await;
    let mut up = bind("up", smsc.running.address);
    up.message_id_form = MessageIdForm::HexToDecimal;
    let gateway = Gateway::start(Store::memory(), &[up], &by(&["up"])).await;
    gateway.bound("up").await;
    let mut esme = gateway.esme().await;
    let id = esme.submit(&message(1)).await.unwrap();
    smsc.tells("0000000255", MessageState::DELIVERED).await.unwrap();
    assert_eq!(esme.receipt().await.0, id);
}

#[tokio::test]
async fn what_may_pass_later_is_tried_again() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    smsc.will([Next::Refuse(Status::RSYSERR), Next::Refuse(Status::RX_T_APPN)]);
    let esme = gateway.esme().await;
    esme.submit(&message(0)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(smsc.got().await.body(), b"hi");
    }
    is_empty(&gateway).await;
    assert!(smsc.has_got_nothing());
}

#[tokio::test]
async fn what_is_refused_for_good_is_told_the_sender() {
    let (smsc, gateway) = pair(Store::memory()).await;
    smsc.will([Next::Refuse(Status::RINVDSTADR)]);
    let mut esme = gateway.esme().await;
    let id = esme.submit(&message(1)).await.unwrap();
    assert_eq!(esme.receipt().await, (id, MessageState::REJECTED, "00B".to_owned()));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn what_is_refused_and_nobody_hears_of_is_a_dead_letter_to_be_replayed() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    smsc.will([Next::Refuse(Status::RINVDSTADR)]);
    let esme = gateway.esme().await;
    let id = esme.submit(&message(0)).await.unwrap();
    smsc.got().await;
    let dead = soon(async {
        loop {
            match &gateway.spool.dead_letters(None, 10).await.unwrap()[..] {
                [one] => return one.clone(),
                _ => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    assert_eq!(dead.item.id.to_string(), id);
    let reason = dead.record.unwrap().reason;
    assert!(reason.contains("by `up`"), "{reason}");
    gateway.spool.replay(dead.item.id).await.unwrap();
    assert_eq!(smsc.got().await.body(), b"hi");
    is_empty(&gateway).await;
    let error = gateway.spool.replay(dead.item.id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{id} is no dead letter; list them with `gateway spool ls --dead`")
    );
}

#[tokio::test]
async fn the_next_bind_takes_what_the_first_refuses_or_is_down_for() {
    let (mut one, mut other) = (Smsc::start().await, Smsc::start().await);
    let binds = [bind("one", one.running.address), bind("other", other.running.address)];
    let gateway = Gateway::start(Store::memory(), &binds, &by(&["one", "other"])).await;
    gateway.bound("one").await;
    gateway.bound("other").await;
    let esme = gateway.esme().await;
    one.will([Next::Refuse(Status::RSYSERR)]);
    esme.submit(&message(0)).await.unwrap();
    one.got().await;
    other.got().await;
    one.running.stop();
    until(|| !gateway.running.smpp.bind("one").is_bound()).await;
    esme.submit(&message(0)).await.unwrap();
    other.got().await;
    assert!(one.has_got_nothing());
    is_empty(&gateway).await;
}

#[tokio::test]
async fn a_lost_answer_is_as_the_bind_says() {
    for resend in [Resend::Again, Resend::Never] {
        let mut smsc = Smsc::start().await;
        let mut up = bind("up", smsc.running.address);
        up.resend = resend;
        let gateway = Gateway::start(Store::memory(), &[up], &by(&["up"])).await;
        gateway.bound("up").await;
        let mut esme = gateway.esme().await;
        smsc.will([Next::Vanish]);
        let id = esme.submit(&message(1)).await.unwrap();
        smsc.got().await;
        if resend == Resend::Again {
            smsc.got().await;
            smsc.tells("100", MessageState::DELIVERED).await.unwrap();
            assert_eq!(esme.receipt().await.1, MessageState::DELIVERED);
        } else {
            let expected = (id, MessageState::UNKNOWN, "LOST".to_owned());
            assert_eq!(esme.receipt().await, expected);
            assert!(smsc.has_got_nothing());
        }
        is_empty(&gateway).await;
    }
}

#[tokio::test]
async fn what_waits_is_there_after_a_restart() {
    let store = Store::memory();
    let mut smsc = Smsc::start().await;
    let nobody = bind("up", "127.0.0.1:1".parse().unwrap());
    let gateway = Gateway::start(store.clone(), &[nobody], &by(&["up"])).await;
    let esme = gateway.esme().await;
    let id = esme.submit(&message(1)).await.unwrap();
    gateway.spool.close();
    drop((esme, gateway));

    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(store, &[up], &by(&["up"])).await;
    smsc.got().await;
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap();
    // It waits for its ESME, too.
    let mut esme = gateway.esme().await;
    assert_eq!(esme.receipt().await.0, id);
    is_empty(&gateway).await;
}

#[tokio::test]
async fn a_receipt_waits_for_a_session_that_receives() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    let sender = gateway.transmitter().await;
    soon(sender.submit_sm(&message(1))).await.unwrap();
    smsc.got().await;
    smsc.tells(FIRST_ID, MessageState::DELIVERED).await.unwrap();
    let mut esme = gateway.esme().await;
    assert_eq!(esme.receipt().await.1, MessageState::DELIVERED);
}

#[tokio::test]
async fn a_message_of_a_handsets_goes_to_the_esme_that_owns_the_number() {
    let (smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let inbound = |destination: &str| {
        let pdu = DeliverSm::builder().source("31612345678").destination(destination);
        pdu.short_message("hello").build().unwrap()
    };
    smsc.sends(&inbound("1001")).await.unwrap();
    let pdu = esme.next().await;
    assert_eq!((pdu.destination().digits, pdu.body()), (&b"1001"[..], &b"hello"[..]));
    assert_eq!(smsc.sends(&inbound("999")).await, Err(Status::RX_P_APPN));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn a_message_without_a_way_is_refused() {
    let smsc = Smsc::start().await;
    let mut routing = by(&["up"]);
    routing.rules[0].prefix = "44".to_owned();
    routing.default_chain = vec![Step::Queue];
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(Store::memory(), &[up], &routing).await;
    let esme = gateway.esme().await;
    assert_eq!(esme.submit(&message(1)).await, Err(Status::RINVDSTADR));
}

#[tokio::test]
async fn a_message_that_nobody_takes_expires() {
    let nobody = bind("up", "127.0.0.1:1".parse().unwrap());
    let gateway = Gateway::start(Store::memory(), &[nobody], &by(&["up"])).await;
    let mut esme = gateway.esme().await;
    let pdu =
        message(1).to_builder().validity_period(SmppTime::parse(b"000000000001000R").ok()).build();
    let id = esme.submit(&pdu.unwrap()).await.unwrap();
    assert_eq!(esme.receipt().await, (id, MessageState::EXPIRED, "000".to_owned()));
}

#[tokio::test]
async fn a_receipt_that_never_comes_is_unknown_in_the_end() {
    let smsc = Smsc::start().await;
    let mut config = quick();
    config.receipt_timeout_ms = 1;
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start_with(Store::memory(), &[up], &by(&["up"]), config).await;
    gateway.bound("up").await;
    let mut esme = gateway.esme().await;
    let pdu =
        message(1).to_builder().validity_period(SmppTime::parse(b"000000000001000R").ok()).build();
    let id = esme.submit(&pdu.unwrap()).await.unwrap();
    assert_eq!(esme.receipt().await, (id, MessageState::UNKNOWN, "TIME".to_owned()));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn an_esme_may_write_to_another_and_hears_that_it_arrived() {
    let (_smsc, gateway) = pair(Store::memory()).await;
    let mut esme = gateway.esme().await;
    let to_itself = message(1).to_builder().destination("100").build().unwrap();
    let id = esme.submit(&to_itself).await.unwrap();
    let inbound = esme.next().await;
    assert_eq!((inbound.source().digits, inbound.body()), (&b"SHOP"[..], &b"hi"[..]));
    assert_eq!(esme.receipt().await, (id, MessageState::DELIVERED, "000".to_owned()));
    is_empty(&gateway).await;
}

#[tokio::test]
async fn what_waits_goes_out_as_soon_as_its_bind_is_there() {
    let mut fastest = PATIENCE;
    for _ in 0..5 {
        let store = Store::memory();
        let nobody = bind("up", "127.0.0.1:1".parse().unwrap());
        let gateway = Gateway::start(store.clone(), &[nobody], &by(&["up"])).await;
        gateway.esme().await.submit(&message(0)).await.unwrap();
        gateway.spool.close();
        drop(gateway);

        let mut smsc = Smsc::start().await;
        let up = bind("up", smsc.running.address);
        let began = std::time::Instant::now();
        // The spool is started before its binds are configured.
        let _gateway = Gateway::start(store, &[up], &by(&["up"])).await;
        smsc.got().await;
        fastest = fastest.min(began.elapsed());
    }
    assert!(fastest.as_millis() < 400, "{fastest:?}");
}

#[tokio::test]
async fn what_another_put_into_a_shared_store_goes_out_too() {
    let (mut smsc, gateway) = pair(Store::memory()).await;
    smsc.will([Next::Refuse(Status::RINVDSTADR)]);
    gateway.esme().await.submit(&message(0)).await.unwrap();
    smsc.got().await;
    let dead = soon(async {
        loop {
            match gateway.spool.dead_letters(None, 1).await.unwrap().pop() {
                Some(one) => return one.item.id,
                None => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    let store = gateway.store.clone();
    gateway.spool.close();
    drop(gateway);

    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start(store.clone(), &[up], &by(&["up"])).await;
    gateway.bound("up").await;
    // This one has never had a message for the bind.
    let other = Spool::at_rest(store, quick());
    other.replay(dead).await.unwrap();
    assert_eq!(smsc.got().await.body(), b"hi");
    is_empty(&gateway).await;
}

#[tokio::test]
async fn no_news_is_good_news_for_who_asked_for_bad_news_only() {
    let mut smsc = Smsc::start().await;
    let mut config = quick();
    config.receipt_timeout_ms = 1;
    let up = bind("up", smsc.running.address);
    let gateway = Gateway::start_with(Store::memory(), &[up], &by(&["up"]), config).await;
    gateway.bound("up").await;
    let mut esme = gateway.esme().await;
    let pdu =
        message(2).to_builder().validity_period(SmppTime::parse(b"000000000001000R").ok()).build();
    esme.submit(&pdu.unwrap()).await.unwrap();
    smsc.got().await;
    is_empty(&gateway).await;
    assert!(esme.inbox.try_next().is_none());
}
