//! An SMSC, a gateway with a spool in front of it, and its ESME.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::mpsc;
use wirepath_runtime::store::Store;
use wirepath_smpp::{
    Address, BindKind, Binds, Client, DeliverSm, EsmClass, Inbox, MessageState, ReceiptBuilder,
    RequestPdu, Session, Smpp, State, Status, SubmitSm, SubmitSmResp,
    config::{BindConfig, ReassemblyConfig, RoutingConfig, Rule, SpoolConfig, Step},
    handlers, on_pdu,
    spool::{Spool, Spooled},
};

use crate::support::{Running, config, soon};

/// What an SMSC does with the next message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// Takes it.
    Take,
    /// Refuses it.
    Refuse(Status),
    /// Takes it, and is gone before it says so.
    Vanish,
    /// Sends its receipt, and then takes it.
    Hurry,
}

/// What the handler of an SMSC shares with the test.
#[derive(Clone)]
pub(super) struct Script {
    next: Arc<Mutex<VecDeque<Next>>>,
    taken: mpsc::UnboundedSender<SubmitSm>,
    count: Arc<Mutex<u64>>,
}

/// The first id that an SMSC gives: 255, in hexadecimal where it writes so.
pub(super) const FIRST_ID: &str = "FF";

#[on_pdu("submit_sm")]
async fn answer(
    pdu: SubmitSm,
    session: Session,
    State(script): State<Script>,
) -> Result<SubmitSmResp, Status> {
    let next = script.next.lock().unwrap().pop_front().unwrap_or(Next::Take);
    let id = {
        let mut count = script.count.lock().unwrap();
        *count += 1;
        format!("{:X}", 0xFE + *count)
    };
    let _ = script.taken.send(pdu.clone());
    match next {
        Next::Take => Ok(pdu.accept(id.as_str())),
        Next::Refuse(status) => Err(status),
        Next::Vanish => {
            session.close();
            std::future::pending().await
        }
        Next::Hurry => {
            let receipt = receipt(&id, MessageState::DELIVERED);
            // The gateway holds the receipt: there is no answer to it before this one.
            let told = session.deliver_sm(&receipt);
            let _ = tokio::time::timeout(Duration::from_millis(50), told).await;
            Ok(pdu.accept(id.as_str()))
        }
    }
}

/// A receipt of the SMSC's.
pub(super) fn receipt(id: &str, state: MessageState) -> DeliverSm {
    let text = ReceiptBuilder::new(id.as_bytes(), state).err(b"042").to_vec();
    DeliverSm::builder()
        .source("31612345678")
        .destination("SHOP")
        .esm_class(EsmClass::RECEIPT)
        .short_message(&text)
        .build()
        .unwrap()
}

/// An SMSC that does as it is told.
pub(super) struct Smsc {
    pub(super) running: Running,
    script: Script,
    taken: mpsc::UnboundedReceiver<SubmitSm>,
}

impl Smsc {
    pub(super) async fn start() -> Self {
        let (sender, taken) = mpsc::unbounded_channel();
        let script = Script { next: Arc::default(), taken: sender, count: Arc::default() };
        let service = handlers![answer].with_state(Arc::new(script.clone()));
        Self { running: Running::start(&config(), service).await, script, taken }
    }

    /// What it does with the next messages; then it takes them.
    pub(super) fn will(&self, next: impl IntoIterator<Item = Next>) {
        self.script.next.lock().unwrap().extend(next);
    }

    /// The next message that it got.
    pub(super) async fn got(&mut self) -> SubmitSm {
        soon(self.taken.recv()).await.unwrap()
    }

    pub(super) fn has_got_nothing(&mut self) -> bool {
        self.taken.try_recv().is_err()
    }

    /// Sends a receipt to the gateway.
    pub(super) async fn tells(&self, id: &str, state: MessageState) -> Result<(), Status> {
        self.sends(&receipt(id, state)).await
    }

    pub(super) async fn sends(&self, pdu: &DeliverSm) -> Result<(), Status> {
        let session = self.running.smpp.esme("esme1").unwrap();
        match soon(session.deliver_sm(pdu)).await {
            Ok(_) => Ok(()),
            Err(wirepath_smpp::SendError::Rejected(status)) => Err(status),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A bind of the gateway's at an SMSC.
pub(super) fn bind(name: &str, address: SocketAddr) -> BindConfig {
    let mut bind = BindConfig::new(name, address.ip().to_string(), "esme1", "secret");
    bind.port = address.port();
    bind
}

/// Everything over the binds of a chain, in this order; what comes for 100 is `esme1`'s.
pub(super) fn by(binds: &[&str]) -> RoutingConfig {
    let mut routing = RoutingConfig::default();
    let mut all = Rule::new("");
    all.chain = binds.iter().map(|name| Step::Bind((*name).to_owned())).collect();
    let mut own = Rule::new("100");
    own.chain = vec![Step::Esme("esme1".to_owned())];
    routing.rules = vec![all, own];
    routing
}

/// Times that a test can wait for.
pub(super) fn quick() -> SpoolConfig {
    let mut config = SpoolConfig::default();
    config.retry_first_ms = 1;
    config.retry_longest_ms = 2;
    config.orphan_hold_ms = 200;
    config
}

/// A gateway.
pub(super) struct Gateway {
    pub(super) running: Running,
    pub(super) spool: Spool,
    pub(super) store: Store,
    _binds: Box<dyn std::any::Any>,
}

impl Gateway {
    pub(super) async fn start(store: Store, binds: &[BindConfig], routing: &RoutingConfig) -> Self {
        Self::start_with(store, binds, routing, quick()).await
    }

    pub(super) async fn start_with(
        store: Store,
        configs: &[BindConfig],
        routing: &RoutingConfig,
        spool: SpoolConfig,
    ) -> Self {
        Self::start_within(&Smpp::default(), store, configs, routing, spool).await
    }

    /// One that puts parts together.
    pub(super) async fn gathering(
        store: Store,
        configs: &[BindConfig],
        reassembly: &ReassemblyConfig,
    ) -> Self {
        let smpp = Smpp::default();
        smpp.set_reassembly(reassembly);
        Self::start_within(&smpp, store, configs, &by(&["up"]), quick()).await
    }

    async fn start_within(
        smpp: &Smpp,
        store: Store,
        configs: &[BindConfig],
        routing: &RoutingConfig,
        spool: SpoolConfig,
    ) -> Self {
        smpp.set_routing(routing);
        let spool = Spool::start(store.clone(), smpp.clone(), spool).await.unwrap();
        let handlers = handlers![].with_state(Arc::new(()));
        let service = Spooled::new(handlers, spool.clone(), []);
        let running = Running::start_within(smpp, &config(), service.clone()).await;
        let binds = Binds::new(smpp, service);
        binds.set(configs).unwrap();
        Self { running, spool, store, _binds: Box::new(binds) }
    }

    /// Ends it, and lets go of its store. What it had taken is nowhere but there.
    pub(super) async fn end(self) {
        self.spool.close();
        drop(self._binds);
        self.running.drained().await;
    }

    pub(super) async fn bound(&self, name: &str) {
        soon(self.running.smpp.bind(name).bound()).await.unwrap();
    }

    /// An ESME that is bound to it.
    pub(super) async fn esme(&self) -> Esme {
        let client = Client::new(self.running.address.to_string(), "esme1", "secret");
        let (session, inbox) = soon(client.connect()).await.unwrap();
        Esme { session, inbox }
    }

    /// An ESME that only sends.
    pub(super) async fn transmitter(&self) -> Session {
        let client = Client::new(self.running.address.to_string(), "esme1", "secret");
        soon(client.kind(BindKind::Transmitter).connect()).await.unwrap().0
    }
}

/// An ESME of the gateway's.
pub(super) struct Esme {
    pub(super) session: Session,
    pub(super) inbox: Inbox,
}

impl Esme {
    /// Sends a message, and gives its id.
    pub(super) async fn submit(&self, pdu: &SubmitSm) -> Result<String, Status> {
        match soon(self.session.submit_sm(pdu)).await {
            Ok(answer) => Ok(answer.message_id.as_str().unwrap().to_owned()),
            Err(wirepath_smpp::SendError::Rejected(status)) => Err(status),
            Err(error) => panic!("{error}"),
        }
    }

    pub(super) async fn next(&mut self) -> DeliverSm {
        match soon(self.inbox.next()).await.unwrap() {
            RequestPdu::DeliverSm(pdu) => pdu,
            other => panic!("{other:?}"),
        }
    }

    /// The next receipt: the id and the state in it.
    pub(super) async fn receipt(&mut self) -> (String, MessageState, String) {
        let pdu = self.next().await;
        let receipt = pdu.receipt().unwrap();
        let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
        (text(receipt.id().unwrap()), receipt.state().unwrap(), text(receipt.err().unwrap()))
    }
}

/// A message that asks for a receipt, or not.
pub(super) fn message(registered_delivery: u8) -> SubmitSm {
    SubmitSm::builder()
        .source("SHOP")
        .destination(Address::international("31612345678"))
        .registered_delivery(registered_delivery)
        .short_message("hi")
        .build()
        .unwrap()
}
