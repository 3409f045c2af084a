//! Texts of any length, over real sockets: in parts out, put together at the other end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::sync::mpsc;
use wirepath_smpp::{
    Address, Binds, Client, HandlerService, Reassembler, RequestPdu, SendError, Session, State,
    Status, SubmitSm, SubmitSmResp, SystemId, TextError,
    config::{Alphabet, BindConfig, ReassemblyConfig, Split, TextConfig},
    handlers,
    long::{DropReason, LongMessage, Outcome, Part},
    on_pdu,
    text::{Decoder, Encoding, Language},
};

use crate::support::{Running, config, plain, soon};

#[derive(Clone)]
struct Heard {
    reassembler: Reassembler,
    whole: mpsc::UnboundedSender<LongMessage>,
    /// Parts that came, and the one that is refused, from 1.
    parts: Arc<AtomicUsize>,
    refused: usize,
}

#[on_pdu("submit_sm")]
async fn hear(
    pdu: SubmitSm,
    session: Session,
    State(heard): State<Heard>,
) -> Result<SubmitSmResp, Status> {
    let number = heard.parts.fetch_add(1, Ordering::Relaxed) + 1;
    if number == heard.refused {
        return Err(Status::RMSGQFUL);
    }
    match heard.reassembler.offer(&pdu, &session) {
        // Whoever listens may be gone.
        Outcome::Complete(message) => drop(heard.whole.send(message)),
        Outcome::Kept { .. } | Outcome::Duplicate => {}
        Outcome::Refused(refusal) => return Err(refusal.into()),
    }
    Ok(pdu.accept(number as u64))
}

/// An SMSC that puts parts together, and refuses the one of that number.
async fn smsc(refused: usize) -> (Running, mpsc::UnboundedReceiver<LongMessage>) {
    let (whole, messages) = mpsc::unbounded_channel();
    let reassembler = Reassembler::new(&ReassemblyConfig::default());
    let heard = Heard { reassembler, whole, parts: Arc::default(), refused };
    let service = handlers![hear].with_state(Arc::new(heard));
    (Running::start(&config(), service).await, messages)
}

/// A bind called `up` there, under these settings.
async fn upstream(smsc: &Running, text: TextConfig) -> (Running, Binds<impl HandlerService>) {
    let gateway = Running::plain().await;
    let binds = Binds::new(&gateway.smpp, plain());
    let mut bind = BindConfig::new("up", smsc.address.ip().to_string(), "esme1", "secret");
    (bind.port, bind.text) = (smsc.address.port(), text);
    binds.keep(&bind).unwrap();
    soon(gateway.smpp.bind("up").bound()).await.unwrap();
    (gateway, binds)
}

fn settings(change: impl FnOnce(&mut TextConfig)) -> TextConfig {
    let mut settings = TextConfig::default();
    change(&mut settings);
    settings
}

#[tokio::test]
async fn a_long_text_arrives_in_each_way_of_splitting() {
    let long = "Ήταν όλα καλά. ".repeat(20);
    for (split, parts) in
        [(Split::Udh8, 5), (Split::Udh16, 5), (Split::Sar, 5), (Split::Payload, 1)]
    {
        let (smsc, mut messages) = smsc(0).await;
        let (gateway, _binds) = upstream(&smsc, settings(|text| text.split = split)).await;
        let text = gateway.smpp.bind("up").send_text(&long);
        let text = text.from("1").to(Address::international("2")).registered_delivery(1);
        let plan = text.plan().unwrap();
        assert_eq!((plan.encoding, plan.parts, plan.units), (Encoding::Ucs2, parts, 300));
        let sent = soon(text.send()).await.unwrap();
        assert_eq!((sent.parts.len(), sent.reference.is_some()), (parts, parts > 1), "{split:?}");
        let ids: Vec<_> = sent.parts.iter().map(ToString::to_string).collect();
        assert_eq!(ids, (1..=parts).map(|id| id.to_string()).collect::<Vec<_>>(), "in order");
        let message = soon(messages.recv()).await.unwrap();
        assert_eq!((message.text(), message.len()), (long.clone(), parts), "{split:?}");
        assert_eq!(message.first().destination(), Address::international("2"));
        assert!(message.parts().all(|part| part.pdu().registered_delivery() == 1));
        assert_eq!(message.origin().as_bytes(), b"esme1");
    }
}

#[tokio::test]
async fn a_bind_has_its_alphabet() {
    let turkish = settings(|text| text.national = vec![Language::Turkish]);
    let latin1 = settings(|text| text.alphabet = Alphabet::Latin1);
    let packed = settings(|text| text.packed = true);
    for (settings, text, data_coding, octets) in [
        (turkish, "İyi akşamlar".to_owned(), 0, 4 + 12),
        (latin1, "Olá".to_owned(), 3, 3),
        (packed, "hello, ".repeat(40), 0, 2 * 6 + 134 + 112),
    ] {
        let (smsc, mut messages) = smsc(0).await;
        let is_packed = settings.packed;
        let (gateway, _binds) = upstream(&smsc, settings).await;
        let up = gateway.smpp.bind("up");
        assert_eq!(up.send_text(&text).plan().unwrap().octets, octets, "{text}");
        soon(up.send_text(&text).to("2").send()).await.unwrap();
        let message = soon(messages.recv()).await.unwrap();
        assert_eq!(message.data_coding(), Some(data_coding));
        assert_eq!(message.text_with(Decoder::new().packed(is_packed)), text);
    }
}

#[tokio::test]
async fn messages_to_one_recipient_have_references_of_their_own() {
    let (smsc, mut messages) = smsc(0).await;
    let (gateway, _binds) = upstream(&smsc, TextConfig::default()).await;
    let up = gateway.smpp.bind("up");
    let texts: Vec<String> = (0..8).map(|number| number.to_string().repeat(400)).collect();
    let sends = texts.iter().map(|text| up.send_text(text).from("1").to("2").send());
    let sent = soon(futures_util::future::join_all(sends)).await;
    let mut references: Vec<_> = sent.into_iter().map(|sent| sent.unwrap().reference).collect();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), 8);
    let mut heard = Vec::new();
    for _ in &texts {
        heard.push(soon(messages.recv()).await.unwrap().text());
    }
    heard.sort();
    assert_eq!(heard, texts);
}

#[tokio::test]
async fn what_broke_off_says_where_and_goes_on_from_there() {
    let (smsc, mut messages) = smsc(2).await;
    let (gateway, _binds) = upstream(&smsc, TextConfig::default()).await;
    let up = gateway.smpp.bind("up");
    let long = "x".repeat(400);
    let error = soon(up.send_text(&long).from("1").to("2").send()).await.unwrap_err();
    assert!(!error.may_have_arrived());
    assert_eq!(
        error.to_string(),
        format!("part 2 of 3 was not accepted, 1 went before it: rejected: {}", Status::RMSGQFUL)
    );
    assert!(up.slowed_to().is_some(), "the SMSC said that it was too much");
    let TextError::Part { part: 2, total: 3, sent, source } = error else { panic!("{error:?}") };
    assert_eq!(source, SendError::Rejected(Status::RMSGQFUL));
    assert_eq!(sent.parts.len(), 1);
    let rest = up.send_text(&long).from("1").to("2").after(sent.clone());
    let all = soon(rest.send()).await.unwrap();
    assert_eq!((all.parts.len(), all.reference), (3, sent.reference));
    assert_eq!(all.parts[0], sent.parts[0]);
    assert_eq!(soon(messages.recv()).await.unwrap().text(), long);
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_begun() {
    let (smsc, _messages) = smsc(0).await;
    let few = settings(|text| (text.max_parts, text.alphabet) = (2, Alphabet::Gsm));
    let (gateway, _binds) = upstream(&smsc, few).await;
    let up = gateway.smpp.bind("up");
    let long = soon(up.send_text("x".repeat(400)).to("2").send()).await.unwrap_err();
    assert_eq!(long, TextError::TooManyParts { parts: 3, max: 2 });
    let greek = soon(up.send_text("ά").to("2").send()).await.unwrap_err();
    assert_eq!(greek.to_string(), "'ά' at octet 0 of the text is not in the alphabet");
    let built = soon(up.send_text("x").to("2".repeat(21).as_str()).send()).await.unwrap_err();
    assert!(matches!(built, TextError::Part { source: SendError::Build(_), .. }), "{built:?}");
    assert_eq!(smsc.smpp.esme("esme1").unwrap().counters().received, 0);
    let nobody = gateway.smpp.bind("nobody").send_text("x".repeat(400)).send().await.unwrap_err();
    let TextError::Part { part: 1, total: 3, sent, source: SendError::NotBound } = nobody else {
        panic!("{nobody:?}")
    };
    assert!(sent.parts.is_empty());
}

#[tokio::test]
async fn an_esme_gets_texts_too() {
    let smsc = Running::plain().await;
    let (session, mut inbox) =
        Client::new(smsc.address.to_string(), "esme1", "secret").connect().await.unwrap();
    let esme = smsc.smpp.esme("esme1").unwrap();
    let long = "Ήταν όλα καλά. ".repeat(20);
    let wide = settings(|text| text.split = Split::Udh16);
    let sent = soon(esme.send_text(&long).from("1").to("2").settings(wide).send()).await.unwrap();
    assert_eq!(sent.parts.len(), 5);
    let reassembler = Reassembler::new(&ReassemblyConfig::default());
    let whole = loop {
        let Some(RequestPdu::DeliverSm(pdu)) = soon(inbox.next()).await else { panic!("no part") };
        if let Outcome::Complete(message) = reassembler.offer(&pdu, &session) {
            break message;
        }
    };
    assert_eq!((whole.text(), whole.origin()), (long, SystemId::EMPTY));
    assert_eq!((reassembler.octets(), reassembler.incomplete()), (0, 0));
}

fn part(sequence: u8, received: SystemTime) -> Part {
    let pdu = SubmitSm::builder().esm_class(0x40);
    let pdu = pdu.short_message(&[5, 0, 3, 7, 2, sequence, b'x']).build().unwrap();
    Part::of(&pdu, SystemId::EMPTY, received).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_waits_too_long_is_given_up_without_traffic() {
    let (dropped, mut given_up) = mpsc::unbounded_channel();
    let reassembler = Reassembler::with_dropped(&ReassemblyConfig::default(), move |incomplete| {
        drop(dropped.send(incomplete));
    });
    let running = tokio::spawn(reassembler.clone().run());
    tokio::task::yield_now().await;
    let start = tokio::time::Instant::now();
    let outcome = reassembler.offer_part(part(1, SystemTime::now()));
    assert_eq!(outcome, Outcome::Kept { have: 1, total: 2 });
    let incomplete = given_up.recv().await.unwrap();
    assert_eq!(incomplete.reason, DropReason::Expired);
    assert_eq!(incomplete.parts, [part(1, SystemTime::now())]);
    assert_eq!(start.elapsed().as_secs(), 300);
    assert_eq!(reassembler.incomplete(), 0);
    running.abort();
}

#[tokio::test]
async fn what_was_stored_goes_on_after_a_restart() {
    let stored = part(1, SystemTime::now() - Duration::from_secs(7_200)).encode();
    let reassembler = Reassembler::new(&ReassemblyConfig::default());
    let outcome = reassembler.restore(Part::decode(&stored).unwrap());
    assert_eq!(outcome, Outcome::Kept { have: 1, total: 2 });
    let Outcome::Complete(message) = reassembler.restore(part(2, SystemTime::now())) else {
        panic!("both are there")
    };
    assert_eq!(message.text(), "xx");
    // Two hours are too long for what has not come by now.
    drop(reassembler.restore(Part::decode(&stored).unwrap()));
    let outcome = reassembler.offer_part(part(2, SystemTime::now()));
    assert_eq!(outcome, Outcome::Kept { have: 1, total: 2 });
}

#[tokio::test]
async fn switched_off_it_puts_nothing_together() {
    let mut config = ReassemblyConfig::default();
    config.enabled = false;
    let reassembler = Reassembler::new(&config);
    for sequence in 1..=2 {
        let Outcome::Complete(message) = reassembler.offer_part(part(sequence, SystemTime::now()))
        else {
            panic!("each is a message of its own")
        };
        assert_eq!((message.text(), message.len()), ("x".to_owned(), 1));
    }
}
