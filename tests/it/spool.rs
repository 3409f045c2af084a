//! The spool as configuration switches it on, kept on disk.

use std::path::Path;

use wirepath::{
    App, Error,
    config::Env,
    handlers,
    shutdown::{Drained, Shutdown},
    smpp::{
        Bind, Client, DeliverSm, EsmClass, RequestPdu, SendError, Session, State, Status, SubmitSm,
        SubmitSmResp,
        config::SmppConfig,
        on_bind, on_pdu, route_message,
        routing::{Message, Route},
    },
};

/// What an SMSC is told to tell.
type Texts = tokio::sync::mpsc::UnboundedSender<String>;

#[on_bind]
async fn welcome(_bind: Bind) -> bool {
    true
}

/// An SMSC: takes a message, and sends its receipt.
#[on_pdu("submit_sm")]
async fn take(pdu: SubmitSm, session: Session, State(texts): State<Texts>) -> SubmitSmResp {
    let receipt = DeliverSm::builder()
        .esm_class(EsmClass::RECEIPT)
        .short_message("id:17 stat:DELIVRD err:000")
        .build()
        .unwrap();
    let _ = texts.send(pdu.text().into_owned());
    tokio::spawn(async move {
        let _ = session.flush().await;
        let _ = session.deliver_sm(&receipt).await;
    });
    pdu.accept("17")
}

/// A gateway whose SMSC listens at a port, and whose store is in a folder.
fn config(folder: &Path, port: u16, more: &str) -> SmppConfig {
    let text = format!(
        "server: {{bind_address: 127.0.0.1, port: 0}}\n\
         binds: [{{name: up, host: 127.0.0.1, port: {port}, system_id: me, password: secret}}]\n\
         routing: {{default_chain: ['bind:up']}}\n\
         spool: true\n\
         store: {{path: '{}'{more}}}\n",
        folder.display()
    );
    SmppConfig::from_str(&text, "gateway.yaml", &Env::empty()).unwrap()
}

fn message(text: &str) -> SubmitSm {
    let message = SubmitSm::builder().source("SHOP").destination("31612345678");
    message.registered_delivery(1).short_message(text).build().unwrap()
}

/// Runs something against a gateway, and drains that.
async fn with_gateway<F: Future>(config: SmppConfig, run: impl FnOnce(String) -> F) -> F::Output {
    let running = App::from_config(config).smpp(handlers![welcome]).bind().await.unwrap();
    let (address, shutdown) = (running.local_addr().to_string(), Shutdown::new());
    let served = tokio::spawn(running.run_until(shutdown.signal()));
    let output = run(address).await;
    shutdown.trigger();
    assert_eq!(served.await.unwrap(), Drained::Clean);
    output
}

async fn esme(address: String) -> (Session, wirepath::smpp::Inbox) {
    Client::new(address, "shop", "secret").connect().await.unwrap()
}

#[tokio::test]
async fn what_was_taken_goes_out_after_a_restart_and_its_receipt_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens at port 1.
    let id = with_gateway(config(folder.path(), 1, ""), |address| async {
        let (session, _inbox) = esme(address).await;
        session.submit_sm(&message("hello")).await.unwrap().message_id
    })
    .await;

    let (texts, mut taken) = tokio::sync::mpsc::unbounded_channel();
    let mut smsc = SmppConfig::default();
    (smsc.server.bind_address, smsc.server.port) = ("127.0.0.1".to_owned(), 0);
    let smsc =
        App::from_config(smsc).state(texts).smpp(handlers![welcome, take]).bind().await.unwrap();
    let port = smsc.local_addr().port();
    tokio::spawn(smsc.run());
    with_gateway(config(folder.path(), port, ""), |address| async move {
        let (_session, mut inbox) = esme(address).await;
        assert_eq!(taken.recv().await.unwrap(), "hello");
        let Some(RequestPdu::DeliverSm(receipt)) = inbox.next().await else {
            panic!("no receipt");
        };
        assert_eq!(receipt.receipt().unwrap().id(), Some(id.as_bytes()));
    })
    .await;
}

#[tokio::test]
async fn a_full_store_refuses_with_the_status_for_it() {
    let folder = tempfile::tempdir().unwrap();
    with_gateway(config(folder.path(), 1, ", max_items: 2"), |address| async {
        let (session, _inbox) = esme(address).await;
        session.submit_sm(&message("one")).await.unwrap();
        session.submit_sm(&message("two")).await.unwrap();
        let error = session.submit_sm(&message("three")).await.unwrap_err();
        assert_eq!(error, SendError::Rejected(Status::RMSGQFUL));
    })
    .await;
}

#[tokio::test]
async fn a_store_in_use_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    with_gateway(config(folder.path(), 1, ""), |_| async {
        let second = App::from_config(config(folder.path(), 1, "")).smpp(handlers![welcome]);
        let error = second.run().await.unwrap_err();
        assert!(matches!(error, Error::Store(_)), "{error}");
        assert!(error.to_string().contains("in use by another process"), "{error}");
    })
    .await;
}

#[route_message]
async fn nowhere(_message: Message) -> Result<Route, Status> {
    Err(Status::RINVDSTADR)
}

#[tokio::test]
async fn a_function_may_choose_the_route() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::from_config(config(folder.path(), 1, "")).smpp(handlers![welcome, nowhere]);
    let running = app.bind().await.unwrap();
    let address = running.local_addr().to_string();
    let spool = running.spool().unwrap();
    let served = tokio::spawn(running.run());
    let (session, _inbox) = esme(address).await;
    let error = session.submit_sm(&message("hello")).await.unwrap_err();
    assert_eq!(error, SendError::Rejected(Status::RINVDSTADR));
    assert!(spool.depths().await.unwrap().is_empty());
    served.abort();
}

#[test]
fn a_wrong_key_is_told_with_the_nearest_one() {
    let error = |text: &str| {
        SmppConfig::from_str(text, "gateway.yaml", &Env::empty()).unwrap_err().to_string()
    };
    let text = error("spool: {validty_ms: 1}");
    assert!(text.contains("did you mean `validity_ms`?"), "{text}");
    let text = error("spool: {validity_ms: 0}");
    assert!(text.contains("`spool.validity_ms`") && text.contains("expected 1 to"), "{text}");
    let text = error("spool: {validity_ms: 2000, max_validity_ms: 1000}");
    assert!(text.contains("expected at most `max_validity_ms`, which is 1000"), "{text}");
    let text = error("store: {engin: memory}");
    assert!(text.contains("did you mean `engine`?"), "{text}");
    let text = error("store: {max_items: 0}");
    assert!(text.contains("`store.max_items`"), "{text}");
    let bind = "binds: [{name: up, host: h, system_id: s, password: p, resend: once}]";
    let text = error(bind);
    assert!(text.contains("expected `again` or `never`"), "{text}");
}
