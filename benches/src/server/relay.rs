//! wirepath as a relay: what comes in goes out on a bind, and its answer comes back.

use std::{net::SocketAddr, sync::Arc};

use wirepath_runtime::shutdown::ShutdownSignal;
use wirepath_smpp::{
    Bind, BindReply, Binds, HandlerService, Server, Smpp, State, Status, SubmitSm, SubmitSmResp,
    config::{BindConfig, ServerConfig},
    handlers, on_bind, on_pdu,
};

use super::Handled;
use crate::error::LoadError;

/// What the bind is called.
pub(crate) const UP: &str = "up";

/// Requests that may be unanswered on the one bind of a relay: four ESMEs with windows of 64.
pub(crate) const WINDOW: usize = 256;

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

#[on_pdu("submit_sm")]
async fn relay(
    pdu: SubmitSm,
    smpp: Smpp,
    State(handled): State<Handled>,
) -> Result<SubmitSmResp, Status> {
    let answer = smpp.bind(UP).submit_sm(&pdu).await?;
    handled.next();
    Ok(pdu.accept(answer.message_id))
}

/// Starts it, bound; it drains when the signal comes.
pub(crate) async fn start(
    listen: SocketAddr,
    upstream: SocketAddr,
    handled: Handled,
    signal: ShutdownSignal,
) -> Result<SocketAddr, LoadError> {
    let (smpp, service) =
        (Smpp::default(), handlers![welcome, relay].with_state(Arc::new(handled)));
    let address = run(&smpp, service, listen, upstream, signal).await?;
    smpp.bind(UP).bound().await;
    Ok(address)
}

/// Listens, and keeps one bind to `upstream`, which need not be bound yet.
pub(super) async fn run<X: HandlerService>(
    smpp: &Smpp,
    service: X,
    listen: SocketAddr,
    upstream: SocketAddr,
    signal: ShutdownSignal,
) -> Result<SocketAddr, LoadError> {
    let mut config = ServerConfig::default();
    config.bind_address = listen.ip().to_string();
    config.port = listen.port();
    config.drain_timeout_ms = 2_000;
    let server = Server::bind_within(smpp, &config, service.clone()).await?;
    let address = server.local_addr()?;
    let binds = Binds::new(smpp, service);
    let mut bind = BindConfig::new(UP, upstream.ip().to_string(), "gateway", "secret");
    bind.port = upstream.port();
    bind.window_size = WINDOW;
    binds.keep(&bind).map_err(|error| LoadError::new(error.to_string()))?;
    drop(tokio::spawn(async move {
        server.run(signal).await;
        drop(binds);
    }));
    Ok(address)
}
