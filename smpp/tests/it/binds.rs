//! Outbound binds that are kept.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::mpsc};
use wirepath_runtime::shutdown::Drained;
use wirepath_smpp::{
    BindKind, BindState, Binds, Client, DeliverSm, HandlerService, SendError, Smpp, State, Status,
    SubmitSm, UnbindCause, config::BindConfig, handlers, on_pdu,
};
use wirepath_test_support::Log;

use crate::support::{Running, config, plain, soon};

/// A bind called `up` at this SMSC.
fn to(address: SocketAddr) -> BindConfig {
    let mut bind = BindConfig::new("up", address.ip().to_string(), "esme1", "secret");
    bind.port = address.port();
    bind
}

fn message() -> SubmitSm {
    SubmitSm::builder().source("1").destination("2").short_message("hi").build().unwrap()
}

/// A gateway without ESMEs, and its binds.
async fn gateway() -> (Running, Binds<impl HandlerService>) {
    let gateway = Running::plain().await;
    let binds = Binds::new(&gateway.smpp, plain());
    (gateway, binds)
}

/// Answers everything with one status.
#[on_pdu("submit_sm")]
async fn refuse(_pdu: SubmitSm, State(status): State<Status>) -> Status {
    status
}

#[tokio::test]
async fn a_bind_that_is_lost_is_bound_again() {
    let smsc = Running::plain().await;
    let (gateway, binds) = gateway().await;
    binds.keep(&to(smsc.address)).unwrap();
    let up = gateway.smpp.bind("up");
    let first = soon(up.bound()).await.unwrap();
    assert_eq!(soon(up.submit_sm(&message())).await.unwrap().message_id.as_bytes(), b"id");
    // The engine knows it by its number, and takes it for no ESME.
    assert_eq!(gateway.smpp.session(first.id()).unwrap().id(), first.id());
    assert!(gateway.smpp.esme("wirepath").is_none());
    smsc.smpp.esme("esme1").unwrap().close();
    soon(first.wait_ended()).await;
    let second = soon(up.bound()).await.unwrap();
    assert_ne!(first.id(), second.id());
    soon(up.submit_sm(&message())).await.unwrap();
}

#[tokio::test]
async fn a_bind_that_is_refused_says_why_and_goes_on_trying() {
    let log = Log::default();
    let _logging = log.listen();
    let smsc = Running::plain().await;
    let (gateway, binds) = gateway().await;
    let mut wrong = to(smsc.address);
    wrong.password = "guess".into();
    binds.keep(&wrong).unwrap();
    let up = gateway.smpp.bind("up");
    let reason = soon(async {
        loop {
            if let [BindState::Waiting { reason, failures: 1, .. }] = &up.states()[..] {
                return reason.clone();
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(reason.contains("ESME_RINVPASWD"), "{reason}");
    let said = log.take();
    let line = said.lines().find(|line| line.starts_with("WARN message=not bound")).unwrap();
    assert!(line.contains("`binds[].password`") && line.contains("bind=\"up\""), "{line}");
    assert!(!said.contains("guess"), "{said}");
    assert!(!up.is_bound());
    assert_eq!(up.submit_sm(&message()).await.unwrap_err(), SendError::NotBound);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_bound() {
    let (gateway, _binds) = gateway().await;
    let up = gateway.smpp.bind("up");
    assert!(up.states().is_empty());
    assert!(up.bound().await.is_none());
    assert_eq!(up.submit_sm(&message()).await.unwrap_err(), SendError::NotBound);
}

#[tokio::test(start_paused = true)]
async fn attempts_come_later_and_later_up_to_a_minute() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (gateway, binds) = gateway().await;
    binds.keep(&to(nobody)).unwrap();
    let up = gateway.smpp.bind("up");
    for attempt in 1..=9_u32 {
        let delay = loop {
            match up.states().first() {
                Some(BindState::Waiting { failures, delay, .. }) if *failures == attempt => {
                    break *delay;
                }
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        let whole = Duration::from_secs((1 << (attempt - 1)).min(60));
        assert!(whole / 2 <= delay && delay <= whole, "attempt {attempt}: {delay:?}");
    }
}

#[tokio::test]
async fn binds_of_one_name_take_turns_and_stand_in_for_each_other() {
    let (one, other) = (Running::plain().await, Running::plain().await);
    let (gateway, binds) = gateway().await;
    binds.keep(&to(one.address)).unwrap();
    binds.keep(&to(other.address)).unwrap();
    let up = gateway.smpp.bind("up");
    soon(async {
        while !up.states().iter().all(|state| matches!(state, BindState::Bound(_))) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..10 {
        soon(up.submit_sm(&message())).await.unwrap();
    }
    let taken = |smsc: &Running| smsc.smpp.esme("esme1").unwrap().counters().received;
    assert_eq!((taken(&one), taken(&other)), (5, 5));
    assert_eq!(one.drained().await, Drained::Clean);
    soon(async {
        while up.states().iter().filter(|state| matches!(state, BindState::Bound(_))).count() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..10 {
        soon(up.submit_sm(&message())).await.unwrap();
    }
    assert_eq!(taken(&other), 15);
}

#[tokio::test]
async fn of_a_transmitter_and_a_receiver_of_one_name_the_transmitter_sends() {
    let smsc = Running::plain().await;
    let (gateway, binds) = gateway().await;
    for kind in [BindKind::Receiver, BindKind::Transmitter] {
        let mut bind = to(smsc.address);
        bind.bind_type = kind;
        binds.keep(&bind).unwrap();
    }
    let up = gateway.smpp.bind("up");
    soon(async {
        while !up.states().iter().all(|state| matches!(state, BindState::Bound(_))) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..4 {
        soon(up.submit_sm(&message())).await.unwrap();
    }
}

#[tokio::test]
async fn binds_are_changed_without_touching_the_others() {
    let (stays, goes, comes) =
        (Running::plain().await, Running::plain().await, Running::plain().await);
    let named = |name: &str, smsc: &Running| {
        let mut bind = to(smsc.address);
        bind.name = name.to_owned();
        bind
    };
    let (gateway, binds) = gateway().await;
    binds.set(&[named("stays", &stays), named("goes", &goes)]).unwrap();
    let session = soon(gateway.smpp.bind("stays").bound()).await.unwrap();
    let gone = soon(gateway.smpp.bind("goes").bound()).await.unwrap();
    binds.set(&[named("stays", &stays), named("comes", &comes)]).unwrap();
    soon(gone.wait_ended()).await;
    soon(gateway.smpp.bind("comes").bound()).await.unwrap();
    assert_eq!(soon(gateway.smpp.bind("stays").bound()).await.unwrap().id(), session.id());
    assert!(soon(gateway.smpp.bind("goes").bound()).await.is_none());
}

#[tokio::test]
async fn an_smsc_that_has_too_much_is_sent_less() {
    for (status, slows) in
        [(Status::RTHROTTLED, true), (Status::RMSGQFUL, true), (Status::RSUBMITFAIL, false)]
    {
        let smsc = Running::start(&config(), handlers![refuse].with_state(Arc::new(status))).await;
        let (gateway, binds) = gateway().await;
        binds.keep(&to(smsc.address)).unwrap();
        let up = gateway.smpp.bind("up");
        soon(up.bound()).await.unwrap();
        let error = soon(up.submit_sm(&message())).await.unwrap_err();
        assert_eq!(error, SendError::Rejected(status));
        assert_eq!(up.slowed_to().is_some(), slows, "{status}");
    }
}

#[tokio::test]
async fn a_rate_is_waited_for() {
    let smsc = Running::plain().await;
    let (gateway, binds) = gateway().await;
    let mut slow = to(smsc.address);
    slow.max_msg_per_sec = 4;
    binds.keep(&slow).unwrap();
    let up = gateway.smpp.bind("up");
    soon(up.bound()).await.unwrap();
    let start = tokio::time::Instant::now();
    for _ in 0..6 {
        soon(up.submit_sm(&message())).await.unwrap();
    }
    // Four at once, then one each 250 ms.
    assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
}

#[on_pdu("deliver_sm")]
async fn mobile_originated(
    pdu: DeliverSm,
    smpp: Smpp,
    State(seen): State<mpsc::UnboundedSender<usize>>,
) -> Result<(), Status> {
    let esme = smpp.esme("esme1").ok_or(Status::RX_T_APPN)?;
    esme.deliver_sm(&pdu).await?;
    // Whoever listens may be gone.
    let _ = seen.send(smpp.sessions().len());
    Ok(())
}

#[tokio::test]
async fn what_an_smsc_sends_reaches_handlers_that_see_the_esmes() {
    let smsc = Running::plain().await;
    let gateway = Running::plain().await;
    let (seen, mut saw) = mpsc::unbounded_channel();
    let service = handlers![mobile_originated].with_state(Arc::new(seen));
    let binds = Binds::new(&gateway.smpp, service);
    binds.keep(&to(smsc.address)).unwrap();
    soon(gateway.smpp.bind("up").bound()).await.unwrap();
    let (_esme, mut inbox) =
        Client::new(gateway.address.to_string(), "esme1", "secret").connect().await.unwrap();
    let pdu = DeliverSm::builder().short_message("mo").build().unwrap();
    let sending = tokio::spawn({
        let upstream = smsc.smpp.esme("esme1").unwrap();
        async move { upstream.deliver_sm(&pdu).await }
    });
    assert!(soon(inbox.next()).await.is_some());
    soon(sending).await.unwrap().unwrap();
    assert_eq!(soon(saw.recv()).await, Some(2), "the ESME's session and the outbound one");
}

#[tokio::test]
async fn a_drain_unbinds_when_what_is_in_flight_has_been_answered() {
    let smsc = Running::plain().await;
    let (gateway, binds) = gateway().await;
    binds.keep(&to(smsc.address)).unwrap();
    let up = gateway.smpp.bind("up");
    let session = soon(up.bound()).await.unwrap();
    let inbound = smsc.smpp.esme("esme1").unwrap();
    let sending = tokio::spawn({
        let up = up.clone();
        async move { up.submit_sm(&message()).await }
    });
    soon(sending).await.unwrap().unwrap();
    // The listener's drain leaves it alone: handlers may need it until they are done.
    gateway.stop();
    assert!(session.ended().is_none());
    assert_eq!(soon(binds.drain(Duration::from_secs(10))).await, Drained::Clean);
    assert_eq!(soon(inbound.wait_ended()).await, UnbindCause::Peer);
    assert!(up.states().is_empty());
    assert_eq!(up.submit_sm(&message()).await.unwrap_err(), SendError::NotBound);
}
