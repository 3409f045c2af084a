//! Messages sent by the rules of `routing`, over sockets.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use wirepath_runtime::{secret::Secret, shutdown::Drained};
use wirepath_smpp::{
    Behind, Binds, Client, DataSm, DeliverSm, HandlerService, Handlers, Inbox, Message, Relay,
    RequestPdu, Route, RouteError, SendError, Session, Smpp, State, Status, SubmitSm, SubmitSmResp,
    TlvList,
    config::{BindConfig, EsmeConfig, RoutingConfig, SmppConfig, Step},
    handlers, on_pdu, route_message,
};

use crate::support::{Running, config, soon, until};

/// An SMSC: the status that it answers with, and what it has got.
#[derive(Clone, Default)]
struct Smsc {
    status: Arc<AtomicU32>,
    taken: Arc<AtomicU32>,
}

impl Smsc {
    fn says(status: Status) -> Self {
        Self { status: Arc::new(AtomicU32::new(status.code())), taken: Arc::default() }
    }

    fn taken(&self) -> u32 {
        self.taken.load(Ordering::SeqCst)
    }

    async fn start(&self) -> Running {
        Running::start(&config(), handlers![answer, answer_data].with_state(Arc::new(self.clone())))
            .await
    }
}

#[on_pdu("submit_sm")]
async fn answer(pdu: SubmitSm, State(smsc): State<Smsc>) -> Result<SubmitSmResp, Status> {
    smsc.taken.fetch_add(1, Ordering::SeqCst);
    match Status::from_code(smsc.status.load(Ordering::SeqCst)) {
        Status::ROK => Ok(pdu.accept("from the smsc")),
        // It has the message, and says nothing.
        Status::RUNKNOWNERR => std::future::pending().await,
        status => Err(status),
    }
}

#[on_pdu("data_sm")]
async fn answer_data(_pdu: DataSm, State(smsc): State<Smsc>) -> Status {
    smsc.taken.fetch_add(1, Ordering::SeqCst);
    Status::ROK
}

fn bind(name: &str, smsc: &Running) -> BindConfig {
    let mut bind = BindConfig::new(name, smsc.address.ip().to_string(), "esme1", "secret");
    bind.port = smsc.address.port();
    bind.response_timer_ms = 200;
    bind
}

fn rules(yaml: &str) -> RoutingConfig {
    let binds =
        ["a", "b", "c"].map(|name| format!("{{name: {name}, host: h, system_id: s, password: p}}"));
    let text = format!("binds: [{}]\nrouting: {yaml}", binds.join(", "));
    SmppConfig::from_str(&text, "smpp.yaml", &wirepath_runtime::config::Env::empty())
        .unwrap()
        .routing
}

fn message(to: &str) -> SubmitSm {
    SubmitSm::builder().source("SHOP").destination(to).short_message("hi").build().unwrap()
}

/// A gateway with a relay behind its handlers.
struct Gateway<X> {
    running: Running,
    binds: Binds<X>,
}

async fn gateway<X: HandlerService>(
    handlers: Handlers<(), X>,
    routing: &RoutingConfig,
) -> Gateway<Behind<X, Relay>>
where
    X::Error: 'static,
{
    let table = handlers.table().to_vec();
    let service = Behind::new(handlers.with_state(Arc::new(())), &table, Relay::new());
    let mut config = config();
    config.esmes.push(EsmeConfig::new("esme2", Secret::from("secret")));
    let running = Running::start(&config, service.clone()).await;
    running.smpp.set_routing(routing);
    let binds = Binds::new(&running.smpp, service);
    Gateway { running, binds }
}

impl<X: HandlerService> Gateway<X> {
    async fn keep(&self, name: &str, smsc: &Running) {
        self.binds.keep(&bind(name, smsc)).unwrap();
        soon(self.running.smpp.bind(name).bound()).await.unwrap();
    }

    async fn esme(&self, system_id: &str) -> (Session, Inbox) {
        Client::new(self.running.address.to_string(), system_id, "secret").connect().await.unwrap()
    }

    fn smpp(&self) -> &Smpp {
        &self.running.smpp
    }
}

fn rejected(error: SendError) -> Status {
    match error {
        SendError::Rejected(status) => status,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_submit_sm_goes_its_way_and_the_answer_has_the_id_of_the_smsc() {
    let smsc = Smsc::default();
    let upstream = smsc.start().await;
    let gateway = gateway(handlers![], &rules("{rules: [{prefix: 31, chain: ['bind:a']}]}")).await;
    gateway.keep("a", &upstream).await;
    let (esme, _inbox) = gateway.esme("esme1").await;
    let sent = soon(esme.submit_sm(&message("316"))).await.unwrap();
    assert_eq!(sent.message_id.as_bytes(), b"from the smsc");
    let data = DataSm::builder()
        .destination("316")
        .tlvs(TlvList::new().message_payload(b"x"))
        .build()
        .unwrap();
    soon(esme.data_sm(&data)).await.unwrap();
    assert_eq!(smsc.taken(), 2);
    // No rule takes it: the protocol's own error.
    assert_eq!(
        rejected(soon(esme.submit_sm(&message("44"))).await.unwrap_err()),
        Status::RINVDSTADR
    );
}

#[tokio::test]
async fn the_next_step_stands_in_for_a_bind_that_is_down() {
    let smsc = Smsc::default();
    let upstream = smsc.start().await;
    let gateway = gateway(handlers![], &rules("{default_chain: ['bind:a', 'bind:b']}")).await;
    gateway.keep("b", &upstream).await;
    let sent = soon(gateway.smpp().send_routed(&message("1"))).await.unwrap();
    assert_eq!(
        (sent.step, sent.message_id.as_bytes()),
        (Step::Bind("b".into()), &b"from the smsc"[..])
    );
}

#[tokio::test]
async fn the_next_step_is_tried_after_the_failures_that_the_rule_names() {
    for (status, failover_on, goes_on) in [
        (Status::RSYSERR, "[temporary]", true),
        (Status::RBINDFAIL, "[temporary]", true),
        (Status::RSYSERR, "[down, throttled, permanent]", false),
        (Status::RTHROTTLED, "[throttled]", true),
        (Status::RTHROTTLED, "[down, temporary]", false),
        (Status::RINVDSTADR, "[permanent]", true),
        (Status::RINVDSTADR, "[down, temporary]", false),
    ] {
        let (first, second) = (Smsc::says(status), Smsc::default());
        let (upstream, other) = (first.start().await, second.start().await);
        let routing = rules(&format!(
            "{{rules: [{{prefix: '', chain: ['bind:a', 'bind:b'], failover_on: {failover_on}}}]}}"
        ));
        let gateway = gateway(handlers![], &routing).await;
        gateway.keep("a", &upstream).await;
        gateway.keep("b", &other).await;
        let sent = soon(gateway.smpp().send_routed(&message("1"))).await;
        assert_eq!(
            (first.taken(), second.taken()),
            (1, u32::from(goes_on)),
            "{status} {failover_on}"
        );
        match sent {
            Ok(sent) => assert!(goes_on && sent.step == Step::Bind("b".into()), "{status}"),
            Err(error) => {
                let error_is = RouteError::Failed {
                    step: Step::Bind("a".into()),
                    error: SendError::Rejected(status),
                };
                assert_eq!((error, goes_on), (error_is, false));
            }
        }
    }
}

#[tokio::test]
async fn what_may_have_arrived_is_sent_once_unless_the_rule_says_otherwise() {
    for (failover_on, goes_on) in
        [("[down, throttled, temporary, permanent]", false), ("[unanswered]", true)]
    {
        let (first, second) = (Smsc::says(Status::RUNKNOWNERR), Smsc::default());
        let (upstream, other) = (first.start().await, second.start().await);
        let routing = rules(&format!(
            "{{rules: [{{prefix: '', chain: ['bind:a', 'bind:b'], failover_on: {failover_on}}}]}}"
        ));
        let gateway = gateway(handlers![], &routing).await;
        gateway.keep("a", &upstream).await;
        gateway.keep("b", &other).await;
        let sent = soon(gateway.smpp().send_routed(&message("1"))).await;
        assert_eq!((first.taken(), second.taken()), (1, u32::from(goes_on)), "{failover_on}");
        assert_eq!(sent.is_err_and(|error| error.may_have_arrived()), !goes_on);
    }
}

#[tokio::test]
async fn binds_take_turns_and_weights_are_kept() {
    let (first, second) = (Smsc::default(), Smsc::default());
    let (upstream, other) = (first.start().await, second.start().await);
    let routing = rules(
        "{rules: [{prefix: 1, chain: ['bind:a', 'bind:b'], balance: round_robin}, \
                  {prefix: 2, chain: ['bind:a', 'bind:b'], balance: weighted, weight: {a: 3}}]}",
    );
    let gateway = gateway(handlers![], &routing).await;
    gateway.keep("a", &upstream).await;
    gateway.keep("b", &other).await;
    for _ in 0..8 {
        soon(gateway.smpp().send_routed(&message("1"))).await.unwrap();
    }
    assert_eq!((first.taken(), second.taken()), (4, 4));
    for _ in 0..8 {
        soon(gateway.smpp().send_routed(&message("2"))).await.unwrap();
    }
    assert_eq!((first.taken(), second.taken()), (4 + 6, 4 + 2));
    // With one of them gone, the other has all the turns.
    assert_eq!(upstream.drained().await, Drained::Clean);
    until(|| !gateway.smpp().bind("a").is_bound()).await;
    for _ in 0..8 {
        soon(gateway.smpp().send_routed(&message("2"))).await.unwrap();
    }
    assert_eq!(second.taken(), 4 + 2 + 8);
}

#[tokio::test]
async fn what_an_smsc_sends_goes_to_the_esme_that_owns_its_destination() {
    let smsc = Smsc::default();
    let upstream = smsc.start().await;
    let routing = rules(
        "{default_chain: ['bind:a'], rules: [{prefix: 8888, chain: ['esme:esme2']}, {prefix: 99, chain: ['bind:a', 'esme:esme1']}]}",
    );
    let gateway = gateway(handlers![], &routing).await;
    gateway.keep("a", &upstream).await;
    let inbound = upstream.smpp.esme("esme1").unwrap();
    let mo = |to| {
        DeliverSm::builder().source("316").destination(to).short_message("mo").build().unwrap()
    };

    // It is not bound: the SMSC is to keep it.
    assert_eq!(
        rejected(soon(inbound.deliver_sm(&mo("8888"))).await.unwrap_err()),
        Status::RX_T_APPN
    );
    let (_esme, mut inbox) = gateway.esme("esme2").await;
    let owned = mo("8888");
    let (delivered, got) = tokio::join!(soon(inbound.deliver_sm(&owned)), soon(inbox.next()));
    delivered.unwrap();
    assert!(matches!(got, Some(RequestPdu::DeliverSm(pdu)) if pdu == mo("8888")));

    // A data_sm arrives as a deliver_sm, and has the answer of one.
    let data = DataSm::builder()
        .source("316")
        .destination("8888")
        .data_coding(8)
        .tlvs(TlvList::new().message_payload(b"\0x"))
        .build()
        .unwrap();
    let (delivered, got) = tokio::join!(soon(inbound.data_sm(&data)), soon(inbox.next()));
    delivered.unwrap();
    assert!(
        matches!(got, Some(RequestPdu::DeliverSm(pdu)) if pdu.body() == b"\0x" && pdu.data_coding() == 8)
    );

    // What came from a bind goes to none: `bind:` is passed over, and nobody owns 77.
    assert_eq!(rejected(soon(inbound.deliver_sm(&mo("99"))).await.unwrap_err()), Status::RX_T_APPN);
    assert_eq!(rejected(soon(inbound.deliver_sm(&mo("77"))).await.unwrap_err()), Status::RX_P_APPN);
    assert_eq!(smsc.taken(), 0);
}

#[on_pdu("deliver_sm")]
async fn full(_pdu: DeliverSm) -> Status {
    Status::RX_R_APPN
}

#[tokio::test]
async fn the_smsc_gets_the_words_of_the_esme() {
    let upstream = Smsc::default().start().await;
    let gateway = gateway(handlers![], &rules("{default_chain: ['esme:esme1']}")).await;
    gateway.keep("a", &upstream).await;
    let esme = Client::new(gateway.running.address.to_string(), "esme1", "secret");
    let _esme = esme.connect_with(handlers![full].with_state(Arc::new(()))).await.unwrap();
    let inbound = upstream.smpp.esme("esme1").unwrap();
    let mo = DeliverSm::builder().destination("1").short_message("mo").build().unwrap();
    assert_eq!(rejected(soon(inbound.deliver_sm(&mo)).await.unwrap_err()), Status::RX_R_APPN);
}

#[tokio::test]
async fn a_message_from_one_esme_reaches_another() {
    let gateway =
        gateway(handlers![], &rules("{rules: [{prefix: 8, esme: esme1, chain: ['esme:esme2']}]}"))
            .await;
    let (sender, _) = gateway.esme("esme1").await;
    let (_receiver, mut inbox) = gateway.esme("esme2").await;
    let pdu = SubmitSm::builder()
        .source("SHOP")
        .destination("8")
        .esm_class(0x43)
        .registered_delivery(0x05)
        .validity_period(None)
        .short_message(b"\x05\x00\x03\xA7\x02\x01hi")
        .build()
        .unwrap();
    let (sent, got) = tokio::join!(soon(sender.submit_sm(&pdu)), soon(inbox.next()));
    assert_eq!(sent.unwrap().message_id.as_bytes(), b"1");
    let Some(RequestPdu::DeliverSm(got)) = got else { panic!("{got:?}") };
    assert_eq!(
        (got.esm_class(), got.registered_delivery(), got.short_message()),
        (0x40, 0x04, pdu.short_message())
    );
    assert_eq!((got.source(), got.destination()), (pdu.source(), pdu.destination()));
}

#[tokio::test]
async fn rules_are_replaced_while_messages_go() {
    let (first, second) = (Smsc::default(), Smsc::default());
    let (upstream, other) = (first.start().await, second.start().await);
    let gateway = gateway(handlers![], &rules("{default_chain: ['bind:a']}")).await;
    gateway.keep("a", &upstream).await;
    gateway.keep("b", &other).await;
    let (esme, _inbox) = gateway.esme("esme1").await;
    soon(esme.submit_sm(&message("1"))).await.unwrap();
    gateway.smpp().set_routing(&rules("{default_chain: ['bind:b']}"));
    soon(esme.submit_sm(&message("1"))).await.unwrap();
    assert_eq!((first.taken(), second.taken()), (1, 1));
    gateway.smpp().set_routing(&RoutingConfig::default());
    assert_eq!(
        rejected(soon(esme.submit_sm(&message("1"))).await.unwrap_err()),
        Status::RINVDSTADR
    );
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_passed_over() {
    let smsc = Smsc::default();
    let upstream = smsc.start().await;
    let gateway = gateway(
        handlers![],
        &rules("{default_chain: [queue], rules: [{prefix: 1, chain: [queue, 'bind:a']}]}"),
    )
    .await;
    gateway.keep("a", &upstream).await;
    soon(gateway.smpp().send_routed(&message("1"))).await.unwrap();
    assert_eq!(gateway.smpp().send_routed(&message("2")).await.unwrap_err(), RouteError::NoQueue);
}

#[on_pdu("submit_sm")]
async fn own(pdu: SubmitSm) -> SubmitSmResp {
    pdu.accept("own")
}

#[tokio::test]
async fn a_handler_comes_before_the_relay() {
    let gateway = gateway(handlers![own], &rules("{default_chain: ['bind:a']}")).await;
    let (esme, _inbox) = gateway.esme("esme1").await;
    assert_eq!(soon(esme.submit_sm(&message("1"))).await.unwrap().message_id.as_bytes(), b"own");
    // What the relay is not for has the defaults, behind it as without it.
    let query = wirepath_smpp::QuerySm::builder().message_id("1").build().unwrap();
    assert_eq!(rejected(soon(esme.query_sm(&query)).await.unwrap_err()), Status::RQUERYFAIL);
}

#[route_message]
async fn pick(message: Message, session: Session) -> Result<Option<Route>, Status> {
    assert_eq!(message.esme(), session.system_id());
    match message.destination().digits {
        b"1" => Ok(Some(Route::bind("a"))),
        b"2" => Err(Status::RINVSRCADR),
        _ => Ok(None),
    }
}

#[tokio::test]
async fn a_function_picks_the_way() {
    let (first, second) = (Smsc::default(), Smsc::default());
    let (upstream, other) = (first.start().await, second.start().await);
    let gateway = gateway(handlers![pick], &rules("{default_chain: ['bind:b']}")).await;
    gateway.keep("a", &upstream).await;
    gateway.keep("b", &other).await;
    let (esme, _inbox) = gateway.esme("esme1").await;
    soon(esme.submit_sm(&message("1"))).await.unwrap();
    assert_eq!((first.taken(), second.taken()), (1, 0));
    assert_eq!(
        rejected(soon(esme.submit_sm(&message("2"))).await.unwrap_err()),
        Status::RINVSRCADR
    );
    soon(esme.submit_sm(&message("3"))).await.unwrap();
    assert_eq!((first.taken(), second.taken()), (1, 1));
}

#[tokio::test]
async fn an_explanation_says_how_each_step_stands() {
    let upstream = Smsc::default().start().await;
    let routing = rules(
        "{rules: [{prefix: 31, name: nl, chain: ['bind:a', 'bind:b', 'esme:esme1', 'esme:esme2', queue]}, {prefix: 316, esme: shop, chain: ['bind:c']}]}",
    );
    let gateway = gateway(handlers![], &routing).await;
    gateway.keep("a", &upstream).await;
    let (_esme, _inbox) = gateway.esme("esme1").await;
    let query = wirepath_smpp::routing::Query::new("31612345678").esme("esme1");
    assert_eq!(
        gateway.smpp().explain(&query).to_string(),
        "to 31612345678, of the ESME esme1
  passed over: routing.rules[1] (prefix `316`): the ESME is not `shop`
  taken: routing.rules[0] `nl` (prefix `31`): the first that is left
  1. bind:a: bound
  2. bind:b: no such bind is kept
  3. esme:esme1: bound
  4. esme:esme2: not bound
  5. queue: there is none
  the next step is tried after: down, temporary
"
    );
}
