use wirepath::smpp::{Destination, SubmitMulti, SubmitSm, SystemId};

use super::*;
use crate::message::Sender;

fn sender() -> Sender {
    Sender { system_id: SystemId::new(b"esme1").unwrap(), session: None }
}

fn message(sender: Sender, asked: u8) -> Message {
    let pdu = SubmitSm::builder().source("100").destination("200").registered_delivery(asked);
    Message::of_submit_sm(&pdu.short_message("hello").build().unwrap(), sender)
}

fn report(messages: &Messages, who: SystemId, id: MessageId) -> Option<MessageState> {
    messages.query(who, id.as_bytes(), Address::default()).map(|report| report.state)
}

#[tokio::test(start_paused = true)]
async fn a_message_is_delivered_after_the_delay_and_owes_its_receipt() {
    let sender = sender();
    let messages = Messages::new(Duration::from_millis(50), 10);
    let id = messages.take(message(sender, 1)).unwrap();
    assert_eq!(report(&messages, sender.system_id, id), Some(MessageState::ENROUTE));
    let (mut notices, began) = (Vec::new(), Instant::now());
    messages.next(&mut notices).await;
    assert!(began.elapsed() >= Duration::from_millis(50));
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].id, notices[0].state), (id, MessageState::DELIVERED));
    assert_eq!(report(&messages, sender.system_id, id), Some(MessageState::DELIVERED));
    assert_eq!(messages.load(), 1, "its receipt is owed");
    messages.settled(id);
    assert_eq!(messages.load(), 0);
}

#[tokio::test(start_paused = true)]
async fn room_is_bounded_and_the_oldest_finished_message_is_forgotten() {
    let sender = sender();
    let messages = Messages::new(Duration::from_millis(50), 2);
    let first = messages.take(message(sender, 0)).unwrap();
    let second = messages.take(message(sender, 1)).unwrap();
    assert_ne!(first, second);
    assert_eq!(messages.take(message(sender, 0)), None, "no room");
    let mut notices = Vec::new();
    messages.next(&mut notices).await;
    assert_eq!(messages.load(), 1);
    messages.settled(second);
    for _ in 0..2 {
        assert!(messages.take(message(sender, 1)).is_some());
    }
    notices.clear();
    messages.next(&mut notices).await;
    for notice in &notices {
        messages.settled(notice.id);
    }
    assert_eq!(report(&messages, sender.system_id, first), None, "forgotten");
}

#[tokio::test(start_paused = true)]
async fn cancelled_and_expired_messages_fail() {
    let sender = sender();
    let messages = Messages::new(Duration::from_secs(60), 10);
    let nobody = Address::default();
    let stranger = SystemId::new(b"other").unwrap();
    let id = messages.take(message(sender, 2)).unwrap();
    let octets = id.as_bytes();
    assert_eq!(messages.cancel(stranger, octets, nobody), Err(Status::RINVMSGID));
    assert_eq!(messages.cancel(sender.system_id, octets, "999".into()), Err(Status::RINVMSGID));
    assert_eq!(messages.cancel(sender.system_id, octets, "100".into()), Ok(()));
    assert_eq!(messages.cancel(sender.system_id, octets, nobody), Err(Status::RCANCELFAIL));
    assert_eq!(report(&messages, sender.system_id, id), Some(MessageState::DELETED));
    let mut notices = Vec::new();
    messages.next(&mut notices).await;
    assert_eq!(notices[0].state, MessageState::DELETED);
    messages.settled(id);

    let mut expiring = message(sender, 2);
    expiring.validity = SmppTime::parse(b"000000000010000R").ok();
    messages.take(expiring).unwrap();
    notices.clear();
    messages.next(&mut notices).await;
    assert_eq!(notices[0].state, MessageState::EXPIRED);
}

#[tokio::test(start_paused = true)]
async fn cancelling_by_addresses_takes_every_message_between_them() {
    let sender = sender();
    let messages = Messages::new(Duration::from_secs(60), 10);
    let who = sender.system_id;
    let ids: Vec<_> = (0..3).map(|_| messages.take(message(sender, 0)).unwrap()).collect();
    assert!(messages.cancel_all(who, b"", "100".into(), "201".into()).is_err());
    assert!(messages.cancel_all(who, b"WAP", "100".into(), "200".into()).is_err());
    assert_eq!(messages.cancel_all(who, b"", "100".into(), "200".into()), Ok(()));
    assert!(ids.iter().all(|id| report(&messages, who, *id) == Some(MessageState::DELETED)));
    assert!(messages.cancel_all(who, b"", "100".into(), "200".into()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_replacement_changes_text_and_time() {
    let sender = sender();
    let messages = Messages::new(Duration::from_millis(50), 10);
    let id = messages.take(message(sender, 0)).unwrap();
    let schedule = SmppTime::parse(b"000000000100000R").ok();
    let new = Replacement { text: b"other", asked: 0x11, schedule, validity: None };
    let replace =
        |id: MessageId| messages.replace(sender.system_id, id.as_bytes(), "100".into(), &new);
    assert_eq!(replace(id), Ok(()));
    let (mut notices, began) = (Vec::new(), Instant::now());
    messages.next(&mut notices).await;
    assert!(began.elapsed() >= Duration::from_secs(60));
    assert_eq!(&*notices[0].message.quote, b"other");
    assert_eq!(replace(id), Err(Status::RREPLACEFAIL));
    assert_eq!(replace(MessageId::decimal(1)), Err(Status::RINVMSGID));
}

#[tokio::test(start_paused = true)]
async fn an_intermediate_notification_comes_first() {
    let sender = sender();
    let messages = Messages::new(Duration::from_millis(50), 10);
    messages.take(message(sender, 0x11)).unwrap();
    let mut notices = Vec::new();
    messages.next(&mut notices).await;
    assert_eq!(notices.pop().map(|notice| notice.state), Some(MessageState::ENROUTE));
    messages.next(&mut notices).await;
    assert_eq!(notices.pop().map(|notice| notice.state), Some(MessageState::DELIVERED));
}

/// From 100 to 200, as `message`, with these differences.
fn replacing(sender: Sender, asked: u8, text: &str) -> Message {
    let pdu = SubmitSm::builder().source("100").destination("200").registered_delivery(asked);
    let pdu = pdu.replace_if_present_flag(1).short_message(text);
    Message::of_submit_sm(&pdu.build().unwrap(), sender)
}

#[tokio::test(start_paused = true)]
async fn a_message_that_replaces_takes_the_place_of_the_pending_one_like_it() {
    let sender = sender();
    let messages = Messages::new(Duration::from_millis(50), 2);
    let older = messages.take(message(sender, 0)).unwrap();
    // With an intermediate notification, which its replacement does not ask for.
    let id = messages.take(message(sender, 0x11)).unwrap();
    tokio::time::advance(Duration::from_millis(20)).await;
    // There is no room for another one, and none is needed.
    assert_eq!(messages.take(message(sender, 1)), None);
    assert_eq!(messages.take(replacing(sender, 1, "better")), Some(id));
    assert_eq!(messages.load(), 2);
    assert_eq!(report(&messages, sender.system_id, older), Some(MessageState::ENROUTE));

    let (mut notices, began) = (Vec::new(), Instant::now());
    messages.next(&mut notices).await;
    let told: Vec<_> = notices.iter().map(|notice| (notice.id, notice.state)).collect();
    assert_eq!(told, [(id, MessageState::DELIVERED)], "one receipt, and only that");
    assert_eq!(&*notices[0].message.quote, b"better");
    assert!(began.elapsed() >= Duration::from_millis(50), "its time counts from itself");

    // That one is delivered: there is nothing left to replace.
    messages.settled(id);
    let next = messages.take(replacing(sender, 0x11, "again")).unwrap();
    assert_ne!(next, id);
    assert_eq!(messages.take(replacing(sender, 0x11, "and again")), Some(next));
    let mut states = Vec::new();
    while states.len() < 2 {
        notices.clear();
        messages.next(&mut notices).await;
        states.extend(notices.iter().map(|notice| notice.state));
    }
    assert_eq!(states, [MessageState::ENROUTE, MessageState::DELIVERED]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_replaces_leaves_what_is_not_like_it_alone() {
    let sender = sender();
    let stranger = Sender { system_id: SystemId::new(b"other").unwrap(), session: None };
    let messages = Messages::new(Duration::from_secs(60), 100);
    let submit = |sender, source: &str, destination: &str, service_type: &str| {
        let pdu = SubmitSm::builder().source(source).destination(destination);
        let pdu = pdu.service_type(service_type).short_message("x").build().unwrap();
        messages.take(Message::of_submit_sm(&pdu, sender)).unwrap()
    };
    let others = [
        submit(stranger, "100", "200", ""),
        submit(sender, "101", "200", ""),
        submit(sender, "100", "201", ""),
        submit(sender, "100", "200", "WAP"),
    ];
    let cancelled = submit(sender, "100", "200", "");
    messages.cancel(sender.system_id, cancelled.as_bytes(), "100".into()).unwrap();
    let several = ["200", "202"].map(|digits| Destination::Sme(digits.into()));
    let multi = SubmitMulti::builder().source("100").destinations(&several);
    let multi = Message::of_submit_multi(&multi.build().unwrap(), sender);
    let multi = messages.take(multi).unwrap();

    let id = messages.take(replacing(sender, 0, "x")).unwrap();
    assert!(!others.contains(&id) && id != cancelled && id != multi);
    assert_eq!(messages.take(message(sender, 0)).filter(|new| *new == id), None, "no flag");
}
