//! wirepath: handlers compiled in.

use std::{net::SocketAddr, sync::Arc};

use wirepath_runtime::shutdown::ShutdownSignal;
use wirepath_smpp::{
    Bind, BindReply, HandlerService, Server, Smpp, State, SubmitSm, SubmitSmResp,
    config::ServerConfig, handlers, on_bind, on_pdu,
};

use super::Handled;
use crate::error::LoadError;

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

#[on_pdu("submit_sm")]
async fn take(pdu: SubmitSm, State(handled): State<Handled>) -> SubmitSmResp {
    pdu.accept(handled.next())
}

/// Takes binds and messages, and counts.
pub(crate) fn service(handled: Handled) -> impl HandlerService {
    handlers![welcome, take].with_state(Arc::new(handled))
}

/// Starts it; it drains when the signal comes. The handle stands for the sessions.
pub(crate) async fn start(
    listen: SocketAddr,
    enquire_link_ms: Option<u64>,
    handled: Handled,
    signal: ShutdownSignal,
) -> Result<(SocketAddr, Smpp), LoadError> {
    let mut config = ServerConfig::default();
    config.bind_address = listen.ip().to_string();
    config.port = listen.port();
    config.max_connections = 100_000;
    config.drain_timeout_ms = 2_000;
    if let Some(timer) = enquire_link_ms {
        config.enquire_link_timer_ms = timer;
    }
    let server = Server::bind(&config, service(handled)).await?;
    let (address, smpp) = (server.local_addr()?, server.smpp());
    drop(tokio::spawn(async move {
        server.run(signal).await;
    }));
    Ok((address, smpp))
}
