//! An SMSC that fails now and then, and writes down all that happens.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use wirepath::{
    App, State, handlers,
    secret::Secret,
    shutdown::Shutdown,
    smpp::{
        DeliverSm, EsmClass, MessageState, ReceiptBuilder, SendError, Session, SessionId, Smpp,
        Status, SubmitSm, SubmitSmResp,
        config::{EsmeConfig, SmppConfig},
        on_pdu, on_session,
    },
};

use crate::chance::Chance;

/// What became of a message that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was taken, and the answer says so.
    Taken,
    /// It is refused, for good.
    Refused,
    /// It is refused, and may come again.
    Deferred,
    /// It is not answered, or the connection is cut.
    Unanswered,
}

/// What happened, in this order.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A message came.
    Came { message: u64, session: SessionId, fate: Fate },
    /// The gateway has answered the receipt of a message with `ESME_ROK`.
    ReceiptTaken { message: u64 },
    /// A session is over.
    Ended(SessionId),
    /// The gateway was killed, and is gone.
    Killed,
}

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Shared {
    events: Mutex<Vec<Event>>,
    behaves: AtomicBool,
    ids: AtomicU64,
    chance: Mutex<Chance>,
}

/// It runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Upstream {
    shared: Arc<Shared>,
    address: SocketAddr,
    shutdown: Shutdown,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let mut config = SmppConfig::default();
        config.server.bind_address = "127.0.0.1".to_owned();
        config.server.port = 0;
        config.server.window_size = 1_000;
        config.server.response_timer_ms = 5_000;
        config.server.esmes.push(EsmeConfig::new("gateway", Secret::from("secret")));
        let shared = Arc::new(Shared {
            events: Mutex::default(),
            behaves: AtomicBool::new(false),
            ids: AtomicU64::new(0),
            chance: Mutex::new(Chance::new()),
        });
        let app = App::from_config(config).state(Arc::clone(&shared));
        let running = app.smpp(handlers![take, watch]).bind().await.unwrap();
        let (address, shutdown) = (running.local_addr(), Shutdown::new());
        tokio::spawn(running.run_until(shutdown.signal()));
        Self { shared, address, shutdown }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing goes wrong.
    pub(crate) fn behave(&self) {
        self.shared.behaves.store(true, Ordering::Relaxed);
    }

    pub(crate) fn killed(&self) {
        self.shared.log(Event::Killed);
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.shared.events.lock().unwrap().clone()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shutdown.force();
    }
}

impl Shared {
    fn log(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }

    fn between(&self, least: u64, most: u64) -> u64 {
        self.chance.lock().unwrap().between(least, most)
    }
}

/// The message, by the digits of its recipient.
pub(crate) fn recipient(message: u64) -> String {
    format!("316{message:09}")
}

/// The other way round.
pub(crate) fn message(recipient: &[u8]) -> u64 {
    std::str::from_utf8(recipient).unwrap().strip_prefix("316").unwrap().parse().unwrap()
}

/// How a message is to end, whichever of its copies does.
pub(crate) fn end(message: u64) -> MessageState {
    match (message % 50, message % 10) {
        (7, _) => MessageState::REJECTED,
        (_, 0) => MessageState::UNDELIVERABLE,
        _ => MessageState::DELIVERED,
    }
}

/// `#[on_session("unbound")]` comes once the handlers of a session are done, and some of these never are.
#[on_session("bound")]
async fn watch(session: Session, State(shared): State<Arc<Shared>>) {
    tokio::spawn(async move {
        session.wait_ended().await;
        shared.log(Event::Ended(session.id()));
    });
}

#[on_pdu("submit_sm")]
async fn take(
    pdu: SubmitSm,
    session: Session,
    State(shared): State<Arc<Shared>>,
) -> Result<SubmitSmResp, Status> {
    let number = message(pdu.destination().digits);
    assert_eq!(pdu.body(), format!("text {number}").as_bytes(), "the text is the message's");
    let came = |fate| shared.log(Event::Came { message: number, session: session.id(), fate });
    if !shared.behaves.load(Ordering::Relaxed) {
        match shared.between(0, 999) {
            0..20 => {
                came(Fate::Deferred);
                return Err(Status::RSYSERR);
            }
            20..22 => {
                came(Fate::Deferred);
                return Err(Status::RTHROTTLED);
            }
            22..28 => {
                came(Fate::Unanswered);
                return std::future::pending().await;
            }
            28..30 => {
                came(Fate::Unanswered);
                session.close();
                return std::future::pending().await;
            }
            _ => {}
        }
    }
    if end(number) == MessageState::REJECTED {
        came(Fate::Refused);
        return Err(Status::RINVDSTADR);
    }
    came(Fate::Taken);
    let id = format!("{:X}", shared.ids.fetch_add(1, Ordering::Relaxed) + 1);
    let smpp = session.smpp().clone();
    let delay = Duration::from_millis(shared.between(0, 40));
    tokio::spawn(tell(Arc::clone(&shared), smpp, number, id.clone(), delay));
    Ok(pdu.accept(id.as_str()))
}

/// Sends a receipt until it is answered.
async fn tell(shared: Arc<Shared>, smpp: Smpp, number: u64, id: String, delay: Duration) {
    tokio::time::sleep(delay).await;
    let recipient = recipient(number);
    let text = ReceiptBuilder::new(id.as_bytes(), end(number)).to_vec();
    let receipt = DeliverSm::builder()
        .source(recipient.as_str())
        .destination("12345")
        .esm_class(EsmClass::RECEIPT)
        .short_message(&text);
    let receipt = receipt.build().unwrap();
    let mut refused = 0;
    // Of a message whose answer was lost, the gateway never learned this id.
    while refused < 3 {
        let told = match smpp.esme("gateway") {
            Some(session) => session.deliver_sm(&receipt).await.map(drop),
            None => Err(SendError::NotBound),
        };
        match told {
            Ok(()) => return shared.log(Event::ReceiptTaken { message: number }),
            Err(SendError::Rejected(Status::RX_P_APPN)) => refused += 1,
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
