//! SMSCs that call: `outbind` at the listener (SMPP 3.4 §2.2.1, §4.1.7).

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use wirepath_smpp::{
    BindKind, BindState, Binds, CommandId, DeliverSm, HandlerService, Pdu, Session, State, Status,
    SubmitSm, UnbindCause,
    config::{BindConfig, OutbindConfig, ServerConfig},
    handlers, on_pdu, on_session,
};

use crate::support::{Peer, Running, config, pdu, plain, soon, until};

type Heard = mpsc::UnboundedSender<String>;

#[on_pdu("deliver_sm")]
async fn deliver(pdu: DeliverSm, State(heard): State<Heard>) {
    // Whoever listens may be gone.
    let _ = heard.send(String::from_utf8_lossy(pdu.body()).into_owned());
}

#[on_session("bound")]
async fn bound(session: Session, State(heard): State<Heard>) {
    let _ = heard.send(format!("bound to {}", session.system_id()));
}

#[on_session("unbound")]
async fn unbound(_session: Session, cause: UnbindCause, State(heard): State<Heard>) {
    let _ = heard.send(format!("unbound: {cause}"));
}

/// A bind called `up`, which the SMSC `SMSC` with the password `pw` may call.
fn callable() -> BindConfig {
    let mut bind = BindConfig::new("up", "", "us", "ours");
    bind.bind_type = BindKind::Receiver;
    bind.outbind = Some(OutbindConfig::new("SMSC", "pw"));
    bind
}

struct Gateway<X> {
    running: Running,
    binds: Binds<X>,
    heard: mpsc::UnboundedReceiver<String>,
}

async fn gateway(config: &ServerConfig, entries: &[BindConfig]) -> Gateway<impl HandlerService> {
    let running = Running::start(config, plain()).await;
    let (hear, heard) = mpsc::unbounded_channel();
    let service = handlers![deliver, bound, unbound].with_state(Arc::new(hear));
    let binds = Binds::new(&running.smpp, service);
    binds.set(entries).unwrap();
    let gateway = Gateway { running, binds, heard };
    // Its tasks have begun.
    until(|| gateway.states().iter().all(|state| !matches!(state, BindState::Connecting))).await;
    gateway
}

impl<X: HandlerService> Gateway<X> {
    fn states(&self) -> Vec<BindState> {
        self.running.smpp.bind("up").states()
    }

    async fn is_awaiting(&self) {
        until(|| matches!(self.states()[..], [BindState::Awaiting])).await;
    }

    async fn hears(&mut self, expected: &str) {
        assert_eq!(soon(self.heard.recv()).await.as_deref(), Some(expected));
    }

    /// Calls, as an SMSC does.
    async fn called(&self, system_id: &str, password: &str) -> Peer {
        let mut smsc = self.running.connect().await;
        smsc.send(&outbind(system_id, password)).await;
        smsc
    }

    /// Calls, and lets it bind.
    async fn bound(&self) -> Peer {
        let mut smsc = self.called("SMSC", "pw").await;
        accept(&mut smsc).await;
        soon(self.running.smpp.bind("up").bound()).await.unwrap();
        smsc
    }
}

fn outbind(system_id: &str, password: &str) -> Vec<u8> {
    pdu(CommandId::OUTBIND.get(), 7, format!("{system_id}\0{password}\0").as_bytes())
}

/// Takes the bind that answers an `outbind`.
async fn accept(smsc: &mut Peer) {
    let bind = smsc.expect(CommandId::BIND_RECEIVER, Status::ROK, 1).await;
    assert!(bind.body().starts_with(b"us\0ours\0"), "with what the entry says: {bind:?}");
    smsc.send(&pdu(CommandId::BIND_RECEIVER_RESP.get(), 1, b"SMSC\0")).await;
}

/// `deliver_sm` with a text.
async fn deliver_to(smsc: &mut Peer, sequence: u32, text: &str) {
    let mut out = Default::default();
    DeliverSm::builder().short_message(text).build().unwrap().encode(sequence, &mut out);
    smsc.send(&out).await;
    smsc.expect(CommandId::DELIVER_SM_RESP, Status::ROK, sequence).await;
}

#[tokio::test]
async fn an_smsc_that_calls_is_bound_to() {
    let mut gateway = gateway(&config(), &[callable()]).await;
    gateway.is_awaiting().await;
    let mut smsc = gateway.bound().await;
    gateway.hears("bound to SMSC").await;
    deliver_to(&mut smsc, 1, "mo").await;
    gateway.hears("mo").await;
    let smpp = &gateway.running.smpp;
    let session = soon(smpp.bind("up").bound()).await.unwrap();
    assert_eq!(session.kind(), Some(BindKind::Receiver));
    assert_eq!(smpp.bind_of(session.id()).as_deref(), Some("up"));
    assert!(smpp.esme("SMSC").is_none(), "it is no ESME");
    smsc.expect_alive().await;
}

#[tokio::test]
async fn an_smsc_may_call_again_when_its_session_is_lost() {
    let mut gateway = gateway(&config(), &[callable()]).await;
    for _ in 0..2 {
        let smsc = gateway.bound().await;
        gateway.hears("bound to SMSC").await;
        drop(smsc);
        let over = format!("unbound: {}", UnbindCause::Disconnected);
        gateway.hears(&over).await;
        gateway.is_awaiting().await;
    }
}

#[tokio::test]
async fn a_call_may_trickle_in() {
    let gateway = gateway(&config(), &[callable()]).await;
    let mut smsc = gateway.running.connect().await;
    for octet in outbind("SMSC", "pw") {
        smsc.send(&[octet]).await;
        tokio::task::yield_now().await;
    }
    accept(&mut smsc).await;
    soon(gateway.running.smpp.bind("up").bound()).await.unwrap();
}

#[tokio::test]
async fn who_asks_whether_we_are_there_is_answered_before_the_bind() {
    let gateway = gateway(&config(), &[callable()]).await;
    let mut smsc = gateway.running.connect().await;
    let enquire = pdu(CommandId::ENQUIRE_LINK.get(), 3, b"");
    smsc.send(&[enquire, outbind("SMSC", "pw")].concat()).await;
    smsc.expect(CommandId::ENQUIRE_LINK_RESP, Status::ROK, 3).await;
    accept(&mut smsc).await;
}

#[tokio::test]
async fn a_wrong_call_is_closed_without_a_word() {
    let gateway = gateway(&config(), &[callable()]).await;
    let start = tokio::time::Instant::now();
    for (system_id, password) in [("SMSC", "guess"), ("other", "pw"), ("us", "ours"), ("", "")] {
        gateway.called(system_id, password).await.expect_end().await;
        gateway.is_awaiting().await;
    }
    // 100, 200 and 400 ms: who guesses is slowed as one who binds is.
    assert!(start.elapsed() >= Duration::from_millis(700), "{:?}", start.elapsed());
    // It is only who calls that is wrong.
    gateway.bound().await;
}

#[tokio::test]
async fn a_call_that_nobody_expects_is_closed() {
    let gateway = Running::plain().await;
    let binds = Binds::new(&gateway.smpp, plain());
    let mut uncallable = callable();
    (uncallable.host, uncallable.outbind) = ("127.0.0.1".to_owned(), None);
    uncallable.port = gateway.address.port();
    binds.set(&[uncallable]).unwrap();
    let mut smsc = gateway.connect().await;
    smsc.send(&outbind("SMSC", "pw")).await;
    smsc.expect_end().await;
}

#[tokio::test]
async fn a_call_that_cannot_be_read_is_closed() {
    let gateway = gateway(&config(), &[callable()]).await;
    for body in [&b"SMSC"[..], b"SMSC\0pw", b"", b"longer than fifteen\0pw\0", b"SMSC\0pw\0more"] {
        let mut smsc = gateway.running.connect().await;
        smsc.send(&pdu(CommandId::OUTBIND.get(), 1, body)).await;
        smsc.expect_end().await;
    }
    gateway.is_awaiting().await;
}

#[tokio::test]
async fn who_is_bound_does_not_call() {
    let gateway = gateway(&config(), &[callable()]).await;
    let mut esme = gateway.running.bound().await;
    esme.send(&outbind("SMSC", "pw")).await;
    esme.expect_alive().await;
    gateway.is_awaiting().await;
}

#[tokio::test]
async fn a_second_call_changes_nothing() {
    let gateway = gateway(&config(), &[callable()]).await;
    // On the same connection, at once and later.
    let mut smsc = gateway.running.connect().await;
    smsc.send(&[outbind("SMSC", "pw"), outbind("SMSC", "pw")].concat()).await;
    accept(&mut smsc).await;
    let session = soon(gateway.running.smpp.bind("up").bound()).await.unwrap();
    smsc.send(&outbind("SMSC", "pw")).await;
    smsc.expect_alive().await;
    // On another.
    gateway.called("SMSC", "pw").await.expect_end().await;
    smsc.expect_alive().await;
    assert_eq!(soon(gateway.running.smpp.bind("up").bound()).await.unwrap().id(), session.id());
}

#[tokio::test]
async fn a_pool_takes_as_many_calls_as_it_has_entries() {
    let gateway = gateway(&config(), &[callable(), callable()]).await;
    let mut calls = Vec::new();
    for _ in 0..2 {
        let mut smsc = gateway.called("SMSC", "pw").await;
        accept(&mut smsc).await;
        calls.push(smsc);
    }
    until(|| gateway.states().iter().all(|state| matches!(state, BindState::Bound(_)))).await;
    gateway.called("SMSC", "pw").await.expect_end().await;
}

#[tokio::test]
async fn an_smsc_that_calls_and_refuses_may_call_again() {
    let gateway = gateway(&config(), &[callable()]).await;
    let mut smsc = gateway.called("SMSC", "pw").await;
    let bind = smsc.expect(CommandId::BIND_RECEIVER, Status::ROK, 1).await;
    smsc.answer(&bind, Status::RINVPASWD).await;
    smsc.expect_end().await;
    gateway.is_awaiting().await;
    gateway.bound().await;
}

#[tokio::test]
async fn the_binds_answer_is_part_of_the_session_init_timer() {
    let mut config = config();
    config.session_init_timer_ms = 300;
    let gateway = gateway(&config, &[callable()]).await;
    let mut smsc = gateway.called("SMSC", "pw").await;
    smsc.expect(CommandId::BIND_RECEIVER, Status::ROK, 1).await;
    smsc.expect_end().await;
    gateway.is_awaiting().await;
}

#[tokio::test]
async fn a_bind_with_a_host_is_called_while_it_waits() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut both = callable();
    both.bind_type = BindKind::Transceiver;
    (both.host, both.port) = (nobody.ip().to_string(), nobody.port());
    let gateway = gateway(&config(), &[both]).await;
    assert!(matches!(gateway.states()[..], [BindState::Waiting { .. }]));
    let mut smsc = gateway.called("SMSC", "pw").await;
    smsc.expect(CommandId::BIND_TRANSCEIVER, Status::ROK, 1).await;
    smsc.send(&pdu(CommandId::BIND_TRANSCEIVER_RESP.get(), 1, b"SMSC\0")).await;
    let up = gateway.running.smpp.bind("up");
    soon(up.bound()).await.unwrap();
    let message = SubmitSm::builder().destination("2").short_message("hi").build().unwrap();
    let sending = tokio::spawn(async move { up.submit_sm(&message).await });
    let submit = smsc.next().await.unwrap();
    assert_eq!(submit.header().command, CommandId::SUBMIT_SM);
    let sequence = submit.header().sequence;
    smsc.send(&pdu(CommandId::SUBMIT_SM_RESP.get(), sequence, b"id\0")).await;
    assert_eq!(soon(sending).await.unwrap().unwrap().message_id.as_bytes(), b"id");
}

#[tokio::test]
async fn a_bind_with_a_host_that_is_bound_is_not_called() {
    let far = Running::plain().await;
    let mut both = BindConfig::new("up", far.address.ip().to_string(), "esme1", "secret");
    both.port = far.address.port();
    both.outbind = Some(OutbindConfig::new("SMSC", "pw"));
    let gateway = gateway(&config(), &[both]).await;
    let session = soon(gateway.running.smpp.bind("up").bound()).await.unwrap();
    gateway.called("SMSC", "pw").await.expect_end().await;
    assert!(session.ended().is_none());
}

#[tokio::test]
async fn a_call_counts_among_the_connections_for_as_long_as_it_lasts() {
    let mut config = config();
    config.max_connections = 1;
    let gateway = gateway(&config, &[callable()]).await;
    let smsc = gateway.bound().await;
    gateway.running.connect().await.expect_end().await;
    drop(smsc);
    gateway.is_awaiting().await;
    soon(async {
        loop {
            let mut next = gateway.running.connect().await;
            next.send(&pdu(CommandId::ENQUIRE_LINK.get(), 1, b"")).await;
            if next.next().await.is_some() {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_drain_unbinds_whom_a_call_has_bound() {
    let gateway = gateway(&config(), &[callable()]).await;
    let mut smsc = gateway.bound().await;
    // Not with the listener: handlers may need it until they are done.
    gateway.running.stop();
    smsc.expect_alive().await;
    let (drained, ()) = tokio::join!(gateway.binds.drain(Duration::from_secs(10)), async {
        let unbind = smsc.next().await.unwrap();
        assert_eq!(unbind.header().command, CommandId::UNBIND);
        smsc.answer(&unbind, Status::ROK).await;
        smsc.expect_end().await;
    });
    assert_eq!(drained, wirepath_runtime::shutdown::Drained::Clean);
}
